import type { KubeObject } from "../../kube/resource.ts";
import type { Schema } from "../schema/schema.ts";
import { checkType, TypeMismatch } from "./check.ts";
import type { Managers } from "./managers.ts";
import { reconcile } from "./reconcile.ts";
import type { FieldSet } from "./set.ts";
import type { TypeRef } from "./type.ts";
import { rootType } from "./type.ts";

/** What every way of writing an object says about itself. */
export interface Tracking {
  /** Default `unknown` when empty. */
  readonly manager: string;
  /** E.g. `status`; absent for the object itself. */
  readonly subresource?: string | undefined;
  /** Undefined: types are deduced from the values and lists are atomic. */
  readonly schema?: Schema | undefined;
  /** The schema of another version of the kind, by its apiVersion; default that all versions have the same one. */
  readonly schemaAt?: ((apiVersion: string) => Schema | undefined) | undefined;
  /**
   * What a write to this endpoint cannot change, so that nobody comes to own it by that: the status for the object itself when
   * it has a status subresource, metadata and spec for a custom resource's status. Default nothing.
   */
  readonly reset?: FieldSet | undefined;
  /**
   * What an object of a built-in kind looks like before anything is set (`BuiltinKind.empty`); default nothing but apiVersion
   * and kind, as custom resources start.
   */
  readonly empty?: KubeObject | undefined;
  /** The time for entries whose set changes, as in `2026-11-20T21:00:00Z`. */
  readonly now: string;
}

export function emptyObject({ empty }: Tracking, { apiVersion, kind }: KubeObject): KubeObject {
  return empty ?? ({ apiVersion, kind } as KubeObject);
}

/** The type that an object of `apiVersion` has, when it is written at another one. */
export type TypeAt = (apiVersion: string) => TypeRef;

/** @throws TypeMismatch when asked about a version that is no more */
export function typesOf({ schema, schemaAt }: Tracking, own: string): TypeAt {
  return (apiVersion) => {
    if (apiVersion === own || !schemaAt) return rootType(schema);
    const other = schemaAt(apiVersion);
    if (other) return rootType(other);
    throw new TypeMismatch(`request to convert CR to an invalid group/version: ${apiVersion}`);
  };
}

/**
 * Who owns what, brought in line with the schemas.
 * @throws TypeMismatch when the object does not fit a version at which somebody owns fields of it
 */
export function reconcileAll(managers: Managers, live: KubeObject, typeAt: TypeAt): Managers {
  const own = typeAt(live.apiVersion);
  const reconciled = [...managers].map(([identity, manager]) => {
    const type = typeAt(manager.apiVersion);
    if (type !== own) checkType(type, live, { allowDuplicates: false });
    const set = reconcile(type, manager.set);
    return [identity, set === manager.set ? manager : { ...manager, set }] as const;
  });
  return new Map(reconciled);
}
