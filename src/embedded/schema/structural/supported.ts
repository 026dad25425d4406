import { times as product } from "../cel/cost/range.ts";
import type { CelTypes } from "../cel/types.ts";
import { at, child, forbidden, invalid, notSupported } from "../errors.ts";
import type { FieldError, Schema } from "../schema.ts";
import { type ExpressionCost, totalCostProblems } from "./costs.ts";
import { mergeTypeProblems } from "./merge-types.ts";
import { type RulePlace, ruleFindings, ruleTextProblems } from "./rules.ts";

/** What the place of a schema forbids in it. */
interface Context extends RulePlace {
  /** Why there may be no default; undefined where there may be one. */
  readonly noDefaults: string | undefined;
  readonly inMetadata: boolean;
  /** Undefined where rules are not compiled. */
  readonly types: CelTypes | undefined;
}

interface Problems {
  readonly schema: FieldError[];
  readonly cel: FieldError[];
  /** Of what could be compiled. */
  readonly costs: ExpressionCost[];
}

const join = (all: readonly Problems[]): Problems => ({
  schema: all.flatMap(({ schema }) => schema),
  cel: all.flatMap(({ cel }) => cel),
  costs: all.flatMap(({ costs }) => costs),
});

const types = ["array", "boolean", "integer", "number", "object", "string"];
const metaFields = new Set(["apiVersion", "kind", "metadata"]);

/**
 * What a CustomResourceDefinition may not say, structural or not.
 * @param celTypes what rules are compiled with; undefined when the schema is so wrong that they are not looked at
 */
export function validateSupported(schema: Schema, path: string, celTypes: CelTypes | undefined): FieldError[] {
  const context: Context = { noDefaults: undefined, inMetadata: false, uncorrelated: undefined, mostTimes: 1, types: celTypes };
  const { schema: errors, cel, costs } = check(schema, path, context, true);
  return [...errors, ...cel, ...totalCostProblems(costs, path)];
}

function check(schema: Schema, path: string, context: Context, isRoot: boolean): Problems {
  const { items, properties = {}, additionalProperties, not, allOf = [], oneOf = [], anyOf = [] } = schema;
  const below = (one: Schema, where: string, changes: Partial<Context> = {}): Problems =>
    check(one, where, { ...context, mostTimes: within(schema, context.mostTimes), ...changes }, false);
  const nested = (all: readonly Schema[], name: string): Problems[] =>
    all.map((one, i) => below(one, at(child(path, name), i), { types: undefined }));
  const uncorrelated = context.uncorrelated ?? path;
  const isResource = isRoot || schema["x-kubernetes-embedded-resource"] === true;
  const parts: Problems[] = [];
  if (typeof additionalProperties === "object") {
    const noDefaults = context.inMetadata ? "inside additionalProperties applying to object metadata" : context.noDefaults;
    parts.push(below(additionalProperties, child(path, "additionalProperties"), { noDefaults }));
  }
  for (const [name, property] of Object.entries(properties)) {
    const isMeta = isResource && metaFields.has(name);
    const changes = isMeta ? { inMetadata: true, ...(isRoot ? { noDefaults: `in top-level ${name}` } : {}) } : {};
    parts.push(below(property, at(child(path, "properties"), name), changes));
  }
  if (not) parts.push(below(not, child(path, "not"), { types: undefined }));
  parts.push(...nested(allOf, "allOf"), ...nested(oneOf, "oneOf"), ...nested(anyOf, "anyOf"));
  if (items) {
    const isMapList = schema["x-kubernetes-list-type"] === "map";
    parts.push(below(items, child(path, "items"), isMapList ? {} : { uncorrelated }));
  }
  const found = join(parts);
  const own = [...unsupported(schema, path, context), ...mergeTypeProblems(schema, path), ...ruleTextProblems(schema, path)];
  const errors = [...own, ...found.schema];
  // A rule is compiled only for a schema that is fine down to its leaves.
  const rules = errors.length === 0 && context.types ? ruleFindings(schema, path, context, context.types) : noFindings;
  return { schema: errors, cel: [...found.cel, ...rules.errors], costs: [...found.costs, ...rules.costs] };
}

const noFindings = { errors: [], costs: [] };

/** How often there can be what is below a schema, of which there can be so many. */
function within({ type, additionalProperties, maxProperties, maxItems }: Schema, times: number | undefined): number | undefined {
  const isMap = type === "object" && additionalProperties !== undefined;
  const each = isMap ? maxProperties : type === "array" ? maxItems : 1;
  return times === undefined || each === undefined ? undefined : product(times, Math.max(each, 0));
}

const unsupportedFields = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];

/** Whether a schema says anything that has no meaning here, so that the rest of it cannot be judged. */
export function usesUnsupported(schema: Schema): boolean {
  const { items, properties = {}, additionalProperties, not, allOf = [], oneOf = [], anyOf = [] } = schema;
  if (unsupportedFields.some((name) => Object.hasOwn(schema, name)) || Array.isArray(items)) return true;
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) return true;
  const others = typeof additionalProperties === "object" ? [additionalProperties] : [];
  const below = [
    ...Object.values(properties),
    ...others,
    ...allOf,
    ...oneOf,
    ...anyOf,
    ...[items, not].filter((one) => one !== undefined),
  ];
  return below.some(usesUnsupported);
}

function unsupported(schema: Schema, path: string, { noDefaults, inMetadata }: Context): FieldError[] {
  const { type = "", uniqueItems, additionalProperties, properties = {} } = schema;
  const errors: FieldError[] = [];
  if (type !== "" && !types.includes(type)) errors.push(notSupported(child(path, "type"), type, types));
  if (schema.default !== undefined && schema.default !== null && noDefaults !== undefined) {
    errors.push(forbidden(child(path, "default"), `must not be set ${noDefaults}`));
  }
  for (const name of unsupportedFields) {
    if (Object.hasOwn(schema, name)) errors.push(forbidden(child(path, name), `${name} is not supported`));
  }
  if (type === "null") errors.push(forbidden(child(path, "type"), "type cannot be set to null, use nullable as an alternative"));
  if (Array.isArray(schema.items)) errors.push(forbidden(child(path, "items"), "items must be a schema object and not an array"));
  if (inMetadata && schema["x-kubernetes-embedded-resource"]) {
    errors.push(forbidden(child(path, "x-kubernetes-embedded-resource"), "must not be used inside of resource meta"));
  }
  if (uniqueItems) {
    const detail = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
    errors.push(forbidden(child(path, "uniqueItems"), detail));
  }
  if (additionalProperties !== undefined && additionalProperties !== true && Object.keys(properties).length > 0) {
    errors.push(forbidden(child(path, "additionalProperties"), "additionalProperties and properties are mutual exclusive"));
  }
  if (schema["x-kubernetes-preserve-unknown-fields"] === false) {
    errors.push(invalid(child(path, "x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined"));
  }
  return errors;
}
