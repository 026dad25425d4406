import type { ClusterSelection } from "../api/accesspoint.ts";
import type { LoadBalancerProvider, Taint } from "../api/membercluster.ts";
import type { LabelSelector } from "../api/meta.ts";

/** What placement, overrides and variables know of a member cluster. */
export interface Member {
  readonly name: string;
  /** "" while it is not known: nothing is placed there. */
  readonly zone: string;
  readonly region?: string;
  readonly role: "Primary" | "Remote";
  readonly labels: Labels;
  readonly unschedulable: boolean;
  readonly taints?: readonly Taint[];
  /** What gives addresses to its Services, as far as the platform says. */
  readonly loadBalancer?: LoadBalancerProvider;
  /** It is known not to be usable now: where there is a choice, others go first. */
  readonly silent?: boolean;
  /** Being taken out of the fleet: it counts as no longer there. */
  readonly detaching: boolean;
}

/** Whether the labels satisfy every part of the selector, as Kubernetes sees it. */
export function matchesLabels({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value) &&
    matchExpressions.every((requirement) => satisfies(requirement, labels))
  );
}

type Labels = Readonly<Record<string, string>>;

/** NotIn and DoesNotExist also hold where the key is absent. */
function satisfies({ key, operator, values = [] }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

type Requirement = NonNullable<LabelSelector["matchExpressions"]>[number];

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

/** Whether an override or a stage means the member. A list without entries says as much as none at all: that nobody is left out. */
export const isMeant = ({ clusters = [], zones = [], regions = [], clusterSelector }: ClusterSelection, member: Member): boolean =>
  (clusters.length === 0 || clusters.includes(member.name)) &&
  (zones.length === 0 || zones.includes(member.zone)) &&
  (regions.length === 0 || (member.region !== undefined && regions.includes(member.region))) &&
  (!clusterSelector || matchesLabels(clusterSelector, member.labels));

/** Where a member cluster stands, by every name that it can be selected by. */
export type Site = Pick<Member, "name" | "zone" | "region">;

/** Whether the selection names the cluster, its zone or its region, be it selected in the end or not. */
export const isNamed = ({ clusters = [], zones = [], regions = [] }: ClusterSelection, { name, zone, region }: Site): boolean =>
  clusters.includes(name) || zones.includes(zone) || (region !== undefined && regions.includes(region));

/** By zone, then name: the order in which clusters are rolled out when nothing else is said. */
export const byZoneThenName = (a: { zone: string; name: string }, b: { zone: string; name: string }): number =>
  compare(a.zone, b.zone) || compare(a.name, b.name);

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
