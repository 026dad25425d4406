import { type ASTNode, Optional } from "@marcbachmann/cel-js";
import { isConstant, observe, type Type, typeOf, walk } from "../nodes.ts";
import { isDyn, type Operand, outcomes } from "./calls.ts";
import { exactly, scaled } from "./range.ts";

/** What one evaluation may cost: `PerCallLimit` of k8s.io/apiserver/pkg/apis/cel. */
const limit = 1_000_000;

/** Ends an evaluation. */
class TooExpensive extends Error {}

/**
 * Counts what an expression costs while it is evaluated, as github.com/google/cel-go/interpreter/runtimecost.go does, but for a
 * little of what its planner rearranges: what comes near the limit of a million is counted right to a few thousands.
 */
export class Meter {
  #spent = 0;
  readonly #seen: readonly Seen[];

  /** @param ast of an expression that was checked */
  constructor(ast: ASTNode) {
    const nodes = [...walk(ast)];
    const seen = new Map(nodes.flatMap(operandsOf).map((node) => [node, { node, value: undefined } as Seen]));
    const loops = new Map(nodes.flatMap(loopCosts));
    const chosen = new Set(nodes.flatMap(choicesOf));
    this.#seen = [...seen.values()];
    for (const node of nodes) {
      const loop = loops.get(node);
      const own = seen.get(node);
      const cost = chosen.has(node) ? 0 : costOf(node, (operand) => seen.get(operand)!);
      if (cost === 0 && !loop && !own) continue;
      observe(node, loop && (() => this.#spend(loop.each)), (value) => {
        if (own) own.value = value;
        this.#spend(typeof cost === "number" ? cost : cost(value));
        if (loop && value === true) this.#spend(loop.more);
      });
    }
  }

  /** What an evaluation cost, however it ended. */
  measure(evaluate: () => unknown): Evaluation {
    this.#spent = 0;
    try {
      const value = evaluate();
      return { cost: this.#spent, isCancelled: this.#spent > limit, value };
    } catch (error) {
      return { cost: this.#spent, isCancelled: this.#spent > limit, error };
    } finally {
      for (const one of this.#seen) one.value = undefined;
    }
  }

  #spend(cost: number): void {
    this.#spent += cost;
    if (this.#spent > limit) throw new TooExpensive();
  }
}

/** What an operand was when it was last evaluated. */
interface Seen {
  readonly node: ASTNode;
  value: unknown;
}

export interface Evaluation {
  readonly cost: number;
  /** Whether it was given up because of its cost. */
  readonly isCancelled: boolean;
  readonly value?: unknown;
  readonly error?: unknown;
}

const newList = 10;
const newMap = 30;

/** What a loop costs around its body, for every item, and once more for each that its test lets pass. */
interface LoopCost {
  readonly each: number;
  readonly more: number;
}

/** By macro: of its test, or of what it makes of an item. */
const tests: ReadonlyMap<string, LoopCost> = new Map([
  ["all", { each: 3, more: 0 }],
  ["exists", { each: 4, more: 0 }],
  ["exists_one", { each: 0, more: 2 }],
  ["existsOne", { each: 0, more: 2 }],
  ["filter", { each: 0, more: newList + 3 }],
]);
const makers: ReadonlyMap<string, LoopCost> = new Map([
  ["map", { each: newList + 2, more: 0 }],
  ["sortBy", { each: newList + 2, more: 0 }],
  ["transformList", { each: newList + 2, more: 0 }],
  ["transformMap", { each: 3, more: 0 }],
]);

function loopCosts(node: ASTNode): (readonly [body: ASTNode, LoopCost])[] {
  if (node.op !== "rcall") return [];
  const [name, , args] = node.args;
  const body = args.at(-1);
  const cost = tests.get(name) ?? makers.get(name);
  return cost && body && args.length > 1 ? [[body, cost]] : [];
}

/** Names and fields that a condition decides between: it reads them itself. */
const choicesOf = (node: ASTNode): readonly ASTNode[] =>
  node.op === "?:" ? node.args.slice(1).filter(({ op }) => op === "id" || op === "." || op === "[]") : [];

/** What the cost of a node depends on. */
function operandsOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "+":
    case "in":
      return node.args;
    case "call":
      return node.args[1];
    case "rcall":
      return [node.args[1], ...node.args[2]];
    default:
      return [];
  }
}

/** What it costs to evaluate a node, beside what is below it. */
function costOf(node: ASTNode, seen: (operand: ASTNode) => Seen): number | ((value: unknown) => number) {
  switch (node.op) {
    case "value":
    case "&&":
    case "||":
    case "?:":
      return 0;
    case "id":
      return isConstant(node) ? 0 : 1;
    case "-_":
      return isWritten(node.args) ? 0 : 1;
    case "list":
      return node.args.every(isWritten) ? 0 : newList;
    case "map":
      return node.args.flat().every(isWritten) ? 0 : newMap;
    case "call":
      return functionCost(node.args, seen);
    case "rcall":
      return methodCost(node.args, seen);
    case "in":
      return isWrittenList(node.args[1]) ? 0 : callCost("in", undefined, node.args.map(seen));
    case "==":
    case "!=":
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "+": {
      const operands = node.args.map(seen);
      const cost = callCost(node.op, undefined, operands);
      return () => (operands.some(({ value }) => isScalar(value)) ? 1 : cost());
    }
    default:
      return 1;
  }
}

const isWritten = ({ op }: ASTNode): boolean => op === "value";
const isWrittenList = (node: ASTNode): boolean => node.op === "list" && node.args.every(isWritten);
const isScalar = (value: unknown): boolean => typeof value === "bigint" || typeof value === "number" || typeof value === "boolean";

const conversions = new Set(["bool", "bytes", "double", "duration", "int", "string", "timestamp", "uint"]);

function functionCost(
  [name, args]: readonly [string, readonly ASTNode[]],
  seen: (operand: ASTNode) => Seen,
): ReturnType<typeof costOf> {
  if (name === "has") return selects(args[0]) - 1;
  return conversions.has(name) && args.every(isWritten) ? 0 : callCost(name, undefined, args.map(seen));
}

function methodCost(
  [name, target, args]: readonly [string, ASTNode, readonly ASTNode[]],
  seen: (operand: ASTNode) => Seen,
): ReturnType<typeof costOf> {
  if (tests.has(name) || (makers.has(name) && name !== "sortBy")) return 1;
  if (target.op === "id" && isConstant(target)) return callCost(`${target.args}.${name}`, undefined, args.map(seen));
  const receiver = seen(target);
  const known = measured.get(name);
  return known ? (value) => known(receiver.value, value) : callCost(name, receiver, args.map(seen));
}

/** How many fields are asked for, one below the other. */
const selects = (node: ASTNode | undefined): number => (node?.op === "." || node?.op === ".?" ? 1 + selects(node.args[0]) : 0);

const callCost = (name: string, target: Seen | undefined, args: readonly Seen[]) => (): number =>
  outcomes(name, { target: target && operandOf(target), args: args.map(operandOf) })[0]!.cost;

function operandOf({ node, value }: Seen): Operand {
  const known = typeOf(node);
  return {
    type: isDyn(known) ? typeOfValue(value) : known,
    size: exactly(sizeOf(value)),
    isSized: false,
    literal: value,
    items: known?.kind === "list" && !isDyn(known.valueType) ? { type: known.valueType!, size: exactly(1) } : undefined,
  };
}

const named = (name: string, kind = "primitive"): Type => ({ kind, name });

function typeOfValue(value: unknown): Type | undefined {
  switch (typeof value) {
    case "string":
      return named("string");
    case "bigint":
      return named("int");
    case "number":
      return named("double");
    case "boolean":
      return named("bool");
    default:
      if (value instanceof Uint8Array) return named("bytes");
      if (Array.isArray(value) || value instanceof Set) return named("list", "list");
      return value instanceof Map ? named("map", "map") : named("object", "message");
  }
}

function sizeOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (value instanceof Set || value instanceof Map) return value.size;
  return value instanceof Optional && value.hasValue() ? sizeOf(value.value()) : 1;
}

const traversal = 0.1;

/** Goes through all of a value, rounding down where its cost is estimated upwards. */
function through(value: unknown): number {
  if (typeof value === "string" || value instanceof Uint8Array) return Math.floor(value.length * traversal);
  if (!Array.isArray(value) && !(value instanceof Set)) return 1;
  let cost = 0;
  for (const item of value) cost += through(item);
  return cost;
}

const search = (target: unknown): number => scaled(sizeOf(target), traversal);

/** What is counted otherwise than it is estimated: by the target or the result, not by the arguments. */
const measured: ReadonlyMap<string, (target: unknown, result: unknown) => number> = new Map([
  ["startsWith", search],
  ["endsWith", search],
  ["isSorted", through],
  ["sum", through],
  ["min", through],
  ["max", through],
  ["indexOf", through],
  ["lastIndexOf", through],
  ["join", (_: unknown, result: unknown) => scaled(sizeOf(result), 2 * traversal)],
  // Twice the optional, its value, and an optional for the result.
  ["optMap", () => 3],
  ["optFlatMap", () => 3],
  ["sortBy", (_: unknown, result: unknown) => scaled(sizeOf(result) ** 2, 2) + newList + 1],
]);
