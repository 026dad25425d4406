import type { Schema } from "../../schema.ts";

/** How large the values of a schema can be: as it says, or as much as fits into a request. */
export interface Bounds {
  /** Most items, entries or bytes; 0 for what has no length. */
  readonly max: number;
  /** Fewest bytes of such a value in JSON. */
  readonly minBytes: number;
  /** By a field's name in CEL, or `@items`, `@keys`, `@values`. */
  readonly below: ReadonlyMap<string, Bounds>;
}

/** `MaxRequestSizeBytes` of k8s.io/apiserver/pkg/apis/cel. */
const maxRequestBytes = 3 * 1024 * 1024;
/** A request without the two characters around the one value in it. */
const maxBytes = maxRequestBytes - 2;

const scalar = (minBytes: number, max = 0): Bounds => ({ max, minBytes, below: new Map() });

/** Least sizes of k8s.io/apiserver/pkg/cel/limits.go. */
export const boolBounds = scalar(4);
export const numberBounds = scalar(1);
/** How long a key is does not count. */
const keyBounds = scalar(2);

/** Sizes of k8s.io/apiserver/pkg/cel/limits.go. */
const formats: Readonly<Record<string, Bounds>> = { duration: scalar(3, 32), date: scalar(12, 12), "date-time": scalar(21, 32) };

/** Most bytes of a character. */
const characterBytes = 4;

const atLeastZero = (max: number): number => Math.max(max, 0);

export function stringBounds({ format = "", maxLength, enum: choices = [] }: Schema): Bounds {
  const fixed = formats[format];
  if (fixed) return fixed;
  const isBytes = format === "byte";
  if (maxLength !== undefined) return scalar(2, atLeastZero(maxLength) * (isBytes ? 1 : characterBytes));
  if (isBytes || choices.length === 0) return scalar(2, maxBytes);
  return scalar(2, Math.max(...choices.map((choice) => (typeof choice === "string" ? Buffer.byteLength(choice) : 0))));
}

export const intOrStringBounds = ({ maxLength }: Schema): Bounds =>
  scalar(1, maxLength === undefined ? maxBytes : atLeastZero(maxLength) * characterBytes);

export const listBounds = ({ maxItems }: Schema, item: Bounds): Bounds => ({
  max: maxItems === undefined ? Math.floor(maxBytes / (item.minBytes + 1)) : atLeastZero(maxItems),
  minBytes: 2,
  below: new Map([
    ["@items", item],
    ["@values", item],
  ]),
});

export const mapBounds = ({ maxProperties }: Schema, value: Bounds): Bounds => ({
  // Around each value: a key of two characters, its quotes, a colon and a comma.
  max: maxProperties === undefined ? Math.floor(maxBytes / (value.minBytes + 6)) : atLeastZero(maxProperties),
  minBytes: 2,
  below: new Map([
    ["@keys", keyBounds],
    ["@items", value],
    ["@values", value],
  ]),
});

/** @param must the fields that every such object has, and that it cannot get from a default */
export function objectBounds(fields: ReadonlyMap<string, Bounds>, must: ReadonlyMap<string, Bounds>): Bounds {
  const minBytes = [...must].reduce((sum, [name, field]) => sum + Buffer.byteLength(name) + field.minBytes + 4, 2);
  return { max: 0, minBytes, below: fields };
}

/** How often a value fits into a request. */
export const mostOften = ({ minBytes }: Bounds): number => Math.floor(maxRequestBytes / (minBytes + 1));
