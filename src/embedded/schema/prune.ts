import { objectMeta } from "./builtin/object-meta.ts";
import { DecodeError, decode } from "./decode.ts";
import type { JsonMap } from "./node.ts";
import { dropped, field, isMap, mapItems, mapValues } from "./node.ts";
import type { Schema } from "./schema.ts";
import { traitsOf } from "./traits.ts";

export interface Pruned<T> {
  readonly value: T;
  /** Dotted paths of what was dropped, sorted, e.g. `spec.foo`, `spec.list[0].bar`. */
  readonly unknown: readonly string[];
}

/**
 * What is left of an object once it is read as its schema says: without the fields that the schema does not know, without
 * nulls that are neither allowed nor replaced by a default unless they are to be kept, and with clean metadata, its own and
 * that of embedded resources. Returns a new value, never mutates.
 * @throws DecodeError when metadata, or apiVersion or kind of an embedded resource, have the wrong type
 */
export function prune<T>(schema: Schema, value: T, nulls?: "kept"): Pruned<T> {
  const unknown: string[] = [];
  const pruned = pruneUnknown(schema, value, { unknown, at: [] }, true);
  const known = nulls !== "kept" && holdsNull(pruned) ? dropNulls(schema, pruned) : pruned;
  const metadata = isMap(known) ? known.metadata : undefined;
  const own = metadata === undefined ? {} : { metadata: decode(objectMeta, metadata, { path: "metadata", fields: "" }, unknown) };
  const cleaned = cleanEmbedded(schema, { ...(known as JsonMap), ...own }, "", unknown);
  return { value: cleaned as T, unknown: unknown.sort() };
}

/** A value without the fields that its schema does not know. */
export const pruneFields = (schema: Schema, value: unknown): unknown => pruneUnknown(schema, value, { unknown: [], at: [] });

const metaFields = new Set(["apiVersion", "kind", "metadata"]);

interface Walk {
  readonly unknown: string[];
  /** The names and indexes that lead to the value: hardly any is unknown, so that they are seldom put together. */
  readonly at: (string | number)[];
}

type Pruner = (schema: Schema | undefined, value: unknown, walk: Walk) => unknown;

/** @param isResource whether apiVersion, kind and metadata are none of the schema's business */
function pruneUnknown(schema: Schema | undefined, value: unknown, walk: Walk, isResource = isEmbedded(schema)): unknown {
  if (schema?.["x-kubernetes-preserve-unknown-fields"]) return pruneBelow(schema, value, walk, isResource);
  if (Array.isArray(value)) return mapItems(value, (item, i) => stepInto(i, pruneUnknown, schema?.items, item, walk));
  if (!isMap(value)) return value;
  return mapValues(value, (child, name) => {
    if (isResource && metaFields.has(name)) return child;
    const known = field(schema, name);
    if (known || schema?.additionalProperties) return stepInto(name, pruneUnknown, known, child, walk);
    walk.unknown.push([...walk.at, name].reduce<string>(join, ""));
    return dropped;
  });
}

/** Where unknown fields are preserved, those that the schema does know are still looked into. */
function pruneBelow(schema: Schema | undefined, value: unknown, walk: Walk, isResource = isEmbedded(schema)): unknown {
  if (schema === undefined) return value;
  if (Array.isArray(value)) return mapItems(value, (item, i) => stepInto(i, pruneBelow, schema.items, item, walk));
  if (!isMap(value)) return value;
  return mapValues(value, (child, name) => {
    if (isResource && metaFields.has(name)) return child;
    const known = field(schema, name);
    return known || schema.additionalProperties ? stepInto(name, pruneUnknown, known, child, walk) : child;
  });
}

function stepInto(step: string | number, prune: Pruner, schema: Schema | undefined, value: unknown, walk: Walk): unknown {
  if (typeof value !== "object") return value;
  walk.at.push(step);
  const pruned = prune(schema, value, walk);
  walk.at.pop();
  return pruned;
}

const isEmbedded = (schema: Schema | undefined): boolean => schema?.["x-kubernetes-embedded-resource"] === true;

function holdsNull(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return value === null;
  for (const below of Array.isArray(value) ? value : Object.values(value)) if (holdsNull(below)) return true;
  return false;
}

function dropNulls(schema: Schema | undefined, value: unknown): unknown {
  if (Array.isArray(value)) return mapItems(value, (item) => dropNulls(schema?.items, item));
  if (!isMap(value)) return value;
  return mapValues(value, (child, name) => {
    const below = field(schema, name);
    const isRefused = child === null && below !== undefined && !below.nullable && (below.default ?? null) === null;
    return isRefused ? dropped : dropNulls(below, child);
  });
}

/** Reads apiVersion, kind and metadata of embedded resources. */
function cleanEmbedded(schema: Schema | undefined, value: unknown, path: string, unknown: string[]): unknown {
  if (schema === undefined || !traitsOf(schema).resources) return value;
  if (Array.isArray(value)) return mapItems(value, (item, i) => cleanEmbedded(schema.items, item, `${path}[${i}]`, unknown));
  if (!isMap(value)) return value;
  return mapValues(value, (child, name) => {
    const below = join(path, name);
    if (!schema["x-kubernetes-embedded-resource"] || !metaFields.has(name))
      return cleanEmbedded(field(schema, name), child, below, unknown);
    if (name === "metadata") return embeddedMetadata(child, below, unknown);
    if (typeof child !== "string") throw new DecodeError(`${below}: Invalid value: ${JSON.stringify(child)}: must be a string`);
    return child;
  });
}

function embeddedMetadata(value: unknown, path: string, unknown: string[]): unknown {
  try {
    return decode(objectMeta, value, { path, fields: "" }, unknown);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw new DecodeError(`${path}: Invalid value: ${JSON.stringify(value)}: ${error.message}`, { cause: error });
  }
}

function join(path: string, step: string | number): string {
  if (typeof step === "number") return `${path}[${step}]`;
  return path === "" ? step : `${path}.${step}`;
}
