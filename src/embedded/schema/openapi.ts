import { isDeepStrictEqual } from "node:util";
import { Correlated } from "./correlate.ts";
import { child, invalid, notSupported, printNumber, quote, required, tooLong, tooMany, typeInvalid } from "./errors.ts";
import { stringFormat } from "./formats.ts";
import { additional, isMap, property } from "./node.ts";
import { goRegExp } from "./regexp.ts";
import type { FieldError, Schema } from "./schema.ts";

/** What the plain OpenAPI part of a schema has against a value; CEL rules and the uniqueness of entries are not looked at. */
export function validateOpenApi(schema: Schema, value: unknown, base: string, old?: unknown): FieldError[] {
  const correlated = old === undefined ? undefined : new Correlated(schema, value, old);
  return check(schema, value, "", correlated).problems.map(({ error }) => error(base));
}

interface Problem {
  /** Two problems with the same text are one. */
  readonly text: string;
  readonly error: (base: string) => FieldError;
}

interface Result {
  readonly problems: readonly Problem[];
  /** How many checks passed: of alternatives that all fail, the one that matches best is reported. */
  readonly score: number;
}

function merge(...results: readonly Result[]): Result {
  const problems = new Map(results.flatMap((result) => result.problems.map((problem) => [problem.text, problem] as const)));
  return { problems: [...problems.values()], score: results.reduce((sum, { score }) => sum + score, 0) };
}

const passed: Result = { problems: [], score: 1 };
const nothing: Result = { problems: [], score: 0 };
const failed = (...problems: readonly Problem[]): Result => ({ problems, score: 0 });

/** A problem of one field. `path` may start with a dot, below the root. */
function problem(path: string, text: string, error: (field: string) => FieldError): Problem {
  const name = path.replace(/^\./, "");
  return { text, error: (base) => error(name === "" ? base : child(base, name)) };
}

/** A problem of alternatives, which are reported for the object as a whole. */
const composite = (text: string): Problem => ({ text, error: (base) => invalid(base, "", text) });

function check(schema: Schema, value: unknown, path: string, correlated?: Correlated): Result {
  const result = checkAll(schema, value, path, correlated);
  return result.problems.length > 0 && correlated?.unchanged ? { problems: [], score: result.score } : result;
}

function checkAll(schema: Schema, value: unknown, path: string, correlated: Correlated | undefined): Result {
  const types = typesOf(schema);
  const format = formatOf(schema, types);
  if (value === null) return merge(checkNull(schema, types, path), checkEnum(schema, value, path));
  const applied: Result[] = [];
  if (types.length > 0 || format !== undefined) applied.push(checkType(types, format, value, path));
  applied.push(checkAlternatives(schema, value, path));
  if (typeof value === "string") {
    applied.push(checkString(schema, value, path));
    if (format !== undefined && stringFormat(format)) applied.push(checkFormat(format, value, path));
  }
  if (typeof value === "number") applied.push(checkNumber(schema, types, format, value, path));
  if (Array.isArray(value)) applied.push(checkItems(schema, value, path, correlated));
  applied.push(checkEnum(schema, value, path));
  if (isMap(value)) applied.push(checkFields(schema, value, path, correlated));
  return merge(...applied, { problems: [], score: applied.length + 1 });
}

const typesOf = (schema: Schema): readonly string[] =>
  schema["x-kubernetes-int-or-string"] ? ["integer", "string"] : schema.type === undefined ? [] : [schema.type];

/** Formats that are not known for the type are ignored. */
function formatOf({ format }: Schema, types: readonly string[]): string | undefined {
  const type = types.length === 1 ? types[0] : "";
  if (!format) return undefined;
  if (type === "" || type === "string") return stringFormat(format) && format;
  const numeric: Readonly<Record<string, readonly string[]>> = { integer: ["int32", "int64"], number: ["float", "double"] };
  return numeric[type!]?.includes(format) ? format : undefined;
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function wrongType(path: string, expected: string, actual: string): Problem {
  const text = `${path} in body must be of type ${expected}: ${quote(actual)}`;
  return problem(path, text, (field) => typeInvalid(field, actual, text));
}

function checkNull(schema: Schema, types: readonly string[], path: string): Result {
  return types.length === 0 || schema.nullable ? passed : failed(wrongType(path, types.join(","), "null"));
}

function checkType(types: readonly string[], format: string | undefined, value: unknown, path: string): Result {
  const type = jsonType(value);
  const fits = types.includes(type) || (type === "integer" && types.includes("number"));
  const isText = typeof value === "string" || Array.isArray(value);
  if (!isText && format !== undefined && !fits) {
    const valueFormat = type === "integer" ? "int64" : type === "number" ? "float64" : "";
    return failed(wrongType(path, format, valueFormat));
  }
  const isNumeric = types.includes("number") || types.includes("integer");
  if (isText && format !== undefined && !isNumeric) return passed;
  return fits ? passed : failed(wrongType(path, types.join(","), type));
}

function checkEnum({ enum: values = [] }: Schema, value: unknown, path: string): Result {
  if (values.length === 0 || (value !== null && values.some((allowed) => isDeepStrictEqual(allowed, value)))) return nothing;
  const supported = values.map((allowed) => (typeof allowed === "string" ? allowed : JSON.stringify(allowed)));
  return failed(
    problem(path, `${path} in body should be one of [${supported.join(" ")}]`, (field) => notSupported(field, value, supported)),
  );
}

function checkString({ maxLength, minLength, pattern }: Schema, value: string, path: string): Result {
  const length = [...value].length;
  const refuse = (text: string): Result => failed(problem(path, text, (field) => invalid(field, value, text)));
  if (maxLength !== undefined && length > maxLength) {
    return failed(problem(path, `${path} in body should be at most ${maxLength} chars long`, (field) => tooLong(field, maxLength)));
  }
  if (minLength !== undefined && length < minLength) return refuse(`${path} in body should be at least ${minLength} chars long`);
  if (pattern && !goRegExp(pattern).test(value)) return refuse(`${path} in body should match '${pattern}'`);
  return nothing;
}

function checkFormat(format: string, value: string, path: string): Result {
  if (stringFormat(format)!(value)) return nothing;
  const text = `${path} in body must be of type ${format}: ${quote(value)}`;
  return failed(problem(path, text, (field) => typeInvalid(field, value, text)));
}

const ranges: Readonly<Record<string, readonly [min: number, max: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  float: [-3.4028234663852886e38, 3.4028234663852886e38],
};

function checkNumber(schema: Schema, types: readonly string[], format: string | undefined, value: number, path: string): Result {
  const problems: Problem[] = [];
  const refuse = (text: string) => problems.push(problem(path, text, (field) => invalid(field, value, text)));
  const type = types.length === 1 ? types[0] : "";
  const [low, high] = ranges[format ?? (type === "integer" ? "int64" : "")] ?? [-Infinity, Infinity];
  if (value < low || value > high || (type === "integer" && !Number.isInteger(value))) {
    const shown = format === undefined ? "(default format)" : `with format ${format}`;
    problems.push(composite(`Checked value must be of type ${type} ${shown} in ${path}`));
  }
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum } = schema;
  if (multipleOf !== undefined && !Number.isInteger(multipleOf < 1 ? (1 / multipleOf) * value : value / multipleOf)) {
    refuse(`${path} in body should be a multiple of ${printNumber(multipleOf)}`);
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    refuse(`${path} in body should be less than ${exclusiveMaximum ? "" : "or equal to "}${printNumber(maximum)}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    refuse(`${path} in body should be greater than ${exclusiveMinimum ? "" : "or equal to "}${printNumber(minimum)}`);
  }
  return merge(failed(...problems), passed);
}

function checkItems(schema: Schema, items: readonly unknown[], path: string, correlated: Correlated | undefined): Result {
  const results = schema.items ? items.map((item, i) => check(schema.items!, item, `${path}[${i}]`, correlated?.item(i))) : [];
  const problems: Problem[] = [];
  const { minItems, maxItems, uniqueItems } = schema;
  if (minItems !== undefined && items.length < minItems) {
    const text = `${path} in body should have at least ${minItems} items`;
    problems.push(problem(path, text, (field) => invalid(field, items.length, text)));
  }
  if (maxItems !== undefined && items.length > maxItems) {
    const text = `${path} in body should have at most ${maxItems} items`;
    problems.push(problem(path, text, (field) => tooMany(field, items.length, maxItems)));
  }
  if (uniqueItems && items.some((item, i) => items.slice(0, i).some((other) => isDeepStrictEqual(item, other)))) {
    const text = `${path} in body shouldn't contain duplicates`;
    problems.push(problem(path, text, (field) => invalid(field, "", text)));
  }
  return merge(...results, failed(...problems), passed);
}

function checkFields(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
  correlated: Correlated | undefined,
): Result {
  const problems: Problem[] = [];
  const size = Object.keys(value).length;
  const { minProperties, maxProperties } = schema;
  if (minProperties !== undefined && size < minProperties) {
    const text = `${path} in body should have at least ${minProperties} properties`;
    problems.push(problem(path, text, (field) => invalid(field, size, text)));
  }
  if (maxProperties !== undefined && size > maxProperties) {
    const text = `${path} in body should have at most ${maxProperties} properties`;
    problems.push(problem(path, text, (field) => tooMany(field, size, maxProperties)));
  }
  const others = additional(schema);
  const results = Object.entries(value).map(([name, field]) => {
    const declared = property(schema, name);
    // apiVersion and kind are converted, not stored: they do not count as unchanged.
    const before = path === "" && (name === "apiVersion" || name === "kind") ? undefined : correlated?.field(name);
    if (declared) return check(declared, field, path === "" ? name : `${path}.${name}`, before);
    return others ? check(others, field, `${path}.${name}`, before) : nothing;
  });
  for (const name of schema.required ?? []) {
    if (!Object.hasOwn(value, name)) problems.push(problem(`${path}.${name}`, `${path}.${name} in body is required`, required));
  }
  return merge(failed(...problems), ...results);
}

/** Nothing is taken as unchanged below alternatives. */
function checkAlternatives({ anyOf = [], oneOf = [], allOf = [], not }: Schema, value: unknown, path: string): Result {
  const results: Result[] = [passed];
  const judge = (schema: Schema): Result => check(schema, value, path);
  const best = (of: readonly Result[]): Result => of.reduce((a, b) => (b.score > a.score ? b : a));
  const isValid = ({ problems }: Result): boolean => problems.length === 0;

  if (anyOf.length > 0) {
    const judged = anyOf.map(judge);
    const valid = judged.find(isValid);
    results.push(valid ?? merge(failed(composite(`${quote(path)} must validate at least one schema (anyOf)`)), best(judged)));
  }
  if (oneOf.length > 0) {
    const judged = oneOf.map(judge);
    const valid = judged.filter(isValid);
    if (valid.length === 1) results.push(valid[0]!);
    else {
      const found = valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`;
      results.push(failed(composite(`${quote(path)} must validate one and only one schema (oneOf). ${found}`)));
      if (valid.length === 0) results.push(best(judged));
    }
  }
  if (allOf.length > 0) {
    const judged = allOf.map(judge);
    results.push(...judged);
    if (!judged.every(isValid)) {
      const none = judged.some(isValid) ? "" : ". None validated";
      results.push(failed(composite(`${quote(path)} must validate all the schemas (allOf)${none}`)));
    }
  }
  if (not && isValid(judge(not))) results.push(failed(composite(`${quote(path)} must not validate the schema (not)`)));
  return merge(...results);
}
