import type { RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { withoutMarks } from "../diff/live.ts";
import { wordsOf } from "../diff/words.ts";
import { diffObject, type ObjectDiff } from "../diff.ts";
import { type Desired, digestMark, keyTitle, type ObjectKey } from "../manifest.ts";
import type { Rendered } from "../render.ts";
import type { Changes } from "../rollout/model.ts";
import { cut } from "../text.ts";

/** What a cluster has, or is to have. */
export type Content =
  | { readonly state: "Known"; readonly rendered: Rendered }
  | { readonly state: "Nothing" }
  /** It was rendered from facts that are no longer known, such as labels that it had; seen is what it was written from. */
  | { readonly state: "Written"; readonly objects: ReadonlyMap<ObjectKey, Desired | Written> }
  /** It has something that can no longer be rendered; why, in words. */
  | { readonly state: "Unknown"; readonly why: string };

/** An object of which only that is known: the mark of what it was written from. */
export interface Written {
  readonly mark: string;
}

export interface Contents {
  /** What a cluster has when the rollout begins. */
  readonly before: (cluster: string) => Content;
  /** What it is brought to: in the end, or with the overrides that are bound to a stage. */
  readonly after: (cluster: string, stage?: string) => Content;
}

/** Entries that a person reads; changes of one object, and characters. */
const MAX_ENTRIES = 30;
const MAX_CHANGES = 3;
const MAX_SUMMARY = 240;

type Change = { readonly object: string; readonly type: ObjectDiff["type"] | "unknown"; readonly summary: string };

/**
 * What the stages of a rollout change for their clusters against what these have, from revisions alone: clusters in which the
 * same becomes of an object are one entry. Every pair of renderings is compared once, however many clusters share it.
 */
export function planDiff(stages: readonly StageStatus[], contents: Contents): Changes {
  const compared = new Map<string, readonly Change[]>();
  const reached = new Map<string, Content>();
  const entries: NonNullable<RolloutStatus["diff"]>[number][] = [];
  const changes = stages.map(({ name, clusters, stepping = [] }) => {
    const grouped = new Map<string, { readonly change: Change; readonly clusters: string[] }>();
    const count = { created: 0, updated: 0, removed: 0, clusters: 0 };
    for (const cluster of clusters) {
      const [before, after] = [
        reached.get(cluster) ?? contents.before(cluster),
        contents.after(cluster, stepping.includes(cluster) ? name : undefined),
      ];
      reached.set(cluster, after);
      const found = compare(before, after, compared);
      if (found.length > 0) count.clusters++;
      for (const change of found) {
        if (change.type !== "unknown") count[COUNTED[change.type]]++;
        const key = `${change.object} ${change.summary}`;
        const group = grouped.get(key) ?? { change, clusters: [] };
        grouped.set(key, group);
        group.clusters.push(cluster);
      }
    }
    for (const { change, clusters } of grouped.values())
      entries.push({ stage: name, cluster: listed(clusters), object: change.object, summary: change.summary });
    return count;
  });
  const omitted = entries.length - MAX_ENTRIES;
  return {
    ...(entries.length > 0 ? { diff: entries.slice(0, MAX_ENTRIES) } : {}),
    ...(omitted > 0 ? { omittedDiffs: omitted } : {}),
    changes,
  };
}

const COUNTED = { create: "created", update: "updated", delete: "removed" } as const;

/** "lvs-1", "lvs-1, lvs-2", "lvs-1 and 11 more". */
const listed = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names[0]} and ${names.length - 1} more`;

function compare(before: Content, after: Content, compared: Map<string, readonly Change[]>): readonly Change[] {
  if (before.state === "Unknown" || after.state === "Unknown") {
    const why = before.state === "Unknown" ? before.why : (after as Extract<Content, { state: "Unknown" }>).why;
    return [{ object: "all objects", type: "unknown", summary: `cannot be compared: ${why}` }];
  }
  if (before.state === "Written") return changesBetween(before.objects, objectsOf(after));
  const variantOf = (content: Content) => (content.state === "Known" ? content.rendered.variant : "");
  const key = `${variantOf(before)} ${variantOf(after)}`;
  const known = compared.get(key) ?? changesBetween(objectsOf(before), objectsOf(after));
  compared.set(key, known);
  return known;
}

const objectsOf = (content: Content): ReadonlyMap<ObjectKey, Desired> =>
  new Map(content.state === "Known" ? content.rendered.objects.map((object) => [object.key, object]) : []);

function changesBetween(
  before: ReadonlyMap<ObjectKey, Desired | Written>,
  after: ReadonlyMap<ObjectKey, Desired>,
): readonly Change[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [old, next] = [before.get(key), after.get(key)];
    if (old && "mark" in old) return changeOfWritten(key, old, next);
    if (old?.digest === next?.digest) return [];
    const diff = diffObject(old && withoutMarks(old.manifest), next && withoutMarks(next.manifest));
    return diff ? [{ object: diff.object, type: diff.type, summary: cut(summary(diff), MAX_SUMMARY) }] : [];
  });
}

function changeOfWritten(key: ObjectKey, { mark }: Written, next: Desired | undefined): readonly Change[] {
  const object = keyTitle(key);
  if (!next) return [{ object, type: "delete", summary: "is removed" }];
  if (digestMark(next.digest) === mark) return [];
  return [
    {
      object,
      type: "update",
      summary: "is changed; what it has was made from labels or other facts that the cluster no longer has",
    },
  ];
}

function summary({ type, changes }: ObjectDiff): string {
  if (type === "create") return "is created";
  if (type === "delete") return "is removed";
  const more = changes.length - MAX_CHANGES;
  const shown = changes.slice(0, MAX_CHANGES).map(wordsOf).join("; ");
  return `${shown}${more > 0 ? `; and ${more} more` : ""}`;
}
