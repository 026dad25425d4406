import { isDeepStrictEqual } from "node:util";
import { settleFamilies } from "./families.ts";
import type { Service, ServicePort, ServiceSpec } from "./service.ts";
import { isExternallyAccessible, needsHealthCheck } from "./service.ts";

/**
 * The Service that a client means: with the addresses and ports that it left out but was given before, and without fields
 * that came with a type that it no longer has.
 */
export function prepareService(service: Service, old?: Service): Service {
  if (!old) return { ...service, spec: withoutInternal(settleFamilies(withPluralAddress(service.spec))) };
  const given = settleFamilies(followAddress(withAllocated(service.spec, old.spec), old.spec), old.spec);
  const spec = withoutInternal(withoutLeftovers(given, old.spec));
  const { status } = service;
  return { ...service, spec, status: spec.type === "LoadBalancer" ? status : { ...status, loadBalancer: {} } };
}

/** What has no address has no traffic of its own. */
const withoutInternal = (spec: ServiceSpec): ServiceSpec =>
  hasAddress(spec) || spec.internalTrafficPolicy === undefined ? spec : without(spec, "internalTrafficPolicy");

/** A client may say `clusterIP` alone. */
const withPluralAddress = (spec: ServiceSpec): ServiceSpec =>
  spec.clusterIP && !spec.clusterIPs?.length ? { ...spec, clusterIPs: [spec.clusterIP] } : spec;

const hasAddress = ({ type }: ServiceSpec): boolean => type !== "ExternalName";

const hasNodePorts = ({ type, allocateLoadBalancerNodePorts }: ServiceSpec): boolean =>
  type === "NodePort" || (type === "LoadBalancer" && allocateLoadBalancerNodePorts !== false);

function withAllocated(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  let next = spec;
  if (hasAddress(old) && hasAddress(spec)) {
    if (!spec.clusterIP && old.clusterIP) next = { ...next, clusterIP: old.clusterIP };
    if (!spec.clusterIPs?.length && old.clusterIPs) next = { ...next, clusterIPs: old.clusterIPs };
  }
  if (hasNodePorts(old) && hasNodePorts(spec) && spec.ports) next = { ...next, ports: withNodePorts(spec.ports, old.ports ?? []) };
  if (needsHealthCheck(old) && needsHealthCheck(spec) && !spec.healthCheckNodePort && old.healthCheckNodePort) {
    next = { ...next, healthCheckNodePort: old.healthCheckNodePort };
  }
  return next;
}

/** Ports keep their node ports by name. */
function withNodePorts(ports: readonly ServicePort[], old: readonly ServicePort[]): readonly ServicePort[] {
  const taken = new Set(ports.map(({ nodePort }) => nodePort));
  const known = new Map(old.map(({ name = "", nodePort }) => [name, nodePort]));
  return ports.map((port) => {
    const nodePort = known.get(port.name ?? "");
    return port.nodePort || !nodePort || taken.has(nodePort) ? port : { ...port, nodePort };
  });
}

/** Whoever changes `clusterIP` alone means `clusterIPs` too. */
function followAddress(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const isSame = isDeepStrictEqual(spec.clusterIPs ?? [], old.clusterIPs ?? []);
  if ((spec.clusterIP ?? "") === (old.clusterIP ?? "") || !isSame) return spec;
  return spec.clusterIP ? { ...spec, clusterIPs: [spec.clusterIP] } : without(spec, "clusterIPs");
}

function withoutLeftovers(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const leftovers = (...fields: readonly (keyof ServiceSpec)[]) =>
    fields.filter((field) => isDeepStrictEqual(spec[field], old[field]));
  const drop: (keyof ServiceSpec)[] = [];
  if (hasAddress(old) && !hasAddress(spec)) {
    if (leftovers("clusterIP", "clusterIPs").length === 2) drop.push("clusterIP", "clusterIPs");
    drop.push(...leftovers("ipFamilies", "ipFamilyPolicy"));
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec)) drop.push(...leftovers("healthCheckNodePort"));
  if (old.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    drop.push(...leftovers("allocateLoadBalancerNodePorts", "loadBalancerClass"));
  }
  if (isExternallyAccessible(old) && !isExternallyAccessible(spec)) drop.push(...leftovers("externalTrafficPolicy"));
  const kept = drop.length > 0 ? without(spec, ...drop) : spec;
  return losesNodePorts(spec, old) ? { ...kept, ports: (kept.ports ?? []).map(({ nodePort, ...port }) => port) } : kept;
}

function losesNodePorts(spec: ServiceSpec, old: ServiceSpec): boolean {
  const canHave = ({ type }: ServiceSpec) => type === "NodePort" || type === "LoadBalancer";
  if (!canHave(old) || canHave(spec) || !spec.ports) return false;
  const before = new Set(old.ports?.map(({ nodePort }) => nodePort));
  return spec.ports.every(({ nodePort }) => !nodePort || before.has(nodePort));
}

function without(spec: ServiceSpec, ...fields: readonly (keyof ServiceSpec)[]): ServiceSpec {
  return Object.fromEntries(
    Object.entries(spec).filter(([field]) => !fields.includes(field as keyof ServiceSpec)),
  ) as unknown as ServiceSpec;
}
