import { badRequest } from "./status.ts";
import { parse, type Stored } from "./store.ts";

export type Matcher = (object: Stored) => boolean;

type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

const everything: Matcher = () => true;

/**
 * A label selector in its written form, e.g. `app=web,tier in (a,b),!legacy`.
 * @throws ApiError 400 when it cannot be read
 */
export function labelMatcher(selector: string | null): Matcher {
  if (!selector) return everything;
  const requirements = splitOutsideParentheses(selector).map((text) => labelRequirement(text.trim(), selector));
  return ({ labels = {} }) => requirements.every((holds) => holds(labels));
}

function splitOutsideParentheses(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "(") depth++;
    else if (text[index] === ")") depth--;
    else if (text[index] === "," && depth === 0) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

const key = "[A-Za-z0-9_./-]+";
const value = "[A-Za-z0-9_.-]*";
const existence = new RegExp(`^(!?)\\s*(${key})$`);
const comparison = new RegExp(`^(${key})\\s*(==|=|!=|>|<)\\s*(${value})$`);
const membership = new RegExp(`^(${key})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);

function labelRequirement(text: string, selector: string): Requirement {
  const exists = existence.exec(text);
  if (exists) {
    const [, not, label] = exists;
    return (labels) => Object.hasOwn(labels, label!) === (not === "");
  }
  const compared = comparison.exec(text);
  if (compared) {
    const [, label, operator, wanted] = compared as unknown as [string, string, string, string];
    switch (operator) {
      case "!=":
        return (labels) => labels[label] !== wanted;
      case ">":
        return (labels) => Number.parseInt(labels[label] ?? "", 10) > Number(wanted);
      case "<":
        return (labels) => Number.parseInt(labels[label] ?? "", 10) < Number(wanted);
      default:
        return (labels) => labels[label] === wanted;
    }
  }
  const member = membership.exec(text);
  if (member) {
    const [, label, operator, list] = member as unknown as [string, string, string, string];
    const wanted = new Set(list.split(",").map((item) => item.trim()));
    return operator === "in"
      ? (labels) => Object.hasOwn(labels, label) && wanted.has(labels[label]!)
      : (labels) => !(Object.hasOwn(labels, label) && wanted.has(labels[label]!));
  }
  throw badRequest(`unable to parse requirement: found '${text}' in "${selector}"`);
}

export interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  readonly equal: boolean;
}

/** A field selector in its written form: `metadata.name=web,type!=Opaque`. */
export function parseFieldSelector(selector: string | null): FieldRequirement[] {
  if (!selector) return [];
  return selector
    .split(",")
    .filter((text) => text !== "")
    .map((text) => {
      const found = /^([^=!]+?)(==|!=|=)(.*)$/.exec(text);
      if (!found) throw badRequest(`invalid selector: '${text}'; can't understand '${text}'`);
      return { field: found[1]!, value: found[3]!.replace(/\\([\\,=])/g, "$1"), equal: found[2] !== "!=" };
    });
}

/** `fields`: the selectable fields of the kind, beside name and namespace, as dotted paths. */
export function fieldMatcher(requirements: readonly FieldRequirement[], fields: readonly string[]): Matcher {
  if (requirements.length === 0) return everything;
  const tests = requirements.map(({ field, value, equal }): Matcher => {
    if (field === "metadata.name") return ({ name }) => (name === value) === equal;
    if (field === "metadata.namespace") return ({ namespace }) => (namespace === value) === equal;
    if (!fields.includes(field)) {
      const known = ["metadata.name", "metadata.namespace", ...fields].map((name) => `"${name}"`);
      throw badRequest(`"${field}" is not a known field selector: only ${known.join(", ")}`);
    }
    const path = field.split(".");
    return (stored) => (textAt(parse(stored), path) === value) === equal;
  });
  return (object) => tests.every((test) => test(object));
}

function textAt(value: unknown, path: readonly string[]): string {
  let found: unknown = value;
  for (const part of path) found = (found as Record<string, unknown> | null | undefined)?.[part];
  return found === undefined || found === null ? "" : String(found);
}

export const both =
  (first: Matcher, second: Matcher): Matcher =>
  (object) =>
    first(object) && second(object);
