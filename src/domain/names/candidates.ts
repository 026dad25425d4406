import type { AccessPoint, ClusterStatus } from "../../api/accesspoint.ts";
import type { NameServiceSpec, NameServiceStatus, NameTarget } from "../../api/nameservice.ts";
import type { Finding } from "../finding.ts";
import { repelling, taintText } from "../placement/taints.ts";
import type { Member } from "../selection.ts";
import { chooseGateways, offerOf } from "./gateways.ts";
import type { Candidate } from "./model.ts";
import { canonical } from "./values.ts";

/** What targets are looked up in. */
export interface Surroundings {
  /** An AccessPoint of the NameService's namespace. */
  readonly accessPoint: (name: string) => AccessPoint | undefined;
  readonly member: (name: string) => Member | undefined;
  /** All of them. */
  readonly members: () => readonly Member[];
}

export interface Found {
  readonly candidates: readonly Candidate[];
  /** What is wrong with a target as a whole. */
  readonly findings: readonly Finding[];
}

/** Everything that the targets lead to, each with the reason why it is not answered. */
export function findCandidates(spec: NameServiceSpec, status: NameServiceStatus | undefined, around: Surroundings): Found {
  const published = new Set((status?.records ?? []).flatMap(({ values }) => values));
  const answered = new Map(
    (status?.targets ?? [])
      // One whose ratio is 0 is left out of the answers, and for no other reason; its record is there.
      .filter(({ state, reason, values }) => state !== "LeftOut" || (!reason && values.some((value) => published.has(value))))
      .map(({ name, cluster = "", values }) => [`${name} ${cluster}`, values]),
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

function hostCandidate(target: NameTarget, index: number, { members }: Surroundings): Found {
  const { host = "", zone, ratio } = target;
  const inZone = zone === undefined ? [] : members().filter((member) => member.zone === zone);
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
  /** Addresses that were answered in the last pass, by target and cluster. */
  answered: ReadonlyMap<string, readonly string[]>,
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
  const clusters = (accessPoint.status?.clusters ?? []).filter(
    ({ gateways = [], omittedGateways = 0 }) => gateways.length + omittedGateways > 0,
  );
  const { wanted, findings } = chooseGateways(spec, target, clusters, field);
  const candidates = clusters.flatMap((cluster): Candidate[] => {
    const last = answered.get(`${name} ${cluster.name}`);
    const offer = offerOf(cluster, wanted, spec.healthCheck?.port, last);
    if (!offer) return [];
    const member = memberOf(cluster.name);
    const drain = drainOf(member, accessPoint);
    const leftOut =
      standingOf(cluster, last !== undefined) ??
      (drain ? ({ reason: "ClusterDrained", message: drain } as const) : undefined) ??
      offer.leftOut;
    return [
      {
        target: index,
        name,
        ratio: target.ratio,
        cluster: cluster.name,
        ...placeOf(cluster, member),
        values: offer.values,
        ...(leftOut ? { leftOut } : {}),
      },
    ];
  });
  return { candidates, findings };
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

/** Why a cluster takes no more traffic; undefined when it does. A cordon keeps what is there, so that it is none. */
function drainOf(member: Member | undefined, accessPoint: AccessPoint | undefined): string | undefined {
  if (!member) return "the cluster is not registered any more";
  if (member.detaching) return `${member.name} leaves the fleet`;
  const taint = repelling(member.taints, accessPoint?.spec.placement?.tolerations, true);
  return taint && `${member.name} has taint ${taintText(taint)}`;
}

function placeOf({ zone, region }: ClusterStatus, member: Member | undefined): Pick<Candidate, "zone" | "region"> {
  const known = { zone: member?.zone ?? zone, region: member?.region ?? region };
  return { ...(known.zone ? { zone: known.zone } : {}), ...(known.region ? { region: known.region } : {}) };
}
