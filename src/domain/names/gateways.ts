import type { ClusterStatus } from "../../api/accesspoint.ts";
import type { NameServiceSpec, NameTarget } from "../../api/nameservice.ts";
import type { Finding } from "../finding.ts";
import type { Candidate } from "./model.ts";
import { canonical, serves } from "./values.ts";

type Gateway = NonNullable<ClusterStatus["gateways"]>[number];

/** The Gateways that a target means, and what is odd about them. */
export function chooseGateways(
  { fqdn }: NameServiceSpec,
  { accessPoint, gateway: named }: NameTarget,
  clusters: readonly ClusterStatus[],
  field: string,
): { readonly wanted: ReadonlySet<string>; readonly findings: readonly Finding[] } {
  const all = clusters.flatMap(({ gateways = [] }) => gateways);
  const offered = all.filter(({ name }) => named === undefined || name === named);
  const untold = clusters.some(({ omittedGateways = 0 }) => omittedGateways > 0);
  if (offered.length === 0) {
    const message = named
      ? `AccessPoint ${accessPoint} reports no Gateway ${named}`
      : `AccessPoint ${accessPoint} reports no Gateway (yet): status.clusters[].gateways is where addresses are taken from`;
    return { wanted: new Set(), findings: untold ? [] : [{ reason: "GatewayNotFound", field, message }] };
  }
  const serving = offered.filter(({ fqdns }) => fqdns.some((host) => serves(host, fqdn)));
  if (serving.length > 0) return { wanted: new Set(serving.map(({ name }) => name)), findings: [] };
  const wanted = new Set(offered.map(({ name }) => name));
  // It may be one of the host names that status had no room for.
  if (untold || offered.some(({ omitted = 0 }) => omitted > 0)) return { wanted, findings: [] };
  const message = `no Gateway of AccessPoint ${accessPoint} serves ${fqdn}: clients will be answered, and then refused`;
  return { wanted, findings: [{ reason: "FqdnNotServed", field, message }] };
}

/**
 * What the Gateways of one cluster offer; undefined when it has none that is meant. What the AccessPoint's status had no room for
 * is as it was: a full status takes neither a cluster nor an address out of the answers.
 *
 * @param port What has to be listened on, in the revision that the cluster has: another one may be on its way. Undefined: anything.
 * @param last Its addresses in the last pass, if they were answered.
 */
export function offerOf(
  { name, gateways = [], omittedGateways = 0 }: ClusterStatus,
  wanted: ReadonlySet<string>,
  port: number | undefined,
  last: readonly string[] | undefined,
): Pick<Candidate, "values" | "leftOut"> | undefined {
  const meant = gateways.filter((gateway) => wanted.has(gateway.name));
  if (meant.length === 0 && omittedGateways === 0) return undefined;
  const isCut = omittedGateways > 0 || meant.some(({ omitted = 0 }) => omitted > 0);
  const told = new Set(gateways.flatMap(({ vips }) => vips.map((vip) => canonical(vip) ?? vip)));
  const untold = isCut ? (last ?? []).filter((value) => !told.has(value)) : [];
  const serving = meant.filter(({ ports }) => port === undefined || ports === undefined || ports.includes(port));
  const ready = serving.filter(({ state }) => state === "Ready");
  const vips = [...new Set(ready.flatMap(({ vips }) => vips))];
  const healthy = vips.filter((vip) => !ready.some((gateway) => fails(gateway, vip)));
  const values = [...healthy.flatMap((vip) => canonical(vip) ?? []), ...untold];
  if (untold.length > 0) return { values };
  if (meant.length === 0)
    return lack(values, "GatewayNotReady", `the AccessPoint's status has no room for the Gateways of ${name}`);
  if (serving.length === 0)
    return lack(
      values,
      "PortNotServed",
      `no server of Gateway ${meant.map(({ name }) => name).join(", ")} listens on the health check's port`,
    );
  if (vips.length === 0) return lack(values, "GatewayNotReady", serving.map(describeGateway).join("; "));
  if (healthy.length === 0) return lack(values, "Unhealthy", `traffic to ${vips.join(", ")} fails`);
  if (values.length === 0)
    return lack(values, "InvalidAddress", `${healthy.join(", ").slice(0, 200)} is neither an address nor a host name`);
  return { values };
}

const lack = (values: readonly string[], reason: NonNullable<Candidate["leftOut"]>["reason"], message: string) => ({
  values,
  leftOut: { reason, message },
});

const describeGateway = ({ name, state, message }: Gateway): string =>
  `Gateway ${name} is ${state}${message ? `: ${message}` : ""}`;

/** Whether traffic to an address fails, whichever way it takes into the Gateway. */
function fails({ paths = [] }: Gateway, vip: string): boolean {
  const ways = paths.filter((path) => path.vip === vip);
  return ways.length > 0 && ways.every(({ healthy }) => healthy === false);
}
