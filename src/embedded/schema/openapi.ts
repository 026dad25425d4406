import { jsonEqual } from "../json.ts";
import { Correlated } from "./correlate.ts";
import { child, invalid, notSupported, printNumber, quote, required, tooLong, tooMany, typeInvalid } from "./errors.ts";
import { stringFormat } from "./formats.ts";
import { additional, isMap, property } from "./node.ts";
import { goRegExp } from "./regexp.ts";
import type { FieldError, Schema } from "./schema.ts";

/** What the plain OpenAPI part of a schema has against a value; CEL rules and the uniqueness of entries are not looked at. */
export function validateOpenApi(schema: Schema, value: unknown, base: string, old?: unknown): FieldError[] {
  const walk: Walk = { problems: [], at: [] };
  check(schema, value, old === undefined ? undefined : new Correlated(schema, value, old), walk);
  return distinct(walk.problems).map((problem) => errorBelow(base, problem));
}

interface Walk {
  readonly problems: Problem[];
  /** The names and indexes that lead to the value: most values are fine, and where they are is not said. */
  readonly at: (string | number)[];
}

/** Only what is declared at the root comes without a dot. */
const pathOf = ({ at }: Walk): string =>
  at.map((step, depth) => (typeof step === "number" ? `[${step}]` : depth === 0 ? step : `.${step}`)).join("");

interface Problem {
  /** Two problems with the same text are one. */
  readonly text: string;
  /** Below the value; "" for the value itself. */
  readonly field: string;
  /** Of no field yet. */
  readonly error: FieldError;
}

function errorBelow(base: string, { field, error }: Problem): FieldError {
  const whole = field === "" ? base : child(base, field);
  return whole === "" ? error : { ...error, field: whole };
}

const distinct = (problems: readonly Problem[]): readonly Problem[] =>
  problems.length < 2 ? problems : [...new Map(problems.map((problem) => [problem.text, problem])).values()];

/** Reports a problem of the field at a path. */
function report(walk: Walk, path: string, what: string, error: FieldError): void {
  walk.problems.push({ text: `${path} ${what}`, field: path.replace(/^\./, ""), error });
}

/** The same of a value that is told what it should be. */
function refuse(walk: Walk, value: unknown, what: string): void {
  const path = pathOf(walk);
  report(walk, path, what, invalid("", value, `${path} ${what}`));
}

function mistyped(walk: Walk, expected: string, actual: string): void {
  const path = pathOf(walk);
  const what = `in body must be of type ${expected}: ${quote(actual)}`;
  report(walk, path, what, typeInvalid("", actual, `${path} ${what}`));
}

/** A problem of alternatives, which are reported for the object as a whole. */
const composite = (text: string): Problem => ({ text, field: "", error: invalid("", "", text) });

/** How many checks passed: of alternatives that all fail, the one that matches best is reported. */
type Score = number;

function check(schema: Schema, value: unknown, correlated: Correlated | undefined, walk: Walk): Score {
  if (correlated?.isSame) return 0;
  const before = walk.problems.length;
  const score = checkAll(schema, value, correlated, walk);
  // What did not change is not refused.
  if (walk.problems.length > before && correlated?.unchanged) walk.problems.length = before;
  return score;
}

function checkBelow(step: string | number, schema: Schema, value: unknown, correlated: Correlated | undefined, walk: Walk): Score {
  walk.at.push(step);
  const score = check(schema, value, correlated, walk);
  walk.at.pop();
  return score;
}

function checkAll(schema: Schema, value: unknown, correlated: Correlated | undefined, walk: Walk): Score {
  const types = typesOf(schema);
  const format = formatOf(schema, types);
  if (value === null) {
    const score = checkNull(schema, types, walk);
    checkEnum(schema, value, walk);
    return score;
  }
  // One for the value, and one more for each check that there is for it, whatever it finds.
  let score = 3;
  if (types.length > 0 || format !== undefined) score += 1 + checkType(types, format, value, walk);
  score += hasAlternatives(schema) ? checkAlternatives(schema, value, walk) : 1;
  if (typeof value === "string") {
    score++;
    checkString(schema, value, walk);
    if (format !== undefined && stringFormat(format)) {
      score++;
      checkFormat(format, value, walk);
    }
  }
  if (typeof value === "number") {
    score += 2;
    checkNumber(schema, types, format, value, walk);
  }
  if (Array.isArray(value)) score += 1 + checkItems(schema, value, correlated, walk);
  checkEnum(schema, value, walk);
  if (isMap(value)) score += 1 + checkFields(schema, value, correlated, walk);
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

function checkNull(schema: Schema, types: readonly string[], walk: Walk): Score {
  if (types.length === 0 || schema.nullable) return 1;
  mistyped(walk, types.join(","), "null");
  return 0;
}

function checkType(types: readonly string[], format: string | undefined, value: unknown, walk: Walk): Score {
  const type = jsonType(value);
  const fits = types.includes(type) || (type === "integer" && types.includes("number"));
  const isText = typeof value === "string" || Array.isArray(value);
  if (!isText && format !== undefined && !fits) {
    const valueFormat = type === "integer" ? "int64" : type === "number" ? "float64" : "";
    mistyped(walk, format, valueFormat);
    return 0;
  }
  const isNumeric = types.includes("number") || types.includes("integer");
  if (fits || (isText && format !== undefined && !isNumeric)) return 1;
  mistyped(walk, types.join(","), type);
  return 0;
}

function checkEnum({ enum: values }: Schema, value: unknown, walk: Walk): void {
  if (!values || values.length === 0 || (value !== null && isOneOf(values, value))) return;
  const supported = values.map((allowed) => (typeof allowed === "string" ? allowed : JSON.stringify(allowed)));
  report(walk, pathOf(walk), `in body should be one of [${supported.join(" ")}]`, notSupported("", value, supported));
}

const isOneOf = (values: readonly unknown[], value: unknown): boolean => values.some((allowed) => jsonEqual(allowed, value));

function checkString(schema: Schema, value: string, walk: Walk): void {
  const { maxLength, minLength, pattern } = schema;
  if (maxLength !== undefined || minLength !== undefined) {
    const length = characters(value);
    if (maxLength !== undefined && length > maxLength) {
      report(walk, pathOf(walk), `in body should be at most ${maxLength} chars long`, tooLong("", maxLength));
      return;
    }
    if (minLength !== undefined && length < minLength) {
      refuse(walk, value, `in body should be at least ${minLength} chars long`);
      return;
    }
  }
  if (pattern && !patternOf(schema, pattern).test(value)) refuse(walk, value, `in body should match '${pattern}'`);
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

function checkFormat(format: string, value: string, walk: Walk): void {
  if (stringFormat(format)!(value)) return;
  mistyped(walk, format, value);
}

const ranges: Readonly<Record<string, readonly [min: number, max: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [-(2 ** 63), 2 ** 63],
  float: [-3.4028234663852886e38, 3.4028234663852886e38],
};

function checkNumber(schema: Schema, types: readonly string[], format: string | undefined, value: number, walk: Walk): void {
  const type = types.length === 1 ? types[0] : "";
  const [low, high] = ranges[format ?? (type === "integer" ? "int64" : "")] ?? unbounded;
  if (value < low || value > high || (type === "integer" && !Number.isInteger(value))) {
    const shown = format === undefined ? "(default format)" : `with format ${format}`;
    walk.problems.push(composite(`Checked value must be of type ${type} ${shown} in ${pathOf(walk)}`));
  }
  const { multipleOf, maximum, exclusiveMaximum, minimum, exclusiveMinimum } = schema;
  if (multipleOf !== undefined && !Number.isInteger(multipleOf < 1 ? (1 / multipleOf) * value : value / multipleOf)) {
    refuse(walk, value, `in body should be a multiple of ${printNumber(multipleOf)}`);
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    refuse(walk, value, `in body should be less than ${exclusiveMaximum ? "" : "or equal to "}${printNumber(maximum)}`);
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    refuse(walk, value, `in body should be greater than ${exclusiveMinimum ? "" : "or equal to "}${printNumber(minimum)}`);
  }
}

const unbounded: readonly [number, number] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];

function checkItems(schema: Schema, items: readonly unknown[], correlated: Correlated | undefined, walk: Walk): Score {
  const { items: each, minItems, maxItems, uniqueItems } = schema;
  let score = 1;
  if (each) {
    for (let i = 0; i < items.length; i++) score += checkBelow(i, each, items[i], correlated?.item(i), walk);
  }
  if (minItems !== undefined && items.length < minItems) {
    refuse(walk, items.length, `in body should have at least ${minItems} items`);
  }
  if (maxItems !== undefined && items.length > maxItems) {
    report(walk, pathOf(walk), `in body should have at most ${maxItems} items`, tooMany("", items.length, maxItems));
  }
  if (uniqueItems && hasTwins(items)) refuse(walk, "", "in body shouldn't contain duplicates");
  return score;
}

const hasTwins = (items: readonly unknown[]): boolean =>
  items.some((item, i) => items.slice(0, i).some((other) => jsonEqual(item, other)));

function checkFields(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  correlated: Correlated | undefined,
  walk: Walk,
): Score {
  const names = Object.keys(value);
  const { minProperties, maxProperties, required: wanted } = schema;
  if (minProperties !== undefined && names.length < minProperties) {
    refuse(walk, names.length, `in body should have at least ${minProperties} properties`);
  }
  if (maxProperties !== undefined && names.length > maxProperties) {
    const what = `in body should have at most ${maxProperties} properties`;
    report(walk, pathOf(walk), what, tooMany("", names.length, maxProperties));
  }
  for (const name of wanted ?? []) {
    if (!Object.hasOwn(value, name)) report(walk, `${pathOf(walk)}.${name}`, "in body is required", required(""));
  }
  const others = additional(schema);
  const isRoot = walk.at.length === 0;
  let score = 0;
  for (const name of names) {
    const declared = property(schema, name);
    // apiVersion and kind are converted, not stored: they do not count as unchanged.
    const before = isRoot && (name === "apiVersion" || name === "kind") ? undefined : correlated?.field(name);
    if (declared) score += checkBelow(name, declared, value[name], before, walk);
    else if (others) score += checkBelow(isRoot ? `.${name}` : name, others, value[name], before, walk);
  }
  return score;
}

/** What one alternative has against a value. */
interface Judgement {
  readonly problems: readonly Problem[];
  readonly score: Score;
}

const hasAlternatives = ({ anyOf, oneOf, allOf, not }: Schema): boolean => (anyOf ?? oneOf ?? allOf ?? not) !== undefined;

/** Nothing is taken as unchanged below alternatives. */
function checkAlternatives({ anyOf, oneOf, allOf, not }: Schema, value: unknown, walk: Walk): Score {
  const { problems: out, at } = walk;
  const judge = (schema: Schema): Judgement => {
    const problems: Problem[] = [];
    return { score: check(schema, value, undefined, { problems, at }), problems };
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
    if (!valid) out.push(composite(`${quote(pathOf(walk))} must validate at least one schema (anyOf)`));
    report(valid ?? best(judged));
  }
  if (oneOf && oneOf.length > 0) {
    const judged = oneOf.map(judge);
    const valid = judged.filter(isValid);
    if (valid.length === 1) report(valid[0]!);
    else {
      const found = valid.length === 0 ? "Found none valid" : `Found ${valid.length} valid alternatives`;
      out.push(composite(`${quote(pathOf(walk))} must validate one and only one schema (oneOf). ${found}`));
      if (valid.length === 0) report(best(judged));
    }
  }
  if (allOf && allOf.length > 0) {
    const judged = allOf.map(judge);
    judged.forEach(report);
    if (!judged.every(isValid)) {
      const none = judged.some(isValid) ? "" : ". None validated";
      out.push(composite(`${quote(pathOf(walk))} must validate all the schemas (allOf)${none}`));
    }
  }
  if (not && isValid(judge(not))) out.push(composite(`${quote(pathOf(walk))} must not validate the schema (not)`));
  return score;
}
