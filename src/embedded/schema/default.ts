import type { Schema } from "./schema.ts";

/** Fills in the schema's defaults; returns a new value (sharing what did not change), never mutates. */
export function applyDefaults<T>(_schema: Schema, _value: T): T {
  throw new Error("not yet");
}
