import { isDeepStrictEqual } from "node:util";
import { additional, isMap, property } from "../node.ts";
import type { Schema } from "../schema.ts";

/** Whether CEL takes two values of one schema as equal: sets and map-like lists in any order, null fields as absent. */
export function celEqual(schema: Schema | undefined, a: unknown, b: unknown): boolean {
  if (schema && Array.isArray(a) && Array.isArray(b)) return equalLists(schema, a, b);
  if (schema && isMap(a) && isMap(b)) {
    const names = Object.keys(a);
    if (names.length !== Object.keys(b).length) return false;
    return names.every((name) => {
      const declared = property(schema, name);
      const below = declared ?? additional(schema);
      if (!below && !Object.hasOwn(b, name)) return true;
      const absent = declared ? undefined : null;
      return celEqual(below, a[name] ?? absent, b[name] ?? absent);
    });
  }
  return isDeepStrictEqual(a, b);
}

function equalLists(schema: Schema, a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  const type = schema["x-kubernetes-list-type"];
  if (type === "set") return b.every((item) => a.some((other) => isDeepStrictEqual(other, item)));
  if (type !== "map") return a.every((item, i) => celEqual(schema.items, item, b[i]));
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  const isSame = (item: unknown, other: unknown): boolean =>
    isMap(item) && isMap(other) && keys.every((key) => item[key] === other[key]);
  return b.every((item) => {
    const match = a.find((other) => isSame(other, item));
    return match !== undefined && celEqual(schema.items, match, item);
  });
}
