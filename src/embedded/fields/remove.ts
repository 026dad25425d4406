import { fieldElement } from "./element.ts";
import type { FieldSet } from "./set.ts";
import { emptySet, isEmpty } from "./set.ts";
import { entryElement, isMap, listOf, mapOf, shapeOf } from "./shape.ts";
import type { TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/**
 * `value` without the given fields and entries; null when nothing of a list or map is left that was not empty before.
 * Containers that merely lost what was inside them stay, empty.
 */
export function removeFields(type: TypeRef, value: unknown, fields: FieldSet): unknown {
  const atom = resolve(type);
  switch (shapeOf(atom, value)) {
    case "scalar":
      return value;
    case "list": {
      if (atom.list!.atomic) return null;
      return removeEach(
        listOf(value).map((entry) => [entryElement(atom.list!, entry), entry, atom.list!.element] as const),
        fields,
        (left) => left.map(([, entry]) => entry),
      );
    }
    case "map": {
      if (atom.map!.atomic) return null;
      return removeEach(
        Object.entries(mapOf(value)).map(
          ([name, child]) => [fieldElement(name), child, fieldType(atom.map!, name) ?? "deduced"] as const,
        ),
        fields,
        (left) => Object.fromEntries(left.map(([element, child]) => [element.slice(2), child])),
      );
    }
  }
}

function removeEach(
  entries: readonly (readonly [element: string, value: unknown, type: TypeRef])[],
  fields: FieldSet,
  rebuild: (left: readonly (readonly [element: string, value: unknown])[]) => unknown,
): unknown {
  const left: [string, unknown][] = [];
  let touched = false;
  for (const [element, value, type] of entries) {
    if (fields.members.has(element)) continue;
    const below = fields.children.get(element) ?? emptySet;
    if (isEmpty(below)) {
      left.push([element, value]);
      continue;
    }
    touched = true;
    left.push([element, removeFields(type, value, below) ?? emptied(value)]);
  }
  return left.length > 0 || touched ? rebuild(left) : null;
}

const emptied = (value: unknown): unknown => (isMap(value) ? {} : Array.isArray(value) ? [] : null);
