import type { Path } from "./element.ts";
import { fieldElement } from "./element.ts";
import type { FieldSet } from "./set.ts";
import { FieldSetBuilder } from "./set.ts";
import { entryElement, isMap, listOf, mapOf, shapeOf } from "./shape.ts";
import type { ListType, MapType, TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/** Every leaf and every list entry that a value mentions: what its author owns. */
export function fieldSetOf(type: TypeRef, value: unknown): FieldSet {
  const set = new FieldSetBuilder();
  collect(type, value, [], set);
  return set;
}

function collect(type: TypeRef, value: unknown, path: Path, set: FieldSetBuilder): void {
  const atom = resolve(type);
  const shape = shapeOf(atom, value);
  if (shape === "map" && !atom.map!.atomic) collectMap(atom.map!, value, path, set);
  else if (shape === "list" && !atom.list!.atomic) collectList(atom.list!, listOf(value), path, set);
  else set.insert(path);
}

function collectMap(type: MapType, value: unknown, path: Path, set: FieldSetBuilder): void {
  for (const [name, child] of Object.entries(mapOf(value))) {
    const below = [...path, fieldElement(name)];
    collect(fieldType(type, name) ?? "deduced", child, below, set);
    const isBare = child === null || (isMap(child) && Object.keys(child).length === 0);
    if (isBare || type.field(name) === undefined) set.insert(below);
  }
}

/** Entries that appear twice are owned as a whole, since nothing tells their fields apart. */
function collectList(type: ListType, entries: readonly unknown[], path: Path, set: FieldSetBuilder): void {
  const elements = entries.map((entry) => entryElement(type, entry));
  for (const [i, element] of elements.entries()) {
    const below = [...path, element];
    set.insert(below);
    if (elements.indexOf(element) === elements.lastIndexOf(element)) collect(type.element, entries[i], below, set);
  }
}
