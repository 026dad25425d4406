import type { KubeObject } from "../../kube/resource.ts";
import type { Schema } from "../schema/schema.ts";

/** What both ways of writing share. */
export interface Tracking {
  readonly manager: string;
  /** E.g. `status`; absent for the object itself. */
  readonly subresource?: string | undefined;
  /** Undefined: types are deduced from the values and lists are atomic. */
  readonly schema?: Schema | undefined;
  /**
   * Top-level paths that a write to this endpoint cannot change and so nobody comes to own by it: `[["status"]]` for the
   * object itself when it has a status subresource, `[["spec"], …]` for the status. Default none.
   */
  readonly reset?: readonly (readonly string[])[];
  /** The time for entries whose set changes, as in `2026-11-20T21:00:00Z`. */
  readonly now: string;
}

export interface ApplyInput extends Tracking {
  readonly live: KubeObject | undefined;
  /** What the manager sent, apiVersion and kind included, without managedFields. */
  readonly config: KubeObject;
  /** Take over fields that others own with another value. */
  readonly force: boolean;
}

export interface FieldManagerConflict {
  readonly reason: "FieldManagerConflict";
  /** E.g. `conflict with "kubectl" using v1`. */
  readonly message: string;
  /** E.g. `.spec.ports[port=80,protocol="TCP"].name`. */
  readonly field: string;
}

export type ApplyResult =
  | { readonly conflict: false; readonly object: KubeObject }
  | { readonly conflict: true; readonly message: string; readonly causes: readonly FieldManagerConflict[] };

/** Server-side apply: merges `config` into `live` and settles who owns what. */
export function apply(_input: ApplyInput): ApplyResult {
  throw new Error("not yet");
}
