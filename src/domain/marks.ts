import { DIGEST_ANNOTATION, OWNER_ANNOTATION, UID_LABEL } from "../api/kinds.ts";
import type { KubeObject } from "../api/resource.ts";
import { ownedFields } from "./ownership.ts";
import { record } from "./untrusted.ts";

/** By what an object in a member is known as ours. Members are not trusted: the values can be anything. */
export interface Marks {
  /** uid of the AccessPoint that it belongs to. */
  readonly uid: unknown;
  /** `<namespace>/<name>` of that AccessPoint. */
  readonly owner: unknown;
  /** Start of the digest of the manifest it was last written from. */
  readonly digest: unknown;
  /** The API server knows of a write of ours. */
  readonly written: boolean;
}

/**
 * An object's marks as we wrote them: what others put in their place does not count, or whoever edits a label would give the object
 * away. Where the API server knows of no write of ours, as after a restored backup, they count as they are.
 */
export function marksOf(object: KubeObject, owned: unknown = ownedFields(object)): Marks {
  const { labels, annotations } = record(owned === undefined ? object.metadata : record(owned)["metadata"]);
  return {
    uid: record(labels)[UID_LABEL],
    owner: record(annotations)[OWNER_ANNOTATION],
    digest: record(annotations)[DIGEST_ANNOTATION],
    written: owned !== undefined,
  };
}

/** Whether an object is one that we wrote for this AccessPoint (`<namespace>/<name>`), and whose label somebody took off or changed. */
export const isStripped = ({ uid, owner, written }: Marks, accessPoint: string): boolean =>
  written && uid === undefined && owner === accessPoint;
