import type { MemberCluster } from "../api/membercluster.ts";
import type { Member } from "../domain/selection.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { ClusterAccess } from "../integrations/discovery.ts";

/** A registered cluster as placement sees it, with what counts where the specification is silent; see domain/inventory.ts. */
export function toMember({ metadata, spec, status }: MemberCluster): Member {
  const region = spec.region ?? status?.region;
  return {
    name: metadata.name,
    zone: zoneOf({ spec, status }) ?? "",
    ...(region ? { region } : {}),
    role: spec.role ?? "Primary",
    labels: { ...status?.labels, ...metadata.labels },
    unschedulable: spec.unschedulable ?? false,
    ...(spec.taints?.length ? { taints: spec.taints } : {}),
    ...(spec.loadBalancer ? { loadBalancer: spec.loadBalancer.provider } : {}),
    ...(isSilent(status) ? { silent: true } : {}),
    detaching: metadata.deletionTimestamp !== undefined,
  };
}

function isSilent(status: MemberCluster["status"]): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready !== undefined && ready.status !== "True" && ready.reason !== "Connecting";
}

/** The zone that counts for a cluster; undefined while it is not known. */
export const zoneOf = ({
  spec,
  status,
}: {
  readonly spec: { readonly zone?: string | undefined };
  readonly status?: MemberCluster["status"] | undefined;
}): string | undefined => spec.zone ?? status?.zone;

/** The registered clusters as followed workloads are looked for in them. */
export const clustersOf = (members: readonly Member[], fleet: Fleet): readonly ClusterAccess[] =>
  members
    .filter(({ detaching }) => !detaching)
    .map(({ name }) => {
      const client = fleet.get(name)?.client;
      return { name, ...(client ? { client } : {}) };
    });
