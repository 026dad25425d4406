import type { ASTNode } from "@marcbachmann/cel-js";
import { type Type, typeOf } from "../nodes.ts";

type Literal = Extract<ASTNode, { readonly op: "value" }>["args"];

/**
 * What an expression comes down to where its cost is estimated: macros are written out, operators and functions are calls.
 * `type` is undefined where it is not known before the rule is evaluated.
 */
export type Expression = { readonly type: Type | undefined } & (
  | { readonly kind: "literal"; readonly value: Literal }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "select"; readonly operand: Expression; readonly field: string; readonly isTest: boolean }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [key: Expression, value: Expression])[] }
  | Call
  | Loop
  /** A value under a name, in a body. */
  | { readonly kind: "binding"; readonly name: string; readonly value: Expression; readonly body: Expression }
);

export interface Call {
  readonly kind: "call";
  /** Of an operator as the library spells it, else as in CEL. */
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

/** A loop over a list or a map gathers its result in the variable `@result`. */
export interface Loop {
  readonly kind: "loop";
  readonly range: Expression;
  /** One: the item or the key; two: the index or the key, and the value. */
  readonly variables: readonly string[];
  readonly initial: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
}

export const resultVariable = "@result";

const primitive = (name: string): Type => ({ kind: "primitive", name });
const bool = primitive("bool");
const int = primitive("int");
const listOf = (valueType: Type | undefined): Type => ({ kind: "list", name: "list", ...(valueType ? { valueType } : {}) });

const literal = (value: Literal, type: Type): Expression => ({ kind: "literal", value, type });
const call = (name: string, args: readonly Expression[], type: Type | undefined): Expression => ({
  kind: "call",
  name,
  target: undefined,
  args,
  type,
});
const method = (target: Expression, name: string, args: readonly Expression[], type: Type | undefined): Expression => ({
  kind: "call",
  name,
  target,
  args,
  type,
});
const named = (name: string, type: Type | undefined): Expression => ({ kind: "name", name, type });

/** @param node of an expression that was checked */
export function expressionOf(node: ASTNode): Expression {
  const type = typeOf(node);
  switch (node.op) {
    case "value":
      return { kind: "literal", value: node.args, type };
    case "id":
      return named(node.args, type);
    case ".":
      return { kind: "select", operand: expressionOf(node.args[0]), field: node.args[1], isTest: false, type };
    case ".?":
      return call(".?", [expressionOf(node.args[0]), literal(node.args[1], primitive("string"))], type);
    case "list":
      return { kind: "list", items: node.args.map(expressionOf), type: type ?? listOf(undefined) };
    case "map":
      return { kind: "map", entries: node.args.map(([key, value]) => [expressionOf(key), expressionOf(value)] as const), type };
    case "call":
      return callOf(node.args, type);
    case "rcall":
      return methodOf(node.args, type);
    case "!_":
    case "-_":
      return negation(node, type);
    default:
      return call(node.op, node.args.map(expressionOf), type);
  }
}

function callOf([name, args]: readonly [string, readonly ASTNode[]], type: Type | undefined): Expression {
  const [first] = args;
  if (name !== "has" || first?.op !== ".") return call(name, args.map(expressionOf), type);
  return { kind: "select", operand: expressionOf(first.args[0]), field: first.args[1], isTest: true, type };
}

function methodOf([name, receiver, args]: readonly [string, ASTNode, readonly ASTNode[]], type: Type | undefined): Expression {
  const macro = macros.get(name);
  const written = macro?.(receiver, args, type);
  if (written) return written;
  const isNamespace = receiver.op === "id" && typeOf(receiver)?.name.endsWith("Namespace");
  if (isNamespace) return call(`${receiver.args}.${name}`, args.map(expressionOf), type);
  return method(expressionOf(receiver), name, args.map(expressionOf), type);
}

/** A number with its sign is one literal, and two negations are none. */
function negation(node: Extract<ASTNode, { readonly op: "!_" | "-_" }>, type: Type | undefined): Expression {
  const { op, args: operand, start } = node;
  const isBare = !node.input.slice(start + 1, operand.start).includes("(");
  if (isBare && operand.op === op) return expressionOf(operand.args as ASTNode);
  if (isBare && operand.op === "value" && (typeof operand.args === "bigint" || typeof operand.args === "number")) {
    return { kind: "literal", value: -operand.args, type };
  }
  return call(op, [expressionOf(operand)], type);
}

type Macro = (receiver: ASTNode, args: readonly ASTNode[], type: Type | undefined) => Expression | undefined;

const nameOf = (node: ASTNode | undefined): string => (node?.op === "id" ? node.args : "");

/** What a quantifier makes of the answers that its test gives for each item. */
interface Quantifier {
  readonly initial: Expression;
  readonly condition: () => Expression;
  readonly step: (test: Expression) => Expression;
  readonly result: () => Expression;
}

const result = (type: Type | undefined): Expression => named(resultVariable, type);
const goesOn = (answer: Expression): Expression => call("@not_strictly_false", [answer], bool);
const always = (): Expression => literal(true, bool);

const all: Quantifier = {
  initial: literal(true, bool),
  condition: () => goesOn(result(bool)),
  step: (test) => call("&&", [result(bool), test], bool),
  result: () => result(bool),
};
const exists: Quantifier = {
  initial: literal(false, bool),
  condition: () => goesOn(call("!_", [result(bool)], bool)),
  step: (test) => call("||", [result(bool), test], bool),
  result: () => result(bool),
};
const existsOne: Quantifier = {
  initial: literal(0n, int),
  condition: always,
  step: (test) => call("?:", [test, call("+", [result(int), literal(1n, int)], int), result(int)], int),
  result: () => call("==", [result(int), literal(1n, int)], bool),
};

const quantifier =
  ({ initial, condition, step, result: end }: Quantifier): Macro =>
  (receiver, args, type) => {
    if (args.length < 2 || args.length > 3) return undefined;
    return {
      kind: "loop",
      range: expressionOf(receiver),
      variables: args.slice(0, -1).map(nameOf),
      initial,
      condition: condition(),
      step: step(expressionOf(args.at(-1)!)),
      result: end(),
      type,
    };
  };

/** A loop that gathers what `add` makes of each entry, of those only that pass the filter if there is one. */
function gathering(
  range: Expression,
  variables: readonly string[],
  initial: Expression,
  filter: ASTNode | undefined,
  add: Expression,
  type: Type | undefined,
): Expression {
  const step = filter ? call("?:", [expressionOf(filter), add, result(type)], type) : add;
  return { kind: "loop", range, variables, initial, condition: always(), step, result: result(type), type };
}

function listing(
  range: Expression,
  variables: readonly string[],
  filter: ASTNode | undefined,
  item: Expression,
  type: Type | undefined,
): Expression {
  const empty: Expression = { kind: "list", items: [], type };
  const one: Expression = { kind: "list", items: [item], type: listOf(item.type) };
  return gathering(range, variables, empty, filter, call("+", [result(type), one], type), type);
}

const map: Macro = (receiver, args, type) => {
  if (args.length < 2 || args.length > 3) return undefined;
  const filter = args.length > 2 ? args[1] : undefined;
  return listing(expressionOf(receiver), [nameOf(args[0])], filter, expressionOf(args.at(-1)!), type);
};

const filter: Macro = (receiver, args, type) => {
  const [variable, test] = args;
  if (args.length !== 2 || !variable || !test) return undefined;
  return listing(expressionOf(receiver), [nameOf(variable)], test, named(nameOf(variable), type?.valueType), type);
};

const transformList: Macro = (receiver, args, type) => {
  if (args.length < 3 || args.length > 4) return undefined;
  const kept = args.length > 3 ? args[2] : undefined;
  return listing(expressionOf(receiver), args.slice(0, 2).map(nameOf), kept, expressionOf(args.at(-1)!), type);
};

const transformMap: Macro = (receiver, args, type) => {
  if (args.length < 3 || args.length > 4) return undefined;
  const variables = args.slice(0, 2).map(nameOf);
  const add = call("@mapInsert", [result(type), named(variables[0]!, type?.keyType), expressionOf(args.at(-1)!)], type);
  const kept = args.length > 3 ? args[2] : undefined;
  return gathering(expressionOf(receiver), variables, { kind: "map", entries: [], type }, kept, add, type);
};

const sortBy: Macro = (receiver, args, type) => {
  const [variable, key] = args;
  if (args.length !== 2 || !variable || !key) return undefined;
  const name = "@sorted";
  const keys = listing(named(name, type), [nameOf(variable)], undefined, expressionOf(key), listOf(typeOf(key)));
  return {
    kind: "binding",
    name,
    value: expressionOf(receiver),
    body: method(named(name, type), "@sortByAssociatedKeys", [keys], type),
    type,
  };
};

const overOptional =
  (isFlat: boolean): Macro =>
  (receiver, args, type) => {
    const [variable, body] = args;
    if (args.length !== 2 || !variable || !body) return undefined;
    const value = method(expressionOf(receiver), "value", [], typeOf(receiver)?.valueType);
    const bound: Expression = { kind: "binding", name: nameOf(variable), value, body: expressionOf(body), type: typeOf(body) };
    return call(
      "?:",
      [
        method(expressionOf(receiver), "hasValue", [], bool),
        isFlat ? bound : call("optional.of", [bound], type),
        call("optional.none", [], type),
      ],
      type,
    );
  };

const macros: ReadonlyMap<string, Macro> = new Map([
  ["all", quantifier(all)],
  ["exists", quantifier(exists)],
  ["exists_one", quantifier(existsOne)],
  ["existsOne", quantifier(existsOne)],
  ["map", map],
  ["filter", filter],
  ["transformList", transformList],
  ["transformMap", transformMap],
  ["sortBy", sortBy],
  ["optMap", overOptional(false)],
  ["optFlatMap", overOptional(true)],
]);
