import { at, child, duplicate, invalid, printJson } from "./errors.ts";
import { additional, isMap, property } from "./node.ts";
import type { FieldError, Schema } from "./schema.ts";
import { traitsOf } from "./traits.ts";

/** Entries that appear more than once in sets and map-like lists; each is named once, at its second appearance. */
export function validateUniqueness(schema: Schema, value: unknown, path: string): FieldError[] {
  if (!traitsOf(schema).uniqueness) return [];
  if (Array.isArray(value)) {
    const items = schema.items;
    return [
      ...ownDuplicates(schema, value, path),
      ...(items ? value.flatMap((item, i) => validateUniqueness(items, item, at(path, i))) : []),
    ];
  }
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([name, field]) => {
    const declared = property(schema, name);
    if (declared) return validateUniqueness(declared, field, child(path, name));
    const others = additional(schema);
    return others ? validateUniqueness(others, field, at(path, name)) : [];
  });
}

function ownDuplicates(schema: Schema, list: readonly unknown[], path: string): FieldError[] {
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return repeated(list).map((i) => duplicate(at(path, i), list[i]));
    case "map": {
      const wrong = list.findIndex((item) => item !== null && !isMap(item));
      if (wrong >= 0) return [invalid(at(path, wrong), list[wrong], "must be an object for an array of list-type map")];
      const keys = schema["x-kubernetes-list-map-keys"] ?? [];
      const values = list.map((item) =>
        Object.fromEntries(
          keys.filter((key) => isMap(item) && key in item).map((key) => [key, (item as Record<string, unknown>)[key]]),
        ),
      );
      return repeated(values).map((i) => duplicate(at(path, i), values[i]));
    }
    default:
      return [];
  }
}

/** The indexes at which something appears for the second time. */
function repeated(values: readonly unknown[]): number[] {
  const seen = new Map<string, number>();
  return [...values.keys()].filter((i) => {
    const text = printJson(values[i]);
    const times = (seen.get(text) ?? 0) + 1;
    seen.set(text, times);
    return times === 2;
  });
}
