import type { Type } from "../nodes.ts";
import { added, exactly, multiplied, plus, type Range, scaled, times, unlimited, upTo } from "./range.ts";

/** What a function is called with. */
export interface Operand {
  readonly type: Type | undefined;
  readonly size: Range;
  /** Whether the size is more than a guess. */
  readonly isSized: boolean;
  readonly literal: unknown;
  /** What is in a list. */
  readonly items: { readonly type: Type; readonly size: Range } | undefined;
}

export interface Operands {
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
}

/** One way in which a function can be meant: what it costs beside its operands, and the size of its result if that is known. */
export interface Outcome {
  readonly cost: number;
  readonly size?: Range;
}

type Estimate = (operands: Operands) => readonly Outcome[];

/** Factors of github.com/google/cel-go/common/cost.go. */
const traversal = 0.1;
const pattern = 0.25;
const newList = 10;

/** Sizes of k8s.io/apiserver/pkg/cel: a name's pattern and a format's name (limits.go), an address in bytes (library/cost.go). */
const namePattern = 128;
const formatName = 64;
const addressBytes: Range = { min: 4, max: 16 };

const nothing = exactly(0);
const plain: readonly Outcome[] = [{ cost: 1 }];

export const isDyn = (type: Type | undefined): boolean => type === undefined || type.kind === "dyn" || type.kind === "param";
/** Whether a value may be a string, a list and so on. */
const maybe = (operand: Operand | undefined, name: string): boolean =>
  isDyn(operand?.type) || operand?.type?.name === name || operand?.type?.kind === name;
const isCertainly = ({ type }: Operand, names: readonly string[]): boolean => type !== undefined && names.includes(type.name);

const through = ({ max }: Range): number => scaled(max, traversal);

const sizeOf = (operand: Operand | undefined): Range => operand?.size ?? nothing;

/** Ways that fit the types, each of its own cost. */
const either = (...ways: readonly (readonly [fits: boolean, Outcome])[]): readonly Outcome[] =>
  ways.filter(([fits]) => fits).map(([, outcome]) => outcome);

/** Goes once through its argument. */
const parsing: Estimate = ({ args }) => [{ cost: through(sizeOf(args[0])) }];

/** Goes once through its target and yields no more. */
const rewriting: Estimate = ({ target }) => [{ cost: through(sizeOf(target)), size: sizeOf(target) }];

const searching: Estimate = ({ args }) => [{ cost: through(sizeOf(args[0])) }];

/** A text against a pattern; an empty text counts as one character. */
const matchCost = (text: Range, expression: Range): number =>
  times(scaled(plus(text.max, 1), traversal), scaled(expression.max, pattern));

const finding: Estimate = ({ target, args }) => [
  { cost: matchCost(sizeOf(target), sizeOf(args[0])), size: upTo(sizeOf(target).max) },
];

/** Goes through a list and compares its items, or through a text. */
const comparingItems: Estimate = ({ target }) => {
  const { max } = sizeOf(target);
  const items = target?.items;
  if (!items) return [{ cost: scaled(max, traversal) }];
  const isText = ["string", "bytes"].includes(items.type.name);
  return [{ cost: times(max, isText ? plus(1, through(items.size)) : 1) }];
};

const texts = ["string", "bytes"];

/** The shorter of the two decides. */
const comparison = (args: readonly Operand[]): Outcome => ({
  cost: scaled(Math.min(sizeOf(args[0]).max, sizeOf(args[1]).max), traversal),
});

const ordering: Estimate = ({ args }) =>
  either(
    [texts.some((name) => args.every((arg) => maybe(arg, name))), comparison(args)],
    [!args.some((arg) => isCertainly(arg, texts)), { cost: 1 }],
  );

const equality: Estimate = ({ args }) => {
  const [left, right] = args;
  const isSame = left?.type !== undefined && left.type.name === right?.type?.name;
  switch (isSame ? left.type?.name : undefined) {
    case "net.IP":
    case "net.CIDR":
    case "kubernetes.Quantity":
    case "kubernetes.Semver":
      return plain;
    case "kubernetes.NamedFormat":
      return [{ cost: scaled(formatName, traversal) }];
    case "kubernetes.URL":
      return [{ cost: scaled(right!.isSized ? right!.size.max : 1, traversal) }];
    default:
      return [comparison(args)];
  }
};

const addition: Estimate = ({ args }) => {
  const size = added(sizeOf(args[0]), sizeOf(args[1]));
  const fits = (name: string): boolean => args.every((arg) => maybe(arg, name));
  const joined = { cost: through(size), size };
  return either(
    [fits("bytes"), joined],
    [!args.some((arg) => isCertainly(arg, texts) || arg.type?.kind === "list"), { cost: 1 }],
    [fits("list"), { cost: 1, size }],
    [fits("string"), joined],
  );
};

const containing: Estimate = ({ args }) =>
  either([maybe(args[1], "list"), { cost: sizeOf(args[1]).max }], [maybe(args[1], "map"), { cost: 1 }]);

/** A character is at most four bytes. */
const toText: Estimate = ({ args }) => {
  const { min, max } = sizeOf(args[0]);
  return either(
    [!isCertainly(args[0]!, ["bytes"]), { cost: 1 }],
    [maybe(args[0], "bytes"), { cost: scaled(max, traversal), size: { min: Math.floor(min / 4), max } }],
  );
};

const toBytes: Estimate = ({ args }) => {
  const { min, max } = sizeOf(args[0]);
  return either(
    [!isCertainly(args[0]!, ["string"]), { cost: 1 }],
    [maybe(args[0], "string"), { cost: scaled(max, traversal), size: { min, max: times(max, 4) } }],
  );
};

/** Every character may need an escape, and there are quotes around. What has no limit overflows to none. */
const quoting: Estimate = ({ args }) => {
  const { min, max } = sizeOf(args[0]);
  return [{ cost: scaled(max, traversal), size: { min: plus(min, 2), max: max === unlimited ? 0 : plus(times(max, 2), 2) } }];
};

const splitting: Estimate = ({ target, args }) => {
  const limit = args[1]?.literal;
  const parts = typeof limit === "bigint" ? asSize(limit) : sizeOf(target).max;
  return [{ cost: scaled(sizeOf(target).max, 2 * traversal), size: upTo(parts) }];
};

/** Below zero there is a very large number. */
const asSize = (count: bigint): number => Number(BigInt.asUintN(64, count));

const joining: Estimate = ({ target, args }) => {
  const list = sizeOf(target);
  const items = target?.items ? multiplied(list, target.items.size) : nothing;
  const gaps: Range = { min: Math.max(list.min - 1, 0), max: Math.max(list.max - 1, 0) };
  const size = args[0] ? added(items, multiplied(args[0].size, gaps)) : items;
  return [{ cost: through(size), size }];
};

const replacing: Estimate = ({ target, args }) => {
  const text = sizeOf(target);
  return [{ cost: scaled(text.max, 2 * traversal), size: replaced(text, sizeOf(args[0]), sizeOf(args[1])) }];
};

/** How long a text can become when every `from` in it becomes a `to`; an empty `from` is found around every character. */
function replaced(text: Range, from: Range, to: Range): Range {
  const shortest = (): number => {
    if (from.max === 0) return plus(times(plus(text.min, 1), to.min), text.min);
    return from.max <= to.min ? text.min : times(Math.ceil(text.min / from.max), to.min);
  };
  const longest = (): number => {
    if (from.min === 0) return plus(times(plus(text.max, 1), to.max), text.max);
    return to.max <= from.min ? text.max : times(Math.ceil(text.max / from.min), to.max);
  };
  return { min: shortest(), max: longest() };
}

/** What makes a new list of that many items, with a share of the work for each. */
const making = (size: Range, factor: number): Outcome => ({ cost: plus(scaled(size.max, factor), 1 + newList), size });

/** A whole number that is written there. */
function written(operand: Operand | undefined, otherwise: number): number {
  if (typeof operand?.literal !== "bigint") return otherwise;
  return Number(operand.literal < 0n ? 0n : operand.literal);
}

const slicing: Estimate = ({ target, args }) => {
  const items = written(args[1], sizeOf(target).max) - written(args[0], 0);
  return [making(exactly(items < 0 ? unlimited : items), 1)];
};

const flattening: Estimate = ({ target, args }) => [making(sizeOf(target), args[0] ? written(args[0], unlimited) : 1)];

/** Every item with every other. */
const pairing = (list: Range, factor: number): Outcome => making(multiplied(list, list), factor);

const sorting = (list: Operand | undefined, keys: Type | undefined): readonly Outcome[] => {
  const isText = isDyn(keys) || texts.includes(keys!.name);
  return [pairing(sizeOf(list), isText ? 2 + traversal : 2)];
};

const sets =
  (factor: number): Estimate =>
  ({ args }) => [{ cost: plus(scaled(times(sizeOf(args[0]).max, sizeOf(args[1]).max), factor), 1) }];

/** Both addresses are looked at, byte by byte. */
const within = through(added(addressBytes, addressBytes));
/** The inner network's address once more. */
const inside = within + through(addressBytes) + 1;

const belonging =
  (cost: number, parsed: string): Estimate =>
  ({ args }) =>
    either([maybe(args[0], "string"), { cost: plus(cost, through(sizeOf(args[0]))) }], [maybe(args[0], parsed), { cost }]);

/**
 * What functions and operators cost, where it is not 1. Figures of github.com/google/cel-go (checker/cost.go, ext/lists.go,
 * ext/sets.go) and k8s.io/apiserver/pkg/cel/library/cost.go.
 */
const functions: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ["==", equality],
  ["!=", ({ args }) => [comparison(args)]],
  ["<", ordering],
  ["<=", ordering],
  [">", ordering],
  [">=", ordering],
  ["+", addition],
  ["in", containing],
  ["string", toText],
  ["bytes", toBytes],
  ["strings.quote", quoting],
  ["url", ({ args }) => [{ cost: through(sizeOf(args[0])), size: sizeOf(args[0]) }]],
  ["cidr", parsing],
  ["isIP", parsing],
  ["isCIDR", parsing],
  ["ip.isCanonical", ({ args }) => [{ cost: scaled(sizeOf(args[0]).max, 2 * traversal) }]],
  ["quantity", parsing],
  ["isQuantity", parsing],
  ["semver", parsing],
  ["isSemver", parsing],
  ["lists.range", ({ args }) => [making(exactly(written(args[0], unlimited)), 1)]],
  ["sets.contains", sets(1)],
  ["sets.intersects", sets(1)],
  ["sets.equivalent", sets(2)],
  ["ip", parsing],
]);

const methods: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ["isSorted", comparingItems],
  ["sum", comparingItems],
  ["min", comparingItems],
  ["max", comparingItems],
  ["indexOf", comparingItems],
  ["lastIndexOf", comparingItems],
  ["lowerAscii", rewriting],
  ["upperAscii", rewriting],
  ["substring", rewriting],
  ["trim", rewriting],
  ["replace", replacing],
  ["split", splitting],
  ["join", joining],
  ["find", finding],
  ["findAll", finding],
  ["matches", ({ target, args }) => [{ cost: matchCost(sizeOf(target), sizeOf(args[0])) }]],
  ["startsWith", searching],
  ["endsWith", searching],
  ["contains", ({ target, args }) => [{ cost: times(through(sizeOf(target)), through(sizeOf(args[0]))) }]],
  ["format", ({ target }) => [{ cost: through(sizeOf(target)) }]],
  ["validate", ({ args }) => [{ cost: scaled(through(sizeOf(args[0])), namePattern * pattern) }]],
  ["containsIP", belonging(within, "net.IP")],
  ["containsCIDR", belonging(inside, "net.CIDR")],
  ["slice", slicing],
  ["reverse", ({ target }) => [making(sizeOf(target), 1)]],
  ["flatten", flattening],
  ["distinct", ({ target }) => [pairing(sizeOf(target), 2)]],
  ["sort", ({ target }) => sorting(target, target?.items?.type)],
  ["@sortByAssociatedKeys", ({ args }) => sorting(args[0], args[0]?.items?.type)],
]);

/** Each way in which a call can be meant, given the types of its operands. */
export function outcomes(name: string, operands: Operands): readonly Outcome[] {
  const estimate = (operands.target ? methods : functions).get(name);
  const found = estimate?.(operands) ?? plain;
  return found.length > 0 ? found : plain;
}
