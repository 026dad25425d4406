import type { Member } from "../domain/selection.ts";
import type { Hub } from "./hub.ts";

/** The registered clusters as placement sees them. */
export const membersOf = (hub: Hub): readonly Member[] =>
  [...hub.memberClusters.values()].map(({ metadata, spec }) => ({
    name: metadata.name,
    zone: spec.zone,
    ...(spec.region ? { region: spec.region } : {}),
    role: spec.role ?? "Primary",
    labels: metadata.labels ?? {},
    unschedulable: spec.unschedulable ?? false,
    ...(spec.taints?.length ? { taints: spec.taints } : {}),
    detaching: metadata.deletionTimestamp !== undefined,
  }));
