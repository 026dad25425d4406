import type { KubeObject } from "../../kube/resource.ts";
import type { Kernel } from "../kernel.ts";
import type { ServedKind } from "../registry.ts";
import { addressWarnings, rangeWarnings } from "../schema/builtin/rules.ts";
import { ApiError, invalid, outOfSpace } from "../status.ts";
import { parse, type Stored } from "../store.ts";

interface Port {
  readonly port: number;
  readonly protocol?: string;
  readonly nodePort?: number;
}

interface ServiceSpec {
  readonly type?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly clusterIP?: string;
  readonly externalIPs?: readonly string[];
  readonly clusterIPs?: readonly string[];
  readonly ipFamilies?: readonly string[];
  readonly ipFamilyPolicy?: string;
  readonly ports?: readonly Port[];
  readonly allocateLoadBalancerNodePorts?: boolean;
  readonly externalTrafficPolicy?: string;
  readonly healthCheckNodePort?: number;
  readonly loadBalancerIP?: string;
  readonly loadBalancerSourceRanges?: readonly string[];
  readonly [field: string]: unknown;
}

const service = { group: "", kind: "Service" };
const firstNodePort = 30_000;
const nodePorts = 2768;
const addresses = 1 << 20;

const specOf = (object: KubeObject): ServiceSpec => (object["spec"] as ServiceSpec | undefined) ?? {};

const nodePortsOf = ({ ports = [], healthCheckNodePort }: ServiceSpec): number[] =>
  [...ports.map(({ nodePort }) => nodePort), healthCheckNodePort].filter(
    (port): port is number => port !== undefined && port !== 0,
  );

/** 10.96.0.0/12. */
const clusterAddress = (index: number): string => `10.${96 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`;

/** The cluster addresses and node ports that Services hold: kept along with the store, since asking it is slow. */
export class ServiceAllocations {
  readonly #addresses = new Set<string>();
  readonly #nodePorts = new Set<number>();
  /** Where the search for a free address goes on. */
  #next = 0;

  constructor({ store }: Pick<Kernel, "store">) {
    store.subscribe(({ collection, type, object, previous }) => {
      if (collection !== "/services") return;
      if (previous) this.#forget(previous);
      if (type !== "DELETED") this.#remember(object);
    });
  }

  /** Learns the store anew, after a restore. */
  reload({ store }: Pick<Kernel, "store">): void {
    this.#addresses.clear();
    this.#nodePorts.clear();
    for (const stored of store.list("/services")) this.#remember(stored);
  }

  freeAddress(): string {
    for (let tried = 0; tried < addresses - 2; tried++) {
      const address = clusterAddress((this.#next++ % (addresses - 2)) + 1);
      if (!this.#addresses.has(address)) return address;
    }
    throw new ApiError(500, "InternalError", "Internal error occurred: failed to allocate a serviceIP: range is full");
  }

  /** Why a Service cannot have this node port; undefined when it can. */
  problemWith(nodePort: number): string | undefined {
    if (nodePort < firstNodePort || nodePort >= firstNodePort + nodePorts) {
      const range = `${firstNodePort}-${firstNodePort + nodePorts - 1}`;
      return `provided port is not in the valid range. The range of valid ports is ${range}`;
    }
    return this.#nodePorts.has(nodePort) ? "provided port is already allocated" : undefined;
  }

  freeNodePort(except: ReadonlySet<number>): number {
    for (let port = firstNodePort; port < firstNodePort + nodePorts; port++) {
      if (!this.#nodePorts.has(port) && !except.has(port)) return port;
    }
    throw new ApiError(500, "InternalError", "Internal error occurred: failed to allocate a nodePort: range is full");
  }

  #remember(stored: Stored): void {
    const spec = specOf(parse(stored));
    for (const address of spec.clusterIPs ?? []) this.#addresses.add(address);
    for (const port of nodePortsOf(spec)) this.#nodePorts.add(port);
  }

  #forget(stored: Stored): void {
    const spec = specOf(parse(stored));
    for (const address of spec.clusterIPs ?? []) this.#addresses.delete(address);
    for (const port of nodePortsOf(spec)) this.#nodePorts.delete(port);
  }
}

function warningsAbout(object: KubeObject): string[] {
  const spec = specOf(object);
  const { type, clusterIP, clusterIPs = [], externalIPs = [], externalName, loadBalancerIP } = spec;
  const isHeadless = clusterIP === "None";
  const isElsewhere = type === "ExternalName";
  const hasAddresses = externalIPs.length > 0;
  const hints = "service.kubernetes.io/topology-aware-hints";
  const when = (isWarned: boolean, warning: string): readonly string[] => (isWarned ? [warning] : []);
  return [
    ...when(
      object.metadata.annotations?.[hints] !== undefined,
      `annotation ${hints} is deprecated, please use service.kubernetes.io/topology-mode instead`,
    ),
    ...(isHeadless || isElsewhere ? [] : clusterIPs.flatMap((ip, i) => addressWarnings(`spec.clusterIPs[${i}]`, ip))),
    ...when(isHeadless && Boolean(loadBalancerIP), "spec.loadBalancerIP is ignored for headless services"),
    ...when(isHeadless && hasAddresses, "spec.externalIPs is ignored for headless services"),
    ...when(isHeadless && spec.sessionAffinity !== "None", "spec.SessionAffinity is ignored for headless services"),
    ...externalIPs.flatMap((ip, i) => addressWarnings(`spec.externalIPs[${i}]`, ip)),
    ...when(
      hasAddresses && !isHeadless && !isElsewhere,
      "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
    ),
    ...(loadBalancerIP ? addressWarnings("spec.loadBalancerIP", loadBalancerIP) : []),
    ...(spec.loadBalancerSourceRanges ?? []).flatMap((range, i) => rangeWarnings(`spec.loadBalancerSourceRanges[${i}]`, range)),
    ...when(isElsewhere && hasAddresses, 'spec.externalIPs is ignored when spec.type is "ExternalName"'),
    ...when(!isElsewhere && Boolean(externalName), 'spec.externalName is ignored when spec.type is not "ExternalName"'),
    ...when(
      spec.trafficDistribution === "PreferClose",
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ),
  ];
}

/** What the API server decides about a Service: its addresses and its node ports. */
export const serviceHooks: Pick<ServedKind, "warnings" | "prepareForCreate" | "prepareForUpdate" | "outOfSpace"> = {
  warnings: warningsAbout,
  prepareForCreate: (object, { services }) => allocate({ ...object, status: { loadBalancer: {} } }, undefined, services),
  prepareForUpdate: (object, old, { services }) => allocate(object, old, services),
  // Addresses are kept before the Service is.
  outOfSpace: (object) => {
    const { type, clusterIP = "" } = specOf(object);
    if (type === "ExternalName" || clusterIP === "None") return undefined;
    const message = `Invalid value: [${JSON.stringify(clusterIP)}]: failed to allocate IP: ${outOfSpace}`;
    return invalid(service, object.metadata.name, [{ type: "FieldValueInvalid", field: "spec.clusterIPs", message }]);
  },
};

function allocate(object: KubeObject, old: KubeObject | undefined, allocations: ServiceAllocations): KubeObject {
  const spec = specOf(object);
  if (spec.type === "ExternalName") return object;
  const before = old ? specOf(old) : undefined;
  const clusterIP = spec.clusterIP || before?.clusterIP || allocations.freeAddress();
  // Whoever keeps the endpoints of a headless service may keep them of any family.
  const anyFamily = clusterIP === "None" && Object.keys(spec.selector ?? {}).length === 0;
  const allocated: ServiceSpec = {
    ...spec,
    clusterIP,
    clusterIPs: spec.clusterIPs ?? [clusterIP],
    ipFamilies: spec.ipFamilies ?? before?.ipFamilies ?? (anyFamily ? ["IPv4", "IPv6"] : ["IPv4"]),
    ipFamilyPolicy: spec.ipFamilyPolicy ?? before?.ipFamilyPolicy ?? (anyFamily ? "RequireDualStack" : "SingleStack"),
    ...(spec.ports && { ports: withNodePorts(spec, before?.ports ?? [], object.metadata.name, allocations) }),
  };
  return { ...object, spec: withHealthCheck(allocated, before?.healthCheckNodePort, allocations) };
}

/** Who balances to the nodes that have an endpoint asks each of them for that. */
function withHealthCheck(spec: ServiceSpec, before: number | undefined, allocations: ServiceAllocations): ServiceSpec {
  const { type, externalTrafficPolicy, healthCheckNodePort: wanted } = spec;
  if (type !== "LoadBalancer" || externalTrafficPolicy !== "Local") return spec;
  if (!wanted) return { ...spec, healthCheckNodePort: allocations.freeNodePort(new Set(nodePortsOf(spec))) };
  const problem = wanted === before ? undefined : allocations.problemWith(wanted);
  if (problem === undefined) return spec;
  const message = `Internal error occurred: failed to allocate requested HealthCheck NodePort ${wanted}: ${problem}`;
  throw new ApiError(500, "InternalError", message, { causes: [{ message: message.replace("Internal error occurred: ", "") }] });
}

function withNodePorts(spec: ServiceSpec, before: readonly Port[], name: string, allocations: ServiceAllocations): readonly Port[] {
  const ports = spec.ports ?? [];
  const wanted = spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  if (!wanted) return ports.map(({ nodePort, ...port }) => port);
  const kept = new Map(before.map(({ port, protocol, nodePort }) => [`${port}/${protocol}`, nodePort]));
  const mine = new Set(kept.values());
  const given = new Set<number>();
  return ports.map((port, index) => {
    const problem = port.nodePort && !mine.has(port.nodePort) && allocations.problemWith(port.nodePort);
    if (problem) {
      const message = `Invalid value: ${port.nodePort}: ${problem}`;
      throw invalid(service, name, [{ type: "FieldValueInvalid", field: `spec.ports[${index}].nodePort`, message }]);
    }
    const nodePort = port.nodePort || kept.get(`${port.port}/${port.protocol}`) || allocations.freeNodePort(given);
    given.add(nodePort);
    return { ...port, nodePort };
  });
}
