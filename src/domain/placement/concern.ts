import type { AccessPoint, Leader } from "../../api/accesspoint.ts";
import { isNamed, type Member, mismatch } from "../selection.ts";
import { selectsNothing } from "./qualify.ts";

/** One member cluster as it was and as it is; the same twice when only its connection changed. */
export interface MemberChange {
  readonly name: string;
  readonly before?: Member;
  readonly after?: Member;
}

/**
 * Whether a change of one member cluster can make a difference to an AccessPoint, judged from what is stored of it: so that a
 * cluster's new label is the work of those who select by it, and of nobody else.
 *
 * @param zoneOf The zone of a registered cluster.
 */
export function isConcerned(
  { spec, status }: Pick<AccessPoint, "spec" | "status">,
  { name, before, after }: MemberChange,
  zoneOf: (cluster: string) => string | undefined,
): boolean {
  // It has not had its first pass, or its placement is from before reasons were kept.
  if (!status?.placement) return true;
  const { placement } = status;
  if (status.clusters?.some((cluster) => cluster.name === name) || placement.selected.includes(name)) return true;
  if (spec.placement.clusters?.includes(name)) return true;
  if (spec.rollout?.stages?.some(({ clusters }) => clusters?.includes(name))) return true;

  const states = [before, after].filter((member) => member !== undefined);
  // Whether there is anybody where a name points to, whoever is selected in the end.
  const naming = [spec.placement, ...(spec.rollout?.stages ?? []), ...(spec.overrides ?? [])];
  if (isElsewhere(before, after) && naming.some((each) => states.some((member) => isNamed(each, member)))) return true;

  const selects = !selectsNothing(spec.placement) && states.some((member) => mismatch(spec.placement, member) === undefined);
  const followed = placement.following?.some(({ clusters }) => clusters.includes(name)) || spec.placement.follow?.some(isOpen);
  if (selects && (!spec.placement.follow || followed)) return true;

  // The Primary of a zone receives what it was not selected for.
  if (before === after || !states.some(({ role }) => role === "Primary")) return false;
  const zones = states.map(({ zone }) => zone);
  return (
    placement.selected.some((cluster) => zones.includes(zoneOf(cluster) ?? "")) ||
    (placement.notSelected ?? []).some(({ reason }) => reason === "ZoneUnusable")
  );
}

const isElsewhere = (before: Member | undefined, after: Member | undefined): boolean =>
  before?.zone !== after?.zone || before?.region !== after?.region || before?.detaching !== after?.detaching;

/** Leaders whose clusters depend on the members themselves: on their labels, or on what runs in them. */
const isOpen = ({ apiVersion, discover }: Leader): boolean => discover !== undefined || apiVersion.startsWith("types.kubefed.io/");
