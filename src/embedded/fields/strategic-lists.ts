import type { JsonMap } from "../schema/node.ts";
import { isMap } from "../schema/node.ts";
import type { Schema } from "../schema/schema.ts";
import { printGo, StrategicPatchError } from "./strategic-patch.ts";

type List = readonly unknown[];
type MergeMaps = (original: JsonMap, patch: JsonMap, schema: Schema | undefined) => JsonMap;

const mergeKeyOf = (schema: Schema | undefined): string | undefined => schema?.["x-kubernetes-patch-merge-key"];

/** Merges maps by the list's merge key, anything else as a set; what the patch says comes in the order in which it says it. */
export function mergeLists(original: List, patch: List, schema: Schema, mergeMaps: MergeMaps): List {
  if (original.length + patch.length === 0) return original;
  const key = mergeKeyOf(schema);
  if (!holdsMaps(original, patch)) return arrange([...new Set([...original, ...patch])], patch, original, sameScalar);
  if (key === undefined) throw new StrategicPatchError(500, "cannot merge lists without merge key for struct");
  const { kept, changes } = withDirectives(original, patch as readonly JsonMap[], key);
  const merged = [...kept];
  for (const change of changes) {
    const value = keyOf(change, key);
    const index = merged.findIndex((item) => isMap(item) && item[key] === value);
    if (index === -1) merged.push(change);
    else merged[index] = mergeMaps(merged[index] as JsonMap, change, schema.items);
  }
  return arrange(merged, changes, kept, sameBy(key));
}

export const deleteItems = (list: List, unwanted: List): List => list.filter((item) => !unwanted.includes(item));

/** What a patch says must come in the order that it tells by `$setElementOrder`. */
export function checkOrder(patch: List, order: List, schema: Schema | undefined): void {
  const told = patch.filter((item) => !(isMap(item) && item["$patch"] === "delete"));
  if (order.length === 0 || isSubsequence(told, order, sameFor(schema))) return;
  const detail = `The order in patch list:\n${printGo(patch)}\n doesn't match $setElementOrder list:\n${printGo(order)}\n`;
  throw new StrategicPatchError(500, detail);
}

/**
 * A merged list in the order that a patch tells; what the patch does not know keeps its place as well as it can.
 * @param original the list before the patch, where there was one
 */
export function inOrder(merged: List, order: List, original: List, patch: List, schema: Schema | undefined): List {
  const key = mergeKeyOf(schema);
  const deletes = patch.some((item) => isMap(item) && item["$patch"] === "delete");
  const replaces = patch.some((item) => isMap(item) && item["$patch"] === "replace");
  const server = key !== undefined && deletes && !replaces ? reused(original, patch as readonly JsonMap[], key) : original;
  return arrange(merged, order, server, sameFor(schema));
}

/** The API server puts new entries where deleted ones were in memory, and this is the order that it then goes by. */
function reused(original: List, patch: readonly JsonMap[], key: string): List {
  const { kept, changes } = withDirectives(original, patch, key);
  const added = changes.filter((change) => !kept.some((item) => sameBy(key)(item, change)));
  return [...kept, ...added].slice(0, original.length);
}

type Same = (a: unknown, b: unknown) => boolean;

const sameScalar: Same = (a, b) => a === b;

const sameBy =
  (key: string): Same =>
  (a, b) =>
    keyOf(a, key) === keyOf(b, key);

function sameFor(schema: Schema | undefined): Same {
  const key = mergeKeyOf(schema);
  return key === undefined ? sameScalar : sameBy(key);
}

function keyOf(item: unknown, key: string): unknown {
  if (isMap(item) && Object.hasOwn(item, key)) return item[key];
  throw new StrategicPatchError(500, `map: ${printGo(item)} does not contain declared merge key: ${key}`);
}

function isSubsequence(items: List, order: List, same: Same): boolean {
  const isDirective = (item: unknown) => isMap(item) && Object.hasOwn(item, "$patch");
  let found = 0;
  for (const item of order) {
    while (isDirective(items[found])) found++;
    if (found < items.length && same(items[found], item)) found++;
  }
  return found === items.length;
}

/** Whether lists that are not both empty hold maps; they hold one kind of thing, and no lists. */
export function holdsMaps(...lists: readonly List[]): boolean {
  const kinds = new Set(lists.flat().map((item) => (isMap(item) ? "map" : Array.isArray(item) ? "list" : typeof item)));
  if (kinds.size > 1) throw new StrategicPatchError(500, `list element types are not identical: ${printGo(lists)}`);
  if (kinds.has("list")) throw new StrategicPatchError(422, "lists of lists are not supported");
  if (kinds.size === 0) throw new StrategicPatchError(500, "no elements in any of the given slices");
  return kinds.has("map");
}

/** Entries of a patch may delete an entry, or say that the patch replaces the whole list. */
function withDirectives(original: List, patch: readonly JsonMap[], key: string): { kept: List; changes: readonly JsonMap[] } {
  let kept = original;
  let replaces = false;
  for (const item of patch) {
    if (!Object.hasOwn(item, "$patch")) continue;
    const { $patch } = item;
    if ($patch === "replace") replaces = true;
    else if ($patch === "delete") {
      const value = keyOf(item, key);
      kept = kept.filter((other) => keyOf(other, key) !== value);
    } else if ($patch === "merge") throw new StrategicPatchError(500, "merging lists cannot yet be specified in the patch");
    else throw new StrategicPatchError(500, `unknown patch type: ${printGo($patch)} in map: ${printGo(item)}`);
  }
  const changes = patch.filter((item) => !Object.hasOwn(item, "$patch"));
  return replaces ? { kept: changes, changes: [] } : { kept, changes };
}

/** Items that the patch names in the order that it gives them, between those that it does not name in theirs. */
function arrange(merged: List, order: List, server: List, same: Same): List {
  const place = (list: List, item: unknown) => list.findIndex((other) => same(other, item));
  const isNamed = (item: unknown) => place(order, item) !== -1;
  const left = sortBy(
    merged.filter((item) => !isNamed(item)),
    (item) => place(server, item),
  );
  const right = sortBy(merged.filter(isNamed), (item) => place(order, item));
  const arranged: unknown[] = [];
  while (left.length > 0 && right.length > 0) {
    const [a, b] = [place(server, left[0]), place(server, right[0])];
    arranged.push(a !== -1 && b !== -1 && a < b ? left.shift() : right.shift());
  }
  return [...arranged, ...left, ...right];
}

/** By place; as the API server sorts, an item without a place goes before what it meets, whatever that is. */
function sortBy(items: List, place: (item: unknown) => number): unknown[] {
  const sorted: (readonly [place: number, item: unknown])[] = [];
  for (const item of items) {
    const at = place(item);
    const before = sorted.findLastIndex(([other]) => at !== -1 && other !== -1 && at >= other);
    sorted.splice(before + 1, 0, [at, item]);
  }
  return sorted.map(([, item]) => item);
}
