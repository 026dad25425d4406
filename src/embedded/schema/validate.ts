import { compileRules, type Rules } from "./cel/rules.ts";
import { Correlated } from "./correlate.ts";
import { validateEmbedded } from "./embedded.ts";
import { invalid } from "./errors.ts";
import { isMap } from "./node.ts";
import { validateOpenApi } from "./openapi.ts";
import type { FieldError, FieldErrorType, Schema } from "./schema.ts";
import { validateUniqueness } from "./uniqueness.ts";

export interface ValidateOptions {
  /** Dotted path of `value`; default the root, whose fields have no prefix. */
  readonly path?: string;
  /** What was stored before: its presence makes this an update (transition rules; what did not change is not refused). */
  readonly old?: unknown;
}

/** A schema made ready for many objects: its CEL rules are compiled when they are first needed. */
export interface SchemaValidator {
  /** Says why an object is refused; empty when it is fine. Metadata is not looked at. */
  validate(value: unknown, options?: ValidateOptions): FieldError[];
  /** The same for an update of the status alone: plain rules are checked for the status, CEL rules for the whole object. */
  validateStatus(object: unknown, old: unknown): FieldError[];
}

export function schemaValidator(schema: Schema): SchemaValidator {
  const rules = compileRules(schema, true);
  return {
    validate(value, { path = "", old } = {}) {
      const errors = [
        ...validateOpenApi(schema, value, path, old),
        ...validateEmbedded(schema, value, path),
        ...newDuplicates(schema, value, old, path),
      ];
      return withRules(rules, errors, path, () => rules.validate(value, old, path, correlate(schema, value, old)));
    },
    validateStatus(object, old) {
      const errors = [...statusErrors(schema, object, old), ...newDuplicates(schema, object, old, "")];
      return withRules(rules, errors, "", () => rules.validate(object, old, "", correlate(schema, object, old)));
    },
  };
}

/** One value against one schema; who validates many keeps a `schemaValidator`. */
export function validate(schema: Schema, value: unknown, options: ValidateOptions = {}): FieldError[] {
  return schemaValidator(schema).validate(value, options);
}

const correlate = (schema: Schema, value: unknown, old: unknown): Correlated | undefined =>
  old === undefined ? undefined : new Correlated(schema, value, old);

function statusErrors(schema: Schema, object: unknown, old: unknown): FieldError[] {
  const status = isMap(object) ? object["status"] : undefined;
  const declared = schema.properties?.["status"];
  if (status === undefined || !declared) return [];
  return validateOpenApi(declared, status, "status", isMap(old) ? old["status"] : undefined);
}

/** Duplicates that an object was stored with may stay. */
function newDuplicates(schema: Schema, value: unknown, old: unknown, path: string): FieldError[] {
  const errors = validateUniqueness(schema, value, path);
  return errors.length > 0 && old !== undefined && validateUniqueness(schema, old, path).length > 0 ? [] : errors;
}

const blocking: ReadonlySet<FieldErrorType> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

/** Rules are not asked about an object that is not what they were written for. */
function withRules(rules: Rules, errors: FieldError[], path: string, ask: () => FieldError[]): FieldError[] {
  if (rules.isEmpty) return errors;
  if (!errors.some(({ type }) => blocking.has(type))) return [...errors, ...ask()];
  const detail =
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
  return [...errors, invalid(path, null, detail)];
}
