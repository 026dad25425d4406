import { hasRules } from "./cel/rules.ts";
import { CelTypes } from "./cel/types.ts";
import { child, forbidden, invalid } from "./errors.ts";
import type { FieldError, Schema } from "./schema.ts";
import { validateDefaults } from "./structural/defaults.ts";
import { validateInvariants } from "./structural/invariants.ts";
import { usesUnsupported, validateSupported } from "./structural/supported.ts";

export interface StructuralOptions {
  /** Whether the kind has a status subresource, which forbids alternatives at the root. Default false. */
  readonly hasStatus?: boolean;
}

/**
 * Says why a CustomResourceDefinition with this `openAPIV3Schema` is refused: not structural, a default that does not
 * validate, a CEL rule that does not compile or may cost too much.
 * @param path where the schema sits in the CRD: `spec.validation.openAPIV3Schema` when all versions have the same one, else
 * e.g. `spec.versions[0].schema.openAPIV3Schema`
 */
export function validateStructural(
  schema: Schema,
  path = "spec.validation.openAPIV3Schema",
  { hasStatus = false }: StructuralOptions = {},
): FieldError[] {
  const root: FieldError[] = hasStatus ? rootProblems(schema, path) : [];
  if (schema.nullable) root.push(forbidden(child(path, "nullable"), "nullable cannot be true at the root"));
  const isReadable = !usesUnsupported(schema);
  const structural = isReadable ? validateInvariants(schema, path) : [];
  const defaults = isReadable && structural.length === 0 ? validateDefaults(schema, path) : [];
  const isSound = isReadable && structural.length === 0 && defaults.length === 0;
  const types = isSound && hasRules(schema) ? new CelTypes(schema, true) : undefined;
  return [...root, ...structural, ...defaults, ...validateSupported(schema, path, types)];
}

const allowedAtRoot = {
  description: "Description",
  type: "Type",
  format: "Format",
  title: "Title",
  maximum: "Maximum",
  exclusiveMaximum: "ExclusiveMaximum",
  minimum: "Minimum",
  exclusiveMinimum: "ExclusiveMinimum",
  maxLength: "MaxLength",
  minLength: "MinLength",
  pattern: "Pattern",
  maxItems: "MaxItems",
  minItems: "MinItems",
  uniqueItems: "UniqueItems",
  multipleOf: "MultipleOf",
  required: "Required",
  items: "Items",
  properties: "Properties",
  externalDocs: "ExternalDocs",
  example: "Example",
  "x-kubernetes-preserve-unknown-fields": "XPreserveUnknownFields",
  "x-kubernetes-validations": "XValidations",
};

/** Where status is checked by itself, the root can say only what is not lost by that. */
function rootProblems(schema: Schema, path: string): FieldError[] {
  if (schema.type !== undefined && schema.type !== "object") {
    const detail = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalid(child(path, "type"), schema.type, detail)];
  }
  if (Object.keys(schema).every((name) => Object.hasOwn(allowedAtRoot, name))) return [];
  const names = Object.values(allowedAtRoot).join(" ");
  return [
    invalid(path, schema, `only [${names}] fields are allowed at the root of the schema if the status subresource is enabled`),
  ];
}
