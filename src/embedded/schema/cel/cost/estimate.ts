import type { Type } from "../nodes.ts";
import type { Bounds } from "./bounds.ts";
import { isDyn, type Operand, type Outcome, outcomes } from "./calls.ts";
import { type Call, type Expression, type Loop, resultVariable } from "./expression.ts";
import { Path } from "./path.ts";
import { exactly, plus, type Range, times, union, unknown } from "./range.ts";

/**
 * What it costs at most to evaluate an expression once, as github.com/google/cel-go/checker/cost.go estimates it.
 * @param self how large what the rule is about can be
 */
export const estimateCost = (expression: Expression, self: Bounds): number => new Estimator(self).cost(expression);

/** Costs of github.com/google/cel-go/common/cost.go. */
const accessCost = 1;
const listCost = 10;
const mapCost = 30;

/** Sizes of what is in a list or a map. */
interface Entries {
  readonly container: "list" | "map";
  readonly key: Range;
  readonly value: Range;
}

interface Variable {
  readonly path: Path;
  readonly size: Range | undefined;
  readonly entries: Entries | undefined;
}

const scalars = new Set(["bool", "double", "int", "uint", "google.protobuf.Duration", "google.protobuf.Timestamp"]);

function isScalar(type: Type | undefined): boolean {
  return type?.kind === "optional" ? isScalar(type.valueType) : scalars.has(type?.name ?? "");
}

class Estimator {
  readonly #self: Bounds;
  readonly #paths = new Map<Expression, Path>();
  readonly #sizes = new Map<Expression, Range>();
  readonly #entries = new Map<Expression, Entries>();
  readonly #variables = new Map<string, Variable[]>();

  constructor(self: Bounds) {
    this.#self = self;
  }

  cost(one: Expression): number {
    switch (one.kind) {
      case "literal":
        return 0;
      case "name":
        this.#paths.set(one, this.#variable(one.name)?.path ?? Path.of(one.name));
        return accessCost;
      case "select":
        return this.#select(one);
      case "list":
        return this.#list(one, one.items);
      case "map":
        return this.#map(one, one.entries);
      case "call":
        return this.#call(one);
      case "loop":
        return this.#loop(one);
      case "binding":
        return this.#binding(one);
    }
  }

  #select(one: Extract<Expression, { readonly kind: "select" }>): number {
    const { operand, field, isTest } = one;
    const cost = this.cost(operand);
    if (isTest) return cost;
    this.#paths.set(one, this.#path(operand).append(field));
    return plus(cost, ["map", "message"].includes(operand.type?.kind ?? "") ? accessCost : 0);
  }

  #list(one: Expression, items: readonly Expression[]): number {
    const cost = items.reduce((sum, item) => plus(sum, this.cost(item)), 0);
    this.#entries.set(one, { container: "list", key: exactly(1), value: this.#sizeOfAny(items) });
    return plus(cost, listCost);
  }

  #map(one: Expression, entries: readonly (readonly [Expression, Expression])[]): number {
    const cost = entries.flat().reduce((sum, part) => plus(sum, this.cost(part)), 0);
    const key = this.#sizeOfAny(entries.map(([name]) => name));
    this.#entries.set(one, { container: "map", key, value: this.#sizeOfAny(entries.map(([, value]) => value)) });
    return plus(cost, mapCost);
  }

  #sizeOfAny(all: readonly Expression[]): Range {
    return all.length === 0 ? exactly(0) : all.map((one) => this.#sizeOr(one)).reduce(union);
  }

  #binding(one: Extract<Expression, { readonly kind: "binding" }>): number {
    const { name, value, body } = one;
    const before = plus(listCost, this.cost(value));
    const cost = this.#with([[name, this.#bound(value)]], () => this.cost(body));
    this.#same(one, body);
    return plus(before, cost);
  }

  #loop(one: Expression & Loop): number {
    const { range, variables, initial, condition, step, result } = one;
    const before = plus(this.cost(range), this.cost(initial));
    return this.#with([[resultVariable, this.#bound(initial)]], () => {
      const each = this.#with(this.#iterated(variables, range), () => plus(this.cost(condition), this.cost(step)));
      const after = this.cost(result);
      const size = this.#sizeOr(range);
      if (initial.kind === "literal") this.#setSize(one, this.#size(initial));
      else {
        this.#setSize(one, size);
        this.#setEntries(one, this.#entriesOf(step));
      }
      return plus(plus(before, after), times(size.max, each));
    });
  }

  /** What the variables of a loop stand for. */
  #iterated(names: readonly string[], range: Expression): (readonly [string, Variable])[] {
    const entries = this.#entriesOf(range);
    const isList = (entries?.container ?? range.type?.kind) === "list";
    const path = this.#path(range);
    const variable = (step: string, size: Range | undefined): Variable => ({ path: path.append(step), size, entries: undefined });
    const [first, second] = names;
    if (second === undefined) {
      return [[first!, isList ? variable("@items", entries?.value) : variable("@keys", entries?.key)]];
    }
    return [
      [first!, variable(isList ? "@indices" : "@keys", entries?.key)],
      [second, variable(isList ? "@items" : "@values", entries?.value)],
    ];
  }

  #call(one: Expression & Call): number {
    const { name, target, args } = one;
    if (name === "dyn" && args[0]) {
      const cost = this.cost(args[0]);
      this.#same(one, args[0]);
      return plus(cost, 1);
    }
    const costs: number[] = [];
    const operands: Operand[] = [];
    for (const arg of args) {
      costs.push(this.cost(arg));
      operands.push(this.#operand(arg));
    }
    if (name === "?:") return this.#choice(one, costs, operands);
    const targetCost = target ? this.cost(target) : 0;
    const sum = costs.reduce(plus, targetCost);
    if (name === "&&" || name === "||") return sum;
    if (name === "[]") return plus(sum, this.#index(one));
    const ways = outcomes(name, { target: target && this.#operand(target), args: operands });
    if (name === "+") this.#setEntries(one, this.#unionOfEntries(args[0]!, args[1]!));
    let size: Range | undefined;
    for (const way of ways) size = this.#widened(one, size, way);
    this.#setSize(one, size);
    return plus(sum, Math.max(...ways.map(({ cost }) => cost)));
  }

  #widened(one: Expression, size: Range | undefined, way: Outcome): Range | undefined {
    const wider = size && way.size ? union(size, way.size) : (way.size ?? size);
    return wider ?? this.#size(one);
  }

  #choice(one: Expression & Call, [test = 0, yes = 0, no = 0]: readonly number[], operands: readonly Operand[]): number {
    this.#setEntries(one, this.#unionOfEntries(one.args[1]!, one.args[2]!));
    this.#setSize(one, union(operands[1]!.size, operands[2]!.size));
    return plus(test, Math.max(yes, no));
  }

  #index(one: Expression & Call): number {
    const [container, index] = one.args;
    const kinds = isDyn(container!.type)
      ? ["list", "map"].filter((kind) => kind === "map" || isDyn(index!.type) || index!.type!.name === "int")
      : [container!.type!.kind];
    const value = this.#entriesOf(container!)?.value;
    let size: Range | undefined;
    for (const kind of kinds) {
      if (kind === "list" || kind === "map") {
        this.#paths.set(one, this.#path(container!).append(kind === "list" ? "@items" : "@values"));
        size = value;
      }
      size ??= this.#size(one);
    }
    this.#setSize(one, size);
    return 1;
  }

  #operand(one: Expression): Operand {
    const size = this.#size(one);
    return {
      type: one.type,
      size: size ?? unknown,
      isSized: size !== undefined,
      literal: one.kind === "literal" ? one.value : undefined,
      items: this.#items(one),
    };
  }

  #items(one: Expression): Operand["items"] {
    const type = one.type?.keyType ?? one.type?.valueType;
    if (!type || isDyn(one.type)) return undefined;
    const path = this.#path(one);
    return { type, size: (path.length > 0 ? this.#bounded([...path.steps, "@items"]) : undefined) ?? unknown };
  }

  #path(one: Expression): Path {
    const variable = one.kind === "name" ? this.#variable(one.name) : undefined;
    return variable?.path ?? this.#paths.get(one) ?? Path.nowhere;
  }

  /** What the schema says of a place. Its first step is a variable and taken for the rule's own, whichever it is. */
  #bounded([variable, ...steps]: readonly string[]): Range | undefined {
    if (variable === undefined) return undefined;
    let bounds: Bounds | undefined = this.#self;
    for (const step of steps) bounds = bounds?.below.get(step);
    return bounds && { min: 0, max: bounds.max };
  }

  #size(one: Expression): Range | undefined {
    const known = this.#sizes.get(one) ?? literalSize(one);
    if (known) return known;
    const bounded = this.#bounded(this.#path(one).steps);
    if (bounded) {
      this.#sizes.set(one, bounded);
      return bounded;
    }
    if (isScalar(one.type)) return exactly(1);
    return one.kind === "name" ? this.#variable(one.name)?.size : undefined;
  }

  #sizeOr(one: Expression): Range {
    return this.#size(one) ?? unknown;
  }

  #setSize(one: Expression, size: Range | undefined): void {
    if (size) this.#sizes.set(one, size);
  }

  #entriesOf(one: Expression): Entries | undefined {
    const known = this.#entries.get(one);
    return known ?? (one.kind === "name" ? this.#variable(one.name)?.entries : undefined);
  }

  #setEntries(one: Expression, entries: Entries | undefined): void {
    if (entries) this.#entries.set(one, entries);
  }

  #unionOfEntries(one: Expression, other: Expression): Entries | undefined {
    const [a, b] = [this.#entriesOf(one), this.#entriesOf(other)];
    return a && b && { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
  }

  #same(one: Expression, other: Expression): void {
    this.#setSize(one, this.#size(other));
    this.#setEntries(one, this.#entriesOf(other));
  }

  #bound(value: Expression): Variable {
    return { path: this.#path(value), entries: this.#entriesOf(value), size: this.#size(value) };
  }

  #variable(name: string): Variable | undefined {
    return this.#variables.get(name)?.at(-1);
  }

  #with<T>(variables: readonly (readonly [name: string, Variable])[], run: () => T): T {
    for (const [name, variable] of variables) {
      const stack = this.#variables.get(name);
      if (stack) stack.push(variable);
      else this.#variables.set(name, [variable]);
    }
    const result = run();
    for (const [name] of variables) this.#variables.get(name)!.pop();
    return result;
  }
}

/** Of what is written there. */
function literalSize(one: Expression): Range | undefined {
  switch (one.kind) {
    case "list":
      return exactly(one.items.length);
    case "map":
      return exactly(one.entries.length);
    case "literal":
      if (typeof one.value === "string") return exactly([...one.value].length);
      return exactly(one.value instanceof Uint8Array ? one.value.length : 1);
    default:
      return undefined;
  }
}
