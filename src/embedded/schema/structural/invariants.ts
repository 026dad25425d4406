import { at, child, forbidden, invalid, required } from "../errors.ts";
import { isMap } from "../node.ts";
import { goRegExp } from "../regexp.ts";
import type { FieldError, Schema } from "../schema.ts";

type Level = "root" | "item" | "field";

/**
 * What makes a schema structural: every value it can describe has a type outside of alternatives, alternatives only narrow
 * values down, and metadata is left to the API server. Sorted, as the API server sorts them.
 */
export function validateInvariants(schema: Schema, path: string): FieldError[] {
  const errors = [...invariants(schema, "root", path), ...completeness(schema, schema, path, path)];
  const text = ({ field, message }: FieldError): string => `${field}: ${message}`;
  return errors.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0));
}

function invariants(schema: Schema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { type, items, properties = {}, additionalProperties } = schema;
  if (type === "array" && !items) errors.push(required(child(path, "items"), "must be specified"));
  if (items) errors.push(...invariants(items, "item", child(path, "items")));
  for (const [name, property] of Object.entries(properties))
    errors.push(...invariants(property, "field", propertyPath(path, name)));
  if (additionalProperties !== undefined) {
    const where = child(path, "additionalProperties");
    if (level === "root") errors.push(forbidden(where, "must not be used at the root"));
    if (isMap(additionalProperties)) errors.push(...invariants(additionalProperties as Schema, "field", where));
  }
  return [
    ...errors,
    ...intOrStringConflicts(schema, path),
    ...alternatives(schema, path, isIntOrString(schema.anyOf), isIntOrString(schema.allOf?.[0]?.anyOf)),
    ...typeProblems(schema, level, path),
    ...resourceProblems(schema, level, path),
  ];
}

const propertyPath = (path: string, name: string): string => at(child(path, "properties"), name);

function intOrStringConflicts(schema: Schema, path: string): FieldError[] {
  if (!schema["x-kubernetes-int-or-string"]) return [];
  return (["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] as const)
    .filter((name) => schema[name])
    .map((name) => invalid(child(path, name), true, "must be false if x-kubernetes-int-or-string is true"));
}

function typeProblems(schema: Schema, level: Level, path: string): FieldError[] {
  const where = child(path, "type");
  const { type = "" } = schema;
  const errors: FieldError[] = [];
  if (schema["x-kubernetes-embedded-resource"] && type !== "object") {
    const detail = "must be object if x-kubernetes-embedded-resource is true";
    errors.push(type === "" ? required(where, detail) : invalid(where, type, detail));
  } else if (type === "" && !schema["x-kubernetes-int-or-string"] && !schema["x-kubernetes-preserve-unknown-fields"]) {
    const of = { root: "at the root", item: "for specified array items", field: "for specified object fields" }[level];
    errors.push(required(where, `must not be empty ${of}`));
  }
  if (level === "root" && type !== "" && type !== "object") errors.push(invalid(where, type, "must be object at the root"));
  return errors;
}

function resourceProblems(schema: Schema, level: Level, path: string): FieldError[] {
  const isEmbedded = schema["x-kubernetes-embedded-resource"] === true;
  const { properties = {}, additionalProperties } = schema;
  const errors: FieldError[] = [];
  if (isEmbedded && additionalProperties !== undefined) {
    errors.push(forbidden(child(path, "additionalProperties"), "must not be used if x-kubernetes-embedded-resource is set"));
  }
  if (level === "root" || isEmbedded) {
    for (const name of ["kind", "apiVersion"]) {
      const type = properties[name] && (properties[name].type ?? "");
      if (type !== undefined && type !== "string")
        errors.push(invalid(child(propertyPath(path, name), "type"), type, "must be string"));
    }
    const { metadata } = properties;
    if (metadata && metadata.type !== "object") {
      errors.push(invalid(child(propertyPath(path, "metadata"), "type"), metadata.type ?? "", "must be object"));
    }
    if (metadata && level === "root" && !isAllowedMetadata(metadata)) {
      const detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
      errors.push(forbidden(propertyPath(path, "metadata"), detail));
    }
  }
  if (isEmbedded && !schema["x-kubernetes-preserve-unknown-fields"] && Object.keys(properties).length === 0) {
    const detail = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
    errors.push(required(child(path, "properties"), detail));
  }
  return errors;
}

function isAllowedMetadata({ type: _, default: _default, properties = {}, ...others }: Schema): boolean {
  return Object.keys(others).length === 0 && Object.keys(properties).every((name) => name === "name" || name === "generateName");
}

/** The one place where alternatives may name types: `anyOf: [{type: integer}, {type: string}]`. */
const isIntOrString = (anyOf: readonly Schema[] | undefined): boolean =>
  JSON.stringify(anyOf) === '[{"type":"integer"},{"type":"string"}]';

function alternatives(schema: Schema, path: string, skipAnyOf: boolean, skipFirstAllOf: boolean): FieldError[] {
  const { anyOf = [], allOf = [], oneOf = [], not, pattern } = schema;
  const errors = [
    ...(skipAnyOf ? [] : anyOf.flatMap((one, i) => nested(one, at(child(path, "anyOf"), i), false))),
    ...allOf.flatMap((one, i) => nested(one, at(child(path, "allOf"), i), skipFirstAllOf && i === 0)),
    ...oneOf.flatMap((one, i) => nested(one, at(child(path, "oneOf"), i), false)),
    ...(not ? nested(not, child(path, "not"), false) : []),
  ];
  const wrong = pattern ? patternProblem(pattern) : undefined;
  if (wrong === undefined) return errors;
  return [...errors, invalid(child(path, "pattern"), pattern, `must be a valid regular expression, but isn't: ${wrong}`)];
}

function patternProblem(pattern: string): string | undefined {
  try {
    goRegExp(pattern);
    return undefined;
  } catch (error) {
    return `error parsing regexp: ${(error as Error).message}`;
  }
}

const nestedRules = [
  ["type", "must be empty to be structural"],
  ["additionalProperties", "must be undefined to be structural"],
  ["default", "must be undefined to be structural"],
  ["title", "must be empty to be structural"],
  ["description", "must be empty to be structural"],
  ["nullable", "must be false to be structural"],
  ["x-kubernetes-preserve-unknown-fields", "must be false to be structural"],
  ["x-kubernetes-embedded-resource", "must be false to be structural"],
  ["x-kubernetes-int-or-string", "must be false to be structural"],
  ["x-kubernetes-list-map-keys", "must be empty to be structural"],
  ["x-kubernetes-list-type", "must be undefined to be structural"],
  ["x-kubernetes-map-type", "must be undefined to be structural"],
  ["x-kubernetes-validations", "must be empty to be structural"],
] as const;

/** What alternatives must leave to the schema around them. */
function nested(schema: Schema, path: string, skipAnyOf: boolean): FieldError[] {
  const { items, properties = {} } = schema;
  const errors = [
    ...alternatives(schema, path, skipAnyOf, false),
    ...(items ? nested(items, child(path, "items"), false) : []),
    ...Object.entries(properties).flatMap(([name, property]) => nested(property, propertyPath(path, name), false)),
  ];
  for (const [name, detail] of nestedRules) {
    const value = schema[name];
    const isSet = Array.isArray(value)
      ? value.length > 0
      : value !== undefined && value !== null && value !== "" && value !== false;
    if (isSet) errors.push(forbidden(child(path, name), detail));
  }
  if (Object.hasOwn(properties, "metadata")) {
    errors.push(forbidden(propertyPath(path, "metadata"), "must not be specified in a nested context"));
  }
  return errors;
}

/** Whatever alternatives speak of must be there outside of them. */
function completeness(alternative: Schema, schema: Schema | undefined, path: string, from: string): FieldError[] {
  if (!schema) return [required(path, `because it is defined in ${from}`)];
  const { not, allOf = [], anyOf = [], oneOf = [] } = alternative;
  const inAlternative = (one: Schema, where: string): FieldError[] => nestedCompleteness(one, schema, path, where);
  return [
    ...(not ? inAlternative(not, child(from, "not")) : []),
    ...allOf.flatMap((one, i) => inAlternative(one, at(child(from, "allOf"), i))),
    ...anyOf.flatMap((one, i) => inAlternative(one, at(child(from, "anyOf"), i))),
    ...oneOf.flatMap((one, i) => inAlternative(one, at(child(from, "oneOf"), i))),
  ];
}

function nestedCompleteness(alternative: Schema, schema: Schema | undefined, path: string, from: string): FieldError[] {
  if (!schema) return [required(path, `because it is defined in ${from}`)];
  const errors = completeness(alternative, schema, path, from);
  if (alternative.items) {
    errors.push(...nestedCompleteness(alternative.items, schema.items, child(path, "items"), child(from, "items")));
  }
  for (const [name, property] of Object.entries(alternative.properties ?? {})) {
    errors.push(...nestedCompleteness(property, schema.properties?.[name], propertyPath(path, name), propertyPath(from, name)));
  }
  return errors;
}
