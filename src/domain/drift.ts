import type { KubeObject } from "../api/resource.ts";
import { withoutMarks } from "./diff/live.ts";
import { type FieldPath, pathText } from "./field-path.ts";
import type { Manifest } from "./manifest.ts";
import { foreignWrites, ownsField } from "./ownership.ts";

/** A field of ours that is not as we wrote it, and whom it belongs to now as far as the API server knows. */
export interface DriftedField {
  /** "spec.http[0].route[0].weight". */
  readonly path: string;
  readonly manager?: string;
  readonly time?: string;
}

/** How an object differs from what was written. */
export interface Drift {
  readonly fields: readonly DriftedField[];
  /** How many fields were left out. */
  readonly omitted: number;
}

/** Fields of one object that are told; characters of a path. */
const MAX_FIELDS = 10;
const MAX_PATH = 200;

/**
 * The fields of a live object that differ from the manifest that was written, each with the manager who has it now: the newest of
 * those who wrote it. A field that was taken away belongs to nobody. What the API server or others added is no drift, unless it
 * stands inside a list that is ours as a whole.
 */
export function driftOf(live: KubeObject, written: Manifest): Drift {
  const wanted = withoutMarks(written);
  const { apiVersion: _, kind: __, metadata, ...content } = wanted;
  const { labels = {}, annotations = {} } = metadata;
  const ours = { ...content, metadata: { labels, annotations } };
  const theirs = live as unknown;
  const found = differences(ours, theirs, [], false);
  const paths = found.length > 0 ? found : differences(ours, theirs, [], true);
  const writes = foreignWrites(live);
  const fields = paths.slice(0, MAX_FIELDS).map((path): DriftedField => {
    const write = writes.find((candidate) => ownsField(candidate.entry, live, path));
    return {
      path: pathText(path).slice(0, MAX_PATH),
      ...(write ? { manager: write.manager, ...(write.time ? { time: write.time } : {}) } : {}),
    };
  });
  return { fields, omitted: paths.length - fields.length };
}

/** "spec.hosts[0], spec.http[0].timeout by kubectl-edit at 2026-…; metadata.labels.team, which is gone". */
export function driftText({ fields, omitted }: Drift): string {
  const groups = Map.groupBy(fields, ({ manager, time }) => (manager ? `by ${manager}${time ? ` at ${time}` : ""}` : ""));
  const parts = [...groups].map(([who, some]) => `${some.map(({ path }) => path).join(", ")}${who ? ` ${who}` : ""}`);
  return `${parts.join("; ")}${omitted > 0 ? `; and ${omitted} more` : ""}`;
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
