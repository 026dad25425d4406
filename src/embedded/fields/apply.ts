import type { KubeObject } from "../../kube/resource.ts";
import { jsonEqual } from "../json.ts";
import { checkType, explaining, TypeMismatch } from "./check.ts";
import { printPath } from "./element.ts";
import { fieldSetOf } from "./fieldset.ts";
import { lastAppliedFields, withLastApplied } from "./last-applied.ts";
import type { Manager, Managers } from "./managers.ts";
import { decodeManagers, identityOf, managedFieldsOf, withManagedFields, withManager, withoutManagedFields } from "./managers.ts";
import { merge } from "./merge.ts";
import type { Conflict } from "./ownership.ts";
import { Change, recordUpdate, withoutServerFields, yieldFields } from "./ownership.ts";
import { removeFields } from "./remove.ts";
import type { FieldSet } from "./set.ts";
import { difference, emptySet, has, intersection, isEmpty, isSubset, recursiveDifference, union, withNamedFields } from "./set.ts";
import type { Tracking } from "./tracking.ts";
import { emptyObject, reconcileAll, typesOf } from "./tracking.ts";
import type { TypeRef } from "./type.ts";

export type { Tracking } from "./tracking.ts";

export interface ApplyInput extends Tracking {
  /** What is stored; undefined when the apply creates the object. */
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
  | {
      readonly conflict: false;
      readonly object: KubeObject;
      /** Whether anything but who owns what is other than before. */
      readonly changed: boolean;
    }
  | { readonly conflict: true; readonly message: string; readonly causes: readonly FieldManagerConflict[] };

/**
 * Server-side apply: merges `config` into `live`, removes what the manager applied before and does not any more, and settles
 * who owns what. Neither input is mutated.
 * @throws TypeMismatch when `config` does not fit the schema, Error when the stored managedFields make no sense
 */
export function apply(input: ApplyInput): ApplyResult {
  const { live, config, manager: name } = input;
  const typeAt = typesOf(input, config.apiVersion);
  const type = typeAt(config.apiVersion);
  const before = withoutManagedFields(live ?? emptyObject(input, config));
  const stored = decodeManagers(managedFieldsOf(live));
  if (live && stored.size === 0) checkTyped(existingFields, type, before, true);
  checkTyped((object) => `failed to create typed patch object (${object})`, type, config, false);
  checkTyped((object) => `failed to create typed live object (${object})`, type, before, true);

  const isTracked = live === undefined || stored.size > 0;
  const managers = reconcileAll(isTracked ? stored : beforeFirstApply(input, before), before, typeAt);
  const writer: Omit<Manager, "set"> = {
    name: name || "unknown",
    operation: "Apply",
    subresource: input.subresource ?? "",
    apiVersion: config.apiVersion,
    time: undefined,
  };
  const identity = identityOf(writer);
  const previous = managers.get(identity);
  const set = recursiveDifference(fieldSetOf(type, config), input.reset ?? emptySet);
  const claimed: Managers = new Map(managers).set(identity, { ...writer, time: previous?.time, set });
  const merged = merge(type, before, config);
  if (previous && !isEmpty(previous.set)) {
    const what = "failed to prune fields: failed to convert merged object to last applied version";
    explaining(what, () => checkOther(typeAt(previous.apiVersion), type, merged));
  }
  // Who claims all that it claimed before gives nothing up.
  const after = (previous && !isSubset(previous.set, set) ? prune(type, merged, claimed, previous.set) : merged) as KubeObject;

  const change = new Change(typeAt, before, after, config.apiVersion, input.reset);
  const settled = yieldFields(claimed, change, identity);
  const conflicts = input.force ? [] : disputed(settled.conflicts, input, type, before);
  if (conflicts.length > 0) return refusal(conflicts);

  const changed = !jsonEqual(before, after);
  const mine = settled.managers.get(identity);
  const final = mine
    ? withManager(settled.managers, {
        ...mine,
        set: withoutServerFields(mine.set),
        time: changed ? input.now : mine.time,
      })
    : settled.managers;
  const object = withManagedFields(after, final);
  return { conflict: false, changed, object: name === "kubectl" ? withLastApplied(object, config) : object };
}

const existingFields = (object: string): string =>
  `failed to create manager for existing fields: failed to convert new object (${object}) to smd typed`;

/** An object fits its own type already. */
function checkOther(type: TypeRef, own: TypeRef, object: unknown): void {
  if (type !== own) checkType(type, object, { allowDuplicates: false });
}

/** @param what fails, as it is said of an object */
function checkTyped(what: (object: string) => string, type: TypeRef, object: KubeObject, allowDuplicates: boolean): void {
  try {
    checkType(type, object, { allowDuplicates });
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    const { namespace, name }: { readonly namespace?: unknown; readonly name?: unknown } = object.metadata ?? {};
    const [group, version] = object.apiVersion.includes("/") ? object.apiVersion.split("/") : ["", object.apiVersion];
    const place = [namespace, name].map((text) => (typeof text === "string" ? text : "")).join("/");
    throw new TypeMismatch(`${what(`${place}; ${group}/${version}, Kind=${object.kind}`)}: ${error.message}`, { cause: error });
  }
}

/** Whatever an object had before anybody's fields were tracked belongs to a manager of that name. */
function beforeFirstApply(input: ApplyInput, before: KubeObject): Managers {
  const { apiVersion } = input.config;
  const change = new Change(typesOf(input, apiVersion), emptyObject(input, input.config), before, apiVersion, input.reset);
  return recordUpdate(new Map(), change, {
    name: "before-first-apply",
    subresource: input.subresource ?? "",
    apiVersion,
    time: input.now,
  });
}

/**
 * Removes what the applier applied last time (`last`) and nobody claims now; what nobody owned stays.
 * @param managers with what the applier claims now
 */
function prune(type: TypeRef, merged: unknown, managers: Managers, last: FieldSet): unknown {
  if (isEmpty(last)) return merged;
  const named = (set: FieldSet) => withNamedFields(set, type);
  const mergedFields = named(fieldSetOf(type, merged));
  const claims = [...managers.values()].map(({ set }) => set).reduce(union);
  const pruned = removeFields(type, merged, named(last));
  const keptFields = union(named(fieldSetOf(type, pruned)), named(claims));
  const kept = removeFields(type, merged, difference(mergedFields, keptFields));
  const gone = difference(mergedFields, named(fieldSetOf(type, kept)));
  return removeFields(type, merged, intersection(gone, named(last)));
}

/** kubectl may take over by server-side apply what it last applied client-side and nobody changed since. */
function disputed(conflicts: readonly Conflict[], { manager }: ApplyInput, type: TypeRef, live: KubeObject): readonly Conflict[] {
  if (manager !== "kubectl" || conflicts.length === 0) return conflicts;
  const allowed = lastAppliedFields(type, live);
  return conflicts.filter(({ path }) => !has(allowed, path));
}

function refusal(conflicts: readonly Conflict[]): ApplyResult {
  const causes = conflicts.map(
    ({ manager, path }): FieldManagerConflict => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${printManager(manager)}`,
      field: printPath(path),
    }),
  );
  if (causes.length === 1) {
    return { conflict: true, message: `Apply failed with 1 conflict: ${causes[0]!.message}: ${causes[0]!.field}`, causes };
  }
  const byManager = Map.groupBy(conflicts, ({ manager }) => manager);
  const lines = [...byManager].flatMap(([manager, own]) => [
    `conflicts with ${printManager(manager)}:`,
    ...own.map(({ path }) => `- ${printPath(path)}`),
  ]);
  return { conflict: true, message: `Apply failed with ${causes.length} conflicts: ${lines.join("\n")}`, causes };
}

function printManager({ name, operation, subresource, apiVersion }: Manager): string {
  const through = subresource === "" ? "" : ` with subresource ${JSON.stringify(subresource)}`;
  return `${JSON.stringify(name)}${through}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}
