import type { Leader } from "../api/accesspoint.ts";
import { byPath } from "./generic.ts";
import { bindingOf, resourceBinding } from "./karmada.ts";
import { federated } from "./kubefed.ts";
import { fleetPlacement } from "./kubefleet.ts";
import { placementDecision } from "./ocm.ts";
import type { Source } from "./source.ts";

/** How a leader on the hub is read. A kind that is no placement itself is looked for among what Karmada binds. */
export function sourceOf(leader: Leader): Source {
  const group = leader.apiVersion.includes("/") ? leader.apiVersion.split("/")[0] : "";
  if (leader.clustersPath !== undefined) return byPath(leader, leader.clustersPath);
  switch (group) {
    case "types.kubefed.io":
      return federated(leader);
    case "placement.kubernetes-fleet.io":
      return fleetPlacement(leader);
    case "cluster.open-cluster-management.io":
      return placementDecision(leader);
    case "work.karmada.io":
      return resourceBinding(leader);
    default:
      return bindingOf(leader);
  }
}
