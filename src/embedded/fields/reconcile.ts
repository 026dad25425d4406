import type { PathElement } from "./element.ts";
import type { FieldSet } from "./set.ts";
import type { TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/**
 * Brings a set that was recorded under an older schema in line with the type: who owned fields of what is atomic by now owns
 * it as a whole. What became granular is left alone. The set itself where nothing is to be changed.
 */
export function reconcile(type: TypeRef, set: FieldSet): FieldSet {
  const { map, scalar, list } = resolve(type);
  if (map) {
    const typeOf = (element: PathElement) => (element.startsWith("f:") ? fieldType(map, element.slice(2)) : map.element);
    return map.open || map.atomic ? set : reconcileEach(set, typeOf);
  }
  return scalar || !list || list.atomic ? set : reconcileEach(set, () => list.element);
}

function reconcileEach(set: FieldSet, typeOf: (element: PathElement) => TypeRef | undefined): FieldSet {
  let changed: { readonly members: Set<PathElement>; readonly children: Map<PathElement, FieldSet> } | undefined;
  for (const [element, child] of set.children) {
    const type = typeOf(element);
    if (type === undefined) continue;
    const next = isWhole(type) ? undefined : reconcile(type, child);
    if (next === child) continue;
    changed ??= { members: new Set(set.members), children: new Map(set.children) };
    if (next) changed.children.set(element, next);
    else {
      changed.children.delete(element);
      changed.members.add(element);
    }
  }
  return changed ?? set;
}

/** Whether what is of the type has no fields of its own to be owned. */
function isWhole(type: TypeRef): boolean {
  const { map, scalar, list } = resolve(type);
  return map ? map.atomic && !map.open : !scalar && list?.atomic === true;
}
