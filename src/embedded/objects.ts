import type { KubeObject } from "../kube/resource.ts";
import { apiVersionOf } from "../kube/resource.ts";
import type { ServedKind } from "./registry.ts";
import type { Stored } from "./store.ts";

/** How an object begins when it is kept: lists of built-in kinds leave this out, other versions replace it. */
const opening = (apiVersion: string, kind: string): string =>
  `{"apiVersion":${JSON.stringify(apiVersion)},"kind":${JSON.stringify(kind)},`;

/** The object of a kind as text, with its type first. */
export function serialise(object: KubeObject): string {
  const { apiVersion, kind, metadata, ...rest } = object;
  return JSON.stringify({ apiVersion, kind, metadata, ...rest });
}

/** What the store keeps of an object of `kind` that was written at this resourceVersion. */
export function toStored(kind: ServedKind, object: KubeObject, resourceVersion: number): Stored {
  const stamped: KubeObject = kind.conversion ? kind.conversion.toStorage(object) : object;
  const { namespace = "", name, uid = "", labels } = stamped.metadata;
  const metadata = { ...stamped.metadata, resourceVersion: String(resourceVersion) };
  return {
    key: namespace === "" ? name : `${namespace}/${name}`,
    namespace,
    name,
    uid,
    resourceVersion,
    labels,
    version: kind.resource.version,
    schemaRevision: kind.schemaRevision,
    json: serialise({ ...stamped, metadata }),
  };
}

/** True when the kept text is what this kind serves, but for the apiVersion. */
const current = (kind: ServedKind, stored: Stored): boolean =>
  kind.conversion === undefined && (stored.schemaRevision === kind.schemaRevision || !kind.custom);

/** The object as `kind` serves it. */
export function read(kind: ServedKind, stored: Stored): KubeObject {
  const object = JSON.parse(stored.json) as KubeObject;
  if (kind.conversion) return kind.conversion.fromStorage(object);
  const served = stored.version === kind.resource.version ? object : { ...object, apiVersion: apiVersionOf(kind.resource) };
  return current(kind, stored) && stored.version === kind.resource.version
    ? served
    : kind.rules.applyDefaults(kind.rules.clean(served).object);
}

/** The same as text. */
export function readText(kind: ServedKind, stored: Stored): string {
  if (current(kind, stored) && stored.version === kind.resource.version) return stored.json;
  return serialise(read(kind, stored));
}

/** As an item of a list: built-in kinds do not repeat their type there. */
export function readItem(kind: ServedKind, stored: Stored): string {
  const text = readText(kind, stored);
  return kind.custom ? text : `{${text.slice(opening(apiVersionOf(kind.resource), kind.resource.kind).length)}`;
}
