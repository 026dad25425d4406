import type { ASTNode, Environment } from "@marcbachmann/cel-js";
import { typeOf } from "./nodes.ts";

/** An error of the library. */
export interface Located extends Error {
  readonly code: string;
  readonly summary: string;
  readonly node?: ASTNode;
  readonly range?: { readonly start: number; readonly end: number };
}

export interface Description {
  readonly text: string;
  /** Offset in the expression. */
  readonly at: number;
}

/** Says of a compilation error what the API server's CEL would say, and where. */
export function describeError(env: Environment, expression: string, { code, summary, node, range }: Located): Description {
  const start = range?.start ?? node?.start ?? 0;
  switch (code) {
    case "no_such_key":
    case "cannot_index_type":
      return describeAccess(expression, summary, node, start);
    case "unknown_variable":
      return { text: `undeclared reference to '${expression.slice(start, range?.end)}' (in container '')`, at: start };
    case "no_such_overload":
      return describeOperator(expression, summary, node, start);
    case "no_matching_overload":
      return describeCall(env, expression, summary, node, start);
    case "incompatible_ternary_branches": {
      const [, left = "", right = ""] = /got '(.+)' and '(.+)'$/.exec(summary) ?? [];
      return {
        text: `found no matching overload for '_?_:_' applied to '(bool, ${shown(left)}, ${shown(right)})'`,
        at: operatorAt(expression, node, "?"),
      };
    }
    case "invalid_logical_operand":
    case "invalid_condition_type": {
      const [, type = ""] = /got '(.+)'$/.exec(summary) ?? [];
      const operand = operandOf(node, type);
      return { text: `expected type 'bool' but found '${shown(type)}'`, at: operand ? placeOf(expression, operand) : start };
    }
    case "heterogeneous_list_element":
    case "heterogeneous_map_key":
    case "heterogeneous_map_value":
      return { text: shown(/expected type .*$/.exec(summary)?.[0] ?? summary), at: start };
    case "invalid_macro_argument":
      return { text: "argument must be a simple name", at: start };
    default:
      return { text: node && "op" in node ? shown(summary) : `Syntax error: ${summary}`, at: start };
  }
}

/** Types of objects have numbers only to tell them apart. */
const shown = (text: string): string => text.replace(/\bobject\d+\b/g, "object");

function describeAccess(expression: string, summary: string, node: ASTNode | undefined, start: number): Description {
  const dot = expression.lastIndexOf(".", start);
  const field = /^No such key: (.+)$/.exec(summary)?.[1];
  if (field !== undefined) return { text: `undefined field '${field}'`, at: dot };
  const [, type = ""] = /'(.+)'$/.exec(summary) ?? [];
  if (node?.op === "[]") {
    return {
      text: `found no matching overload for '_[_]' applied to '(${shown(type)}, int)'`,
      at: operatorAt(expression, node, "["),
    };
  }
  return { text: `type '${shown(type)}' does not support field selection`, at: dot };
}

function describeOperator(expression: string, summary: string, node: ASTNode | undefined, start: number): Description {
  const binary = /^no such overload: (.+) (==|!=|<=|>=|<|>|\+|-|\*|\/|%|in) (.+)$/.exec(summary);
  if (binary) {
    const [, left = "", operator = "", right = ""] = binary;
    const name = operator === "in" ? "@in" : `_${operator}_`;
    return {
      text: `found no matching overload for '${name}' applied to '(${shown(left)}, ${shown(right)})'`,
      at: operatorAt(expression, node, operator),
    };
  }
  const [, operator = "", type = ""] = /^no such overload: ([!-])(.+)$/.exec(summary) ?? [];
  return { text: `found no matching overload for '${operator}_' applied to '(${shown(type)})'`, at: start };
}

function describeCall(
  env: Environment,
  expression: string,
  summary: string,
  node: ASTNode | undefined,
  start: number,
): Description {
  const [, called = "", types = ""] = /^found no matching overload for '(.+?)\((.*)\)'$/.exec(summary) ?? [];
  const name = node?.op === "call" || node?.op === "rcall" ? node.args[0] : called;
  const receiver = node?.op === "rcall" ? `${shown(called.slice(0, -name.length - 1))}.` : "";
  const nameEnd = node?.op === "rcall" ? expression.indexOf(name, node.args[1].end) + name.length : start + name.length;
  const at = expression.indexOf("(", nameEnd);
  const isKnown = env.getDefinitions().functions.some((known) => known.name === name);
  if (!isKnown) return { text: `undeclared reference to '${name}' (in container '')`, at };
  return { text: `found no matching overload for '${name}' applied to '${receiver}(${shown(types)})'`, at };
}

/** Where an operator stands, behind its first operand. */
function operatorAt(expression: string, node: ASTNode | undefined, operator: string): number {
  const [first] = (node?.args ?? []) as readonly ASTNode[];
  const at = expression.indexOf(operator, first?.end ?? 0);
  return at < 0 ? (node?.start ?? 0) : at;
}

/** The operand of a logical operator that has the given type. */
function operandOf(node: ASTNode | undefined, type: string): ASTNode | undefined {
  if (node?.op !== "&&" && node?.op !== "||") return undefined;
  return node.args.find((operand) => typeOf(operand)?.name === type);
}

/** Where the API server's CEL says that an expression is: at its operator, dot or parenthesis. */
function placeOf(expression: string, node: ASTNode): number {
  switch (node.op) {
    case "id":
    case "value":
    case "list":
    case "map":
    case "!_":
    case "-_":
      return node.start;
    case ".":
    case ".?":
      return expression.lastIndexOf(".", node.end - node.args[1].length);
    case "call":
      return expression.indexOf("(", node.start);
    case "rcall":
      return expression.indexOf("(", expression.indexOf(node.args[0], node.args[1].end));
    default:
      return operatorAt(expression, node, node.op === "?:" ? "?" : node.op === "[]" ? "[" : node.op);
  }
}
