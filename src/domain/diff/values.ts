import { canonicalJson } from "../digest.ts";
import { labelOf } from "./labels.ts";

/** One value that differs. */
export interface ValueChange {
  /** The way to it, e.g. ["/v2", "checkout v2", "weight"]. */
  readonly where: readonly string[];
  /** Absent: it is added. */
  readonly before?: unknown;
  /** Absent: it is taken away. */
  readonly after?: unknown;
}

/** Names of fields that say nothing to a reader who sees what is inside. */
const SILENT = new Set(["spec", "http", "route", "metadata"]);

/** Every value that differs, the smallest parts that do. */
export function changesOf(before: unknown, after: unknown, where: readonly string[] = []): readonly ValueChange[] {
  if ((before ?? null) === (after ?? null)) return [];
  if (isRecord(before) && isRecord(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      changesOf(before[key], after[key], SILENT.has(key) ? where : [...where, key]),
    );
  }
  if (Array.isArray(before) && Array.isArray(after))
    return canonicalJson(before) === canonicalJson(after) ? [] : listChanges(before, after, where);
  if (isRecord(before) && after === undefined && where.length === 0) return changesOf(before, {}, where);
  if (isRecord(after) && before === undefined && where.length === 0) return changesOf({}, after, where);
  return [{ where, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

/** Items are compared with the item of the same label, wherever it stands; a change of the order is told by itself. */
function listChanges(before: readonly unknown[], after: readonly unknown[], where: readonly string[]): readonly ValueChange[] {
  const [old, now] = [labelled(before), labelled(after)];
  const changes = [...new Set([...old.keys(), ...now.keys()])].flatMap((label) => {
    const scalar = !isRecord(old.get(label) ?? now.get(label));
    return changesOf(old.get(label), now.get(label), scalar ? where : [...where, label]);
  });
  const kept = (labels: ReadonlyMap<string, unknown>, others: ReadonlyMap<string, unknown>) =>
    [...labels.keys()].filter((label) => others.has(label));
  const [oldOrder, newOrder] = [kept(old, now), kept(now, old)];
  const reordered = oldOrder.join("\n") !== newOrder.join("\n");
  return reordered ? [...changes, { where: [...where, "order"], before: oldOrder, after: newOrder }] : changes;
}

/** Items by their labels; those that share one are told apart by their number. */
function labelled(items: readonly unknown[]): ReadonlyMap<string, unknown> {
  const result = new Map<string, unknown>();
  for (const item of items) {
    const label = labelOf(item);
    let unique = label;
    for (let number = 2; result.has(unique); number++) unique = `${label} (${number})`;
    result.set(unique, item);
  }
  return result;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
