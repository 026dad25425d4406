import type { Environment } from "@marcbachmann/cel-js";
import { CompileError, compile } from "../cel/compile.ts";
import { type Bounds, mostOften } from "../cel/cost/bounds.ts";
import { times } from "../cel/cost/range.ts";
import { parseFieldPath } from "../cel/field-path.ts";
import { ruleEnvironment } from "../cel/rules.ts";
import type { CelType, CelTypes } from "../cel/types.ts";
import { at, child, InOrder, invalid, notSupported, required } from "../errors.ts";
import type { FieldError, Schema, ValidationRule } from "../schema.ts";
import { costProblem, type ExpressionCost } from "./costs.ts";

const reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

/** What is wrong with rules before they are compiled. */
export function ruleTextProblems(schema: Schema, path: string): FieldError[] {
  return (schema["x-kubernetes-validations"] ?? []).flatMap((rule, i) => {
    const where = (name: string): string => child(at(child(path, "x-kubernetes-validations"), i), name);
    const { rule: text = "", message = "", messageExpression = "", reason, fieldPath = "" } = rule;
    const errors: FieldError[] = [];
    const hasBreak = (value: string): boolean => /[\n\r]/.test(value);
    if (text.trim() === "") errors.push(required(where("rule"), "rule is not specified"));
    else if (message !== "" && message.trim() === "")
      errors.push(invalid(where("message"), message, "must be non-empty if specified"));
    else if (hasBreak(message.trim())) errors.push(invalid(where("message"), message, "must not contain line breaks"));
    else if (hasBreak(text.trim()) && message.trim() === "") {
      errors.push(required(where("message"), "message must be specified if rule contains line breaks"));
    }
    if (messageExpression !== "" && messageExpression.trim() === "") {
      errors.push(required(where("messageExpression"), "messageExpression must be non-empty if specified"));
    }
    if (reason !== undefined && !reasons.includes(reason)) errors.push(notSupported(where("reason"), reason, reasons));
    if (fieldPath !== "" && fieldPath.trim() === "")
      errors.push(invalid(where("fieldPath"), fieldPath, "must be non-empty if specified"));
    if (hasBreak(fieldPath)) errors.push(invalid(where("fieldPath"), fieldPath, "must not contain line breaks"));
    if (fieldPath !== "" && !isFieldPath(fieldPath, schema))
      errors.push(invalid(where("fieldPath"), fieldPath, "must be a valid path"));
    return errors;
  });
}

function isFieldPath(fieldPath: string, schema: Schema): boolean {
  try {
    parseFieldPath(fieldPath, schema);
    return true;
  } catch {
    return false;
  }
}

/** What the place of a schema means for its rules. */
export interface RulePlace {
  /** The outermost schema whose old and new values cannot be told from one another; undefined where they can. */
  readonly uncorrelated: string | undefined;
  /** How many such values one object can have; undefined where no list or map above says so. */
  readonly mostTimes: number | undefined;
}

export interface RuleFindings {
  readonly errors: readonly FieldError[];
  readonly costs: readonly ExpressionCost[];
}

/** What is wrong with rules once they are compiled, and what they cost. */
export function ruleFindings(schema: Schema, path: string, place: RulePlace, celTypes: CelTypes): RuleFindings {
  const rules = schema["x-kubernetes-validations"] ?? [];
  const list = child(path, "x-kubernetes-validations");
  const type = celTypes.typeOf(schema);
  if (rules.length > 0 && !type) {
    return { errors: [invalid(list, schema.type ?? "", "failed to convert to declType for CEL validation rules")], costs: [] };
  }
  const found = rules.map((rule, i) => findingsOf(rule, at(list, i), place, type!, ruleEnvironment(celTypes, type!, rule)));
  return { errors: found.flatMap(({ errors }) => errors), costs: found.flatMap(({ costs }) => costs) };
}

function findingsOf(rule: ValidationRule, path: string, place: RulePlace, { bounds }: CelType, env: Environment): RuleFindings {
  const where = child(path, "rule");
  const program = tryCompile(() => compile(env, rule.rule, "bool"));
  if (program instanceof CompileError) return { errors: [invalid(where, printed(rule), program.message)], costs: [] };
  const cost = { path: where, cost: times(program.cost(bounds), place.mostTimes ?? mostOften(bounds)) };
  const message = rule.messageExpression ? messageFindings(rule, rule.messageExpression, path, bounds, env) : none;
  return {
    errors: [...costProblem(cost, "rule"), ...message.errors, ...oldSelfProblems(rule, path, program.usesOldSelf, place)],
    costs: [cost, ...message.costs],
  };
}

const none: RuleFindings = { errors: [], costs: [] };

function messageFindings(rule: ValidationRule, expression: string, path: string, self: Bounds, env: Environment): RuleFindings {
  const where = child(path, "messageExpression");
  const program = tryCompile(() => compile(env, expression, "string"));
  if (program instanceof CompileError) {
    const detail = program.message.startsWith("messageExpression") ? program.message : `messageExpression ${program.message}`;
    return { errors: [invalid(where, printed(rule), detail)], costs: [] };
  }
  const cost = { path: where, cost: program.cost(self) };
  return { errors: costProblem(cost, "messageExpression"), costs: [cost] };
}

function oldSelfProblems(rule: ValidationRule, path: string, usesOldSelf: boolean, { uncorrelated }: RulePlace): FieldError[] {
  if (usesOldSelf && uncorrelated !== undefined) {
    const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
    return [invalid(child(path, "rule"), rule.rule, detail)];
  }
  if (usesOldSelf || rule.optionalOldSelf === undefined) return [];
  return [invalid(child(path, "optionalOldSelf"), rule.optionalOldSelf, "may not be set if oldSelf is not used in rule")];
}

function tryCompile<T>(run: () => T): T | CompileError {
  try {
    return run();
  } catch (error) {
    if (error instanceof CompileError) return error;
    throw error;
  }
}

/** A rule as the API server prints it: by the names of its internal type. */
const printed = ({
  rule,
  message = "",
  messageExpression = "",
  reason,
  fieldPath = "",
  optionalOldSelf,
}: ValidationRule): InOrder =>
  new InOrder({
    Rule: rule,
    Message: message,
    MessageExpression: messageExpression,
    Reason: reason ?? null,
    FieldPath: fieldPath,
    OptionalOldSelf: optionalOldSelf ?? null,
  });
