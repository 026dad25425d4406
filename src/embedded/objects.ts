import type { KubeObject } from "../kube/resource.ts";
import { apiVersionOf } from "../kube/resource.ts";
import { jsonEqual } from "./json.ts";
import type { ServedKind } from "./registry.ts";
import { parse, type Stored } from "./store.ts";

/** How an object begins when it is kept: lists of built-in kinds leave this out. */
const opening = (apiVersion: string, kind: string): string =>
  `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},`;

const storageApiVersion = ({ resource, storageVersion, conversion }: ServedKind): string =>
  conversion?.storageApiVersion ?? apiVersionOf({ ...resource, version: storageVersion });

/** The object of a kind as text, with its type first. */
export function serialise(object: KubeObject): string {
  const { apiVersion, kind, metadata, ...rest } = object;
  return JSON.stringify({ apiVersion, kind, metadata, ...rest });
}

/** An object as it will be kept: serialised but for its resourceVersion, which only the store knows. */
export interface Draft {
  readonly length: number;
  /** Nothing but the times in managedFields differs. `old` is what was read of `live`. */
  sameAs(live: Stored, old: KubeObject): boolean;
  stored(resourceVersion: number): Stored;
}

export function draft(kind: ServedKind, object: KubeObject): Draft {
  const stored = toStorage(kind, object);
  const { apiVersion, kind: _kind, metadata, ...rest } = stored;
  const { resourceVersion: _version, ...kept } = metadata;
  const type = opening(apiVersion, kind.resource.kind);
  const head = `${type}"metadata":{"resourceVersion":"`;
  const content = JSON.stringify(rest);
  const tail = `",${JSON.stringify(kept).slice(1)}${content === "{}" ? "" : ","}${content.slice(1)}`;
  const { namespace = "", name, uid = "", labels } = kept;
  return {
    length: head.length + tail.length,
    sameAs: (live, old) => {
      const liveLength = live.json.length - String(live.resourceVersion).length;
      // Times have one length, so what has another has changed.
      if (liveLength !== head.length + tail.length || !live.json.startsWith(type)) return false;
      return live.json.endsWith(tail) || sameObject(stored, asServed(kind, live) ? old : parse(live));
    },
    stored: (resourceVersion) => ({
      key: namespace === "" ? name : `${namespace}/${name}`,
      namespace,
      name,
      uid,
      resourceVersion,
      labels,
      schemaRevision: isComplete(kind, object) ? kind.schemaRevision : incomplete,
      json: `${head}${resourceVersion}${tail}`,
    }),
  };
}

/** Of what was written through another version: it has the storage version's defaults only when it is read. */
const incomplete = -1;

const isComplete = (kind: ServedKind, { apiVersion }: KubeObject): boolean =>
  !kind.differsFromStorage || apiVersion === storageApiVersion(kind);

/** The object at the storage version, without what that does not know. */
function toStorage(kind: ServedKind, object: KubeObject): KubeObject {
  if (kind.conversion) return kind.conversion.toStorage(object);
  const apiVersion = storageApiVersion(kind);
  if (object.apiVersion === apiVersion) return object;
  const converted = { ...object, apiVersion };
  return kind.differsFromStorage ? kind.versions!.get(apiVersion)!.rules.clean(converted).object : converted;
}

/** The object as `kind` serves it; what is complete has been cleaned, and has the defaults of its own version. */
function fromStorage(kind: ServedKind, object: KubeObject, isComplete: boolean): KubeObject {
  if (kind.conversion) return kind.conversion.fromStorage(object);
  const { rules } = kind.versions?.get(object.apiVersion) ?? kind;
  const complete = isComplete ? object : rules.applyDefaults(rules.clean(object).object);
  const apiVersion = apiVersionOf(kind.resource);
  if (complete.apiVersion === apiVersion) return complete;
  const served = { ...complete, apiVersion };
  return isComplete && !kind.differsFromStorage ? served : kind.rules.clean(served).object;
}

/** What is read of an object once it is written. */
export const readBack = (kind: ServedKind, object: KubeObject): KubeObject =>
  isComplete(kind, object) ? object : fromStorage(kind, toStorage(kind, object), false);

function sameObject(next: KubeObject, old: KubeObject): boolean {
  const timeless = ({ metadata }: KubeObject): unknown => ({
    ...metadata,
    managedFields: metadata.managedFields?.map(({ time, ...entry }) => entry),
  });
  const content = ({ metadata, ...rest }: KubeObject): unknown => rest;
  return jsonEqual(content(next), content(old)) && jsonEqual(timeless(next), timeless(old));
}

/** What the store keeps of an object that was written at this resourceVersion. */
export const toStored = (kind: ServedKind, object: KubeObject, resourceVersion: number): Stored =>
  draft(kind, object).stored(resourceVersion);

/** The kept text is what this kind serves. */
const asServed = (kind: ServedKind, stored: Stored): boolean =>
  kind.conversion === undefined && kind.resource.version === kind.storageVersion && stored.schemaRevision === kind.schemaRevision;

/** The object as `kind` serves it. */
export function read(kind: ServedKind, stored: Stored): KubeObject {
  const object = parse(stored);
  return asServed(kind, stored) ? object : fromStorage(kind, object, stored.schemaRevision === kind.schemaRevision);
}

/** The same as text. */
export const readText = (kind: ServedKind, stored: Stored): string =>
  asServed(kind, stored) ? stored.json : serialise(read(kind, stored));

/** As an item of a list: built-in kinds do not repeat their type there. */
export function readItem(kind: ServedKind, stored: Stored): string {
  const text = readText(kind, stored);
  return kind.custom ? text : `{${text.slice(opening(apiVersionOf(kind.resource), kind.resource.kind).length)}`;
}
