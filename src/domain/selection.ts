import type { ClusterSelection } from "../api/accesspoint.ts";
import type { LabelSelector } from "../api/meta.ts";

/** What placement, overrides and variables know of a member cluster. */
export interface Member {
  readonly name: string;
  readonly zone: string;
  readonly region?: string;
  readonly role: "Primary" | "Remote";
  readonly labels: Readonly<Record<string, string>>;
  readonly unschedulable: boolean;
  /** Being taken out of the fleet: it counts as no longer there. */
  readonly detaching: boolean;
}

/** Kubernetes' label selector semantics: NotIn and DoesNotExist also match where the key is absent. */
export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  const has = (key: string) => Object.hasOwn(labels, key);
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => has(key) && labels[key] === value);
  return (
    exact &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      switch (operator) {
        case "In":
          return has(key) && values.includes(labels[key]!);
        case "NotIn":
          return !has(key) || !values.includes(labels[key]!);
        case "Exists":
          return has(key);
        case "DoesNotExist":
          return !has(key);
      }
    })
  );
}

/** Whether nothing at all is asked for. */
export const isEmptySelection = (selection: ClusterSelection): boolean =>
  selection.clusters === undefined &&
  selection.clusterSelector === undefined &&
  selection.zones === undefined &&
  selection.regions === undefined;

/** The first field of the selection that does not match the member; undefined when all do. */
export function mismatch(selection: ClusterSelection, member: Member): keyof ClusterSelection | undefined {
  if (selection.clusters && !selection.clusters.includes(member.name)) return "clusters";
  if (selection.zones && !selection.zones.includes(member.zone)) return "zones";
  if (selection.regions && !(member.region && selection.regions.includes(member.region))) return "regions";
  if (selection.clusterSelector && !matchesLabels(selection.clusterSelector, member.labels)) return "clusterSelector";
  return undefined;
}

/** By zone, then name: the order in which clusters are rolled out when nothing else is said. */
export const byZoneThenName = (a: { zone: string; name: string }, b: { zone: string; name: string }): number =>
  compare(a.zone, b.zone) || compare(a.name, b.name);

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
