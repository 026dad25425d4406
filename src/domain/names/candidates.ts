import type { AccessPoint, ClusterStatus } from "../../api/accesspoint.ts";
import type { NameServiceSpec, NameServiceStatus, NameTarget } from "../../api/nameservice.ts";
import type { Finding } from "../finding.ts";
import { repelling, taintText } from "../placement/taints.ts";
import type { Member } from "../selection.ts";
import type { Candidate } from "./model.ts";
import { gatewaysListening } from "./ports.ts";
import { canonical, serves } from "./values.ts";

/** What targets are looked up in. */
export interface Surroundings {
  /** An AccessPoint of the NameService's namespace. */
  readonly accessPoint: (name: string) => AccessPoint | undefined;
  readonly member: (name: string) => Member | undefined;
  readonly membersOfZone: (zone: string) => readonly Member[];
}

export interface Found {
  readonly candidates: readonly Candidate[];
  /** What is wrong with a target as a whole. */
  readonly findings: readonly Finding[];
}

/** Everything that the targets lead to, each with the reason why it is not answered. */
export function findCandidates(spec: NameServiceSpec, status: NameServiceStatus | undefined, around: Surroundings): Found {
  const answered = new Set(
    (status?.targets ?? []).filter(({ state }) => state !== "LeftOut").map(({ name, cluster = "" }) => `${name} ${cluster}`),
  );
  const found = spec.targets.map((target, index) =>
    target.accessPoint === undefined
      ? hostCandidate(target, index, around)
      : accessPointCandidates(spec, target, index, around, answered),
  );
  return { candidates: found.flatMap(({ candidates }) => candidates), findings: found.flatMap(({ findings }) => findings) };
}

/** How a target is called in status, in set identifiers and in sentences. */
export const targetName = ({ accessPoint, gateway, host }: NameTarget): string =>
  accessPoint === undefined ? (host ?? "") : gateway === undefined ? accessPoint : `${accessPoint}/${gateway}`;

function hostCandidate(target: NameTarget, index: number, { membersOfZone }: Surroundings): Found {
  const { host = "", zone, ratio } = target;
  const inZone = zone === undefined ? [] : membersOfZone(zone);
  const drained = inZone.length > 0 && inZone.every((member) => drainOf(member, undefined) !== undefined);
  const region = inZone.find(({ region }) => region !== undefined)?.region;
  const value = canonical(host);
  const candidate: Candidate = {
    target: index,
    name: host,
    ratio,
    ...(zone === undefined ? {} : { zone }),
    ...(region === undefined ? {} : { region }),
    values: value === undefined ? [] : [value],
    ...(drained ? { leftOut: { reason: "ClusterDrained", message: `every cluster of zone ${zone} is drained` } } : {}),
  };
  return { candidates: [candidate], findings: [] };
}

function accessPointCandidates(
  spec: NameServiceSpec,
  target: NameTarget,
  index: number,
  { accessPoint: find, member: memberOf }: Surroundings,
  answered: ReadonlySet<string>,
): Found {
  const name = targetName(target);
  const field = `spec.targets[${index}]`;
  const accessPoint = find(target.accessPoint!);
  if (!accessPoint)
    return {
      candidates: [],
      findings: [
        { reason: "AccessPointNotFound", field, message: `there is no AccessPoint ${target.accessPoint} in this namespace` },
      ],
    };
  const clusters = (accessPoint.status?.clusters ?? []).filter(({ gateways = [] }) => gateways.length > 0);
  const { wanted, findings } = chooseGateways(spec, target, clusters, field);
  const port = spec.healthCheck?.port;
  const listening = port === undefined ? () => true : gatewaysListening(accessPoint, port);
  const candidates = clusters.flatMap((cluster): Candidate[] => {
    const gateways = (cluster.gateways ?? []).filter((gateway) => wanted.has(gateway.name));
    if (gateways.length === 0) return [];
    const serving = gateways.filter((gateway) => listening(gateway.name));
    const ready = serving.filter(({ state }) => state === "Ready");
    const vips = [...new Set(ready.flatMap(({ vips }) => vips))];
    const healthy = vips.filter((vip) => !ready.some((gateway) => fails(gateway, vip)));
    const values = healthy.flatMap((vip) => canonical(vip) ?? []);
    const member = memberOf(cluster.name);
    const drain = drainOf(member, accessPoint);
    const names = [...wanted].join(", ");
    const leftOut =
      standingOf(cluster, answered.has(`${name} ${cluster.name}`)) ??
      (drain && { reason: "ClusterDrained" as const, message: drain }) ??
      (serving.length === 0 && {
        reason: "PortNotServed" as const,
        message: `no server of Gateway ${names} listens on port ${port}`,
      }) ??
      undefined;
    return [
      {
        target: index,
        name,
        ratio: target.ratio,
        cluster: cluster.name,
        ...placeOf(cluster, member),
        values,
        ...(leftOut ? { leftOut } : lackOf(serving, vips, healthy, values)),
      },
    ];
  });
  return { candidates, findings };
}

/** The Gateways that a target means, and what is odd about them. */
function chooseGateways(
  { fqdn }: NameServiceSpec,
  { accessPoint, gateway: named }: NameTarget,
  clusters: readonly ClusterStatus[],
  field: string,
): { readonly wanted: ReadonlySet<string>; readonly findings: readonly Finding[] } {
  const all = clusters.flatMap(({ gateways = [] }) => gateways);
  const offered = all.filter(({ name }) => named === undefined || name === named);
  if (offered.length === 0) {
    const message = named
      ? `AccessPoint ${accessPoint} reports no Gateway ${named}`
      : `AccessPoint ${accessPoint} reports no Gateway (yet): status.clusters[].gateways is where addresses are taken from`;
    return { wanted: new Set(), findings: [{ reason: "GatewayNotFound", field, message }] };
  }
  const serving = offered.filter(({ fqdns }) => fqdns.some((host) => serves(host, fqdn)));
  if (serving.length > 0) return { wanted: new Set(serving.map(({ name }) => name)), findings: [] };
  const message = `no Gateway of AccessPoint ${accessPoint} serves ${fqdn}: clients will be answered, and then refused`;
  return { wanted: new Set(offered.map(({ name }) => name)), findings: [{ reason: "FqdnNotServed", field, message }] };
}

/**
 * Why the cluster itself is not answered. One that is being changed keeps its place, because its routes are replaced before they
 * are removed, but it does not gain one.
 */
function standingOf({ name, phase, message }: ClusterStatus, answered: boolean): Candidate["leftOut"] {
  const why = message ? `: ${message}` : "";
  switch (phase) {
    case "Ready":
      return undefined;
    case "Pending":
    case "Applying":
    case "Verifying":
      return answered ? undefined : { reason: "ClusterNotReady", message: `${name} is ${phase}${why}` };
    case "Failed":
    case "Unreachable":
    case "Removing":
      return { reason: "ClusterNotReady", message: `${name} is ${phase}${why}` };
  }
}

/** Why a cluster takes no more traffic; undefined when it does. */
function drainOf(member: Member | undefined, accessPoint: AccessPoint | undefined): string | undefined {
  if (!member) return "the cluster is not registered any more";
  if (member.detaching) return `${member.name} leaves the fleet`;
  if (member.unschedulable) return `${member.name} is cordoned`;
  const taint = repelling(member.taints, accessPoint?.spec.placement?.tolerations, true);
  return taint && `${member.name} has taint ${taintText(taint)}`;
}

function placeOf({ zone, region }: ClusterStatus, member: Member | undefined): Pick<Candidate, "zone" | "region"> {
  const known = { zone: member?.zone ?? zone, region: member?.region ?? region };
  return { ...(known.zone ? { zone: known.zone } : {}), ...(known.region ? { region: known.region } : {}) };
}

function lackOf(
  serving: readonly Gateway[],
  vips: readonly string[],
  healthy: readonly string[],
  values: readonly string[],
): Pick<Candidate, "leftOut"> {
  const lack = (reason: "GatewayNotReady" | "Unhealthy" | "InvalidAddress", message: string) => ({ leftOut: { reason, message } });
  if (vips.length === 0) return lack("GatewayNotReady", serving.map(describeGateway).join("; "));
  if (healthy.length === 0) return lack("Unhealthy", `traffic to ${vips.join(", ")} fails`);
  if (values.length === 0)
    return lack("InvalidAddress", `${healthy.join(", ").slice(0, 200)} is neither an address nor a host name`);
  return {};
}

const describeGateway = ({ name, state, message }: Gateway): string =>
  `Gateway ${name} is ${state}${message ? `: ${message}` : ""}`;

type Gateway = NonNullable<ClusterStatus["gateways"]>[number];

/** Whether traffic to an address fails, whichever way it takes into the Gateway. */
function fails({ paths = [] }: Gateway, vip: string): boolean {
  const ways = paths.filter((path) => path.vip === vip);
  return ways.length > 0 && ways.every(({ healthy }) => healthy === false);
}
