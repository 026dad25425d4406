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

/** What a macro does when the type of its node is asked for. */
export interface Macro {
  typeCheck: (checker: Checker, macro: Macro, scope: Scope) => Type;
}

export const macroOf = (node: ASTNode): Macro | undefined =>
  (node as unknown as { readonly meta: { readonly macro?: Macro } }).meta.macro;

export function* walk(node: unknown): Generator<ASTNode> {
  if (Array.isArray(node)) for (const item of node) yield* walk(item);
  if (typeof node !== "object" || node === null || !("op" in node)) return;
  yield node as ASTNode;
  yield* walk((node as ASTNode).args);
}
