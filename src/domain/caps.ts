import type { AccessPointStatus, CertificateStatus, ClusterStatus } from "../api/accesspoint.ts";
import { entryOf } from "./rollout/entries.ts";
import { cut } from "./text.ts";
import { worstCertificateFirst } from "./traffic/certificates/summary.ts";

/** An object may be 1.5 MiB in etcd; specification, managed fields and what comes later need their share. Bytes of JSON. */
export const MAX_STATUS_BYTES = 512 * 1024;

/** How much of a cluster is told. */
interface Limits {
  readonly problems: number;
  readonly messages: number;
  readonly gateways: number;
  readonly certificates: number;
  /** Addresses, and host names, of one Gateway. */
  readonly names: number;
  /** Paths to one Gateway. */
  readonly paths: number;
  /** Also the paths that nothing is known to be wrong with: addresses say the same. */
  readonly calmPaths: boolean;
  /** What tells one certificate from another, besides when it ends. */
  readonly identity: boolean;
  /** Fields of one problem. */
  readonly fields: number;
  /** Characters of a text. */
  readonly text: number;
}

const ALL: Limits = {
  problems: 5,
  messages: 5,
  gateways: 16,
  certificates: 16,
  names: 16,
  paths: 16,
  calmPaths: true,
  identity: true,
  fields: 10,
  text: 300,
};
const FEWER: Limits = { ...ALL, problems: 3, messages: 3, names: 8, paths: 4, calmPaths: false, fields: 3, text: 160 };
const FEW: Limits = { ...FEWER, problems: 2, messages: 2, gateways: 8, certificates: 8, names: 4, paths: 2, identity: false };
const SOME: Limits = { ...FEW, problems: 1, messages: 1, gateways: 4, certificates: 4, names: 2, paths: 1, fields: 1, text: 100 };
const TWO: Limits = { ...SOME, gateways: 2, certificates: 2, fields: 0, text: 60 };
const ONE: Limits = { ...TWO, problems: 0, messages: 0, certificates: 1, names: 1 };

/** From what fits nearly always to what fits hundreds of clusters that are all in trouble: what others decide by goes last. */
const LEVELS: readonly Limits[] = [
  ALL,
  FEWER,
  FEW,
  SOME,
  TWO,
  ONE,
  { ...ONE, gateways: 1, paths: 0 },
  { ...ONE, gateways: 1, certificates: 0, paths: 0 },
  { ...ONE, gateways: 0, certificates: 0 },
];

/** Ways to tell of a cluster, from all to what a rollout cannot do without. */
const STEPS: readonly ((cluster: ClusterStatus) => ClusterStatus)[] = [
  ...LEVELS.map((limits) => (cluster: ClusterStatus) => reduce(cluster, limits)),
  essence,
];
const LEAST = STEPS.length - 1;

/** More ports of one Gateway are not told at all: half of them would say that it does not listen on the others. */
const MAX_PORTS = 16;

/** Messages of conditions and of the rollout, which exist once: as long as they may be, and where even that is too much. Characters. */
const MESSAGES = [2048, 256] as const;

/** Shares of the room that a cluster may take at most: one that has much to tell does not silence the others. */
const MAX_SHARES = 4;

/**
 * The status with as much detail as fits; what is left out is counted. What a rollout goes by is never left out: with 500 clusters
 * and names of 63 characters there is room for it.
 */
export function capped(status: AccessPointStatus): AccessPointStatus {
  const { clusters = [] } = status;
  for (const longest of MESSAGES) {
    const base = withMessages(status, longest);
    const fitting = fit(clusters, MAX_STATUS_BYTES - size({ ...base, clusters: [] }));
    if (fitting) return { ...base, clusters: [...fitting] };
  }
  return { ...withoutDiff(withMessages(status, MESSAGES[1])), clusters: clusters.map(essence) };
}

/** Whether status had no room for something of a cluster that others decide by. */
export const isCut = ({
  gateways = [],
  omittedGateways = 0,
  certificates = [],
  omittedCertificates = 0,
}: Pick<ClusterStatus, "gateways" | "omittedGateways" | "certificates" | "omittedCertificates">): boolean =>
  omittedGateways + omittedCertificates > 0 ||
  gateways.some(({ omitted = 0 }) => omitted > 0) ||
  certificates.some(({ installed, fingerprint }) => installed && fingerprint === undefined);

/** Undefined when not even the least that is told of clusters fits. */
function fit(clusters: readonly ClusterStatus[], room: number): readonly ClusterStatus[] | undefined {
  const most = (MAX_SHARES * room) / clusters.length;
  /** From which step on a cluster takes no more than it may, as far as that was looked at. */
  const first = clusters.map(() => 0);
  for (let step = 0; step <= LEAST; step++) {
    const told: Told[] = [];
    let left = room;
    let tooMuch = 0;
    for (const [index, cluster] of clusters.entries()) {
      let one = tell(cluster, Math.max(step, first[index]!));
      if (one.bytes > most) {
        tooMuch += one.bytes;
        one = more(cluster, tell(cluster, LEAST), most);
        first[index] = one.step;
      }
      left -= one.bytes;
      // No further than it has to be looked, nor at much that cannot be told.
      if (left < 0 || tooMuch > 2 * room) break;
      told.push(one);
    }
    if (left >= 0 && told.length === clusters.length) return inTroubleFirst(clusters, told, left, most);
  }
  return undefined;
}

/** What is left of the room goes to those that people look at. */
function inTroubleFirst(
  clusters: readonly ClusterStatus[],
  told: readonly Told[],
  room: number,
  most: number,
): readonly ClusterStatus[] {
  let left = room;
  return told.map((one, index) => {
    if (one.cluster.phase === "Ready") return one.cluster;
    const { cluster, bytes } = more(clusters[index]!, one, Math.min(most, one.bytes + left));
    left -= bytes - one.bytes;
    return cluster;
  });
}

interface Told {
  readonly cluster: ClusterStatus;
  readonly step: number;
  readonly bytes: number;
}

function tell(cluster: ClusterStatus, step: number): Told {
  const told = STEPS[step]!(cluster);
  // One more for the comma.
  return { cluster: told, step, bytes: size(told) + 1 };
}

/** As much more of a cluster as takes no more than `most` bytes. */
function more(cluster: ClusterStatus, told: Told, most: number): Told {
  const next = told.step > 0 ? tell(cluster, told.step - 1) : undefined;
  return next && next.bytes <= most ? more(cluster, next, most) : told;
}

/** What the rollout goes by, where it stands, and how much is left out. */
function essence(cluster: ClusterStatus): ClusterStatus {
  const { region: _, ...entry } = entryOf(cluster);
  const { omittedGateways, omittedCertificates } = reduce(cluster, LEVELS.at(-1)!);
  return {
    ...entry,
    phase: cluster.phase,
    ...(omittedGateways ? { omittedGateways } : {}),
    ...(omittedCertificates ? { omittedCertificates } : {}),
  };
}

function withMessages(status: AccessPointStatus, longest: number): AccessPointStatus {
  const { rollout, conditions, placement } = status;
  const short = <T extends { readonly message?: string | undefined }>(told: T): T =>
    told.message ? { ...told, message: cut(told.message, longest) } : told;
  return {
    ...status,
    ...(rollout
      ? {
          rollout: {
            ...short(rollout),
            ...(rollout.failure ? { failure: short(rollout.failure) } : {}),
            ...(rollout.stages ? { stages: rollout.stages.map(short) } : {}),
          },
        }
      : {}),
    ...(placement ? { placement: short(placement) } : {}),
    ...(conditions ? { conditions: conditions.map(short) } : {}),
  };
}

function withoutDiff({ rollout, ...status }: AccessPointStatus): AccessPointStatus {
  if (!rollout) return status;
  const { diff = [], omittedDiffs = 0, ...rest } = rollout;
  const omitted = omittedDiffs + diff.length;
  return { ...status, rollout: { ...rest, ...(omitted > 0 ? { omittedDiffs: omitted } : {}) } };
}

function reduce({ gateways = [], certificates = [], ...cluster }: ClusterStatus, limits: Limits): ClusterStatus {
  const { message, objects, routes } = cluster;
  const shownGateways = worstOf(gateways, limits.gateways, worstGatewayFirst).map((gateway) => reduceGateway(gateway, limits));
  const shownCertificates = worstOf(certificates, limits.certificates, worstCertificateFirst).map((certificate) =>
    reduceCertificate(certificate, limits),
  );
  const omittedGateways = (cluster.omittedGateways ?? 0) + gateways.length - shownGateways.length;
  const omittedCertificates = (cluster.omittedCertificates ?? 0) + certificates.length - shownCertificates.length;
  return {
    ...cluster,
    ...(message ? { message: cut(message, limits.text) } : {}),
    ...(objects ? { objects: reduceObjects(objects, limits) } : {}),
    ...(shownGateways.length > 0 ? { gateways: shownGateways } : {}),
    ...(omittedGateways > 0 ? { omittedGateways } : {}),
    ...(shownCertificates.length > 0 ? { certificates: shownCertificates } : {}),
    ...(omittedCertificates > 0 ? { omittedCertificates } : {}),
    ...(routes ? { routes: reduceRoutes(routes, limits) } : {}),
  };
}

/** As they are where there is room for all, else the worst of them. */
const worstOf = <T>(all: readonly T[], limit: number, worstFirst: (a: T, b: T) => number): readonly T[] =>
  all.length <= limit ? all : all.toSorted(worstFirst).slice(0, limit);

function reduceRoutes({ messages = [], ...routes }: NonNullable<ClusterStatus["routes"]>, limits: Limits) {
  const shown = messages.slice(0, limits.messages).map((text) => cut(text, limits.text));
  return { ...routes, ...(shown.length > 0 ? { messages: shown } : {}) };
}

function reduceObjects(
  { problems = [], omittedProblems = 0, ...counts }: NonNullable<ClusterStatus["objects"]>,
  limits: Limits,
): NonNullable<ClusterStatus["objects"]> {
  const shown = problems.slice(0, limits.problems).map((problem) => reduceProblem(problem, limits));
  const omitted = omittedProblems + problems.length - shown.length;
  return { ...counts, ...(shown.length > 0 ? { problems: shown } : {}), ...(omitted > 0 ? { omittedProblems: omitted } : {}) };
}

type Problem = NonNullable<NonNullable<ClusterStatus["objects"]>["problems"]>[number];

function reduceProblem({ fields, omittedFields = 0, ...problem }: Problem, limits: Limits): Problem {
  const shown = fields?.slice(0, limits.fields) ?? [];
  const omitted = omittedFields + (fields?.length ?? 0) - shown.length;
  return {
    ...problem,
    message: cut(problem.message, limits.text),
    ...(shown.length > 0 ? { fields: shown } : {}),
    ...(omitted > 0 ? { omittedFields: omitted } : {}),
  };
}

type Gateway = NonNullable<ClusterStatus["gateways"]>[number];
type GatewayPath = NonNullable<Gateway["paths"]>[number];

const GATEWAYS_WORST_FIRST: readonly Gateway["state"][] = ["Degraded", "Unexposed", "Ambiguous", "Pending", "Unknown", "Ready"];

const worstGatewayFirst = (a: Gateway, b: Gateway): number =>
  GATEWAYS_WORST_FIRST.indexOf(a.state) - GATEWAYS_WORST_FIRST.indexOf(b.state);

function reduceGateway(gateway: Gateway, limits: Limits): Gateway {
  const { vips, fqdns, ports, paths = [], message, ...rest } = gateway;
  const { names, text } = limits;
  const telling = limits.calmPaths ? paths : paths.filter(({ healthy }) => healthy === false);
  const shown = worstOf(telling, limits.paths, worstPathFirst);
  const omitted = Math.max(0, vips.length - names) + Math.max(0, fqdns.length - names) + paths.length - shown.length;
  return {
    ...rest,
    vips: vips.slice(0, names),
    fqdns: fqdns.slice(0, names),
    ...(ports && ports.length <= MAX_PORTS ? { ports } : {}),
    ...(message ? { message: cut(message, text) } : {}),
    ...(shown.length > 0 ? { paths: [...shown] } : {}),
    ...(omitted > 0 ? { omitted: (gateway.omitted ?? 0) + omitted } : {}),
  };
}

const worstPathFirst = (a: GatewayPath, b: GatewayPath): number => Number(a.healthy ?? true) - Number(b.healthy ?? true);

function reduceCertificate(
  { moreHosts, message, served, ...certificate }: CertificateStatus,
  { names, text, identity }: Limits,
): CertificateStatus {
  const { fingerprint: _, serial: __, issuer: ___, notBefore: ____, ...anonymous } = certificate;
  return {
    ...(identity ? certificate : anonymous),
    ...(served ? { served: { ...served, ...(served.message ? { message: cut(served.message, text) } : {}) } } : {}),
    ...(moreHosts && identity ? { moreHosts: moreHosts.slice(0, names) } : {}),
    ...(message ? { message: cut(message, text) } : {}),
  };
}

const size = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
