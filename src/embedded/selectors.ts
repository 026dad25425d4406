import type { Resource } from "../kube/resource.ts";
import { parseLabelSelector } from "./label-selector.ts";
import { type ApiError, badRequest } from "./status.ts";
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
  return (selector.match(/(\\.|[^,\\]|\\$)+/g) ?? []).map((text) => {
    const found = /^(.*?)(!=|==|=)(.*)$/s.exec(text);
    if (!found) throw badRequest(`invalid selector: '${selector}'; can't understand '${text}'`);
    return { field: found[1]!, value: unescaped(found[3]!), equal: found[2] !== "!=" };
  });
}

function unescaped(value: string): string {
  const odd = /\\(?![\\,=]).?/s.exec(value.replaceAll(/\\[\\,=]/g, ""));
  if (odd) throw badRequest(`invalid field selector: invalid escape sequence: ${odd[0]}`);
  const bare = /[,=]/.exec(value.replaceAll(/\\./gs, ""));
  if (bare) throw badRequest(`invalid field selector: unescaped character in value: ${bare[0].codePointAt(0)}`);
  return value.replaceAll(/\\([\\,=])/g, "$1");
}

/** What a kind lets a field selector name, beside name and namespace: dotted paths. */
export interface Selectable {
  readonly custom: boolean;
  readonly resource: Pick<Resource, "kind" | "namespaced">;
  readonly selectableFields: readonly string[];
}

/** Whether a kind says itself what can be selected, instead of leaving it to what is true of all. */
const hasOwnFields = ({ custom, selectableFields }: Selectable): boolean => !custom && selectableFields.length > 0;

function unknownField(kind: Selectable, field: string): ApiError {
  if (kind.resource.kind === "Job") return badRequest(`field label "${field}" not supported for Job`);
  if (kind.custom || hasOwnFields(kind)) return badRequest(`field label not supported: ${field}`);
  return badRequest(`"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`);
}

export function fieldMatcher(requirements: readonly FieldRequirement[], kind: Selectable): Matcher {
  if (requirements.length === 0) return everything;
  const tests = requirements.map(({ field, value, equal }): Matcher => {
    if (field === "metadata.name") return ({ name }) => (name === value) === equal;
    const isNamespaced = kind.resource.namespaced || !hasOwnFields(kind);
    if (field === "metadata.namespace" && isNamespaced) return ({ namespace }) => (namespace === value) === equal;
    if (!kind.selectableFields.includes(field)) throw unknownField(kind, field);
    const path = (renamed[field] ?? field).split(".");
    return (stored) => (textAt(parse(stored), path) === value) === equal;
  });
  return (object) => tests.every((test) => test(object));
}

/** What an Event may say of the object that it is about. */
export const referenceFields = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;

/** What a selector names otherwise than what is kept. */
const renamed: Readonly<Record<string, string>> = {
  "status.successful": "status.succeeded",
  ...Object.fromEntries(referenceFields.map((field) => [`regarding.${field}`, `involvedObject.${field}`])),
  reportingController: "reportingComponent",
};

function textAt(value: unknown, path: readonly string[]): string {
  let found: unknown = value;
  for (const part of path) found = (found as Record<string, unknown> | null | undefined)?.[part];
  return found === undefined || found === null ? "" : String(found);
}

export const both =
  (first: Matcher, second: Matcher): Matcher =>
  (object) =>
    first(object) && second(object);
