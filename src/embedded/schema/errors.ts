import type { FieldError, FieldErrorType } from "./schema.ts";

/** A value whose fields are shown in the order that they have, as Go shows a struct; others are sorted. */
export class InOrder {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** Stands for a value that a message does not show. */
export const omitted = Symbol("omitted");

/** Below `path`, which is "" for the object as a whole. */
export const child = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

export const at = (path: string, key: string | number): string => `${path}[${key}]`;

export const required = (path: string, detail = ""): FieldError => build("FieldValueRequired", path, "Required value", detail);

export const forbidden = (path: string, detail: string): FieldError => build("FieldValueForbidden", path, "Forbidden", detail);

export const invalid = (path: string, value: unknown, detail: string): FieldError =>
  build("FieldValueInvalid", path, withValue("Invalid value", value), detail);

export const typeInvalid = (path: string, value: unknown, detail: string): FieldError =>
  build("FieldValueTypeInvalid", path, withValue("Invalid value", value), detail);

export const duplicate = (path: string, value: unknown): FieldError =>
  build("FieldValueDuplicate", path, withValue("Duplicate value", value), "");

export const notFound = (path: string, value: unknown): FieldError =>
  build("FieldValueNotFound", path, withValue("Not found", value), "");

export const notSupported = (path: string, value: unknown, supported: readonly string[]): FieldError =>
  build(
    "FieldValueNotSupported",
    path,
    withValue("Unsupported value", value),
    supported.length === 0 ? "" : `supported values: ${supported.map(quote).join(", ")}`,
  );

export const tooLong = (path: string, max: number): FieldError =>
  build("FieldValueTooLong", path, "Too long", `may not be more than ${max} ${max === 1 ? "byte" : "bytes"}`);

export const tooMany = (path: string, actual: number, max: number): FieldError =>
  build("FieldValueTooMany", path, `Too many: ${actual}`, `must have at most ${max} ${max === 1 ? "item" : "items"}`);

/** As Go quotes text: `%q`. */
export function quote(text: string): string {
  return JSON.stringify(text).replace(/\\u00([01][0-9a-f])|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (found, code: string | undefined) => {
    if (code === undefined) return unprintable(found.codePointAt(0)!);
    return code === "07" ? "\\a" : code === "0b" ? "\\v" : `\\x${code}`;
  });
}

const unprintable = (point: number): string =>
  point < 0x80 ? `\\x${hex(point, 2)}` : point > 0xffff ? `\\U${hex(point, 8)}` : `\\u${hex(point, 4)}`;

const hex = (point: number, digits: number): string => point.toString(16).padStart(digits, "0");

/** As Go prints a number: `%v`. */
export function printNumber(value: number): string {
  const size = Math.abs(value);
  const [mantissa, exponent] = (size !== 0 && size < 1e-4 ? value.toExponential() : String(value)).split("e");
  return exponent === undefined ? mantissa! : `${mantissa}e${exponent.replace(/^([+-])(\d)$/, "$10$2")}`;
}

/** JSON as Go writes it: keys sorted, safe inside HTML. */
export function printJson(value: unknown): string {
  const ordered = value instanceof InOrder ? value.value : sortKeys(value);
  return (JSON.stringify(ordered) ?? "null").replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, below]) => [name, sortKeys(below)]));
}

function withValue(what: string, value: unknown): string {
  if (value === omitted) return what;
  if (typeof value === "string") return `${what}: ${quote(value)}`;
  return `${what}: ${typeof value === "number" ? printNumber(value) : printJson(value)}`;
}

const build = (type: FieldErrorType, path: string, body: string, detail: string): FieldError => ({
  type,
  field: path === "" ? "<nil>" : path,
  message: detail === "" ? body : `${body}: ${detail}`,
});
