import type { Call } from "../call.ts";
import { flag } from "../request.ts";
import { invalid as invalidValue, tooLong } from "../schema/errors.ts";
import type { FieldError } from "../schema/schema.ts";
import { badRequest, invalid } from "../status.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** The query parameters that every write understands. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** The field manager: as named, or else the client's program. */
  readonly manager: string;
}

const validations = ["", "Ignore", "Strict", "Warn"];

const notSupported = (field: string, value: string, supported: readonly string[]): FieldError => ({
  type: "FieldValueNotSupported",
  field,
  message: `Unsupported value: ${value}: supported values: ${supported.map((one) => JSON.stringify(one)).join(", ")}`,
});

export const dryRunErrors = (dryRun: readonly string[]): FieldError[] =>
  dryRun.length > 0 && (dryRun.length > 1 || dryRun[0] !== "All")
    ? [notSupported("dryRun", `[${dryRun.map((one) => JSON.stringify(one)).join(",")}]`, ["All"])]
    : [];

function managerErrors(manager: string): FieldError[] {
  const errors = Buffer.byteLength(manager) > 128 ? [tooLong("fieldManager", 128)] : [];
  // What can be printed, as Go sees it.
  const found = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(manager);
  if (!found) return errors;
  const code = found[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  const position = Buffer.byteLength(manager.slice(0, found.index));
  return [...errors, invalidValue("fieldManager", manager, `invalid character U+${code} (at position ${position})`)];
}

/** @throws ApiError 422 about CreateOptions, UpdateOptions or PatchOptions */
export function writeOptions(
  { query, agent }: Call,
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  apply = false,
): WriteOptions {
  const dryRun = query.getAll("dryRun");
  const manager = query.get("fieldManager") ?? "";
  const fieldValidation = query.get("fieldValidation") ?? "";
  const errors: FieldError[] = [];
  if (kind === "PatchOptions") {
    if (apply && manager === "")
      errors.push({ type: "FieldValueRequired", field: "fieldManager", message: "Required value: is required for apply patch" });
    if (!apply && query.has("force"))
      errors.push({ type: "FieldValueForbidden", field: "force", message: "Forbidden: may not be specified for non-apply patch" });
  }
  errors.push(...managerErrors(manager));
  errors.push(...dryRunErrors(dryRun));
  if (!validations.includes(fieldValidation))
    errors.push(notSupported("fieldValidation", JSON.stringify(fieldValidation), validations));
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind }, "", errors);
  return {
    dryRun: dryRun.length > 0,
    fieldValidation: fieldValidation === "" ? "Warn" : (fieldValidation as FieldValidation),
    manager: manager || agent,
  };
}

/** A parameter that is a whole number; 0 when it is not given. @throws ApiError 400 */
export const numberIn = (query: URLSearchParams, name: string): number => wholeNumber(query.get(name) ?? "0");

/** @throws ApiError 400 */
export function wholeNumber(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  const number = BigInt(text);
  if (BigInt.asIntN(64, number) === number) return Number(text);
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: value out of range`);
}

export const force = ({ query }: Call): boolean => flag(query, "force");
