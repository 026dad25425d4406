import type { KubeObject } from "../../kube/resource.ts";
import type { FieldError } from "./schema.ts";

export interface MetadataRules {
  readonly namespaced: boolean;
  /** Says what is wrong with a name (without `Invalid value`), undefined when it is fine; default a DNS-1123 subdomain. */
  readonly name?: (name: string, prefix: boolean) => string | undefined;
}

/** Says why the metadata of an object is refused; with `old`, also what an update may not change. */
export function validateMetadata(_object: KubeObject, _rules: MetadataRules, _old?: KubeObject): FieldError[] {
  throw new Error("not yet");
}
