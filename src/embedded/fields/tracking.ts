import type { KubeObject } from "../../kube/resource.ts";
import type { Schema } from "../schema/schema.ts";
import { fieldElement } from "./element.ts";
import type { Managers } from "./managers.ts";
import { reconcile } from "./reconcile.ts";
import type { FieldSet } from "./set.ts";
import { setOf } from "./set.ts";
import type { TypeRef } from "./type.ts";

/** What every way of writing an object says about itself. */
export interface Tracking {
  /** Default `unknown` when empty. */
  readonly manager: string;
  /** E.g. `status`; absent for the object itself. */
  readonly subresource?: string | undefined;
  /** Undefined: types are deduced from the values and lists are atomic. */
  readonly schema?: Schema | undefined;
  /**
   * Paths that a write to this endpoint cannot change, so that nobody comes to own them by it: `[["status"]]` for the object
   * itself when it has a status subresource, `[["metadata"], ["spec"]]` for a custom resource's status. Default none.
   */
  readonly reset?: readonly (readonly string[])[] | undefined;
  /**
   * What an object of a built-in kind looks like before anything is set (`BuiltinKind.empty`); default nothing but apiVersion
   * and kind, as custom resources start.
   */
  readonly empty?: KubeObject | undefined;
  /** The time for entries whose set changes, as in `2026-11-20T21:00:00Z`. */
  readonly now: string;
}

export const resetFields = ({ reset = [] }: Tracking): FieldSet => setOf(...reset.map((path) => path.map(fieldElement)));

export function emptyObject({ empty }: Tracking, { apiVersion, kind }: KubeObject): KubeObject {
  return empty ?? ({ apiVersion, kind } as KubeObject);
}

export function reconcileAll(managers: Managers, type: TypeRef): Managers {
  return new Map([...managers].map(([identity, manager]) => [identity, { ...manager, set: reconcile(type, manager.set) }]));
}
