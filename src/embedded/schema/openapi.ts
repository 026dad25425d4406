import { jsonEqual } from "../json.ts";
import { Correlated } from "./correlate.ts";
import { child, invalid, notSupported, printNumber, quote, required, tooLong, tooMany, typeInvalid } from "./errors.ts";
import { stringFormat } from "./formats.ts";
import { additional, isMap, property } from "./node.ts";
import { goRegExp } from "./regexp.ts";
import type { FieldError, Schema } from "./schema.ts";

/** What the plain OpenAPI part of a schema has against a value; CEL rules and the uniqueness of entries are not looked at. */
export function validateOpenApi(schema: Schema, value: unknown, base: string, old?: unknown): FieldError[] {
  const problems: Problem[] = [];
  check(schema, value, "", old === undefined ? undefined : new Correlated(schema, value, old), problems);
  return distinct(problems).map(({ error }) => error(base));
}

interface Problem {
  /** Two problems with the same text are one. */
  readonly text: string;
  readonly error: (base: string) => FieldError;
}

const distinct = (problems: readonly Problem[]): readonly Problem[] =>
  problems.length < 2 ? problems : [...new Map(problems.map((problem) => [problem.text, problem])).values()];

/** A problem of one field. `path` may start with a dot, below the root. */
function problem(path: string, text: string, error: (field: string) => FieldError): Problem {
  const name = path.replace(/^\./, "");
  return { text, error: (base) => error(name === "" ? base : child(base, name)) };
}

/** A problem of alternatives, which are reported for the object as a whole. */
const composite = (text: string): Problem => ({ text, error: (base) => invalid(base, "", text) });

/** How many checks passed: of alternatives that all fail, the one that matches best is reported. */
type Score = number;

/** @param out where problems go */
function check(schema: Schema, value: unknown, path: string, correlated: Correlated | undefined, out: Problem[]): Score {
  if (correlated?.isSame) return 0;
  const before = out.length;
  const score = checkAll(schema, value, path, correlated, out);
  // What did not change is not refused.
  if (out.length > before && correlated?.unchanged) out.length = before;
  return score;
}

function checkAll(schema: Schema, value: unknown, path: string, correlated: Correlated | undefined, out: Problem[]): Score {
  const types = typesOf(schema);
  const format = formatOf(schema, types);
  if (value === null) {
    const score = checkNull(schema, types, path, out);
    checkEnum(schema, value, path, out);
    return score;
  }
  // One for the value, and one more for each check that there is for it, whatever it finds.
  let score = 3;
  if (types.length > 0 || format !== undefined) score += 1 + checkType(types, format, value, path, out);
  score += checkAlternatives(schema, value, path, out);
  if (typeof value === "string") {
    score++;
    checkString(schema, value, path, out);
    if (format !== undefined && stringFormat(format)) {
      score++;
      checkFormat(format, value, path, out);
    }
  }
  if (typeof value === "number") {
    score += 2;
    checkNumber(schema, types, format, value, path, out);
  }
  if (Array.isArray(value)) score += 1 + checkItems(schema, value, path, correlated, out);
  checkEnum(schema, value, path, out);
  if (isMap(value)) score += 1 + checkFields(schema, value, path, correlated, out);
  return score;
}

const typesOf = (schema: Schema): readonly string[] =>
  schema["x-kubernetes-int-or-string"] ? intOrString : schema.type === undefined ? [] : [schema.type];

const intOrString = ["integer", "string"];

/** Formats that are not known for the type are ignored. */
function formatOf({ format }: Schema, types: readonly string[]): string | undefined {
  if (!format) return undefined;
  const type = types.length === 1 ? types[0] : "";
  if (type === "" || type === "string") return stringFormat(format) && format;
  return numericFormats[type!]?.includes(format) ? format : undefined;
}

const numericFormats: Readonly<Record<string, readonly string[]>> = { integer: ["int32", "int64"], number: ["float", "double"] };

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function wrongType(path: string, expected: string, actual: string): Problem {
  const text = `${path} in body must be of type ${expected}: ${quote(actual)}`;
  return problem(path, text, (field) => typeInvalid(field, actual, text));
}

function checkNull(schema: Schema, types: readonly string[], path: string, out: Problem[]): Score {
  if (types.length === 0 || schema.nullable) return 1;
  out.push(wrongType(path, types.join(","), "null"));
  return 0;
}

function checkType(types: readonly string[], format: string | undefined, value: unknown, path: string, out: Problem[]): Score {
  const type = jsonType(value);
  const fits = types.includes(type) || (type === "integer" && types.includes("number"));
  const isText = typeof value === "string" || Array.isArray(value);
  if (!isText && format !== undefined && !fits) {
    const valueFormat = type === "integer" ? "int64" : type === "number" ? "float64" : "";
    out.push(wrongType(path, format, valueFormat));
    return 0;
  }
  const isNumeric = types.includes("number") || types.includes("integer");
  if (fits || (isText && format !== undefined && !isNumeric)) return 1;
  out.push(wrongType(path, types.join(","), type));
  return 0;
}

function checkEnum({ enum: values }: Schema, value: unknown, path: string, out: Problem[]): void {
  if (!values || values.length === 0 || (value !== null && values.some((allowed) => jsonEqual(allowed, value)))) return;
  const supported = values.map((allowed) => (typeof allowed === "string" ? allowed : JSON.stringify(allowed)));
  const text = `${path} in body should be one of [${supported.join(" ")}]`;
  out.push(problem(path, text, (field) => notSupported(field, value, supported)));
}

function checkString(schema: Schema, value: string, path: string, out: Problem[]): void {
  const { maxLength, minLength, pattern } = schema;
  const refuse = (text: string) => out.push(problem(path, text, (field) => invalid(field, value, text)));
  if (maxLength !== undefined || minLength !== undefined) {
    const length = characters(value);
    if (maxLength !== undefined && length > maxLength) {
      const text = `${path} in body should be at most ${maxLength} chars long`;
      out.push(problem(path, text, (field) => tooLong(field, maxLength)));
      return;
    }
    if (minLength !== undefined && length < minLength) {
      refuse(`${path} in body should be at least ${minLength} chars long`);
      return;
    }
  }
  if (pattern && !patternOf(schema, pattern).test(value)) refuse(`${path} in body should match '${pattern}'`);
}

/** As Go counts them: a pair of surrogates is one. */
const characters = (text: string): number => text.length - (text.match(surrogatePairs)?.length ?? 0);

const surrogatePairs = /[\ud800-\udbff][\udc00-\udfff]/g;

/** Schemas never change, so that their patterns are compiled once, and forgotten with them. */
const patterns = new WeakMap<Schema, RegExp>();

function patternOf(schema: Schema, pattern: string): RegExp {
  let compiled = patterns.get(schema);
  if (!compiled) {
    compiled = goRegExp(pattern);
    patterns.set(schema, compiled);
  }
  return compiled;
}

function checkFormat(format: string, value: string, path: string, out: Problem[]): void {
  if (stringFormat(format)!(value)) return;
  const text = `${path} in body must be of type ${format}: ${quote(value)}`;
  out.push(problem(path, text, (field) => typeInvalid(field, value, text)));
}

const ranges: Readonly<Record<string, readonly [min: number, max: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  float: [-3.4028234663852886e38, 3.4028234663852886e38],
};

function checkNumber(
  schema: Schema,
  types: readonly string[],
  format: string | undefined,
  value: number,
  path: string,
  out: Problem[],
): void {
  const refuse = (text: string) => out.push(problem(path, text, (field) => invalid(field, value, text)));
  const type = types.length === 1 ? types[0] : "";
  const [low, high] = ranges[format ?? (type === "integer" ? "int64" : "")] ?? unbounded;
  if (value < low || value > high || (type === "integer" && !Number.isInteger(value))) {
    const shown = format === undefined ? "(default format)" : `with format ${format}`;
    out.push(composite(`Checked value must be of type ${type} ${shown} in ${path}`));
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
}

const unbounded: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function checkItems(
  schema: Schema,
  items: readonly unknown[],
  path: string,
  correlated: Correlated | undefined,
  out: Problem[],
): Score {
  const { items: each, minItems, maxItems, uniqueItems } = schema;
  let score = 1;
  if (each) {
    for (let i = 0; i < items.length; i++) score += check(each, items[i], `${path}[${i}]`, correlated?.item(i), out);
  }
  if (minItems !== undefined && items.length < minItems) {
    const text = `${path} in body should have at least ${minItems} items`;
    out.push(problem(path, text, (field) => invalid(field, items.length, text)));
  }
  if (maxItems !== undefined && items.length > maxItems) {
    const text = `${path} in body should have at most ${maxItems} items`;
    out.push(problem(path, text, (field) => tooMany(field, items.length, maxItems)));
  }
  if (uniqueItems && items.some((item, i) => items.slice(0, i).some((other) => jsonEqual(item, other)))) {
    const text = `${path} in body shouldn't contain duplicates`;
    out.push(problem(path, text, (field) => invalid(field, "", text)));
  }
  return score;
}

function checkFields(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
  correlated: Correlated | undefined,
  out: Problem[],
): Score {
  const names = Object.keys(value);
  const { minProperties, maxProperties, required: wanted } = schema;
  if (minProperties !== undefined && names.length < minProperties) {
    const text = `${path} in body should have at least ${minProperties} properties`;
    out.push(problem(path, text, (field) => invalid(field, names.length, text)));
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    const text = `${path} in body should have at most ${maxProperties} properties`;
    out.push(problem(path, text, (field) => tooMany(field, names.length, maxProperties)));
  }
  for (const name of wanted ?? []) {
    if (!Object.hasOwn(value, name)) out.push(problem(`${path}.${name}`, `${path}.${name} in body is required`, required));
  }
  const others = additional(schema);
  let score = 0;
  for (const name of names) {
    const declared = property(schema, name);
    // apiVersion and kind are converted, not stored: they do not count as unchanged.
    const before = path === "" && (name === "apiVersion" || name === "kind") ? undefined : correlated?.field(name);
    if (declared) score += check(declared, value[name], path === "" ? name : `${path}.${name}`, before, out);
    else if (others) score += check(others, value[name], `${path}.${name}`, before, out);
  }
  return score;
}

/** What one alternative has against a value. */
interface Judgement {
  readonly problems: readonly Problem[];
  readonly score: Score;
}

/** Nothing is taken as unchanged below alternatives. */
function checkAlternatives({ anyOf, oneOf, allOf, not }: Schema, value: unknown, path: string, out: Problem[]): Score {
  if (!anyOf && !oneOf && !allOf && !not) return 1;
  const judge = (schema: Schema): Judgement => {
    const problems: Problem[] = [];
    return { score: check(schema, value, path, undefined, problems), problems };
  };
  const best = (of: readonly Judgement[]): Judgement => of.reduce((a, b) => (b.score > a.score ? b : a));
  const isValid = ({ problems }: Judgement): boolean => problems.length === 0;
  let score = 1;
  const report = (judged: Judgement): void => {
    out.push(...judged.problems);
    score += judged.score;
  };

  if (anyOf && anyOf.length > 0) {
    const judged = anyOf.map(judge);
    const valid = judged.find(isValid);
    if (!valid) out.push(composite(`${quote(path)} must validate at least one schema (anyOf)`));
    report(valid ?? best(judged));
  }
  if (oneOf && oneOf.length > 0) {
    const judged = oneOf.map(judge);
    const valid = judged.filter(isValid);
    if (valid.length === 1) report(valid[0]!);
    else {
      const found = valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`;
      out.push(composite(`${quote(path)} must validate one and only one schema (oneOf). ${found}`));
      if (valid.length === 0) report(best(judged));
    }
  }
  if (allOf && allOf.length > 0) {
    const judged = allOf.map(judge);
    judged.forEach(report);
    if (!judged.every(isValid)) {
      const none = judged.some(isValid) ? "" : ". None validated";
      out.push(composite(`${quote(path)} must validate all the schemas (allOf)${none}`));
    }
  }
  if (not && isValid(judge(not))) out.push(composite(`${quote(path)} must not validate the schema (not)`));
  return score;
}
