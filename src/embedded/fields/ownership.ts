import type { KubeObject } from "../../kube/resource.ts";
import { checkType, explaining } from "./check.ts";
import type { Comparison } from "./compare.ts";
import { compare, exclude } from "./compare.ts";
import type { Path } from "./element.ts";
import type { Manager, Managers } from "./managers.ts";
import { identityOf, secondsOf, withManager } from "./managers.ts";
import type { FieldSet } from "./set.ts";
import { difference, emptySet, fieldsAt, intersection, isEmpty, paths, union } from "./set.ts";
import type { TypeAt } from "./tracking.ts";
import type { TypeRef } from "./type.ts";

/** A field that somebody else owns and that would change. */
export interface Conflict {
  readonly manager: Manager;
  readonly path: Path;
}

/** What one write makes of an object; compared when somebody asks. */
export class Change {
  readonly #typeAt: TypeAt;
  readonly #before: unknown;
  readonly #after: KubeObject;
  /** Fields that a write through this endpoint does not change, whatever it says. */
  readonly #reset: FieldSet;
  readonly apiVersion: string;
  #whole: Comparison | undefined;
  #own: Comparison | undefined;
  /** By the type, where versions have others. */
  readonly #others = new Map<TypeRef, Comparison>();

  constructor(typeAt: TypeAt, before: KubeObject, after: KubeObject, apiVersion: string, reset: FieldSet = emptySet) {
    this.#typeAt = typeAt;
    this.#before = before;
    this.#after = after;
    this.#reset = reset;
    this.apiVersion = apiVersion;
  }

  /**
   * What the write changes as a manager of `apiVersion` sees it: what an endpoint resets is known for its own version only.
   * @throws TypeMismatch when it sees something that its version does not know
   */
  seenAt(apiVersion: string): Comparison {
    const own = this.#typeAt(this.apiVersion);
    const type = this.#typeAt(apiVersion);
    if (type !== own) return this.#seenAs(type);
    this.#whole ??= compare(own, this.#before, this.#after);
    if (apiVersion !== this.apiVersion) return this.#whole;
    this.#own ??= exclude(this.#whole, this.#reset);
    return this.#own;
  }

  #seenAs(type: TypeRef): Comparison {
    let seen = this.#others.get(type);
    if (!seen) {
      explaining("failed to convert new object", () => checkType(type, this.#after, { allowDuplicates: false }));
      seen = compare(type, this.#before, this.#after);
      this.#others.set(type, seen);
    }
    return seen;
  }
}

/**
 * Takes what changed away from everybody but `writer` (an identity). The conflicts are what was taken that still exists.
 */
export function yieldFields(
  managers: Managers,
  change: Change,
  writer: string | undefined,
): { readonly managers: Managers; readonly conflicts: readonly Conflict[] } {
  const others = [...managers.keys()].filter((identity) => identity !== writer).sort();
  const conflicts: Conflict[] = [];
  let left: Managers = managers;
  for (const identity of others) {
    const manager = managers.get(identity)!;
    const { modified, added, removed } = change.seenAt(manager.apiVersion);
    const taken = intersection(manager.set, union(modified, added));
    for (const path of paths(taken)) conflicts.push({ manager, path });
    left = withManager(left, { ...manager, set: difference(difference(manager.set, taken), removed) });
  }
  if (writer !== undefined && left.has(writer)) left = withManager(left, left.get(writer)!);
  return { managers: left, conflicts };
}

/** Fields that belong to the server: nobody owns them. */
export const withoutServerFields = (set: FieldSet): FieldSet => difference(set, serverFields);

const serverFields = fieldsAt(
  ["apiVersion"],
  ["kind"],
  ["metadata"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "clusterName",
    "generation",
    "managedFields",
    "resourceVersion",
  ].map((name) => ["metadata", name]),
);

/**
 * Records a create, update or patch by `writer`: it owns what changed, on top of what it owned before. Its own earlier
 * entry gives way too, so that its time moves only when something changed.
 */
export function recordUpdate(managers: Managers, change: Change, writer: Omit<Manager, "set" | "operation">): Managers {
  const self: Omit<Manager, "set"> = { ...writer, operation: "Update" };
  const { modified, added } = change.seenAt(change.apiVersion);
  const { managers: others } = yieldFields(managers, change, undefined);
  const set = withoutServerFields(union(modified, added));
  if (isEmpty(set)) return others;
  const previous = others.get(identityOf(self));
  return capUpdates(withManager(others, { ...self, set: previous ? union(set, previous.set) : set }));
}

const maxUpdateManagers = 10;

/** Beyond ten, the managers that updated longest ago are thrown together, per API version. */
function capUpdates(managers: Managers): Managers {
  const updaters = [...managers]
    .filter(([, { operation }]) => operation === "Update")
    .sort(([idA, a], [idB, b]) => secondsOf(a) - secondsOf(b) || (idA < idB ? -1 : 1));
  let excess = updaters.length - maxUpdateManagers;
  const capped = new Map(managers);
  const firstOf = new Map<string, string>();
  for (const [identity, manager] of updaters) {
    if (excess <= 0) break;
    const ancient: Omit<Manager, "set"> = { ...manager, name: "ancient-changes", subresource: "" };
    const bucket = identityOf(ancient);
    const first = firstOf.get(manager.apiVersion);
    if (first === undefined) {
      firstOf.set(manager.apiVersion, identity);
      continue;
    }
    const into = capped.get(bucket) ?? capped.get(first)!;
    if (!capped.has(bucket)) capped.delete(first);
    capped.delete(identity);
    capped.set(bucket, { ...ancient, set: union(manager.set, into.set) });
    excess--;
  }
  return capped;
}
