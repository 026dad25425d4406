import type { Path, PathElement } from "./element.ts";
import { compareElements, fieldElement } from "./element.ts";
import type { TypeRef } from "./type.ts";
import { childType, resolve } from "./type.ts";

/**
 * A set of paths, as a tree: `members` are in the set, `children` have paths below them that are. A field can be a member
 * without its children and the other way round.
 */
export interface FieldSet {
  readonly members: ReadonlySet<PathElement>;
  readonly children: ReadonlyMap<PathElement, FieldSet>;
}

export const emptySet: FieldSet = { members: new Set(), children: new Map() };

export const isEmpty = (set: FieldSet): boolean => set.members.size === 0 && set.children.size === 0;

/** A set that is being filled; it must not be written to once it is read as a FieldSet. */
export class FieldSetBuilder implements FieldSet {
  readonly members = new Set<PathElement>();
  readonly children = new Map<PathElement, FieldSetBuilder>();

  /** Adds the path alone, not its parents; the empty path is nobody's. */
  insert(path: Path): void {
    if (path.length === 0) return;
    let node: FieldSetBuilder = this;
    for (const element of path.slice(0, -1)) {
      let child = node.children.get(element);
      if (!child) {
        child = new FieldSetBuilder();
        node.children.set(element, child);
      }
      node = child;
    }
    node.members.add(path.at(-1)!);
  }
}

export function setOf(...paths: readonly Path[]): FieldSet {
  const set = new FieldSetBuilder();
  for (const path of paths) set.insert(path);
  return set;
}

/** The fields at these paths, e.g. `["metadata", "labels"]`. */
export const fieldsAt = (...paths: readonly (readonly string[])[]): FieldSet =>
  setOf(...paths.map((path) => path.map(fieldElement)));

export function has(set: FieldSet, path: Path): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path.slice(0, -1)) node = node?.children.get(element);
  return path.length > 0 && node !== undefined && node.members.has(path.at(-1)!);
}

/** The paths in order; the members of each level come before what is below them. */
export function* paths(set: FieldSet, prefix: Path = []): Generator<Path> {
  for (const element of [...set.members].sort(compareElements)) yield [...prefix, element];
  for (const element of [...set.children.keys()].sort(compareElements))
    yield* paths(set.children.get(element)!, [...prefix, element]);
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  const children = new Map(a.children);
  for (const [element, child] of b.children) {
    const mine = children.get(element);
    children.set(element, mine ? union(mine, child) : child);
  }
  return { members: new Set([...a.members, ...b.members]), children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = mapChildren(a, (element, child) => {
    const other = b.children.get(element);
    return other && intersection(child, other);
  });
  return { members: filter(a.members, (element) => b.members.has(element)), children };
}

/** What is in `a` and not in `b`; a path in `b` does not take the paths below it along. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a;
  const children = mapChildren(a, (element, child) => {
    const other = b.children.get(element);
    return other ? difference(child, other) : child;
  });
  return { members: filter(a.members, (element) => !b.members.has(element)), children };
}

/** Whether all of `a` is in `b`. */
export function isSubset(a: FieldSet, b: FieldSet): boolean {
  for (const element of a.members) if (!b.members.has(element)) return false;
  for (const [element, child] of a.children) {
    const other = b.children.get(element);
    if (other ? !isSubset(child, other) : !isEmpty(child)) return false;
  }
  return true;
}

/** What is in `a` and neither in `b` nor below a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a;
  const children = mapChildren(a, (element, child) => {
    if (b.members.has(element)) return undefined;
    const other = b.children.get(element);
    return other ? recursiveDifference(child, other) : child;
  });
  return { members: filter(a.members, (element) => !b.members.has(element)), children };
}

/** Adds every declared field that has members below it: merely touching `spec.x` is then to be in `spec`. */
export function withNamedFields(set: FieldSet, type: TypeRef | undefined): FieldSet {
  const map = type && resolve(type).map;
  const members = new Set(set.members);
  for (const element of set.children.keys()) {
    if (element.startsWith("f:") && map?.field(element.slice(2)) !== undefined) members.add(element);
  }
  return {
    members,
    children: mapChildren(set, (element, child) => withNamedFields(child, type && childType(type, element))),
  };
}

const filter = (elements: ReadonlySet<PathElement>, keep: (element: PathElement) => boolean): ReadonlySet<PathElement> =>
  new Set([...elements].filter(keep));

function mapChildren(
  set: FieldSet,
  change: (element: PathElement, child: FieldSet) => FieldSet | undefined,
): ReadonlyMap<PathElement, FieldSet> {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const changed = change(element, child);
    if (changed && !isEmpty(changed)) children.set(element, changed);
  }
  return children;
}
