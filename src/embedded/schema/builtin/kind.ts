import type { KubeObject, Resource } from "../../../kube/resource.ts";
import type { MetadataRules } from "../metadata.ts";
import type { FieldError, Schema } from "../schema.ts";

/** A kind that the API server knows without a CustomResourceDefinition. */
export interface BuiltinKind {
  readonly resource: Resource;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Subresources that have their own endpoint, e.g. `status`, `scale`. */
  readonly subresources?: readonly string[];
  readonly schema: Schema;
  readonly metadata: MetadataRules;
  /** Defaults that depend on other fields; runs before the schema's own. */
  readonly applyDefaults?: (object: KubeObject) => KubeObject;
  /** What the schema does not say; metadata is not looked at. `old` is present on update. */
  readonly validate?: (object: KubeObject, old?: KubeObject) => FieldError[];
}
