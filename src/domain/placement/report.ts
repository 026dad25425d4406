import type { PlacementSpec, PlacementStatus } from "../../api/accesspoint.ts";
import type { NotSelectedReason } from "../../api/conditions.ts";
import type { Finding } from "../finding.ts";
import { compare } from "../selection.ts";
import { selectsNothing } from "./qualify.ts";

/** Names that are shown for one reason. */
const MAX_NAMES = 20;

/** Every cluster that is not placed, by reason; the most frequent reason first. */
export function notSelected(verdicts: ReadonlyMap<string, NotSelectedReason>): NonNullable<PlacementStatus["notSelected"]> {
  return [...Map.groupBy(verdicts, ([, reason]) => reason)]
    .map(([reason, entries]) => ({
      reason,
      count: entries.length,
      clusters: entries
        .map(([name]) => name)
        .sort(compare)
        .slice(0, MAX_NAMES),
    }))
    .sort((a, b) => b.count - a.count || compare(a.reason, b.reason));
}

/** "4 OtherZone (slc-1, slc-2, …), 1 Cordoned (lvs-2)". */
const describe = (groups: NonNullable<PlacementStatus["notSelected"]>): string =>
  groups
    .map(({ reason, count, clusters }) => {
      const shown = clusters.slice(0, 3);
      return `${count} ${reason} (${shown.join(", ")}${count > shown.length ? ", …" : ""})`;
    })
    .join(", ");

/** There is no target, and nothing else says why. */
export function nothingSelected(placement: PlacementSpec, members: number, excluded: PlacementStatus["notSelected"]): Finding {
  const message = selectsNothing(placement)
    ? "an empty placement selects nothing: name clusters, zones, regions or labels"
    : `none of the ${members} member clusters matches${excluded?.length ? `: ${describe(excluded)}` : ""}`;
  return { reason: "NoClusters", field: "spec.placement", message };
}
