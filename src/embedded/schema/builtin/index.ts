import type { BuiltinKind } from "./kind.ts";

export type { BuiltinKind } from "./kind.ts";

/** Every built-in kind that the embedded API server serves. */
export const builtinKinds: readonly BuiltinKind[] = [];
