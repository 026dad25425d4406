import type { KubeObject } from "../../kube/resource.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import type { Call } from "../call.ts";
import { decodeObject, isObject } from "../http/body.ts";
import { fieldsInOrder } from "../http/duplicates.ts";
import { badRequest } from "../status.ts";
import type { FieldValidation } from "./options.ts";

/** The object that a create or update sends: of the right type, cleaned and with its defaults. */
export function decode(call: Call, validation: FieldValidation): KubeObject {
  const { kind, body, contentType } = call;
  const value = decodeObject(body, contentType, kind.resource.kind);
  const text = contentType.startsWith("application/yaml") ? undefined : body.toString();
  return accept(call, typed(call, value), validation, text);
}

/** The object with its type, which a body may leave out; refuses that of another kind. */
function typed({ kind, kernel }: Call, value: Record<string, unknown>): KubeObject {
  const { resource } = kind;
  const apiVersion = (value["apiVersion"] as string | undefined) || apiVersionOf(resource);
  const name = (value["kind"] as string | undefined) || resource.kind;
  if (kind.custom) {
    if (apiVersion !== apiVersionOf(resource)) {
      throw badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(resource)})`,
      );
    }
    if (name !== resource.kind) {
      throw badRequest(`${name} in version "${apiVersion}" cannot be handled as a ${resource.kind}: strict decoding error`);
    }
  } else if (apiVersion !== apiVersionOf(resource) || name !== resource.kind) {
    const cannot = `${name} in version ${JSON.stringify(shortVersion(apiVersion))} cannot be handled as a ${resource.kind}: `;
    throw badRequest(
      kernel.registry.findKind(apiVersion, name)?.custom === false
        ? `${cannot}converting (${shortVersion(apiVersion)}.${name}) to (${resource.group === "" ? "core" : resource.group.split(".")[0]}.${resource.kind}): unknown conversion`
        : `${cannot}no kind "${name}" is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const metadata = value["metadata"];
  if (metadata !== undefined && metadata !== null && !isObject(metadata)) {
    throw badRequest(
      `${name} in version "${resource.version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal ` +
        `${typeof metadata} into Go struct field ${resource.kind}.metadata of type v1.ObjectMeta`,
    );
  }
  return { ...value, apiVersion, kind: name, metadata: (metadata ?? {}) as unknown as KubeObject["metadata"] };
}

const shortVersion = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf("/") + 1);

/** Drops what the kind does not know, and says so as `validation` asks; then fills in the defaults. */
export function accept(call: Call, object: KubeObject, validation: FieldValidation, text?: string): KubeObject {
  const { kind } = call;
  const { object: known, unknown } = kind.rules.clean(object);
  if (validation !== "Ignore") complain(call, unknown, text, validation);
  return kind.rules.applyDefaults(known);
}

function complain(
  { kind, warnings }: Call,
  unknown: readonly string[],
  text: string | undefined,
  validation: FieldValidation,
): void {
  const complaints = complaintsAbout(unknown, text);
  if (complaints.length === 0) return;
  if (validation === "Warn") {
    warnings.push(...complaints);
    return;
  }
  const { resource } = kind;
  const version = kind.custom ? apiVersionOf(resource) : resource.version;
  throw badRequest(
    `${resource.kind} in version "${version}" cannot be handled as a ${resource.kind}: strict decoding error: ${complaints.join(", ")}`,
  );
}

function complaintsAbout(unknown: readonly string[], text: string | undefined): string[] {
  if (text === undefined) return unknown.map((path) => `unknown field "${path}"`);
  const remaining = new Set(unknown);
  const complaints: string[] = [];
  const seen = new Set<string>();
  for (const { path, duplicate } of fieldsInOrder(text)) {
    if (remaining.delete(path)) complaints.push(`unknown field "${path}"`);
    else if (duplicate && !unknown.includes(path) && !seen.has(path)) {
      seen.add(path);
      complaints.push(`duplicate field "${path}"`);
    }
  }
  complaints.push(...[...remaining].map((path) => `unknown field "${path}"`));
  return complaints;
}
