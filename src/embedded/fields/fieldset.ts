import type { PathElement } from "./element.ts";
import { fieldElement } from "./element.ts";
import type { FieldSet } from "./set.ts";
import { emptySet, isEmpty } from "./set.ts";
import { entryElement, isMap, listOf, mapOf, shapeOf } from "./shape.ts";
import type { ListType, MapType, TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/** Every leaf and every list entry that a value mentions: what its author owns. */
export const fieldSetOf = (type: TypeRef, value: unknown): FieldSet => fieldsBelow(type, value) ?? emptySet;

/** What a value mentions below itself; undefined for a leaf. */
function fieldsBelow(type: TypeRef, value: unknown): FieldSet | undefined {
  const atom = resolve(type);
  const shape = shapeOf(atom, value);
  if (shape === "map" && !atom.map!.atomic) return fieldsOfMap(atom.map!, value);
  return shape === "list" && !atom.list!.atomic ? fieldsOfList(atom.list!, listOf(value)) : undefined;
}

function fieldsOfMap(type: MapType, value: unknown): FieldSet {
  const members = new Set<PathElement>();
  const children = new Map<PathElement, FieldSet>();
  for (const [name, child] of Object.entries(mapOf(value))) {
    const element = fieldElement(name);
    const below = fieldsBelow(fieldType(type, name) ?? "deduced", child);
    const isBare = child === null || (isMap(child) && Object.keys(child).length === 0);
    if (below === undefined || isBare || type.field(name) === undefined) members.add(element);
    if (below && !isEmpty(below)) children.set(element, below);
  }
  return { members, children };
}

/** Entries that appear twice are owned as a whole, since nothing tells their fields apart. */
function fieldsOfList(type: ListType, entries: readonly unknown[]): FieldSet {
  const elements = entries.map((entry) => entryElement(type, entry));
  const children = new Map<PathElement, FieldSet>();
  for (const [i, element] of elements.entries()) {
    if (elements.indexOf(element) !== elements.lastIndexOf(element)) continue;
    const below = fieldSetOf(type.element, entries[i]);
    if (!isEmpty(below)) children.set(element, below);
  }
  return { members: new Set(elements), children };
}
