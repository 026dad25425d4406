import { additional } from "./node.ts";
import type { Schema } from "./schema.ts";

/** What occurs anywhere in a schema: a walk over an object that cannot find anything is left out. */
export interface Traits {
  /** Fields directly below that have a default. */
  readonly defaulted: readonly (readonly [name: string, schema: Schema])[];
  /** Defaults anywhere below. */
  readonly defaults: boolean;
  /** Embedded resources, itself included. */
  readonly resources: boolean;
  /** Sets and map-like lists, itself included. */
  readonly uniqueness: boolean;
}

/** Schemas never change, so that their traits are found once, and forgotten with them. */
const known = new WeakMap<Schema, Traits>();

export function traitsOf(schema: Schema): Traits {
  let traits = known.get(schema);
  if (!traits) {
    traits = find(schema);
    known.set(schema, traits);
  }
  return traits;
}

function find(schema: Schema): Traits {
  const { properties = {}, items } = schema;
  const below = [...Object.values(properties), items, additional(schema)].filter((one) => one !== undefined);
  const listType = schema["x-kubernetes-list-type"];
  const defaulted = Object.entries(properties).filter(([, { default: value }]) => value !== undefined && value !== null);
  return {
    defaulted,
    defaults: below.some((one) => (one.default ?? null) !== null || traitsOf(one).defaults),
    resources: schema["x-kubernetes-embedded-resource"] === true || below.some((one) => traitsOf(one).resources),
    uniqueness: listType === "set" || listType === "map" || below.some((one) => traitsOf(one).uniqueness),
  };
}
