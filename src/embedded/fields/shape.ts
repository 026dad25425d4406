import type { PathElement } from "./element.ts";
import { keyElement, valueElement } from "./element.ts";
import type { Atom, ListType } from "./type.ts";

export type JsonMap = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is JsonMap => typeof value === "object" && value !== null && !Array.isArray(value);

export const isScalar = (value: unknown): boolean => value !== null && value !== undefined && typeof value !== "object";

/** A value that has nothing in it to walk into: absent, null, not a list at all, or empty. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const mapOf = (value: unknown): JsonMap => (isMap(value) ? value : {});

export type Shape = "map" | "scalar" | "list";

/**
 * As which of its type's shapes a value is treated. Null and absent values, and values that do not fit, are treated as the
 * first shape that the type has.
 */
export function shapeOf(atom: Atom, value: unknown): Shape {
  if (isScalar(value) && atom.scalar) return "scalar";
  if (Array.isArray(value) && atom.list) return "list";
  if (atom.map) return "map";
  return atom.scalar ? "scalar" : "list";
}

/**
 * What identifies an entry of a set or a map-like list.
 * @throws TypeError when the entry cannot be identified
 */
export function entryElement(list: ListType, entry: unknown): PathElement {
  if (list.keys.length === 0) {
    if (isMap(entry)) throw new TypeError("associative list without keys has an element that's a map type");
    if (Array.isArray(entry)) throw new TypeError("not supported: associative list with lists as elements");
    if (entry === null) throw new TypeError("associative list without keys has an element that's an explicit null");
    return valueElement(entry);
  }
  if (entry === null) throw new TypeError("associative list with keys may not have a null element");
  if (!isMap(entry)) throw new TypeError("associative list with keys may not have non-map elements");
  const keys: Record<string, unknown> = {};
  for (const key of list.keys) {
    const value = key in entry ? entry[key] : list.keyDefault(key);
    if (value !== undefined) keys[key] = value;
  }
  if (Object.keys(keys).length > 0) return keyElement(keys);
  const names = list.keys.map((key) => JSON.stringify(key)).join(" ");
  throw new TypeError(
    `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  );
}
