import type { MemberCluster } from "../api/membercluster.ts";
import type { Member } from "../domain/selection.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ClusterAccess } from "../integrations/discovery.ts";
import type { Hub } from "./hub.ts";

/** The registered clusters as placement sees them. */
export const membersOf = (hub: Hub): readonly Member[] => [...hub.memberClusters.values()].map(toMember);

export const toMember = ({ metadata, spec }: MemberCluster): Member => ({
  name: metadata.name,
  zone: spec.zone,
  ...(spec.region ? { region: spec.region } : {}),
  role: spec.role ?? "Primary",
  labels: metadata.labels ?? {},
  unschedulable: spec.unschedulable ?? false,
  ...(spec.taints?.length ? { taints: spec.taints } : {}),
  detaching: metadata.deletionTimestamp !== undefined,
});

/** The registered clusters as followed workloads are looked for in them. */
export const clustersOf = (hub: Hub, fleet: Fleet): readonly ClusterAccess[] =>
  membersOf(hub)
    .filter(({ detaching }) => !detaching)
    .map(({ name }) => {
      const client = fleet.get(name)?.client;
      return { name, ...(client ? { client } : {}) };
    });
