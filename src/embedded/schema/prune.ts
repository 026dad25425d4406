import type { Schema } from "./schema.ts";

export interface Pruned<T> {
  readonly value: T;
  /** Dotted paths of what was dropped, e.g. `spec.foo`, `spec.list[0].bar`. */
  readonly unknown: readonly string[];
}

/** Drops the fields that the schema of a root object does not know; returns a new value, never mutates. */
export function prune<T>(_schema: Schema, _value: T): Pruned<T> {
  throw new Error("not yet");
}
