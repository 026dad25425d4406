import type { FieldError, Schema } from "./schema.ts";

export interface ValidateOptions {
  /** Dotted path of `value`; default the root, whose fields have no prefix. */
  readonly path?: string;
  /** What was stored before: its presence makes this an update (transition rules, ratcheting). */
  readonly old?: unknown;
}

/** Says why `value` is refused by `schema`; empty when it is fine. */
export function validate(_schema: Schema, _value: unknown, _options: ValidateOptions = {}): FieldError[] {
  throw new Error("not yet");
}
