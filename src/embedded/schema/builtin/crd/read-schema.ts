import type { Place } from "../../decode.ts";
import { decode } from "../../decode.ts";
import { isMap } from "../../node.ts";
import type { Schema } from "../../schema.ts";
import { bool, free, int64, list, pointer, struct, text } from "../shapes.ts";

const anything: Schema = {};
const number: Schema = { type: "number" };

const rule = struct(
  "ValidationRule",
  {
    rule: text,
    message: text,
    messageExpression: text,
    reason: pointer(text),
    fieldPath: text,
    optionalOldSelf: pointer(bool),
  },
  ["rule"],
);

/** One node of a schema that a client sends, in the words that are known; what is below it is read node by node. */
const node = struct("JSONSchemaProps", {
  id: text,
  $schema: text,
  $ref: pointer(text),
  description: text,
  type: text,
  format: text,
  title: text,
  default: pointer(anything),
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
  enum: list(anything),
  maxProperties: pointer(int64),
  minProperties: pointer(int64),
  required: list(text),
  items: pointer(anything),
  allOf: list(anything),
  oneOf: list(anything),
  anyOf: list(anything),
  not: pointer(free),
  properties: free,
  additionalProperties: pointer(anything),
  patternProperties: free,
  dependencies: free,
  additionalItems: pointer(anything),
  definitions: free,
  externalDocs: pointer(struct("ExternalDocumentation", { description: text, url: text })),
  example: pointer(anything),
  nullable: bool,
  "x-kubernetes-preserve-unknown-fields": pointer(bool),
  "x-kubernetes-embedded-resource": bool,
  "x-kubernetes-int-or-string": bool,
  "x-kubernetes-list-map-keys": list(text),
  "x-kubernetes-list-type": pointer(text),
  "x-kubernetes-map-type": pointer(text),
  "x-kubernetes-validations": list(rule),
});

/** Each may be something else than a schema too, and so reads itself: what is unknown in it is dropped without a word. */
const either = ["items", "additionalProperties", "additionalItems"] as const;
const lists = ["allOf", "anyOf", "oneOf"] as const;
const maps = ["properties", "patternProperties", "definitions"] as const;

/**
 * A schema as the API server's own type holds it: words that it does not know are dropped and reported.
 * @throws DecodeError when a word has the wrong type
 */
export function readSchema(value: unknown, place: Place, unknown: string[]): unknown {
  if (!isMap(value)) return value;
  const read: Record<string, unknown> = { ...(decode(node, value, place, unknown) as object) };
  const below = (name: string, key: string, child: unknown, lost = unknown): unknown => {
    const inside = { path: `${place.path}.${name}${key}`, struct: "JSONSchemaProps", fields: `${place.fields}.${name}` };
    return readSchema(child, inside, lost);
  };
  for (const name of either) if (Object.hasOwn(read, name)) read[name] = below(name, "", read[name], []);
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
