import { DIGEST_ANNOTATION, REVISION_ANNOTATION } from "../api/kinds.ts";
import type { KubeObject } from "../api/resource.ts";
import { digest } from "./digest.ts";
import { marksOf } from "./marks.ts";
import { ownedFields } from "./ownership.ts";

/** What is kept in memory of an object of ours in a member cluster. Members are not trusted: every field is checked. */
export interface Observed {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** uid of the AccessPoint it belongs to; "" where its label is not as we wrote it. */
  readonly ownerUid: string;
  /** `<namespace>/<name>` of the AccessPoint it belongs to. */
  readonly owner: string;
  /** Start of the digest of the manifest it was last written from; "" where somebody took that off. */
  readonly writtenDigest: string;
  /** Digest of the fields that are ours, with the values that they have now. */
  readonly ownedDigest: string;
  readonly deleting: boolean;
  /** Errors that Istio's analysis found, as `CODE: message`. */
  readonly errors?: readonly string[];
  /** What other objects may refer to and must not lose before they let go of it; see order.ts. */
  readonly offered?: unknown;
}

const MAX_ERRORS = 5;
const MAX_TEXT = 512;
/** Characters of JSON, and levels. */
const MAX_OFFERED = 64 * 1024;
const MAX_DEPTH = 16;

/** Trims an object from a member to what is used. Never throws on odd shapes: what is not as expected counts as absent. */
export function observe(object: KubeObject): Observed {
  const { metadata } = object;
  const [name, namespace] = [text(metadata.name), text(metadata.namespace)];
  if (name !== metadata.name) throw new Error("metadata.name is longer than an API server allows");
  const owned = ownedFields(object);
  const marks = marksOf(object, owned);
  const errors = validationErrors(object);
  const offered = offeredBy(object);
  return {
    name,
    namespace,
    uid: text(metadata.uid),
    ownerUid: text(marks.uid),
    owner: text(marks.owner),
    writtenDigest: text(marks.digest),
    ownedDigest: digest(withoutMarks(owned)),
    deleting: metadata.deletionTimestamp !== undefined,
    ...(errors.length ? { errors } : {}),
    ...(offered === undefined ? {} : { offered }),
  };
}

/** Without the annotations that say when and from what we wrote, which do not belong to the content. */
function withoutMarks(owned: unknown): unknown {
  const metadata = record(record(owned)?.["metadata"]);
  const annotations = record(metadata?.["annotations"]);
  if (!metadata || !annotations) return owned;
  const { [DIGEST_ANNOTATION]: _, [REVISION_ANNOTATION]: __, ...rest } = annotations;
  return { ...(owned as object), metadata: { ...metadata, annotations: rest } };
}

function validationErrors(object: KubeObject): readonly string[] {
  const analysed = Number(record(object["status"])?.["observedGeneration"] ?? Number.NaN);
  // What was said of an earlier generation is not said of this one.
  if (analysed < (object.metadata.generation ?? 0)) return [];
  return list(record(object["status"])?.["validationMessages"])
    .map(record)
    .filter((message) => message?.["level"] === "ERROR" || message?.["level"] === "Error")
    .map((message) => {
      const type = record(message?.["type"]);
      return `${String(type?.["code"] ?? "")} ${String(type?.["name"] ?? "")}: ${String(message?.["documentationUrl"] ?? "")}`.slice(
        0,
        MAX_TEXT,
      );
    })
    .slice(0, MAX_ERRORS);
}

/** Subsets of a DestinationRule and hosts of a ServiceEntry: routes may name them. */
function offeredBy(object: KubeObject): unknown {
  const spec = record(object["spec"]);
  const offered =
    object.kind === "DestinationRule" ? spec?.["subsets"] : object.kind === "ServiceEntry" ? spec?.["hosts"] : undefined;
  return Array.isArray(offered) && isModest(offered) ? offered : undefined;
}

/** What is kept of an object's content has a size and a depth that an object of ours could have. */
const isModest = (value: unknown): boolean => isShallow(value, MAX_DEPTH) && JSON.stringify(value).length <= MAX_OFFERED;

const isShallow = (value: unknown, depth: number): boolean =>
  typeof value !== "object" || value === null || (depth > 0 && Object.values(value).every((item) => isShallow(item, depth - 1)));

/** Texts by which an object is known; what is longer is none of ours. */
const text = (value: unknown): string => (typeof value === "string" && value.length <= MAX_TEXT ? value : "");

const record = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
