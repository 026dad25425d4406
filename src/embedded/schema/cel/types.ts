import type { Environment } from "@marcbachmann/cel-js";
import { Duration } from "@marcbachmann/cel-js/evaluator";
import type { Schema } from "../schema.ts";
import type { Bounds } from "./cost/bounds.ts";
import { boolBounds, intOrStringBounds, listBounds, mapBounds, numberBounds, objectBounds, stringBounds } from "./cost/bounds.ts";
import { celEnvironment } from "./environment.ts";
import { celEqual } from "./equality.ts";
import { escapeIdentifier } from "./identifiers.ts";

/** How values of a schema look to CEL. */
export interface CelType {
  /** As the environment knows it, e.g. `int`, `list<object2>`. */
  readonly name: string;
  /** From JSON that fits the schema, not null. */
  readonly toCel: (value: unknown) => unknown;
  readonly bounds: Bounds;
}

const text: Schema = { type: "string" };
const resourceFields: Readonly<Record<string, Schema>> = {
  apiVersion: text,
  kind: text,
  metadata: { type: "object", properties: { name: text, generateName: text } },
};

/** Whether a schema itself says all that CEL sees of any resource. */
const describesResource = ({ properties = {} }: Schema): boolean =>
  properties["apiVersion"]?.type === "string" &&
  properties["kind"]?.type === "string" &&
  properties["metadata"]?.type === "object" &&
  properties["metadata"].properties?.["name"]?.type === "string" &&
  properties["metadata"].properties["generateName"]?.type === "string";

/** A field that is required and has no default. */
const isAlwaysGiven = ({ required = [] }: Schema, name: string, field: Schema): boolean =>
  required.includes(name) && (field.default === undefined || field.default === null);

/** The types of a schema and of everything below it, declared in one environment. */
export class CelTypes {
  readonly environment: Environment = celEnvironment();
  readonly #declared = new Map<Schema, CelType>();
  #objects = 0;

  /** @param isResource whether apiVersion, kind and the name are there even if the schema does not say so */
  constructor(schema: Schema, isResource: boolean) {
    this.#declareOnce(schema, isResource);
  }

  /** Undefined when CEL cannot see such values: what has no type, and lists and maps of it. */
  typeOf(schema: Schema): CelType | undefined {
    return this.#declared.get(schema);
  }

  #declareOnce(schema: Schema, isResource: boolean): CelType | undefined {
    const type = this.#declared.get(schema) ?? this.#declare(schema, isResource);
    if (type) this.#declared.set(schema, type);
    return type;
  }

  #declare(schema: Schema, isResource: boolean): CelType | undefined {
    if (schema["x-kubernetes-int-or-string"]) {
      const toCel = (value: unknown): unknown => (typeof value === "number" ? BigInt(value) : value);
      return { name: "dyn", toCel, bounds: intOrStringBounds(schema) };
    }
    switch (schema.type) {
      case "object":
        return this.#declareObject(schema, isResource);
      case "array":
        return this.#declareList(schema);
      case "string":
        return { ...(stringTypes[schema.format ?? ""] ?? plain("string")), bounds: stringBounds(schema) };
      case "boolean":
        return { ...plain("bool"), bounds: boolBounds };
      case "number":
        return { ...plain("double"), bounds: numberBounds };
      case "integer":
        return { name: "int", toCel: (value) => BigInt(value as number), bounds: numberBounds };
      default:
        return undefined;
    }
  }

  #below(schema: Schema): CelType | undefined {
    return this.#declareOnce(schema, schema["x-kubernetes-embedded-resource"] === true);
  }

  #declareList(schema: Schema): CelType | undefined {
    const { items, "x-kubernetes-list-type": listType } = schema;
    const item = items && this.#below(items);
    if (!item) return undefined;
    const toItems = (value: unknown) => (value as unknown[]).map((one) => (one === null ? null : item.toCel(one)));
    const toCel = listType === "set" ? (value: unknown) => toSet(toItems(value)) : toItems;
    return { name: `list<${item.name}>`, toCel, bounds: listBounds(schema, item.bounds) };
  }

  #declareObject(schema: Schema, isResource: boolean): CelType | undefined {
    if (typeof schema.additionalProperties === "object") {
      const value = this.#below(schema.additionalProperties);
      if (!value) return undefined;
      const toCel = (map: unknown): unknown => toMap(map as Record<string, unknown>, value);
      return { name: `map<string, ${value.name}>`, toCel, bounds: mapBounds(schema, value.bounds) };
    }
    const properties = { ...schema.properties, ...(isResource && !describesResource(schema) ? resourceFields : {}) };
    // What gives way to a field of every resource may have rules, too.
    for (const property of Object.values(schema.properties ?? {})) this.#below(property);
    const fields: Record<string, string> = {};
    const getters: PropertyDescriptorMap = {};
    const bounds = new Map<string, Bounds>();
    const must = new Map<string, Bounds>();
    for (const [name, property] of Object.entries(properties)) {
      const type = this.#below(property);
      const identifier = escapeIdentifier(name);
      if (type && isAlwaysGiven(schema, name, property)) must.set(name, type.bounds);
      if (!type || identifier === undefined) continue;
      bounds.set(identifier, type.bounds);
      fields[identifier] = type.name;
      getters[identifier] = { get: fieldGetter(name, type) };
    }
    const name = `object${++this.#objects}`;
    const Instance = class extends CelObject {};
    Object.defineProperties(Instance.prototype, getters);
    const compared = { ...schema, properties };
    this.environment
      .registerType(name, { ctor: Instance, fields })
      .registerOperator(`${name} == ${name}`, (a: CelObject, b: CelObject) => celEqual(compared, a.json, b.json))
      .registerOperator(`${name} == null`, () => false);
    const toCel = (value: unknown): unknown => new Instance(value as Record<string, unknown>);
    return { name, toCel, bounds: objectBounds(bounds, must) };
  }
}

/** An object as CEL sees it: its fields, under their escaped names, are converted when they are first read. */
class CelObject {
  readonly json: Readonly<Record<string, unknown>>;
  #converted: Map<string, unknown> | undefined;

  constructor(json: Readonly<Record<string, unknown>>) {
    this.json = json;
  }

  /** Null is the same as absent. */
  read(name: string, type: CelType): unknown {
    const value = this.json[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "object") return type.toCel(value);
    // A loop over a long list or map may read it once an item.
    this.#converted ??= new Map();
    if (!this.#converted.has(name)) this.#converted.set(name, type.toCel(value));
    return this.#converted.get(name);
  }
}

const fieldGetter = (name: string, type: CelType) =>
  function (this: CelObject): unknown {
    return this.read(name, type);
  };

type Unbounded = Omit<CelType, "bounds">;

const plain = (name: string): Unbounded => ({ name, toCel: (value) => value });

const toMap = (map: Readonly<Record<string, unknown>>, type: CelType): Map<string, unknown> =>
  new Map(Object.entries(map).map(([key, value]) => [key, value === null ? null : type.toCel(value)]));

/** Sets are equal in any order; joining them is the one thing that CEL's library needs a list for. */
function toSet(items: readonly unknown[]): Set<unknown> {
  return Object.assign(new Set(items), { join: (separator: string) => items.join(separator) });
}

const timestamp: Unbounded = { name: "google.protobuf.Timestamp", toCel: (value) => new Date(value as string) };

const stringTypes: Readonly<Record<string, Unbounded>> = {
  byte: { name: "bytes", toCel: (value) => Buffer.from(value as string, "base64") },
  date: timestamp,
  "date-time": timestamp,
  duration: { name: "google.protobuf.Duration", toCel: (value) => toDuration(value as string) },
};

const unitNanos: Readonly<Record<string, number>> = { h: 3.6e12, m: 6e10, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, μs: 1e3, ns: 1 };

function toDuration(value: string): Duration {
  const parts = [...value.matchAll(/(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|μs|ns)/g)];
  const size = parts.reduce((sum, [, number, unit]) => sum + BigInt(Math.round(Number(number) * unitNanos[unit!]!)), 0n);
  const nanos = value.startsWith("-") ? -size : size;
  return new Duration(nanos / 1_000_000_000n, Number(nanos % 1_000_000_000n));
}
