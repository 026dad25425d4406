import { CompileError, compile } from "../cel/compile.ts";
import { parseFieldPath } from "../cel/field-path.ts";
import { ruleEnvironment } from "../cel/rules.ts";
import type { CelTypes } from "../cel/types.ts";
import { at, child, forbidden, invalid, notSupported, required } from "../errors.ts";
import type { FieldError, Schema, ValidationRule } from "../schema.ts";

/** What the place of a schema forbids in it. */
interface Context {
  /** Why there may be no default; undefined where there may be one. */
  readonly noDefaults: string | undefined;
  readonly inMetadata: boolean;
  /** The outermost schema whose old and new values cannot be told from one another; undefined where they can. */
  readonly uncorrelated: string | undefined;
  /** Undefined where rules are not compiled. */
  readonly types: CelTypes | undefined;
}

interface Problems {
  readonly schema: FieldError[];
  readonly cel: FieldError[];
}

const join = (all: readonly Problems[]): Problems => ({
  schema: all.flatMap(({ schema }) => schema),
  cel: all.flatMap(({ cel }) => cel),
});

const types = ["array", "boolean", "integer", "number", "object", "string"];
const metaFields = new Set(["apiVersion", "kind", "metadata"]);

/**
 * What a CustomResourceDefinition may not say, structural or not.
 * @param celTypes what rules are compiled with; undefined when the schema is so wrong that they are not looked at
 */
export function validateSupported(schema: Schema, path: string, celTypes: CelTypes | undefined): FieldError[] {
  const context: Context = { noDefaults: undefined, inMetadata: false, uncorrelated: undefined, types: celTypes };
  const { schema: errors, cel } = check(schema, path, context, true);
  return [...errors, ...cel];
}

function check(schema: Schema, path: string, context: Context, isRoot: boolean): Problems {
  const { items, properties = {}, additionalProperties, not, allOf = [], oneOf = [], anyOf = [] } = schema;
  const below = (one: Schema, where: string, changes: Partial<Context> = {}): Problems =>
    check(one, where, { ...context, ...changes }, false);
  const nested = (all: readonly Schema[], name: string): Problems[] =>
    all.map((one, i) => below(one, at(child(path, name), i), { types: undefined }));
  const uncorrelated = context.uncorrelated ?? path;
  const isResource = isRoot || schema["x-kubernetes-embedded-resource"] === true;
  const parts: Problems[] = [];
  if (typeof additionalProperties === "object") {
    const noDefaults = context.inMetadata ? "inside additionalProperties applying to object metadata" : context.noDefaults;
    parts.push(below(additionalProperties, child(path, "additionalProperties"), { noDefaults }));
  }
  for (const [name, property] of Object.entries(properties)) {
    const isMeta = isResource && metaFields.has(name);
    const changes = isMeta ? { inMetadata: true, ...(isRoot ? { noDefaults: `in top-level ${name}` } : {}) } : {};
    parts.push(below(property, at(child(path, "properties"), name), changes));
  }
  if (not) parts.push(below(not, child(path, "not"), { types: undefined }));
  parts.push(...nested(allOf, "allOf"), ...nested(oneOf, "oneOf"), ...nested(anyOf, "anyOf"));
  if (items) {
    const isMapList = schema["x-kubernetes-list-type"] === "map";
    parts.push(below(items, child(path, "items"), isMapList ? {} : { uncorrelated }));
  }
  const found = join(parts);
  const own = [
    ...unsupported(schema, path, context),
    ...mapTypeProblems(schema, path),
    ...listTypeProblems(schema, path),
    ...mapKeyProblems(schema, path),
    ...nullableEntries(schema, path),
    ...ruleTextProblems(schema, path),
  ];
  const errors = [...own, ...found.schema];
  // A rule is compiled only for a schema that is fine down to its leaves.
  const cel = errors.length === 0 && context.types ? ruleProblems(schema, path, context, context.types) : [];
  return { schema: errors, cel: [...found.cel, ...cel] };
}

const unsupportedFields = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

/** Whether a schema says anything that has no meaning here, so that the rest of it cannot be judged. */
export function usesUnsupported(schema: Schema): boolean {
  const { items, properties = {}, additionalProperties, not, allOf = [], oneOf = [], anyOf = [] } = schema;
  if (unsupportedFields.some((name) => Object.hasOwn(schema, name)) || Array.isArray(items)) return true;
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) return true;
  const others = typeof additionalProperties === "object" ? [additionalProperties] : [];
  const below = [
    ...Object.values(properties),
    ...others,
    ...allOf,
    ...oneOf,
    ...anyOf,
    ...[items, not].filter((one) => one !== undefined),
  ];
  return below.some(usesUnsupported);
}

function unsupported(schema: Schema, path: string, { noDefaults, inMetadata }: Context): FieldError[] {
  const { type = "", uniqueItems, additionalProperties, properties = {} } = schema;
  const errors: FieldError[] = [];
  if (type !== "" && !types.includes(type)) errors.push(notSupported(child(path, "type"), type, types));
  if (schema.default !== undefined && schema.default !== null && noDefaults !== undefined) {
    errors.push(forbidden(child(path, "default"), `must not be set ${noDefaults}`));
  }
  for (const name of unsupportedFields) {
    if (Object.hasOwn(schema, name)) errors.push(forbidden(child(path, name), `${name} is not supported`));
  }
  if (type === "null") errors.push(forbidden(child(path, "type"), "type cannot be set to null, use nullable as an alternative"));
  if (Array.isArray(schema.items)) errors.push(forbidden(child(path, "items"), "items must be a schema object and not an array"));
  if (inMetadata && schema["x-kubernetes-embedded-resource"]) {
    errors.push(forbidden(child(path, "x-kubernetes-embedded-resource"), "must not be used inside of resource meta"));
  }
  if (uniqueItems) {
    const detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbidden(child(path, "uniqueItems"), detail));
  }
  if (additionalProperties !== undefined && additionalProperties !== true && Object.keys(properties).length > 0) {
    errors.push(forbidden(child(path, "additionalProperties"), "additionalProperties and properties are mutual exclusive"));
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    errors.push(invalid(child(path, "x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
  }
  return errors;
}

function mapTypeProblems(schema: Schema, path: string): FieldError[] {
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return [];
  const errors = wrongTypeFor(schema, path, "object", "x-kubernetes-map-type");
  const isKnown = mapType === "atomic" || mapType === "granular";
  return isKnown ? errors : [...errors, notSupported(child(path, "x-kubernetes-map-type"), mapType, ["atomic", "granular"])];
}

function wrongTypeFor({ type = "" }: Schema, path: string, expected: string, extension: string): FieldError[] {
  const detail = `must be ${expected} if ${extension} is specified`;
  if (type === expected) return [];
  return [type === "" ? required(child(path, "type"), detail) : invalid(child(path, "type"), type, detail)];
}

function listTypeProblems(schema: Schema, path: string): FieldError[] {
  const { type, items, "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  const errors: FieldError[] = [];
  if (listType !== undefined && type !== "array") errors.push(...wrongTypeFor(schema, path, "array", "x-kubernetes-list-type"));
  else if (listType === "set" && items) errors.push(...setItemProblems(items, child(path, "items")));
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType)) {
    errors.push(notSupported(child(path, "x-kubernetes-list-type"), listType, ["atomic", "set", "map"]));
  }
  if (keys.length > 0 && listType !== "map") {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    const where = child(path, "x-kubernetes-list-type");
    errors.push(listType === undefined ? required(where, detail) : invalid(where, listType, detail));
  }
  return errors;
}

function setItemProblems(items: Schema, path: string): FieldError[] {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items["x-kubernetes-list-type"];
  if (items.type === "array" && listType !== undefined && listType !== "atomic") {
    return [invalid(child(path, "x-kubernetes-list-type"), listType, detail)];
  }
  if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    return [invalid(child(path, "x-kubernetes-map-type"), listType ?? null, detail)];
  }
  return [];
}

function mapKeyProblems(schema: Schema, path: string): FieldError[] {
  const { items, "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  if (listType !== "map") return [];
  const where = child(path, "x-kubernetes-list-map-keys");
  const errors: FieldError[] = [];
  if (keys.length === 0) errors.push(required(where, "must not be empty if x-kubernetes-list-type is map"));
  if (!items) return [...errors, required(child(path, "items"), "must have a schema if x-kubernetes-list-type is map")];
  if (items.type !== "object") {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(child(child(path, "items"), "type"), items.type ?? "", detail)];
  }
  for (const [i, key] of keys.entries()) {
    const property = items.properties?.[key];
    if (!property) errors.push(invalid(where, keys, "entries must all be names of item properties"));
    else if (property.type === "array" || property.type === "object") {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalid(child(at(child(child(path, "items"), "properties"), key), "type"), items.type, detail));
    }
    if (keys.indexOf(key) < i) errors.push(invalid(where, keys, "must not contain duplicate entries"));
  }
  return errors;
}

/** Entries of sets and map-like lists, and their keys, must be there to be told apart. */
function nullableEntries(schema: Schema, path: string): FieldError[] {
  const { items, "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  if (!items || (listType !== "set" && listType !== "map")) return [];
  const where = child(path, "items");
  const errors: FieldError[] = [];
  if (items.nullable)
    errors.push(forbidden(child(where, "nullable"), `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType === "set") return errors;
  for (const key of keys) {
    const property = items.properties?.[key];
    if (!property) continue;
    const keyPath = at(child(where, "properties"), key);
    if (!items.required?.includes(key) && property.default === undefined) {
      const detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      errors.push(required(child(keyPath, "default"), detail));
    }
    if (property.nullable) {
      errors.push(
        forbidden(child(keyPath, "nullable"), "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"),
      );
    }
  }
  return errors;
}

const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

function ruleTextProblems(schema: Schema, path: string): FieldError[] {
  return (schema["x-kubernetes-validations"] ?? []).flatMap((rule, i) => {
    const where = (name: string): string => child(at(child(path, "x-kubernetes-validations"), i), name);
    const { rule: text = "", message = "", messageExpression = "", reason, fieldPath = "" } = rule;
    const errors: FieldError[] = [];
    const hasBreak = (value: string): boolean => /[\n\r]/.test(value);
    if (text.trim() === "") errors.push(required(where("rule"), "rule is not specified"));
    else if (message !== "" && message.trim() === "")
      errors.push(invalid(where("message"), message, "must be non-empty if specified"));
    else if (hasBreak(message.trim())) errors.push(invalid(where("message"), message, "must not contain line breaks"));
    else if (hasBreak(text.trim()) && message.trim() === "") {
      errors.push(required(where("message"), "message must be specified if rule contains line breaks"));
    }
    if (messageExpression !== "" && messageExpression.trim() === "") {
      errors.push(required(where("messageExpression"), "messageExpression must be non-empty if specified"));
    }
    if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(where("reason"), reason, reasons));
    if (fieldPath !== "" && fieldPath.trim() === "")
      errors.push(invalid(where("fieldPath"), fieldPath, "must be non-empty if specified"));
    if (hasBreak(fieldPath)) errors.push(invalid(where("fieldPath"), fieldPath, "must not contain line breaks"));
    if (fieldPath !== "" && !isFieldPath(fieldPath, schema))
      errors.push(invalid(where("fieldPath"), fieldPath, "must be a valid path"));
    return errors;
  });
}

function isFieldPath(fieldPath: string, schema: Schema): boolean {
  try {
    parseFieldPath(fieldPath, schema);
    return true;
  } catch {
    return false;
  }
}

function ruleProblems(schema: Schema, path: string, { uncorrelated }: Context, celTypes: CelTypes): FieldError[] {
  const rules = schema["x-kubernetes-validations"] ?? [];
  const list = child(path, "x-kubernetes-validations");
  const type = celTypes.typeOf(schema);
  if (rules.length > 0 && !type)
    return [invalid(list, schema.type ?? "", "failed to convert to declType for CEL validation rules")];
  return rules.flatMap((rule, i) => {
    const where = at(list, i);
    const env = ruleEnvironment(celTypes, type!, rule);
    const errors: FieldError[] = [];
    const program = tryCompile(() => compile(env, rule.rule, "bool"));
    if (program instanceof CompileError) return [invalid(child(where, "rule"), printedRule(rule), program.message)];
    if (rule.messageExpression) {
      const message = tryCompile(() => compile(env, rule.messageExpression!, "string"));
      if (message instanceof CompileError) {
        errors.push(
          invalid(
            child(where, "messageExpression"),
            printedRule(rule),
            `messageExpression ${message.message}`.replace("messageExpression messageExpression", "messageExpression"),
          ),
        );
      }
    }
    if (program.usesOldSelf && uncorrelated !== undefined) {
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
      errors.push(invalid(child(where, "rule"), rule.rule, detail));
    } else if (!program.usesOldSelf && rule.optionalOldSelf !== undefined) {
      errors.push(invalid(child(where, "optionalOldSelf"), rule.optionalOldSelf, "may not be set if oldSelf is not used in rule"));
    }
    return errors;
  });
}

function tryCompile<T>(run: () => T): T | CompileError {
  try {
    return run();
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
}

/** A rule as the API server prints it: by the names of its internal type. */
function printedRule({
  rule,
  message = "",
  messageExpression = "",
  reason,
  fieldPath = "",
  optionalOldSelf,
}: ValidationRule): object {
  return {
    toJSON: () => ({
      Rule: rule,
      Message: message,
      MessageExpression: messageExpression,
      Reason: reason ?? null,
      FieldPath: fieldPath,
      OptionalOldSelf: optionalOldSelf ?? null,
    }),
  };
}
