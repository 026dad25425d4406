import { changesOf, type ValueChange } from "./diff/values.ts";
import { type Manifest, objectTitle } from "./manifest.ts";

/** What becomes of one object. */
export interface ObjectDiff {
  readonly type: "create" | "update" | "delete";
  /** "VirtualService/checkout". */
  readonly object: string;
  /** Empty for objects that are created or deleted as a whole. */
  readonly changes: readonly ValueChange[];
}

/**
 * What changes between two versions of one object, in the words of people who know Istio: routes are named by what they match,
 * not by their place in a list.
 *
 * @returns undefined when nothing does
 */
export function diffObject(before: Manifest | undefined, after: Manifest | undefined): ObjectDiff | undefined {
  if (before === undefined) return after && { type: "create", object: objectTitle(after), changes: [] };
  if (after === undefined) return { type: "delete", object: objectTitle(before), changes: [] };
  const changes = changesOf(content(before), content(after));
  return changes.length > 0 ? { type: "update", object: objectTitle(after), changes } : undefined;
}

/** Without what names the object; a kind's apiVersion does not matter, because its versions are the same. */
function content({ apiVersion: _, kind: __, metadata, ...fields }: Manifest): unknown {
  const { labels = {}, annotations = {} } = metadata;
  return { ...fields, metadata: { labels, annotations } };
}

/** "VirtualService/checkout: /v2 weight 10 → 50; and 3 more", on one line. */
export function summarise({ type, object, changes }: ObjectDiff, limit = 3): string {
  switch (type) {
    case "create":
      return `${object}: is created`;
    case "delete":
      return `${object}: is removed`;
    case "update": {
      const shown = changes.slice(0, limit).map(changeText).join("; ");
      return `${object}: ${shown}${changes.length > limit ? `; and ${changes.length - limit} more` : ""}`;
    }
  }
}

/** "/v2 weight 10 → 50". */
export function changeText({ where, before, after }: ValueChange): string {
  const path = where.join(" ");
  if (before === undefined) return `${path} + ${valueText(after)}`;
  if (after === undefined) return `${path} − ${valueText(before)}`;
  return `${path} ${valueText(before)} → ${valueText(after)}`;
}

const MAX_VALUE = 120;

function valueText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 1)}…`;
}
