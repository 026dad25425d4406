import { at, child, forbidden, invalid, required } from "../errors.ts";
import { validateLabels } from "../metadata.ts";
import { isLabelKey, isLabelValue } from "../names.ts";
import type { FieldError } from "../schema.ts";
import { named } from "./rules.ts";
import { atomic, list, struct, text, texts } from "./shapes.ts";

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly Requirement[];
}

const requirement = struct("LabelSelectorRequirement", { key: text, operator: text, values: list(text) }, ["key", "operator"]);

export const labelSelector = atomic(struct("LabelSelector", { matchLabels: texts, matchExpressions: list(requirement) }));

export function validateSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector, path: string): FieldError[] {
  return [
    ...validateLabels(matchLabels, child(path, "matchLabels")),
    ...matchExpressions.flatMap((one, i) => validateRequirement(one, at(child(path, "matchExpressions"), i))),
  ];
}

function validateRequirement({ key, operator, values = [] }: Requirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const list = child(path, "values");
  if (operator === "In" || operator === "NotIn") {
    if (values.length === 0) errors.push(required(list, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    if (values.length > 0) errors.push(forbidden(list, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else errors.push(invalid(child(path, "operator"), operator, "not a valid selector operator"));
  errors.push(...named(isLabelKey, child(path, "key"), key));
  return [...errors, ...values.flatMap((value, i) => named(isLabelValue, at(list, i), value))];
}

/** Whether a selector finds the pods of its own template; a selector that is none is not asked, one that is absent finds nothing. */
export function validateMatch(
  selector: LabelSelector | undefined,
  { metadata: { labels } }: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } },
  path: string,
): FieldError[] {
  const isUnsound = selector !== undefined && validateSelector(selector, "").length > 0;
  if (isUnsound || (selector && matches(selector, labels ?? {}))) return [];
  return [invalid(path, labels ?? null, "`selector` does not match template `labels`")];
}

function matches({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const isMatch = ({ key, operator, values = [] }: Requirement): boolean => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    if (operator === "Exists" || operator === "DoesNotExist") return (value !== undefined) === (operator === "Exists");
    return (value !== undefined && values.includes(value)) === (operator === "In");
  };
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(isMatch);
}
