import type { KubeObject } from "../kube/resource.ts";
import { apiVersionOf } from "../kube/resource.ts";
import { jsonEqual } from "./json.ts";
import type { ServedKind } from "./registry.ts";
import type { Stored } from "./store.ts";

/** How an object begins when it is kept: lists of built-in kinds leave this out. */
const opening = (apiVersion: string, kind: string): string =>
  `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},`;

const storedOpening = ({ resource, storageVersion, conversion }: ServedKind): string =>
  opening(conversion?.storageApiVersion ?? apiVersionOf({ ...resource, version: storageVersion }), resource.kind);

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
  const { apiVersion, kind: _kind, metadata, ...rest } = kind.conversion ? kind.conversion.toStorage(object) : object;
  const { resourceVersion: _version, ...kept } = metadata;
  const head = `${storedOpening(kind)}"metadata":{"resourceVersion":"`;
  const content = JSON.stringify(rest);
  const tail = `",${JSON.stringify(kept).slice(1)}${content === "{}" ? "" : ","}${content.slice(1)}`;
  const { namespace = "", name, uid = "", labels } = kept;
  return {
    length: head.length + tail.length,
    sameAs: (live, old) => {
      const liveLength = live.json.length - String(live.resourceVersion).length;
      // Times have one length, so what has another has changed.
      if (live.schemaRevision === kind.schemaRevision && liveLength !== head.length + tail.length) return false;
      return live.json.endsWith(tail) || sameObject(object, old);
    },
    stored: (resourceVersion) => ({
      key: namespace === "" ? name : `${namespace}/${name}`,
      namespace,
      name,
      uid,
      resourceVersion,
      labels,
      schemaRevision: kind.schemaRevision,
      json: `${head}${resourceVersion}${tail}`,
    }),
  };
}

function sameObject(next: KubeObject, old: KubeObject): boolean {
  const timeless = ({ metadata, ...rest }: KubeObject): unknown => ({
    ...rest,
    metadata: { ...metadata, managedFields: metadata.managedFields?.map(({ time, ...entry }) => entry) },
  });
  return jsonEqual(timeless(next), timeless(old));
}

/** What the store keeps of an object that was written at this resourceVersion. */
export const toStored = (kind: ServedKind, object: KubeObject, resourceVersion: number): Stored =>
  draft(kind, object).stored(resourceVersion);

/** The kept text is what this kind serves. */
const asServed = (kind: ServedKind, stored: Stored): boolean =>
  kind.conversion === undefined && kind.resource.version === kind.storageVersion && stored.schemaRevision === kind.schemaRevision;

/** The object as `kind` serves it. */
export function read(kind: ServedKind, stored: Stored): KubeObject {
  const object = JSON.parse(stored.json) as KubeObject;
  if (asServed(kind, stored)) return object;
  if (kind.conversion) return kind.conversion.fromStorage(object);
  const served = { ...object, apiVersion: apiVersionOf(kind.resource) };
  return kind.rules.applyDefaults(kind.rules.clean(served).object);
}

/** The same as text. */
export const readText = (kind: ServedKind, stored: Stored): string =>
  asServed(kind, stored) ? stored.json : serialise(read(kind, stored));

/** As an item of a list: built-in kinds do not repeat their type there. */
export function readItem(kind: ServedKind, stored: Stored): string {
  const text = readText(kind, stored);
  return kind.custom ? text : `{${text.slice(opening(apiVersionOf(kind.resource), kind.resource.kind).length)}`;
}
