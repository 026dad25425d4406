import { parseLabelSelector } from "./label-selector.ts";
import { badRequest } from "./status.ts";
import { parse, type Stored } from "./store.ts";

export type Matcher = (object: Stored) => boolean;

const everything: Matcher = () => true;
const noLabels = {};

/**
 * A label selector in its written form, e.g. `app=web,tier in (a,b),!legacy`.
 * @throws ApiError 400 when it cannot be read
 */
export function labelMatcher(selector: string | null): Matcher {
  if (!selector) return everything;
  const requirements = parseLabelSelector(selector);
  return ({ labels = noLabels }) => requirements.every((holds) => holds(labels));
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
      if (!found) throw badRequest(`invalid selector: '${selector}'; can't understand '${text}'`);
      return { field: found[1]!, value: found[3]!.replace(/\\([\\,=])/g, "$1"), equal: found[2] !== "!=" };
    });
}

/** What a kind lets a field selector name, beside name and namespace: dotted paths. */
export interface Selectable {
  readonly custom: boolean;
  readonly selectableFields: readonly string[];
}

export function fieldMatcher(requirements: readonly FieldRequirement[], { custom, selectableFields }: Selectable): Matcher {
  if (requirements.length === 0) return everything;
  const tests = requirements.map(({ field, value, equal }): Matcher => {
    if (field === "metadata.name") return ({ name }) => (name === value) === equal;
    if (field === "metadata.namespace") return ({ namespace }) => (namespace === value) === equal;
    if (!selectableFields.includes(field)) {
      if (custom) throw badRequest(`field label not supported: ${field}`);
      const known = ["metadata.name", "metadata.namespace", ...selectableFields].map((name) => `"${name}"`);
      throw badRequest(`"${field}" is not a known field selector: only ${known.join(", ")}`);
    }
    const path = (renamed[field] ?? field).split(".");
    return (stored) => (textAt(parse(stored), path) === value) === equal;
  });
  return (object) => tests.every((test) => test(object));
}

/** What a selector names otherwise than the object. */
const renamed: Readonly<Record<string, string>> = { "status.successful": "status.succeeded" };

function textAt(value: unknown, path: readonly string[]): string {
  let found: unknown = value;
  for (const part of path) found = (found as Record<string, unknown> | null | undefined)?.[part];
  return found === undefined || found === null ? "" : String(found);
}

export const both =
  (first: Matcher, second: Matcher): Matcher =>
  (object) =>
    first(object) && second(object);
