import type { ClusterSelection, PlacementSpec } from "../../api/accesspoint.ts";
import type { NotSelectedReason } from "../../api/conditions.ts";
import type { Finding } from "../finding.ts";
import { isEmptySelection, type Member, mismatch } from "../selection.ts";
import { repelling, taintText } from "./taints.ts";

export interface Verdict {
  /** Why the cluster does not qualify; absent when it does. */
  readonly reason?: NotSelectedReason;
  readonly finding?: Finding;
}

const BY_FIELD = {
  clusters: "NotNamed",
  zones: "OtherZone",
  regions: "OtherRegion",
  clusterSelector: "OtherLabels",
} as const satisfies Record<keyof ClusterSelection, NotSelectedReason>;

/**
 * Whether one cluster qualifies, by itself.
 *
 * @param followed Clusters that the leaders name; undefined when none is followed.
 * @param carries It is placed there already.
 */
export function qualify(
  member: Member,
  placement: PlacementSpec,
  followed: ReadonlySet<string> | undefined,
  carries: boolean,
): Verdict {
  if (member.detaching) return { reason: "Detaching" };
  if (selectsNothing(placement)) return { reason: "NotNamed" };
  if (member.zone === "") {
    if (!placement.clusters?.includes(member.name)) return { reason: "ZoneUnknown" };
    const message = `it is not known in which zone MemberCluster ${member.name} stands: its condition Located says why; set spec.zone there`;
    return { reason: "ZoneUnknown", finding: { reason: "ZoneUnknown", field: "spec.placement.clusters", message } };
  }
  const field = mismatch(placement, member);
  if (field) return { reason: BY_FIELD[field] };
  if (followed && !followed.has(member.name)) return { reason: "NotFollowed" };
  const taint = repelling(member.taints, placement.tolerations, carries);
  if (taint) {
    // A taint is there to keep clusters out of what selects many; who is named is missed.
    if (!placement.clusters) return { reason: "Tainted" };
    const message = `MemberCluster ${member.name} has the taint ${taintText(taint)}, which the placement does not tolerate`;
    return { reason: "Tainted", finding: { reason: "ClusterTainted", field: "spec.placement.tolerations", message } };
  }
  if (!member.unschedulable || carries) return {};
  if (placement.numberOfClusters !== undefined) return { reason: "Cordoned" };
  const message = `MemberCluster ${member.name} is cordoned (spec.unschedulable): nothing is added to it`;
  return { reason: "Cordoned", finding: { reason: "ClusterUnschedulable", field: "spec.placement", message } };
}

/** Whether nothing at all is asked for. */
export const selectsNothing = (placement: PlacementSpec): boolean =>
  isEmptySelection(placement) && placement.follow === undefined && placement.numberOfClusters === undefined;
