import type { Path, PathElement } from "./element.ts";
import type { FieldSet } from "./set.ts";
import { FieldSetBuilder, isEmpty, recursiveDifference, union } from "./set.ts";
import type { TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/**
 * Brings a set that was recorded under an older schema in line with the type: who owned fields of what is atomic by now owns
 * it as a whole. What became granular is left alone.
 */
export function reconcile(type: TypeRef, set: FieldSet): FieldSet {
  const atomics = new FieldSetBuilder();
  walk(type, set, false, [], atomics);
  return isEmpty(atomics) ? set : union(recursiveDifference(set, atomics), atomics);
}

/** @param owned whether the path itself, and nothing below it, is in the set */
function walk(type: TypeRef, set: FieldSet | undefined, owned: boolean, path: Path, atomics: FieldSetBuilder): void {
  const { map, scalar, list } = resolve(type);
  if (map) {
    if (map.open) return;
    if (map.atomic) {
      if (!owned && set && !isEmpty(set)) atomics.insert(path);
      return;
    }
    if (set) {
      each(set, (element, child, isLeaf) => {
        const below = element.startsWith("f:") ? fieldType(map, element.slice(2)) : map.element;
        if (below !== undefined) walk(below, child, isLeaf, [...path, element], atomics);
      });
    }
    return;
  }
  if (scalar || !list) return;
  if (list.atomic) {
    if (!owned) atomics.insert(path);
    return;
  }
  if (set) each(set, (element, child, isLeaf) => walk(list.element, child, isLeaf, [...path, element], atomics));
}

function each(set: FieldSet, visit: (element: PathElement, child: FieldSet | undefined, isLeaf: boolean) => void): void {
  for (const element of new Set([...set.members, ...set.children.keys()])) {
    const child = set.children.get(element);
    visit(element, child, set.members.has(element) && child === undefined);
  }
}
