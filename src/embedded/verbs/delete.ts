import type { KubeObject } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { timestamp } from "../kernel.ts";
import { read, serialise, toStored } from "../objects.ts";
import type { ServedKind } from "../registry.ts";
import { type ApiError, conflict, deleted, forbidden, notFound } from "../status.ts";
import type { Stored } from "../store.ts";
import { present } from "../views.ts";
import { type DeleteOptions, deleteOptions } from "./delete-options.ts";
import { held, storedTarget } from "./write.ts";

export function remove(call: Call): Reply {
  const { kind, target } = call;
  const options = deleteOptions(call);
  if (kind.undeletable?.includes(target.name)) throw forbidden(kind.resource, target.name, "this namespace may not be deleted");
  const stored = storedTarget(call);
  if (!stored) throw notFound(kind.resource, target.name);
  const left = removeStored(call, stored, options);
  if (left.gone && !kind.returnsDeleted)
    return { code: 200, body: JSON.stringify(deleted(kind.resource, stored.name, stored.uid)) };
  return present(call, 200, { object: left.object });
}

/** Deletes, or marks for deletion what a finalizer or a dependent still holds. */
export function removeStored(
  { kernel, kind }: Pick<Call, "kernel" | "kind">,
  stored: Stored,
  options: DeleteOptions,
): { readonly gone: boolean; readonly object: KubeObject } {
  checkPreconditions(kind.resource.kind, stored, options);
  const object = read(kind, stored);
  const own = kind.deletionFinalizer === undefined ? [] : [kind.deletionFinalizer];
  const finalizers = [...new Set([...withPolicy(object.metadata.finalizers ?? [], options.propagationPolicy), ...own])];
  const marked = mark(kind, object, finalizers, options.gracePeriodSeconds, kernel.now());
  if (finalizers.length === 0 && !held(kind, marked)) return end({ kernel, kind }, stored, object, marked, options.dryRun);
  const newly = object.metadata.deletionTimestamp === undefined;
  const ending = newly && kind.prepareForDeletion ? kind.prepareForDeletion(marked) : marked;
  if (options.dryRun || serialise(ending) === serialise(object)) return { gone: false, object: ending };
  const kept = kernel.store.put(kind.collection, (resourceVersion) => toStored(kind, ending, resourceVersion));
  return { gone: false, object: read(kind, kept) };
}

/** Takes away what nothing holds. What could have had time to end is marked before. */
function end(
  { kernel, kind }: Pick<Call, "kernel" | "kind">,
  { key }: Stored,
  object: KubeObject,
  marked: KubeObject,
  dryRun: boolean,
): { readonly gone: boolean; readonly object: KubeObject } {
  const last = kind.gracePeriod ? marked : object;
  if (dryRun) return { gone: true, object: last };
  const build = (resourceVersion: number): Stored => toStored(kind, last, resourceVersion);
  if (kind.gracePeriod) kernel.store.put(kind.collection, build);
  const removed = read(kind, kernel.store.remove(kind.collection, key, build));
  takeAlong(kernel, kind, key);
  return { gone: true, object: removed };
}

const plainly: DeleteOptions = { dryRun: false, propagationPolicy: undefined, preconditions: {}, gracePeriodSeconds: undefined };

function takeAlong(kernel: Call["kernel"], { takesAlong }: ServedKind, key: string): void {
  const kind = takesAlong === undefined ? undefined : kernel.registry.ofCollection(takesAlong);
  const stored = kind && kernel.store.get(kind.collection, key);
  if (stored) removeStored({ kernel, kind }, stored, plainly);
}

function checkPreconditions(kindName: string, { name, uid, resourceVersion }: Stored, { preconditions }: DeleteOptions): void {
  // The real one names the kind here where it names the resource elsewhere.
  const refuse = (why: string): ApiError => conflict({ group: "", plural: kindName }, name, why);
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    throw refuse(
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). ` +
        "The object might have been deleted and then recreated",
    );
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== String(resourceVersion)) {
    throw refuse(
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record ` +
        `(${resourceVersion}). The object might have been modified`,
    );
  }
}

const orphan = "orphan";
const foreground = "foregroundDeletion";

function withPolicy(finalizers: readonly string[], policy: DeleteOptions["propagationPolicy"]): string[] {
  if (policy === undefined) return [...finalizers];
  const others = finalizers.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (policy === "Orphan") return [...others, orphan];
  if (policy === "Foreground") return [...others, foreground];
  return others;
}

type Marked = KubeObject["metadata"] & { readonly deletionGracePeriodSeconds?: number };

/** @param asked seconds that whoever deletes allows for the end */
function mark(kind: ServedKind, object: KubeObject, finalizers: string[], asked: number | undefined, now: Date): KubeObject {
  const { finalizers: _, ...rest } = object.metadata as Marked;
  const ending = rest.deletionTimestamp === undefined ? newEnd(kind, object, asked, now) : nearerEnd(kind, object, asked);
  return { ...object, metadata: { ...rest, ...ending, ...(finalizers.length > 0 && { finalizers }) } } as KubeObject;
}

function newEnd(kind: ServedKind, object: KubeObject, asked: number | undefined, now: Date): Partial<Marked> {
  const { generation } = object.metadata;
  const seconds = kind.gracePeriod?.(object, asked) ?? 0;
  return {
    ...(generation !== undefined && { generation: generation + 1 }),
    deletionTimestamp: timestamp(new Date(now.getTime() + seconds * 1000)),
    deletionGracePeriodSeconds: seconds,
  };
}

/** The time that is left can be shortened, not lengthened. */
function nearerEnd(kind: ServedKind, object: KubeObject, asked: number | undefined): Partial<Marked> {
  const { deletionTimestamp = "", deletionGracePeriodSeconds: left = 0 } = object.metadata as Marked;
  const seconds = asked === undefined ? left : (kind.gracePeriod?.(object, asked) ?? left);
  if (seconds >= left) return {};
  return {
    deletionTimestamp: timestamp(new Date(Date.parse(deletionTimestamp) - (left - seconds) * 1000)),
    deletionGracePeriodSeconds: seconds,
  };
}
