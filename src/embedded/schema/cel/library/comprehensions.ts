import { type ASTNode, type Environment, Optional } from "@marcbachmann/cel-js";
import type { Checker, Evaluator, Scope, Type } from "../nodes.ts";
import { formatText } from "./strings.ts";

interface Call {
  readonly args: readonly ASTNode[];
  readonly receiver: ASTNode;
}

/** A body under the variables that a macro declares; types are known once it was checked. */
class Body {
  readonly #names: readonly string[];
  #scopes: readonly Scope[] = [];

  constructor(variables: readonly ASTNode[]) {
    this.#names = variables.map((node) => (node.op === "id" ? node.args : ""));
  }

  declare(checker: Checker, scope: Scope, types: readonly Type[], variables: readonly ASTNode[]): Scope {
    const scopes: Scope[] = [];
    let inner = scope;
    for (const [i, name] of this.#names.entries()) {
      if (name === "") throw checker.createError("invalid_macro_argument", "argument must be a simple name", variables[i]!);
      inner = inner.forkWithVariable(name, types[i]!);
      scopes.push(inner);
    }
    this.#scopes = scopes;
    return inner;
  }

  enter(evaluator: Evaluator, scope: Scope, values: readonly unknown[]): Scope {
    return this.#scopes.reduce((outer, own, i) => own.reuse(outer).setIterValue(values[i], evaluator), scope);
  }
}

function entriesOf(value: unknown): (readonly [key: unknown, value: unknown])[] {
  if (value instanceof Map) return [...value];
  return [...(value as Iterable<unknown>)].map((item, i) => [BigInt(i), item]);
}

/** Types of key and value; those of a list are its index and its item. */
function entryTypes(checker: Checker, receiver: ASTNode, scope: Scope): [Type, Type] {
  const type = checker.check(receiver, scope);
  if (type.kind === "list") return [checker.getType("int"), type.valueType!];
  if (type.kind === "map") return [type.keyType!, type.valueType!];
  if (type.kind === "dyn") return [type, type];
  throw checker.createError(
    "invalid_comprehension_range",
    "cannot be range of a comprehension (must be list, map, or dynamic)",
    receiver,
  );
}

type Entry = readonly [key: unknown, value: unknown];

/** A macro over keys and values: `last` looks at each entry, a filter before it decides which. */
function overEntries(
  typeOf: (checker: Checker, key: Type, result: Type) => Type,
  fold: (entries: readonly Entry[], evaluate: (entry: Entry) => unknown) => unknown,
) {
  return ({ args, receiver }: Call) => {
    const variables = args.slice(0, 2);
    const filter = args.length > 3 ? args[2] : undefined;
    const last = args.at(-1)!;
    const body = new Body(variables);
    return {
      typeCheck(checker: Checker, _: unknown, scope: Scope): Type {
        const types = entryTypes(checker, receiver, scope);
        const inner = body.declare(checker, scope, types, variables);
        if (filter) checker.check(filter, inner);
        return typeOf(checker, types[0], checker.check(last, inner));
      },
      evaluate(evaluator: Evaluator, _: unknown, scope: Scope): unknown {
        const run = (node: ASTNode, entry: Entry): unknown => evaluator.run(node, body.enter(evaluator, scope, entry));
        const entries = entriesOf(evaluator.run(receiver, scope)).filter((entry) => !filter || run(filter, entry) === true);
        return fold(entries, (entry) => run(last, entry));
      },
    };
  };
}

/** `optional.optMap(x, f(x))` and `optFlatMap`, whose function yields an optional itself. */
function overOptional(isFlat: boolean) {
  return ({ args, receiver }: Call) => {
    const [variable, last] = [args[0]!, args[1]!];
    const body = new Body([variable]);
    return {
      typeCheck(checker: Checker, _: unknown, scope: Scope): Type {
        const type = checker.check(receiver, scope);
        const inner = body.declare(
          checker,
          scope,
          [type.kind === "optional" ? type.valueType! : checker.getType("dyn")],
          [variable],
        );
        const result = checker.check(last, inner);
        return isFlat ? result : checker.registry.getOptionalType(result);
      },
      evaluate(evaluator: Evaluator, _: unknown, scope: Scope): unknown {
        const optional = evaluator.run(receiver, scope) as Optional;
        if (!optional.hasValue()) return Optional.none();
        const result = evaluator.run(last, body.enter(evaluator, scope, [optional.value()]));
        return isFlat ? result : Optional.of(result);
      },
    };
  };
}

function sortBy({ args, receiver }: Call) {
  const [variable, last] = [args[0]!, args[1]!];
  const body = new Body([variable]);
  return {
    typeCheck(checker: Checker, _: unknown, scope: Scope): Type {
      const type = checker.check(receiver, scope);
      checker.check(last, body.declare(checker, scope, [type.valueType ?? type], [variable]));
      return type;
    },
    evaluate(evaluator: Evaluator, _: unknown, scope: Scope): unknown {
      const keyed = entriesOf(evaluator.run(receiver, scope)).map(
        ([, item]) => [evaluator.run(last, body.enter(evaluator, scope, [item])) as string, item] as const,
      );
      return keyed.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, item]) => item);
    },
  };
}

/** `text.format([…])`: the one list whose items may be of any types. */
function format({ args, receiver }: Call) {
  const list = args[0]!;
  return {
    typeCheck(checker: Checker, _: unknown, scope: Scope): Type {
      checker.check(receiver, scope);
      if (list.op === "list") for (const item of list.args) checker.check(item, scope);
      else checker.check(list, scope);
      return checker.getType("string");
    },
    evaluate(evaluator: Evaluator, _: unknown, scope: Scope): unknown {
      const values = list.op === "list" ? list.args.map((item) => evaluator.run(item, scope)) : evaluator.run(list, scope);
      return formatText(evaluator.run(receiver, scope) as string, values as unknown[]);
    },
  };
}

/** Macros of Kubernetes' CEL that the library does not bring: comprehensions over keys and values, and of optionals. */
export function registerComprehensions(env: Environment): void {
  const bool = (checker: Checker): Type => checker.getType("bool");
  const list = (checker: Checker, _: Type, result: Type): Type => checker.registry.getListType(result);
  const map = (checker: Checker, key: Type, result: Type): Type => checker.registry.getMapType(key, result);
  const existsOne = overEntries(bool, (entries, test) => entries.filter((entry) => test(entry) === true).length === 1);
  const transformList = overEntries(list, (entries, value) => entries.map(value));
  const transformMap = overEntries(map, (entries, value) => new Map(entries.map((entry) => [entry[0], value(entry)])));
  const macros = {
    "list.all(ast, ast, ast): bool": overEntries(bool, (entries, test) => entries.every((entry) => test(entry) === true)),
    "list.exists(ast, ast, ast): bool": overEntries(bool, (entries, test) => entries.some((entry) => test(entry) === true)),
    "list.exists_one(ast, ast, ast): bool": existsOne,
    "list.existsOne(ast, ast, ast): bool": existsOne,
    "list.transformList(ast, ast, ast): list<dyn>": transformList,
    "list.transformList(ast, ast, ast, ast): list<dyn>": transformList,
    "list.transformMap(ast, ast, ast): map<dyn, dyn>": transformMap,
    "list.transformMap(ast, ast, ast, ast): map<dyn, dyn>": transformMap,
    "list.sortBy(ast, ast): list<dyn>": sortBy,
    "optional.optMap(ast, ast): optional<dyn>": overOptional(false),
    "optional.optFlatMap(ast, ast): optional<dyn>": overOptional(true),
    "string.format(ast): string": format,
  };
  for (const [signature, macro] of Object.entries(macros)) env.registerFunction(signature, macro);
}
