import type { FieldError, Schema } from "./schema.ts";

/**
 * Says why a CustomResourceDefinition with this `openAPIV3Schema` is refused: not structural, a default that does not
 * validate, a CEL rule that does not compile. `path` is where the schema sits in the CRD, e.g.
 * `spec.validation.openAPIV3Schema` (all versions alike) or `spec.versions[0].schema.openAPIV3Schema`.
 */
export function validateStructural(_schema: Schema, _path = "spec.validation.openAPIV3Schema"): FieldError[] {
  throw new Error("not yet");
}
