import { additional, isMap, mapItems, mapValues, property } from "./node.ts";
import type { Schema } from "./schema.ts";
import { traitsOf } from "./traits.ts";

/** Fills in the schema's defaults, into nulls too where null is not allowed. Returns a new value, never mutates. */
export function applyDefaults<T>(schema: Schema, value: T): T {
  return fill(schema, value) as T;
}

function fill(schema: Schema | undefined, value: unknown): unknown {
  if (schema === undefined || !traitsOf(schema).defaults) return value;
  if (Array.isArray(value)) return mapItems(value, (item) => fill(schema.items, unlessNull(schema.items, item)));
  if (!isMap(value)) return value;
  let filled = value;
  for (const [name, child] of traitsOf(schema).defaulted) {
    if (needsDefault(child, Object.hasOwn(value, name) ? value[name] : undefined)) filled = { ...filled, [name]: defaultOf(child) };
  }
  const others = additional(schema);
  return mapValues(filled, (child, name) => {
    const declared = property(schema, name);
    return declared ? fill(declared, child) : fill(others, unlessNull(others, child));
  });
}

const needsDefault = (schema: Schema, value: unknown): boolean => value === undefined || (value === null && !schema.nullable);

/** Items and additional fields that are null become the default, or stay null for validation to refuse. */
function unlessNull(schema: Schema | undefined, value: unknown): unknown {
  if (value !== null || schema === undefined || schema.nullable) return value;
  return defaultOf(schema) ?? null;
}

const defaultOf = ({ default: value }: Schema): unknown => (typeof value === "object" ? structuredClone(value) : value);
