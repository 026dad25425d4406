import type { AccessPointStatus, ClusterStatus } from "../../api/accesspoint.ts";

/** What a list of AccessPoints shows of their traffic: the first address and host name and how many more there are, routes of all clusters. */
export function trafficSummary(clusters: readonly ClusterStatus[]): Pick<AccessPointStatus, "vip" | "fqdn" | "routes"> {
  const gateways = clusters.flatMap((cluster) => cluster.gateways ?? []);
  const vip = firstOf(gateways.flatMap(({ vips }) => vips));
  const fqdn = firstOf(gateways.flatMap(({ fqdns }) => fqdns));
  const routes = clusters.flatMap((cluster) => cluster.routes ?? []);
  const configured = routes.filter(({ state }) => state === "Configured");
  return {
    ...(vip ? { vip } : {}),
    ...(fqdn ? { fqdn } : {}),
    ...(routes.length > 0 ? { routes: `${configured.length}/${routes.length}` } : {}),
  };
}

function firstOf(all: readonly string[]): string | undefined {
  const [first, ...more] = new Set(all);
  return first && more.length > 0 ? `${first} +${more.length}` : first;
}
