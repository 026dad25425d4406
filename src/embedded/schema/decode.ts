import { isMap } from "./node.ts";
import { conversionProblem, DecodeError, decodeQuantity, decodeText, fits, isTime, kindOf } from "./scalars.ts";
import type { Schema } from "./schema.ts";

export { DecodeError } from "./scalars.ts";

/** Where a value is, in the two ways in which complaints name it. */
export interface Place {
  /** For unknown fields: `metadata.ownerReferences[0]`; "" at the root. */
  readonly path: string;
  /** For fields of the wrong type: the innermost struct, e.g. `OwnerReference`; undefined at the root. */
  readonly struct?: string | undefined;
  /** For fields of the wrong type: field names only, e.g. `ownerReferences.controller`. */
  readonly fields: string;
}

/**
 * Reads a value as the API server reads what it has a type for, and writes it back: unknown fields are dropped (and reported
 * in `unknown`), and so are nulls and what is empty, unless the schema says otherwise:
 * - a `nullable` field is a pointer: what it points to may be empty;
 * - a `required` field, and any field that is a struct or a time, is always there, if need be with its zero value.
 * @throws DecodeError when a value has the wrong type
 */
export function decode(schema: Schema, value: unknown, place: Place, unknown: string[]): unknown {
  if (value === undefined || value === null) return zeroOf(schema, place, unknown);
  if (schema["x-kubernetes-int-or-string"]) return typeof value === "string" ? value : decode(int32, value, place, unknown);
  if (isAny(schema)) return value;
  switch (schema.type) {
    case "object":
      if (!isMap(value)) throw mismatch(schema, value, place);
      return schema.properties ? decodeStruct(schema, value, place, unknown) : decodeMap(schema, value, place, unknown);
    case "array": {
      if (!Array.isArray(value)) throw mismatch(schema, value, place);
      const items = schema.items ?? {};
      return value.map((item, i) => decode(items, item, { ...place, path: `${place.path}[${i}]` }, unknown));
    }
    case "integer":
      if (!Number.isInteger(value) || !fits(schema, value as number)) throw mismatch(schema, value, place);
      return value;
    case "number":
    case "boolean":
      if (typeof value !== schema.type) throw mismatch(schema, value, place);
      return value;
    default:
      if (schema.format === "quantity") return decodeQuantity(value);
      if (typeof value !== "string") throw mismatch(schema, value, place);
      return decodeText(schema, value);
  }
}

const int32: Schema = { type: "integer", format: "int32" };

function decodeStruct(schema: Schema, value: Readonly<Record<string, unknown>>, place: Place, unknown: string[]): unknown {
  const decoded: Record<string, unknown> = {};
  const properties = schema.properties ?? {};
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(properties, name)) continue;
    if (schema["x-kubernetes-preserve-unknown-fields"]) decoded[name] = value[name];
    else unknown.push(join(place.path, name));
  }
  for (const name of Object.keys(properties)) {
    const child = properties[name]!;
    const given = Object.hasOwn(value, name) ? (value[name] ?? undefined) : undefined;
    const isKept = !child.nullable && (isStruct(child) || isTime(child) || schema.required?.includes(name) === true);
    if (given === undefined && !isKept) continue;
    const below = { path: join(place.path, name), struct: schema.title, fields: join(place.fields, name) };
    const read = decode(child, given, below, unknown);
    if (isKept || child.nullable || !isZero(read)) decoded[name] = read;
  }
  return decoded;
}

function decodeMap(schema: Schema, value: Readonly<Record<string, unknown>>, place: Place, unknown: string[]): unknown {
  const values = typeof schema.additionalProperties === "object" ? schema.additionalProperties : {};
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [
      name,
      decode(values, child, { ...place, path: join(place.path, name) }, unknown),
    ]),
  );
}

function zeroOf(schema: Schema, place: Place, unknown: string[]): unknown {
  if (isStruct(schema)) return decodeStruct(schema, {}, place, unknown);
  switch (schema.type) {
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    case "string":
      return isTime(schema) ? null : "";
    default:
      return null;
  }
}

const isStruct = (schema: Schema): boolean => schema.type === "object" && schema.properties !== undefined && !schema.nullable;

const isAny = (schema: Schema): boolean =>
  schema.type === undefined || (schema["x-kubernetes-preserve-unknown-fields"] === true && schema.properties === undefined);

function isZero(value: unknown): boolean {
  if (value === null || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function mismatch(schema: Schema, value: unknown, { struct, fields }: Place): DecodeError {
  const shown = kindOf(value, schema.type === "integer");
  const into = struct === undefined ? "Go value" : `Go struct field ${struct}.${fields}`;
  const type = goType(schema);
  return new DecodeError(`json: cannot unmarshal ${shown} into ${into} of type ${type}`, {
    conversion: conversionProblem(value, type),
  });
}

/** How Go calls the type; those that have a name by their schema's title. */
function goType(schema: Schema): string {
  switch (schema.type) {
    case "object":
      if (schema.title !== undefined) return `v1.${schema.title}`;
      return `map[string]${goType(typeof schema.additionalProperties === "object" ? schema.additionalProperties : {})}`;
    case "array":
      return `[]${goType(schema.items ?? {})}`;
    case "integer":
      return schema.format ?? "int32";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "string":
      return schema.title === undefined ? "string" : `v1.${schema.title}`;
    default:
      return "interface {}";
  }
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
