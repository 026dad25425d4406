import type { Place } from "../../decode.ts";
import { DecodeError, decode } from "../../decode.ts";
import { isMap } from "../../node.ts";
import type { Schema } from "../../schema.ts";
import { bool, choice, int64, list, listMap, mapOf, named, pointer, struct, text } from "../shapes.ts";

const number: Schema = { type: "number", format: "double" };
const json: Schema = { title: "JSON" };
const orBool: Schema = { title: "JSONSchemaPropsOrBool" };
const orArray: Schema = { title: "JSONSchemaPropsOrArray" };
const orTexts: Schema = { title: "JSONSchemaPropsOrStringArray" };
/** A schema somewhere below, or the one at the root: read by `readSchema`. */
export const schemaProps = named("JSONSchemaProps");

const rule = struct(
  "ValidationRule",
  {
    rule: text,
    message: text,
    messageExpression: text,
    reason: pointer(choice("FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired")),
    fieldPath: text,
    optionalOldSelf: pointer(bool),
  },
  ["rule"],
);

/** One node of a schema that a client sends, in the words that are known; what is below it is read node by node. */
export const jsonSchema = struct("JSONSchemaProps", {
  id: text,
  $schema: text,
  $ref: pointer(text),
  description: text,
  type: text,
  format: text,
  title: text,
  default: pointer(json),
  maximum: pointer(number),
  exclusiveMaximum: bool,
  minimum: pointer(number),
  exclusiveMinimum: bool,
  maxLength: pointer(int64),
  minLength: pointer(int64),
  pattern: text,
  maxItems: pointer(int64),
  minItems: pointer(int64),
  uniqueItems: bool,
  multipleOf: pointer(number),
  enum: list(json),
  maxProperties: pointer(int64),
  minProperties: pointer(int64),
  required: list(text),
  items: pointer(orArray),
  allOf: list(schemaProps),
  oneOf: list(schemaProps),
  anyOf: list(schemaProps),
  not: pointer(schemaProps),
  properties: mapOf(schemaProps),
  additionalProperties: pointer(orBool),
  patternProperties: mapOf(schemaProps),
  dependencies: mapOf(orTexts),
  additionalItems: pointer(orBool),
  definitions: mapOf(schemaProps),
  externalDocs: pointer(struct("ExternalDocumentation", { description: text, url: text })),
  example: pointer(json),
  nullable: bool,
  "x-kubernetes-preserve-unknown-fields": pointer(bool),
  "x-kubernetes-embedded-resource": bool,
  "x-kubernetes-int-or-string": bool,
  "x-kubernetes-list-map-keys": list(text),
  "x-kubernetes-list-type": pointer(text),
  "x-kubernetes-map-type": pointer(text),
  "x-kubernetes-validations": listMap(["rule"], rule),
});

const orBooleans = ["additionalProperties", "additionalItems"] as const;
const lists = ["allOf", "anyOf", "oneOf"] as const;
const maps = ["properties", "patternProperties", "definitions"] as const;

/**
 * A schema as the API server's own type holds it: words that it does not know are dropped and reported.
 * @throws DecodeError when it is none, or a word has the wrong type
 */
export function readSchema(value: unknown, place: Place, unknown: string[]): unknown {
  const read: Record<string, unknown> = { ...(decode(jsonSchema, value, place, unknown) as object) };
  const below = (name: string, key: string, child: unknown, lost = unknown): unknown => {
    const inside = { path: `${place.path}.${name}${key}`, struct: "JSONSchemaProps", fields: `${place.fields}.${name}` };
    return readSchema(child, inside, lost);
  };
  // What may be something else than a schema too reads itself: what is unknown in it is dropped without a word.
  const { items } = read;
  if (isMap(items)) read["items"] = below("items", "", items, []);
  else if (!Array.isArray(items)) delete read["items"];
  for (const name of orBooleans) {
    const child = read[name];
    if (isMap(child)) read[name] = below(name, "", child, []);
    else if (child !== undefined && typeof child !== "boolean") throw new DecodeError("boolean or JSON schema expected");
  }
  if (Object.hasOwn(read, "not")) read["not"] = below("not", "", read["not"]);
  for (const name of lists) {
    const children = read[name];
    if (Array.isArray(children)) read[name] = children.map((child: unknown, i) => below(name, `[${i}]`, child ?? {}));
  }
  for (const name of maps) {
    const children = read[name];
    if (!isMap(children)) continue;
    const entries = Object.entries(children).map(([key, child]) => [key, below(name, `.${key}`, child ?? {})]);
    read[name] = Object.fromEntries(entries);
  }
  return read;
}
