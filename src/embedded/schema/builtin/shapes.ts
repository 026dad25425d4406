import type { Schema } from "../schema.ts";

/**
 * Words for the schemas of built-in kinds. `decode` reads them as Go types: `pointer` is a Go pointer, a name in `always` is a
 * field that is written even when it is empty.
 */
export const text: Schema = { type: "string" };
export const bool: Schema = { type: "boolean" };
export const int32: Schema = { type: "integer", format: "int32" };
export const int64: Schema = { type: "integer", format: "int64" };
export const time: Schema = { type: "string", format: "date-time" };
export const microTime: Schema = { type: "string", format: "micro-time" };
/** Base64. */
export const bytes: Schema = { type: "string", format: "byte" };
export const quantity: Schema = { type: "string", format: "quantity" };
export const intOrString: Schema = { "x-kubernetes-int-or-string": true };
/** A text that is one of these; whether it is, is a matter of validation. */
export const choice = (...values: readonly string[]): Schema => ({ type: "string", enum: values });

export const protocol = choice("SCTP", "TCP", "UDP");

/** An object whose fields are not looked at: nothing is told of it but how Go calls it. */
export const named = (name: string): Schema => ({ type: "object", title: name, "x-kubernetes-preserve-unknown-fields": true });

export const pointer = (schema: Schema): Schema => ({ ...schema, nullable: true });

export const withDefault = (schema: Schema, value: unknown): Schema => ({ ...schema, default: value });

/** @param name of the Go struct, as errors call it */
export const struct = (name: string, properties: Readonly<Record<string, Schema>>, always: readonly string[] = []): Schema => ({
  type: "object",
  title: name,
  properties,
  ...(always.length > 0 && { required: always }),
});

export const mapOf = (values: Schema): Schema => ({ type: "object", additionalProperties: values });

export const list = (items: Schema): Schema => ({ type: "array", "x-kubernetes-list-type": "atomic", items });

export const setOf = (items: Schema): Schema => ({ type: "array", "x-kubernetes-list-type": "set", items });

/** A list whose entries are known by `keys`; a strategic merge patch replaces it. */
export const keyedList = (keys: readonly [string, ...string[]], items: Schema): Schema => ({
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": keys,
  items,
});

/** The same, but a strategic merge patch merges it by the first key. */
export const listMap = (keys: readonly [string, ...string[]], items: Schema): Schema => mergedBy(keys[0], keyedList(keys, items));

/** @param key what a strategic merge patch merges the list by; without one, it is a set to it */
export const mergedBy = (key: string | undefined, schema: Schema): Schema => ({
  ...schema,
  ...(key !== undefined && { "x-kubernetes-patch-merge-key": key }),
  "x-kubernetes-patch-strategy": "merge",
});

export const retainKeys = (schema: Schema): Schema => ({
  ...schema,
  "x-kubernetes-patch-strategy": [schema["x-kubernetes-patch-strategy"], "retainKeys"].filter(Boolean).join(","),
});

export const atomic = (schema: Schema): Schema => ({ ...schema, "x-kubernetes-map-type": "atomic" });

export const texts = mapOf(text);
export const resourceList = mapOf(quantity);
