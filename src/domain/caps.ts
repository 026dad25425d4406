import type { AccessPointStatus, CertificateStatus, ClusterStatus } from "../api/accesspoint.ts";

/** An object may be 1.5 MiB in etcd; specification, managed fields and what comes later need their share. Bytes of JSON. */
export const MAX_STATUS_BYTES = 512 * 1024;

/** How much of each cluster is told. */
interface Limits {
  readonly problems: number;
  readonly messages: number;
  readonly gateways: number;
  readonly certificates: number;
  /** Addresses, and host names, of one Gateway. */
  readonly names: number;
  /** Paths to one Gateway: its addresses say the same, but for what is wrong with them. */
  readonly paths: number;
  /** Fields of one problem. */
  readonly fields: number;
  /** Characters of a text. */
  readonly text: number;
}

/** From what fits nearly always to what fits hundreds of clusters that are all in trouble. */
const LEVELS: readonly Limits[] = [
  { problems: 5, messages: 5, gateways: 16, certificates: 16, names: 16, paths: 16, fields: 10, text: 300 },
  { problems: 2, messages: 2, gateways: 4, certificates: 4, names: 4, paths: 1, fields: 3, text: 160 },
  { problems: 1, messages: 1, gateways: 1, certificates: 1, names: 2, paths: 0, fields: 1, text: 100 },
  { problems: 0, messages: 0, gateways: 1, certificates: 0, names: 1, paths: 0, fields: 0, text: 60 },
  { problems: 0, messages: 0, gateways: 0, certificates: 0, names: 0, paths: 0, fields: 0, text: 60 },
];

/** More ports of one Gateway are not told at all: half of them would say that it does not listen on the others. */
const MAX_PORTS = 16;

/** Messages of conditions and of the rollout, which exist once. Characters. */
const MAX_MESSAGE = 2048;

/** The status with as much detail as fits; what is left out is counted. */
export function capped(status: AccessPointStatus): AccessPointStatus {
  const { rollout, conditions, clusters = [] } = status;
  const base: AccessPointStatus = {
    ...status,
    ...(rollout?.message ? { rollout: { ...rollout, message: cut(rollout.message, MAX_MESSAGE) } } : {}),
    ...(conditions ? { conditions: conditions.map((each) => ({ ...each, message: cut(each.message, MAX_MESSAGE) })) } : {}),
  };
  const room = MAX_STATUS_BYTES - size({ ...base, clusters: [] });
  for (const limits of LEVELS.slice(0, -1)) {
    const reduced = reducedToFit(clusters, limits, room);
    if (reduced) return { ...base, clusters: [...reduced] };
  }
  return { ...base, clusters: clusters.map((cluster) => reduce(cluster, LEVELS.at(-1)!)) };
}

/** Undefined when they do not fit; looks no further than it has to. */
function reducedToFit(clusters: readonly ClusterStatus[], limits: Limits, room: number): readonly ClusterStatus[] | undefined {
  const reduced: ClusterStatus[] = [];
  let left = room;
  for (const cluster of clusters) {
    const one = reduce(cluster, limits);
    // One more for the comma.
    left -= size(one) + 1;
    if (left < 0) return undefined;
    reduced.push(one);
  }
  return reduced;
}

function reduce({ gateways = [], certificates = [], ...cluster }: ClusterStatus, limits: Limits): ClusterStatus {
  const { message, objects, routes } = cluster;
  const shownGateways = gateways.slice(0, limits.gateways).map((gateway) => reduceGateway(gateway, limits));
  const shownCertificates = certificates.slice(0, limits.certificates).map((certificate) => reduceCertificate(certificate, limits));
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

function reduceGateway(gateway: Gateway, limits: Limits): Gateway {
  const { vips, fqdns, paths = [], message } = gateway;
  const { names, text } = limits;
  // What is wrong is told first.
  const shown = paths.length > limits.paths ? paths.toSorted(byHealth).slice(0, limits.paths) : paths;
  const omitted = Math.max(0, vips.length - names) + Math.max(0, fqdns.length - names) + paths.length - shown.length;
  const { paths: _, ports, ...rest } = gateway;
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

const byHealth = (a: GatewayPath, b: GatewayPath): number => Number(a.healthy ?? true) - Number(b.healthy ?? true);

function reduceCertificate(
  { moreHosts, message, served, ...certificate }: CertificateStatus,
  { names, text }: Limits,
): CertificateStatus {
  return {
    ...certificate,
    ...(served ? { served: { ...served, ...(served.message ? { message: cut(served.message, text) } : {}) } } : {}),
    ...(moreHosts && names > 0 ? { moreHosts: moreHosts.slice(0, names) } : {}),
    ...(message ? { message: cut(message, text) } : {}),
  };
}

const cut = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`);

const size = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
