import { jsonEqual } from "../json.ts";
import type { Path, PathElement } from "./element.ts";
import { fieldElement } from "./element.ts";
import type { FieldSet } from "./set.ts";
import { FieldSetBuilder, recursiveDifference } from "./set.ts";
import type { Shape } from "./shape.ts";
import { entryElement, listOf, mapOf, shapeOf } from "./shape.ts";
import type { Atom, ListType, MapType, TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/** What became of the fields of one object in another; no field is in two of the sets. */
export interface Comparison {
  readonly removed: FieldSet;
  readonly modified: FieldSet;
  readonly added: FieldSet;
}

export function compare(type: TypeRef, before: unknown, after: unknown): Comparison {
  const comparison = { removed: new FieldSetBuilder(), modified: new FieldSetBuilder(), added: new FieldSetBuilder() };
  compareValue(type, before, after, [], comparison);
  return comparison;
}

/** The comparison without the given fields and everything below them. */
export function exclude(comparison: Comparison, fields: FieldSet): Comparison {
  return {
    removed: recursiveDifference(comparison.removed, fields),
    modified: recursiveDifference(comparison.modified, fields),
    added: recursiveDifference(comparison.added, fields),
  };
}

interface Builders {
  readonly removed: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly added: FieldSetBuilder;
}

/** An absent side is undefined; null is a value. */
function compareValue(type: TypeRef, before: unknown, after: unknown, path: Path, out: Builders): void {
  // What is the very same holds no difference.
  if (before === after) return;
  const atom = resolve(type);
  const was = before === undefined ? undefined : shapeOf(atom, before);
  const is = after === undefined ? undefined : shapeOf(atom, after);
  // A value that changed its shape is looked at as both.
  const first = was ?? is!;
  let leaf = compareAs(first, atom, before, after, path, out);
  if (is !== undefined && is !== first) leaf = compareAs(is, atom, before, after, path, out);
  if (leaf) return;
  if (before === undefined) out.added.insert(path);
  else if (after === undefined) out.removed.insert(path);
}

/** @returns whether there is nothing below to be looked at */
function compareAs(shape: Shape, atom: Atom, before: unknown, after: unknown, path: Path, out: Builders): boolean {
  let leaf = shape === "scalar";
  if (shape === "list") leaf = atom.list!.atomic || (listOf(before).length === 0 && listOf(after).length === 0);
  if (shape === "map") leaf = atom.map!.atomic || (isBare(before) && isBare(after));
  if (leaf) compareLeaf(before, after, path, out);
  else if (shape === "list") compareList(atom.list!, listOf(before), listOf(after), path, out);
  else compareMap(atom.map!, before, after, path, out);
  return leaf;
}

const isBare = (value: unknown): boolean => Object.keys(mapOf(value)).length === 0;

function compareLeaf(before: unknown, after: unknown, path: Path, out: Builders): void {
  if (before === undefined) out.added.insert(path);
  else if (after === undefined) out.removed.insert(path);
  else if (!jsonEqual(before, after)) out.modified.insert(path);
}

function compareMap(type: MapType, before: unknown, after: unknown, path: Path, out: Builders): void {
  const [left, right] = [mapOf(before), mapOf(after)];
  const compareField = (name: string): void => {
    if (left[name] !== right[name])
      compareValue(fieldType(type, name) ?? "deduced", left[name], right[name], [...path, fieldElement(name)], out);
  };
  for (const name of Object.keys(left)) compareField(name);
  for (const name of Object.keys(right)) if (!Object.hasOwn(left, name)) compareField(name);
}

/** Entries that appear more than once have no fields of their own: the run of them is one leaf. */
function compareList(type: ListType, before: readonly unknown[], after: readonly unknown[], path: Path, out: Builders): void {
  const [left, right] = [groupEntries(type, before), groupEntries(type, after)];
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const [was, is] = [left.get(element) ?? [], right.get(element) ?? []];
    const below = [...path, element];
    if (was.length <= 1 && is.length <= 1) {
      compareValue(type.element, was[0], is[0], below, out);
    } else if (was.length >= 2 && is.length >= 2) {
      if (!jsonEqual(was, is)) out.modified.insert(below);
    } else if (was.length >= 2) {
      if (is.length > 0) compareValue(type.element, undefined, is[0], below, out);
      out.removed.insert(below);
    } else {
      if (was.length > 0) compareValue(type.element, was[0], undefined, below, out);
      out.added.insert(below);
    }
  }
}

function groupEntries(type: ListType, entries: readonly unknown[]): Map<PathElement, unknown[]> {
  return Map.groupBy(entries, (entry) => entryElement(type, entry));
}
