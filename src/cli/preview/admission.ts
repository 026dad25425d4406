import { customResourceDefinitions } from "../../api/crd.ts";
import { API_VERSION } from "../../api/kinds.ts";
import type { KubeObject } from "../../api/resource.ts";
import { type CustomResourceDefinition, customKinds } from "../../embedded/kinds/custom.ts";
import type { ServedKind } from "../../embedded/registry.ts";
import { PreviewError } from "../errors.ts";
import type { Document } from "./documents.ts";

/**
 * An object of one of this project's kinds as an API server with its definitions would take it: defaults filled in.
 *
 * @throws PreviewError for what an API server would refuse, rules between fields and unknown fields included.
 */
export function admitted({ path, object }: Document): KubeObject {
  const kind = kinds().find(({ resource }) => resource.kind === object.kind);
  if (!kind || object.apiVersion !== API_VERSION) return object;
  const { namespaced } = kind.resource;
  const metadata = namespaced ? { namespace: "default", ...object.metadata } : object.metadata;
  const title = `${path}: ${object.kind} ${namespaced ? `${metadata.namespace}/` : ""}${metadata.name}`;
  const { complete, problems } = taken(kind, { ...object, metadata }, title);
  if (problems.length > 0) throw new PreviewError(`${title}: ${problems.join("; ")}`);
  return complete;
}

function taken({ rules }: ServedKind, object: KubeObject, title: string) {
  try {
    const { object: cleaned, unknown } = rules.clean(object);
    const complete = rules.applyDefaults(cleaned);
    const refused = rules.validate(complete, undefined, "").map(({ field, message }) => `${field}: ${message}`);
    return { complete, problems: [...unknown.map((field) => `unknown field ${JSON.stringify(field)}`), ...refused] };
  } catch (error) {
    // What is no object at all, as labels that are no texts.
    throw new PreviewError(`${title}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

let served: readonly ServedKind[] | undefined;
const kinds = (): readonly ServedKind[] => {
  served ??= customResourceDefinitions().flatMap((definition) => customKinds(definition as CustomResourceDefinition));
  return served;
};
