import type { ASTNode, Environment, ParseResult } from "@marcbachmann/cel-js";
import { isDateTime } from "../formats.ts";
import { goRegExp } from "../regexp.ts";
import type { Bounds } from "./cost/bounds.ts";
import { estimateCost } from "./cost/estimate.ts";
import { expressionOf } from "./cost/expression.ts";
import { type Evaluation, Meter } from "./cost/meter.ts";
import { describeError, type Located } from "./describe.ts";
import { type Checker, macroOf, type Scope, walk } from "./nodes.ts";

export interface Compiled {
  readonly evaluate: (variables: Readonly<Record<string, unknown>>) => Evaluation;
  readonly usesOldSelf: boolean;
  /** What it costs at most, given how large what the rule is about can be. */
  readonly cost: (self: Bounds) => number;
}

/** Why an expression is refused, as the API server words it. */
export class CompileError extends Error {}

/**
 * Compiles an expression and checks its types.
 * @param type what it must yield
 * @throws CompileError
 */
export function compile(env: Environment, expression: string, type: "bool" | "string"): Compiled {
  const parsed = parse(env, expression);
  const nodes = [...walk(parsed.ast)];
  for (const node of nodes) checkPresence(env, expression, node);
  const { valid, type: actual, error } = parsed.check();
  if (!valid) throw (error as unknown) instanceof CompileError ? error : refusal(env, expression, error as unknown as Located);
  for (const node of nodes) checkNode(env, expression, node);
  if (actual !== type && actual !== "dyn") {
    throw new CompileError(
      type === "bool" ? "cel expression must evaluate to a bool" : "messageExpression must evaluate to a string",
    );
  }
  let meter: Meter | undefined;
  return {
    evaluate(variables) {
      meter ??= new Meter(parsed.ast);
      return meter.measure(() => parsed({ ...variables }) as unknown);
    },
    usesOldSelf: nodes.some(({ op, args }) => op === "id" && args === "oldSelf"),
    cost: (self) => estimateCost(expressionOf(parsed.ast), self),
  };
}

function parse(env: Environment, expression: string): ParseResult {
  try {
    return env.parse(expression);
  } catch (error) {
    throw refusal(env, expression, error as Located);
  }
}

function refusal(env: Environment, expression: string, error: Located): CompileError {
  const { text, at } = describeError(env, expression, error);
  return new CompileError(`compilation failed: ${point(expression, at, text)}`, { cause: error });
}

/** The message with its place, under the line that it is about. */
function point(expression: string, at: number, text: string): string {
  const before = expression.slice(0, at).split("\n");
  const column = before.at(-1)!.length;
  const line = expression.split("\n")[before.length - 1]!;
  return `ERROR: <input>:${before.length}:${column + 1}: ${text}\n | ${line}\n | ${".".repeat(column)}^`;
}

/** What the library lets pass and the API server does not: bad literals, `cel.bind`. */
function checkNode(env: Environment, expression: string, node: ASTNode): void {
  const refuse = (text: string, at: number): CompileError => new CompileError(`compilation failed: ${point(expression, at, text)}`);
  if (node.op === "rcall" && node.args[0] === "bind" && node.args[1].op === "id" && node.args[1].args === "cel") {
    throw refuse("undeclared reference to 'cel' (in container '')", node.start);
  }
  if (node.op !== "call" && node.op !== "rcall") return;
  const name = node.args[0];
  const argument = node.op === "call" ? node.args[1][0] : node.args[2][0];
  if (argument?.op !== "value" || typeof argument.args !== "string") return;
  if (!isLiteral(env, name, argument.args, node.op)) throw refuse(`invalid ${name} argument`, argument.start);
}

function isLiteral(env: Environment, name: string, text: string, op: "call" | "rcall"): boolean {
  try {
    if (op === "rcall" && ["matches", "find", "findAll"].includes(name)) goRegExp(text);
    if (op === "call" && name === "timestamp") return isDateTime(text);
    if (op === "call" && name === "duration") env.evaluate(`duration(${JSON.stringify(text)})`);
    return true;
  } catch {
    return false;
  }
}

/** The library does not check what `has()` asks for: it is made to. */
function checkPresence(env: Environment, expression: string, node: ASTNode): void {
  const macro = macroOf(node);
  const access = node.op === "call" && node.args[0] === "has" ? node.args[1][0] : undefined;
  if (!macro || !access) return;
  const check = macro.typeCheck;
  macro.typeCheck = (checker, self, scope) => {
    const type = check(checker, self, scope);
    const problem = tryCheck(checker, access, scope);
    if (!problem) return type;
    const { text } = describeError(env, expression, problem);
    throw new CompileError(`compilation failed: ${point(expression, expression.indexOf("(", node.start), text)}`);
  };
}

function tryCheck(checker: Checker, node: ASTNode, scope: Scope): Located | undefined {
  try {
    checker.check(node, scope);
    return undefined;
  } catch (error) {
    const located = error as Located;
    return located.code === "no_such_key" || located.code === "cannot_index_type" ? located : undefined;
  }
}
