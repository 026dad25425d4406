import { DIGEST_ANNOTATION, WRITTEN } from "../api/kinds.ts";
import type { Resource } from "../api/resource.ts";
import { digest } from "./digest.ts";

/** A Kubernetes object as a person writes it: no status, nothing that the API server fills in. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Tells an object from all others of a cluster, whatever version of its API it is read in: `Kind.group/namespace/name`. */
export type ObjectKey = string;

export const objectKey = (resource: Pick<Resource, "group" | "kind">, namespace: string, name: string): ObjectKey =>
  `${resource.kind}.${resource.group}/${namespace}/${name}`;

/** "VirtualService/checkout", as people call an object. */
export const objectTitle = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.name}`;

/** What `objectTitle` says of the object with this key. */
export const keyTitle = (key: ObjectKey): string => `${key.slice(0, key.indexOf("."))}/${key.slice(key.lastIndexOf("/") + 1)}`;

/** An object to be written to one cluster. */
export interface Desired {
  readonly key: ObjectKey;
  /** The resource in the version that the manifest is written in. */
  readonly resource: Resource;
  /** Place in the order of writing; see kinds.ts. */
  readonly rank: number;
  /** With namespace and our marks, except for the revision. */
  readonly manifest: Manifest;
  /** Digest of the fields that we will own, comparable with `Observed.ownedDigest`. */
  readonly digest: string;
}

/** Length of the digest that is written on the object, in hexadecimal digits. */
const MARK_LENGTH = 16;

export const digestMark = (fields: string): string => fields.slice(0, MARK_LENGTH);

/** Makes a manifest ready to be written: adds its digest to its annotations. */
export function desire(resource: Resource, manifest: Manifest): Desired {
  const { apiVersion, kind, metadata, ...content } = manifest;
  const { name, namespace = "", annotations, ...ownMetadata } = metadata;
  const { [DIGEST_ANNOTATION]: _, ...ownAnnotations } = annotations ?? {};
  const fields = digest({ ...content, metadata: { ...ownMetadata, annotations: ownAnnotations } });
  return {
    key: objectKey(resource, namespace, name),
    resource: { ...resource, version: apiVersion.split("/").at(-1)! },
    rank: rankOf(resource),
    manifest: {
      ...manifest,
      metadata: { ...metadata, annotations: { ...ownAnnotations, [DIGEST_ANNOTATION]: digestMark(fields) } },
    },
    digest: fields,
  };
}

export const rankOf = (resource: Pick<Resource, "group" | "kind">): number =>
  WRITTEN.findIndex(({ group, kind }) => group === resource.group && kind === resource.kind);
