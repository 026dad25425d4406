import { randomUUID } from "node:crypto";
import type { KubeObject, Resource } from "../../kube/resource.ts";
import type { Call } from "../call.ts";
import { jsonEqual } from "../json.ts";
import { timestamp } from "../kernel.ts";
import { type Draft, draft, readBack } from "../objects.ts";
import type { ServedKind } from "../registry.ts";
import {
  ApiError,
  alreadyExists,
  badRequest,
  conflict,
  forbidden,
  invalid,
  notFound,
  OutOfSpaceError,
  staleObject,
} from "../status.ts";
import type { Stored } from "../store.ts";
import { generateName } from "./names.ts";

/** An object on its way into the store. */
export interface Incoming {
  readonly object: KubeObject;
  readonly dryRun: boolean;
  /** Writes down who owns what, once the object is complete but for what the server alone decides. */
  readonly track: (object: KubeObject) => KubeObject;
}

const namespaces = { group: "", plural: "namespaces" };

export const keyOf = (namespace: string, name: string): string => (namespace === "" ? name : `${namespace}/${name}`);

/** What a write leaves. */
export type Written = { readonly stored: Stored } | { readonly object: KubeObject };

/** Stores a new object. */
export function insert(call: Call, { object, dryRun, track }: Incoming): Written {
  const { kernel, kind, target } = call;
  const { resource, rules } = kind;
  const name = object.metadata.name || (object.metadata.generateName ? generateName(object.metadata.generateName) : "");
  admitToNamespace(call, name);
  if (object.metadata.resourceVersion) throw new ApiError(500, "", "resourceVersion should not be set on objects to be created");

  const { deletionTimestamp, deletionGracePeriodSeconds, selfLink, ...metadata } = object.metadata as KubeObject["metadata"] &
    Record<string, unknown>;
  const tracked = track({
    ...object,
    metadata: { ...metadata, name, ...(resource.namespaced && { namespace: target.namespace }) },
  });
  const begun = begin(call, {
    ...tracked,
    metadata: { ...tracked.metadata, uid: randomUUID(), creationTimestamp: timestamp(kernel.now()) },
  });
  const created = kind.prepare ? kind.prepare(begun) : begun;
  const errors = rules.validate(created, undefined, "");
  if (errors.length > 0) throw invalid(namedIn(kind), name, errors);

  call.warnings.push(...(kind.warnings?.(created) ?? []));
  // The database looks for space before it looks for what is there.
  if (!dryRun && kernel.store.isFull) throw kind.outOfSpace?.(created) ?? new OutOfSpaceError();
  const key = keyOf(target.namespace, name);
  if (kernel.store.get(kind.collection, key)) {
    if (object.metadata.name) throw alreadyExists(resource, name);
    return insert(call, { object, dryRun, track });
  }
  const complete = kind.prepareForCreate ? kind.prepareForCreate(created, kernel, dryRun) : created;
  if (dryRun) return { object: readBack(kind, complete) };
  return { stored: kernel.store.put(kind.collection, checkSize(draft(kind, complete)).stored) };
}

/** What is kept as another group's is refused in its name. */
const namedIn = ({ conversion, resource }: ServedKind): Pick<Resource, "group" | "kind"> =>
  conversion ? { group: "", kind: resource.kind } : resource;

/** What a new object may not bring along, and what it starts with. */
function begin({ kind }: Call, object: KubeObject): KubeObject {
  const { status, ...withoutStatus } = object;
  const noStatus = kind.empty?.["status"];
  const started = (
    kind.status && !kind.statusOnCreate ? { ...withoutStatus, ...(noStatus !== undefined && { status: noStatus }) } : object
  ) as KubeObject;
  return kind.generation ? { ...started, metadata: { ...started.metadata, generation: 1 } } : started;
}

/** A namespace must be there before what it holds, and takes nothing new on its way out. */
function admitToNamespace({ kernel, kind, target }: Call, name: string): void {
  if (!kind.resource.namespaced) return;
  const found = kernel.store.get("/namespaces", target.namespace);
  if (!found) throw notFound(namespaces, target.namespace);
  // Namespaces that stay need not be parsed.
  if (!found.json.includes("deletionTimestamp")) return;
  const namespace = JSON.parse(found.json) as KubeObject;
  if (namespace.metadata.deletionTimestamp === undefined) return;
  const ended = `namespace ${target.namespace} is being terminated`;
  throw forbidden(
    kind.resource,
    name,
    `unable to create new content in namespace ${target.namespace} because it is being terminated`,
    [{ reason: "NamespaceTerminating", message: ended, field: "metadata.namespace" }],
  );
}

/** Replaces the stored object `live`, of which `old` was read; leaves it alone when nothing changed. */
export function replace(call: Call, live: Stored, old: KubeObject, { object, dryRun, track }: Incoming): Written {
  const { kernel, kind, target } = call;
  const { rules } = kind;
  checkVersion(kind, object, live);
  const continued = continueFrom(kind, target.subresource, track(withSystemMetadata(object, old)), old);
  const next = kind.prepare && target.subresource === "" ? kind.prepare(continued, old) : continued;
  const errors = rules.validate(next, old, target.subresource);
  if (errors.length > 0) throw invalid(namedIn(kind), live.name, errors);
  if (target.subresource !== "status") call.warnings.push(...(kind.warnings?.(next, old) ?? []));
  const complete = kind.prepareForUpdate ? kind.prepareForUpdate(next, old, kernel, dryRun) : next;

  const text = draft(kind, complete);
  if (text.sameAs(live, old)) return { stored: live };
  const { deletionTimestamp, finalizers = [] } = complete.metadata;
  if (deletionTimestamp !== undefined && finalizers.length === 0 && !held(kind, complete)) {
    // What goes is what was stored: the finalizer that held it was never gone from there.
    if (!dryRun) kernel.store.remove(kind.collection, live.key, draft(kind, old).stored);
    return { object: readBack(kind, complete) };
  }
  if (dryRun) return { object: readBack(kind, complete) };
  return { stored: kernel.store.put(kind.collection, checkSize(text).stored) };
}

/** A namespace is held by its own finalizers too, and what has time to end by that time. */
export function held(kind: ServedKind, { metadata, ...object }: KubeObject): boolean {
  if (kind.gracePeriod) return ((metadata as { deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds ?? 0) > 0;
  return (
    kind.collection === "/namespaces" && ((object["spec"] as { finalizers?: string[] } | undefined)?.finalizers ?? []).length > 0
  );
}

/** An update may say which object it means. */
export function checkUid({ kind, target }: Call, { metadata }: KubeObject, live: Stored): void {
  const { resource } = kind;
  if (metadata.uid && metadata.uid !== live.uid) {
    const place = [
      resource.group === "" || !kind.custom ? resource.plural : `${resource.group}/${resource.plural}`,
      target.namespace,
      live.name,
    ];
    throw conflict(
      resource,
      live.name,
      `StorageError: invalid object, Code: 4, Key: /registry/${place.filter(Boolean).join("/")}, ResourceVersion: 0, ` +
        `AdditionalErrorMsg: Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${live.uid}`,
    );
  }
}

function checkVersion(kind: ServedKind, { metadata }: KubeObject, live: Stored): void {
  const { resource } = kind;
  if (!metadata.resourceVersion || metadata.resourceVersion === "0") {
    if (!kind.unconditionalUpdate) {
      // It names the resource where other refusals name the kind.
      throw invalid({ group: resource.group, kind: resource.plural }, live.name, [
        {
          type: "FieldValueInvalid",
          field: "metadata.resourceVersion",
          message: "Invalid value: 0: must be specified for an update",
        },
      ]);
    }
  } else if (metadata.resourceVersion !== String(live.resourceVersion)) {
    if (!/^\d+$/.test(metadata.resourceVersion)) {
      throw new ApiError(500, "", `strconv.ParseUint: parsing ${JSON.stringify(metadata.resourceVersion)}: invalid syntax`);
    }
    throw staleObject(resource, live.name);
  }
}

/** What a client leaves out of the metadata stays; when it is to go, and what only a deletion sets, cannot be taken back. */
function withSystemMetadata(object: KubeObject, old: KubeObject): KubeObject {
  const before = old.metadata as KubeObject["metadata"] & { deletionGracePeriodSeconds?: number };
  const { generation, selfLink, ...given } = object.metadata as typeof before & Record<string, unknown>;
  return {
    ...object,
    metadata: {
      ...given,
      ...(before.namespace !== undefined && { namespace: given.namespace || before.namespace }),
      uid: given.uid || before.uid!,
      resourceVersion: before.resourceVersion!,
      ...(before.generation !== undefined && { generation: before.generation }),
      creationTimestamp: before.creationTimestamp!,
      ...(before.deletionTimestamp !== undefined && { deletionTimestamp: before.deletionTimestamp }),
      ...(before.deletionGracePeriodSeconds !== undefined && {
        deletionGracePeriodSeconds: given.deletionGracePeriodSeconds ?? before.deletionGracePeriodSeconds,
      }),
    },
  } as KubeObject;
}

/** A write to the object leaves its status alone, a write to the status leaves all else alone; the rest counts generations. */
function continueFrom(kind: ServedKind, subresource: string, next: KubeObject, old: KubeObject): KubeObject {
  if (subresource === "status") {
    const { status: _status, ...kept } = old;
    const metadata = kind.custom ? withManagers(old.metadata, next.metadata) : next.metadata;
    const status = next["status"] ?? undefined;
    return { ...kept, metadata, ...(status !== undefined && { status }) } as KubeObject;
  }
  const { status: _, ...withoutStatus } = next;
  const merged = (
    kind.status ? { ...withoutStatus, ...(old["status"] !== undefined && { status: old["status"] }) } : next
  ) as KubeObject;
  if (!kind.generation || sameDesire(kind, merged, old)) return merged;
  return { ...merged, metadata: { ...merged.metadata, generation: (old.metadata.generation ?? 0) + 1 } };
}

function withManagers(
  { managedFields: _, ...metadata }: KubeObject["metadata"],
  { managedFields }: KubeObject["metadata"],
): KubeObject["metadata"] {
  return { ...metadata, ...(managedFields && { managedFields }) };
}

function sameDesire(kind: ServedKind, next: KubeObject, old: KubeObject): boolean {
  const { desiredMetadata = [] } = kind;
  if (desiredMetadata.some((name) => !jsonEqual(next.metadata[name] ?? {}, old.metadata[name] ?? {}))) return false;
  const desire = ({ apiVersion, kind: _kind, metadata, status, ...rest }: KubeObject): unknown =>
    kind.status || !kind.custom ? rest : { ...rest, status };
  return jsonEqual(desire(next), desire(old));
}

const objectLimit = 1.5 * 1024 * 1024;

/** What etcd takes in one request. */
function checkSize(text: Draft): Draft {
  if (text.length > objectLimit) throw new ApiError(500, "", "etcdserver: request is too large");
  return text;
}

/** The object that a path names. */
export function storedTarget({ kernel, kind, target }: Call): Stored | undefined {
  return kernel.store.get(kind.collection, keyOf(target.namespace, target.name));
}

/** The name in the body, when there is one, is the name in the path. */
export function checkName(call: Call, object: KubeObject): KubeObject {
  const { name } = call.target;
  if (object.metadata?.name && object.metadata.name !== name) {
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`);
  }
  if (!object.metadata?.name) {
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  }
  return object;
}
