import type { ASTNode } from "@marcbachmann/cel-js";

/** A type as the library has it; it does not declare it. */
export interface Type {
  readonly kind: string;
  readonly name: string;
  readonly keyType?: Type;
  readonly valueType?: Type;
}

/** Known once the node was checked. */
export const typeOf = (node: ASTNode): Type | undefined => (node as { readonly checkedType?: Type }).checkedType;

export interface Scope {
  forkWithVariable(name: string, type: Type): Scope;
  reuse(parent: Scope): Scope;
  setIterValue(value: unknown, evaluator: Evaluator): Scope;
}

export interface Checker {
  check(node: ASTNode, scope: Scope): Type;
  getType(name: string): Type;
  readonly registry: { getListType(type: Type): Type; getMapType(key: Type, value: Type): Type; getOptionalType(type: Type): Type };
  createError(code: string, message: string, node: ASTNode): Error;
}

export interface Evaluator {
  run(node: ASTNode, scope: Scope): unknown;
}

type Evaluate<T> = (evaluator: Evaluator, self: T, scope: Scope) => unknown;

/** What a macro does when the type of its node is asked for, or its value. */
export interface Macro {
  typeCheck: (checker: Checker, macro: Macro, scope: Scope) => Type;
  readonly evaluate: Evaluate<Macro>;
}

/** A node is evaluated as another one, as its macro says, or as its operator does. */
interface Evaluated {
  evaluate: Evaluate<ASTNode>;
  readonly meta: { readonly alternate?: ASTNode; readonly macro?: Macro; readonly evaluate: Evaluate<ASTNode> };
}

const evaluated = (node: ASTNode): Evaluated => node as unknown as Evaluated;

export const macroOf = (node: ASTNode): Macro | undefined => evaluated(node).meta.macro;

/** Whether a name stands for what never changes, such as a type. */
export const isConstant = (node: ASTNode): boolean => node.op === "id" && evaluated(node).meta.alternate !== undefined;

/** Tells of each evaluation of a node that was checked: that it begins, and what it yields. */
export function observe(node: ASTNode, begins: (() => void) | undefined, yields: (value: unknown) => void): void {
  const { alternate, macro, evaluate } = evaluated(node).meta;
  const own: Evaluate<ASTNode> = alternate
    ? (evaluator, _, scope) => evaluator.run(alternate, scope)
    : macro
      ? (evaluator, _, scope) => macro.evaluate(evaluator, macro, scope)
      : evaluate;
  evaluated(node).evaluate = (evaluator, _, scope) => {
    begins?.();
    const value = own(evaluator, node, scope);
    yields(value);
    return value;
  };
}

export function* walk(node: unknown): Generator<ASTNode> {
  if (Array.isArray(node)) for (const item of node) yield* walk(item);
  if (typeof node !== "object" || node === null || !("op" in node)) return;
  yield node as ASTNode;
  yield* walk((node as ASTNode).args);
}
