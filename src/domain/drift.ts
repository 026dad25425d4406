import { DIGEST_ANNOTATION, REVISION_ANNOTATION } from "../api/kinds.ts";
import type { KubeObject } from "../api/resource.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import type { Manifest } from "./manifest.ts";
import { foreignWrites, ownWrite, shareOf } from "./ownership.ts";

/** A field of ours that is not as we wrote it, and whom it belongs to now as far as the API server knows. */
export interface DriftedField {
  /** "spec.http[0].route[0].weight". */
  readonly path: string;
  readonly manager?: string;
  readonly time?: string;
}

/** How an object differs from what was written. */
export interface Drift {
  /** None: it has the values that were written, or the API server keeps them in words of its own. */
  readonly fields: readonly DriftedField[];
  /** How many fields were left out. */
  readonly omitted: number;
}

/** Fields of one object that are told; characters of a path; managers that are named. */
const MAX_FIELDS = 10;
const MAX_PATH = 200;
const MAX_MANAGERS = 3;

/**
 * The fields of a live object that differ from the manifest that was written, each with the manager who has it now: who applies it
 * as its own, or else the newest of those who wrote it. A field that was taken away belongs to nobody. What is still ours nobody
 * changed, so that it is no drift, nor is what the API server or others added, unless it stands inside a list that is ours as a whole.
 */
export function driftOf(live: KubeObject, written: Manifest): Drift {
  const { apiVersion: _, kind: __, metadata, ...content } = written;
  const { labels = {}, annotations = {} } = metadata;
  const { [DIGEST_ANNOTATION]: ___, [REVISION_ANNOTATION]: ____, ...ownAnnotations } = annotations;
  const ours = { ...content, metadata: { labels, annotations: ownAnnotations } };
  const own = ownWrite(live);
  const writes = foreignWrites(live);
  const differing = (strict: boolean) =>
    differences(ours, live, [], strict).filter((path) => !own || shareOf(own, live, path) !== "Whole");
  const found = differing(false);
  const paths =
    found.length > 0 ? found : differing(true).filter((path) => writes.some((write) => hasList(write.entry, live, path)));
  const fields = paths.slice(0, MAX_FIELDS).map((path): DriftedField => {
    const having = writes.filter(({ entry }) => shareOf(entry, live, path));
    const write = having.find(({ operation }) => operation === "Apply") ?? having[0];
    return {
      path: pathText(path).slice(0, MAX_PATH),
      ...(write ? { manager: write.manager, ...(write.time ? { time: write.time } : {}) } : {}),
    };
  });
  return { fields, omitted: paths.length - fields.length };
}

/** Whether the list that a field stands in is a manager's as a whole. */
const hasList = (entry: Parameters<typeof shareOf>[0], live: unknown, path: FieldPath): boolean =>
  shareOf(
    entry,
    live,
    path.slice(
      0,
      path.findLastIndex((step) => typeof step === "number"),
    ),
  ) === "Whole";

/** Whether nobody changed anything after all. */
export const isUnchanged = ({ fields, omitted }: Drift): boolean => fields.length === 0 && omitted === 0;

/** "spec.hosts[0], spec.http[0].timeout by kubectl-edit; metadata.labels.team". Without times: what comes again reads the same. */
export function driftText({ fields, omitted }: Drift): string {
  const groups = Map.groupBy(fields, ({ manager }) => (manager ? ` by ${manager}` : ""));
  const parts = [...groups].map(([who, some]) => `${some.map(({ path }) => path).join(", ")}${who}`);
  return `${parts.join("; ")}${omitted > 0 ? `; and ${omitted} more` : ""}`;
}

/** "kubectl-edit at 2026-… and helm at 2026-…"; "others" where nobody is known. */
export function driftedBy(drift: Drift | undefined): string {
  const managers = (drift?.fields ?? []).flatMap(({ manager, time }) =>
    manager ? [`${manager}${time ? ` at ${time}` : ""}`] : [],
  );
  return [...new Set(managers)].slice(0, MAX_MANAGERS).join(" and ") || "others";
}

/**
 * Paths to the smallest parts of `ours` that `theirs` does not have as they are.
 *
 * @param strict What is in an item of a list beyond ours counts, too.
 */
function differences(ours: unknown, theirs: unknown, path: FieldPath, strict: boolean): readonly FieldPath[] {
  if (isRecord(ours)) {
    if (!isRecord(theirs)) return Object.keys(ours).length === 0 && theirs === undefined ? [] : [path];
    const more = strict && path.some((step) => typeof step === "number") ? Object.keys(theirs) : [];
    return [...new Set([...Object.keys(ours), ...more])].flatMap((key) =>
      differences(ours[key], Object.hasOwn(theirs, key) ? theirs[key] : undefined, [...path, key], strict),
    );
  }
  if (Array.isArray(ours)) {
    if (!Array.isArray(theirs) || ours.length !== theirs.length) return [path];
    return ours.flatMap((item, index) => differences(item, theirs[index], [...path, index], strict));
  }
  return ours === theirs ? [] : [path];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
