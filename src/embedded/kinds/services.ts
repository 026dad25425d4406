import type { KubeObject } from "../../kube/resource.ts";
import type { Kernel } from "../kernel.ts";
import type { ServedKind } from "../registry.ts";
import { ApiError, invalid } from "../status.ts";
import { parse } from "../store.ts";

interface Port {
  readonly port: number;
  readonly protocol?: string;
  readonly nodePort?: number;
}

interface ServiceSpec {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly clusterIPs?: readonly string[];
  readonly ipFamilies?: readonly string[];
  readonly ipFamilyPolicy?: string;
  readonly ports?: readonly Port[];
  readonly allocateLoadBalancerNodePorts?: boolean;
  readonly [field: string]: unknown;
}

const service = { group: "", kind: "Service" };
const firstNodePort = 30_000;
const nodePorts = 2768;

const specOf = (object: KubeObject): ServiceSpec => (object["spec"] as ServiceSpec | undefined) ?? {};

/** Cluster addresses are `10.x.y.z` below 10.96.0.0/12, the first one is the API server's own. */
const clusterAddress = (index: number): string => `10.${96 + ((index >> 16) & 15)}.${(index >> 8) & 255}.${index & 255}`;

function* services(kernel: Kernel): Generator<KubeObject> {
  for (const stored of kernel.store.list("/services")) yield parse(stored);
}

function freeAddress(kernel: Kernel): string {
  const taken = new Set<string>();
  for (const object of services(kernel)) for (const address of specOf(object).clusterIPs ?? []) taken.add(address);
  for (let index = 1; index < 1 << 20; index++) {
    const address = clusterAddress(index);
    if (!taken.has(address)) return address;
  }
  throw new ApiError(500, "InternalError", "Internal error occurred: failed to allocate a serviceIP: range is full");
}

/** What the API server decides about a Service: its addresses and its node ports. */
export const serviceHooks: Pick<ServedKind, "prepareForCreate" | "prepareForUpdate"> = {
  prepareForCreate: (object, kernel) => allocate({ ...object, status: { loadBalancer: {} } }, undefined, kernel),
  prepareForUpdate: (object, old, kernel) => allocate(object, old, kernel),
};

function allocate(object: KubeObject, old: KubeObject | undefined, kernel: Kernel): KubeObject {
  const spec = specOf(object);
  if (spec.type === "ExternalName") return object;
  const before = old ? specOf(old) : undefined;
  const given = spec.clusterIP ?? before?.clusterIP;
  const clusterIP = given || freeAddress(kernel);
  const allocated: ServiceSpec = {
    ...spec,
    clusterIP,
    clusterIPs: spec.clusterIPs ?? [clusterIP],
    ipFamilies: spec.ipFamilies ?? before?.ipFamilies ?? ["IPv4"],
    ipFamilyPolicy: spec.ipFamilyPolicy ?? before?.ipFamilyPolicy ?? "SingleStack",
    ...(spec.ports && { ports: withNodePorts(spec, before?.ports ?? [], object.metadata.name, kernel) }),
  };
  return { ...object, spec: allocated };
}

function withNodePorts(spec: ServiceSpec, before: readonly Port[], name: string, kernel: Kernel): readonly Port[] {
  const ports = spec.ports ?? [];
  const wanted = spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  if (!wanted) return ports.map(({ nodePort, ...port }) => port);
  const kept = new Map(before.map(({ port, protocol, nodePort }) => [`${port}/${protocol}`, nodePort]));
  const mine = new Set(kept.values());
  const taken = new Set<number>();
  for (const object of services(kernel)) for (const { nodePort } of specOf(object).ports ?? []) if (nodePort) taken.add(nodePort);
  return ports.map((port, index) => {
    if (port.nodePort && taken.has(port.nodePort) && !mine.has(port.nodePort)) {
      throw invalid(service, name, [
        {
          type: "FieldValueInvalid",
          field: `spec.ports[${index}].nodePort`,
          message: `Invalid value: ${port.nodePort}: provided port is already allocated`,
        },
      ]);
    }
    const nodePort = port.nodePort || kept.get(`${port.port}/${port.protocol}`) || freeNodePort(taken);
    taken.add(nodePort);
    return { ...port, nodePort };
  });
}

function freeNodePort(taken: ReadonlySet<number>): number {
  for (let index = 0; index < nodePorts; index++) if (!taken.has(firstNodePort + index)) return firstNodePort + index;
  throw new ApiError(500, "InternalError", "Internal error occurred: failed to allocate a nodePort: range is full");
}
