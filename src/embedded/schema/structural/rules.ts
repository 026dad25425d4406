import { CompileError, compile } from "../cel/compile.ts";
import { parseFieldPath } from "../cel/field-path.ts";
import { ruleEnvironment } from "../cel/rules.ts";
import type { CelTypes } from "../cel/types.ts";
import { at, child, InOrder, invalid, notSupported, required } from "../errors.ts";
import type { FieldError, Schema, ValidationRule } from "../schema.ts";

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

/**
 * What is wrong with rules once they are compiled.
 * @param uncorrelated the outermost schema whose old and new values cannot be told from one another; undefined where they can
 */
export function ruleProblems(schema: Schema, path: string, uncorrelated: string | undefined, celTypes: CelTypes): FieldError[] {
  const rules = schema["x-kubernetes-validations"] ?? [];
  const list = child(path, "x-kubernetes-validations");
  const type = celTypes.typeOf(schema);
  if (rules.length > 0 && !type)
    return [invalid(list, schema.type ?? "", "failed to convert to declType for CEL validation rules")];
  return rules.flatMap((rule, i) => {
    const where = at(list, i);
    const env = ruleEnvironment(celTypes, type!, rule);
    const errors: FieldError[] = [];
    const program = tryCompile(() => compile(env, rule.rule, "bool"));
    if (program instanceof CompileError) return [invalid(child(where, "rule"), printed(rule), program.message)];
    if (rule.messageExpression) {
      const message = tryCompile(() => compile(env, rule.messageExpression!, "string"));
      if (message instanceof CompileError) {
        const detail = message.message.startsWith("messageExpression") ? message.message : `messageExpression ${message.message}`;
        errors.push(invalid(child(where, "messageExpression"), printed(rule), detail));
      }
    }
    if (program.usesOldSelf && uncorrelated !== undefined) {
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelated}`;
      errors.push(invalid(child(where, "rule"), rule.rule, detail));
    } else if (!program.usesOldSelf && rule.optionalOldSelf !== undefined) {
      errors.push(invalid(child(where, "optionalOldSelf"), rule.optionalOldSelf, "may not be set if oldSelf is not used in rule"));
    }
    return errors;
  });
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
