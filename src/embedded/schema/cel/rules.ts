import type { Environment } from "@marcbachmann/cel-js";
import { Optional } from "@marcbachmann/cel-js";
import { type Correlated, correlatedItem } from "../correlate.ts";
import { at, child, duplicate, forbidden, invalid, omitted, quote, required } from "../errors.ts";
import { additional, isMap } from "../node.ts";
import type { FieldError, Schema, ValidationRule } from "../schema.ts";
import type { Compiled } from "./compile.ts";
import { CompileError, compile } from "./compile.ts";
import { describeFailure } from "./failure.ts";
import { parseFieldPath } from "./field-path.ts";
import type { CelType } from "./types.ts";
import { CelTypes } from "./types.ts";

/** The CEL rules of a schema and of everything below it. */
export interface Rules {
  readonly isEmpty: boolean;
  /** Says which rules a value breaks. `old` is what it was before: rules that look at it are left out without. */
  validate(value: unknown, old: unknown, path: string, correlated?: Correlated): FieldError[];
}

/** Rules are compiled when a value first comes to them. */
export function compileRules(schema: Schema, isResource: boolean): Rules {
  const isEmpty = !hasRules(schema);
  let root: RuleNode | undefined;
  return {
    isEmpty,
    validate(value, old, path, correlated) {
      if (isEmpty) return [];
      root ??= new RuleNode(schema, new CelTypes(schema, isResource));
      return root.validate(value, old, path, { current: correlated, nearest: undefined }, new Budget());
    },
  };
}

export function hasRules(schema: Schema): boolean {
  const below = [...Object.values(schema.properties ?? {}), schema.items, additional(schema)];
  return (schema["x-kubernetes-validations"] ?? []).length > 0 || below.some((one) => one !== undefined && hasRules(one));
}

/** What all rules of one object may cost together: `RuntimeCELCostBudget` of k8s.io/apiserver/pkg/apis/cel. */
const allowed = 10_000_000;

class Budget {
  #left = allowed;

  get isSpent(): boolean {
    return this.#left <= 0;
  }

  /** Whether no further rule is evaluated. */
  get isOver(): boolean {
    return this.#left < 0;
  }

  /** False when it is too much. */
  spend(cost: number): boolean {
    this.#left = cost > this.#left ? -1 : this.#left - cost;
    return !this.isOver;
  }

  end(): void {
    this.#left = -1;
  }
}

/** A value next to its old one, or, where that cannot be told, the nearest container for which it can. */
interface Ratchet {
  readonly current: Correlated | undefined;
  readonly nearest: Correlated | undefined;
}

const isUnchanged = ({ current, nearest }: Ratchet): boolean => (current ?? nearest)?.unchanged ?? false;

function fieldRatchet(ratchet: Ratchet, name: string): Ratchet {
  const { current, nearest } = ratchet;
  if (!current) return ratchet;
  // apiVersion and kind are converted, not stored: they do not count as unchanged.
  if (!nearest && (name === "apiVersion" || name === "kind")) return { current: undefined, nearest: undefined };
  return { current: current.field(name), nearest: current };
}

const itemRatchet = (ratchet: Ratchet, index: number): Ratchet =>
  ratchet.current ? { current: ratchet.current.item(index), nearest: ratchet.current } : ratchet;

class RuleNode {
  readonly #schema: Schema;
  readonly #types: CelTypes;
  readonly #children = new Map<Schema, RuleNode | undefined>();
  #compiled: { readonly type: CelType; readonly rules: readonly CompiledRule[] } | undefined;

  constructor(schema: Schema, types: CelTypes) {
    this.#schema = schema;
    this.#types = types;
  }

  validate(value: unknown, old: unknown, path: string, ratchet: Ratchet, budget: Budget): FieldError[] {
    if (value === null || value === undefined || budget.isOver) return [];
    const schema = this.#schema;
    const own = this.#validateOwn(value, old, path, ratchet, budget);
    if (Array.isArray(value)) {
      const items = this.#child(schema.items);
      if (!items) return own;
      const below = value.flatMap((item, i) =>
        items.validate(item, correlatedItem(schema, old, item), at(path, i), itemRatchet(ratchet, i), budget),
      );
      return [...own, ...below];
    }
    if (!isMap(value)) return own;
    const before = isMap(old) ? old : {};
    const below = Object.entries(value).flatMap(([name, field]) => {
      const declared = schema.properties?.[name];
      const node = this.#child(declared ?? additional(schema));
      const where = declared ? child(path, name) : at(path, name);
      return node?.validate(field, before[name], where, fieldRatchet(ratchet, name), budget) ?? [];
    });
    return [...own, ...below];
  }

  #child(schema: Schema | undefined): RuleNode | undefined {
    if (!schema) return undefined;
    if (!this.#children.has(schema)) {
      const isSeen = hasRules(schema) && this.#types.typeOf(schema) !== undefined;
      this.#children.set(schema, isSeen ? new RuleNode(schema, this.#types) : undefined);
    }
    return this.#children.get(schema);
  }

  #validateOwn(value: unknown, old: unknown, path: string, ratchet: Ratchet, budget: Budget): FieldError[] {
    if ((this.#schema["x-kubernetes-validations"] ?? []).length === 0) return [];
    if (budget.isSpent) {
      budget.end();
      return [invalid(path, this.#schema.type ?? "", outOfBudget)];
    }
    this.#compiled ??= compileOwn(this.#schema, this.#types);
    const { type, rules } = this.#compiled;
    const hasOld = old !== undefined && old !== null;
    const self = type.toCel(value);
    const oldSelf = hasOld ? type.toCel(old) : undefined;
    return rules.flatMap((compiled) => {
      if (budget.isOver || (compiled.usesOldSelf && !hasOld && !compiled.rule.optionalOldSelf)) return [];
      const before = compiled.rule.optionalOldSelf ? Optional.of(oldSelf) : oldSelf;
      const error = compiled.check(before === undefined ? { self } : { self, oldSelf: before }, value, path, budget);
      return error && (compiled.usesOldSelf || error.isFailure || !isUnchanged(ratchet)) ? [error.error] : [];
    });
  }
}

const noMore = "no further validation rules will be run";
const spent = `failed due to running out of cost budget, ${noMore}`;
const outOfBudget = `validation ${spent}`;

/** A rule and what became of it; a rule that is wrong itself complains of every value. */
export class CompiledRule {
  readonly rule: ValidationRule;
  readonly #schema: Schema;
  readonly #program: Compiled;
  readonly #message: Compiled | undefined;

  constructor(rule: ValidationRule, schema: Schema, program: Compiled, message: Compiled | undefined) {
    this.rule = rule;
    this.#schema = schema;
    this.#program = program;
    this.#message = message;
  }

  get usesOldSelf(): boolean {
    return this.#program.usesOldSelf;
  }

  /** Undefined when the rule holds; a failure when it could not be evaluated. */
  check(
    variables: Readonly<Record<string, unknown>>,
    value: unknown,
    path: string,
    budget: Budget,
  ): { readonly error: FieldError; readonly isFailure: boolean } | undefined {
    const type = this.#schema.type ?? "";
    const failed = (detail: string) => ({ error: invalid(path, type, detail), isFailure: true });
    const { cost, isCancelled, value: answer, error } = this.#program.evaluate(variables);
    const name = (this.rule.message || this.rule.rule).trim();
    if (!budget.spend(cost)) return failed(outOfBudget);
    if (isCancelled) {
      budget.end();
      return failed(
        `'operation cancelled: actual cost limit exceeded': ${noMore} due to call cost exceeds limit for rule: ${name}`,
      );
    }
    if (error !== undefined) return failed(describeFailure(error, name));
    if (answer === true) return undefined;
    const { fieldPath, reason } = this.rule;
    const where = fieldPath ? child(path, parseFieldPath(fieldPath, this.#schema).path) : path;
    const shown = typeof value === "object" ? omitted : value;
    const message = this.#expressed(variables, budget);
    if (budget.isOver) return { error: invalid(where, type, message!), isFailure: false };
    const detail = message ?? this.rule.message?.trim() ?? `failed rule: ${this.rule.rule.trim()}`;
    return { error: errorFor(reason, where, shown, detail), isFailure: false };
  }

  /** The text that `messageExpression` yields, if it can be used; that it was too expensive, if it was. */
  #expressed(variables: Readonly<Record<string, unknown>>, budget: Budget): string | undefined {
    if (!this.#message) return undefined;
    const { cost, isCancelled, value: text } = this.#message.evaluate(variables);
    if (!budget.spend(cost)) return `messageExpression evaluation ${spent}`;
    if (isCancelled) {
      budget.end();
      return `${noMore} due to call cost exceeds limit for messageExpression: ${quote(this.rule.messageExpression!)}`;
    }
    const trimmed = typeof text === "string" ? text.trim() : "";
    return trimmed === "" || trimmed.includes("\n") || Buffer.byteLength(trimmed) > 5 * 1024 ? undefined : trimmed;
  }
}

function errorFor(reason: ValidationRule["reason"], path: string, value: unknown, detail: string): FieldError {
  switch (reason) {
    case "FieldValueForbidden":
      return forbidden(path, detail);
    case "FieldValueRequired":
      return required(path, detail);
    case "FieldValueDuplicate":
      return duplicate(path, value);
    default:
      return invalid(path, value, detail);
  }
}

function compileOwn(schema: Schema, types: CelTypes): { type: CelType; rules: CompiledRule[] } {
  const type = types.typeOf(schema);
  if (!type) throw new CompileError("failed to convert to declType for CEL validation rules");
  const rules = (schema["x-kubernetes-validations"] ?? []).map((rule) =>
    compileRule(rule, schema, ruleEnvironment(types, type, rule)),
  );
  return { type, rules };
}

export function ruleEnvironment(types: CelTypes, { name }: CelType, { optionalOldSelf }: ValidationRule): Environment {
  return types.environment
    .clone()
    .registerVariable("self", name)
    .registerVariable("oldSelf", optionalOldSelf ? `optional<${name}>` : name);
}

function compileRule(rule: ValidationRule, schema: Schema, env: Environment): CompiledRule {
  const message = rule.messageExpression ? compile(env, rule.messageExpression, "string") : undefined;
  return new CompiledRule(rule, schema, compile(env, rule.rule, "bool"), message);
}
