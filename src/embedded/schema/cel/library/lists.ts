import { type Environment, Optional } from "@marcbachmann/cel-js";

type List = readonly unknown[] | ReadonlySet<unknown>;
type Scalar = string | bigint | number | boolean | Date;

const comparable = ["int", "double", "bool", "string", "google.protobuf.Timestamp", "google.protobuf.Duration"];

const itemsOf = <T>(list: List): readonly T[] => [...list] as T[];

const compare = (a: Scalar, b: Scalar): number => (a < b ? -1 : a > b ? 1 : 0);

/** What CEL of Kubernetes does with lists, and the sets of CEL's extensions. */
export function registerLists(env: Environment): void {
  for (const type of comparable) {
    env
      .registerFunction(`list<${type}>.isSorted(): bool`, (list: List) => {
        const items = itemsOf<Scalar>(list);
        return items.every((item, i) => i === 0 || compare(items[i - 1]!, item) <= 0);
      })
      .registerFunction(`list<${type}>.min(): ${type}`, (list: List) => best(list, "min", (a, b) => compare(a, b) > 0))
      .registerFunction(`list<${type}>.max(): ${type}`, (list: List) => best(list, "max", (a, b) => compare(a, b) < 0))
      .registerFunction(`list<${type}>.sort(): list<${type}>`, (list: List) => [...itemsOf<Scalar>(list)].sort(compare));
  }
  env
    .registerFunction("list<int>.sum(): int", (list: List) => itemsOf<bigint>(list).reduce((sum, item) => sum + item, 0n))
    .registerFunction("list<double>.sum(): double", (list: List) => itemsOf<number>(list).reduce((sum, item) => sum + item, 0))
    .registerFunction("list<A>.indexOf(A): int", (list: List, item: unknown) => BigInt(keys(list).indexOf(keyOf(item))))
    .registerFunction("list<A>.lastIndexOf(A): int", (list: List, item: unknown) => BigInt(keys(list).lastIndexOf(keyOf(item))))
    .registerFunction("list<A>.slice(int, int): list<A>", slice)
    .registerFunction("list<A>.distinct(): list<A>", distinct)
    .registerFunction("list<A>.reverse(): list<A>", (list: List) => itemsOf(list).toReversed())
    .registerFunction("list<A>.first(): optional<A>", (list: List) => Optional.of(itemsOf(list)[0]))
    .registerFunction("list<A>.last(): optional<A>", (list: List) => Optional.of(itemsOf(list).at(-1)))
    .registerFunction("list.flatten(): list<dyn>", (list: List) => itemsOf(list).flat())
    .registerFunction("list.flatten(int): list<dyn>", (list: List, depth: bigint) => itemsOf(list).flat(Number(depth)));
  registerListsNamespace(env);
  registerSets(env);
}

function registerListsNamespace(env: Environment): void {
  class Lists {}
  env
    .registerType("ListsNamespace", Lists)
    .registerConstant("lists", "ListsNamespace", new Lists())
    .registerFunction("ListsNamespace.range(int): list<int>", (_: Lists, size: bigint) =>
      Array.from({ length: Math.max(0, Number(size)) }, (_, i) => BigInt(i)),
    );
}

function registerSets(env: Environment): void {
  class Sets {}
  const contains = (a: List, b: List): boolean => keys(b).every((key) => keys(a).includes(key));
  env
    .registerType("SetsNamespace", Sets)
    .registerConstant("sets", "SetsNamespace", new Sets())
    .registerFunction("SetsNamespace.contains(list<A>, list<A>): bool", (_: Sets, a: List, b: List) => contains(a, b))
    .registerFunction(
      "SetsNamespace.equivalent(list<A>, list<A>): bool",
      (_: Sets, a: List, b: List) => contains(a, b) && contains(b, a),
    )
    .registerFunction("SetsNamespace.intersects(list<A>, list<A>): bool", (_: Sets, a: List, b: List) =>
      keys(a).some((key) => keys(b).includes(key)),
    );
}

function best(list: List, name: string, isBetter: (best: Scalar, item: Scalar) => boolean): Scalar {
  const items = itemsOf<Scalar>(list);
  if (items.length === 0) throw new RangeError(`${name} called on empty list`);
  return items.reduce((found, item) => (isBetter(found, item) ? item : found));
}

function slice(list: List, start: bigint, end: bigint): readonly unknown[] {
  const items = itemsOf(list);
  if (start < 0n || end < 0n) throw new RangeError(`cannot slice(${start}, ${end}), negative indexes not supported`);
  if (start > end) throw new RangeError(`cannot slice(${start}, ${end}), start index must be less than or equal to end index`);
  if (end > items.length) throw new RangeError(`cannot slice(${start}, ${end}), list is length ${items.length}`);
  return items.slice(Number(start), Number(end));
}

function distinct(list: List): readonly unknown[] {
  const found = keys(list);
  return itemsOf(list).filter((_, i) => found.indexOf(found[i]!) === i);
}

const keys = (list: List): string[] => itemsOf(list).map(keyOf);

/** Values are equal when their keys are; whole numbers are the same as int and as double. */
function keyOf(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === "bigint") return { number: String(item) };
    if (typeof item === "number") return { number: String(item) };
    return item instanceof Map ? [...item].sort() : item;
  });
}
