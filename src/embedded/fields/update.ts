import type { KubeObject, ManagedFieldsEntry } from "../../kube/resource.ts";
import { checkType, TypeMismatch } from "./check.ts";
import type { Managers } from "./managers.ts";
import { decodeManagers, managedFieldsOf, withManagedFields, withoutManagedFields } from "./managers.ts";
import { Change, recordUpdate } from "./ownership.ts";
import type { Tracking } from "./tracking.ts";
import { emptyObject, reconcileAll, typesOf } from "./tracking.ts";

export interface UpdateInput extends Tracking {
  /** What is stored; undefined on create. */
  readonly live?: KubeObject | undefined;
  /** What will be stored. */
  readonly next: KubeObject;
}

/**
 * `next` with the managedFields that a create, update or patch by `manager` leaves behind. It may bring managedFields of its
 * own, which replace the stored ones, and empties them with `[]` or `[{}]`. An object whose managedFields were emptied is not
 * tracked again before the first apply; one that does not fit the schema of every version that is spoken of loses them.
 */
export function trackUpdate(input: UpdateInput): KubeObject {
  const { live, next } = input;
  const managers = currentManagers(input);
  if (managers.size === 0 && live !== undefined) return withoutManagedFields(next);
  const typeAt = typesOf(input, next.apiVersion);
  const type = typeAt(next.apiVersion);
  const before = withoutManagedFields(live ?? emptyObject(input, next));
  const after = withoutManagedFields(next);
  const writer = {
    name: input.manager || "unknown",
    subresource: input.subresource ?? "",
    apiVersion: next.apiVersion,
    time: input.now,
  };
  try {
    checkType(type, before, { allowDuplicates: true });
    checkType(type, after, { allowDuplicates: true });
    const change = new Change(typeAt, before, after, next.apiVersion, input.reset);
    return withManagedFields(after, recordUpdate(reconcileAll(managers, before, typeAt), change, writer));
  } catch (error) {
    if (error instanceof TypeMismatch) return after;
    throw error;
  }
}

function currentManagers({ live, next, subresource }: UpdateInput): Managers {
  const brought = next.metadata?.managedFields;
  if (!subresource && brought !== undefined) {
    if (isReset(brought)) return new Map();
    const managers = decodeOrNone(brought);
    if (managers.size > 0) return managers;
  }
  return decodeOrNone(managedFieldsOf(live));
}

const isReset = (entries: readonly ManagedFieldsEntry[]): boolean =>
  entries.length === 0 || (entries.length === 1 && Object.keys(entries[0]!).length === 0);

function decodeOrNone(entries: readonly ManagedFieldsEntry[]): Managers {
  try {
    return decodeManagers(entries);
  } catch {
    return new Map();
  }
}
