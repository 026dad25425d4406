import type { Toleration } from "../../api/accesspoint.ts";
import type { Finding } from "../finding.ts";
import type { Member } from "../selection.ts";
import { repelling, taintText } from "./taints.ts";

/** Where the zone-scoped objects of one zone go. */
export type ZonePrimary =
  | { readonly type: "Usable"; readonly primary: Member }
  /** Nothing can be written now; what is in the zone stays as it is. */
  | { readonly type: "Held"; readonly finding: Finding }
  /** The Primary wants to be rid of what it has. */
  | { readonly type: "Evicted"; readonly finding: Finding };

/**
 * Finds the Primary of a zone: exactly one, and one that takes what is written to it. Never guesses.
 *
 * @param carries Whether a Primary has the zone-scoped objects already.
 */
export function zonePrimary(
  zone: string,
  members: readonly Member[],
  tolerations: readonly Toleration[],
  carries: (member: Member) => boolean,
): ZonePrimary {
  const field = "spec.placement";
  const found = members.filter((member) => member.zone === zone && member.role === "Primary");
  const [primary] = found;
  if (!primary) {
    const message = `zone ${zone} has no MemberCluster with role Primary, so there is nowhere to write zone-scoped objects`;
    return { type: "Held", finding: { reason: "NoPrimary", field, message } };
  }
  if (found.length > 1) {
    const names = found.map(({ name }) => name).join(", ");
    const message = `zone ${zone} has ${found.length} Primaries (${names}); it must have exactly one`;
    return { type: "Held", finding: { reason: "SeveralPrimaries", field, message } };
  }
  const taint = repelling(primary.taints, tolerations, carries(primary));
  if (taint) {
    const message = `${primary.name}, the Primary of zone ${zone}, has the taint ${taintText(taint)}, which the placement does not tolerate`;
    return {
      type: taint.effect === "NoExecute" ? "Evicted" : "Held",
      finding: { reason: "ClusterTainted", field: "spec.placement.tolerations", message },
    };
  }
  if (primary.unschedulable && !carries(primary)) {
    const message = `${primary.name}, the Primary of zone ${zone}, is cordoned (spec.unschedulable)`;
    return { type: "Held", finding: { reason: "ClusterUnschedulable", field, message } };
  }
  return { type: "Usable", primary };
}
