import { at, child, duplicate, forbidden, invalid, notSupported, required } from "../../errors.ts";
import { validateLabels } from "../../metadata.ts";
import { isDns1123Label, isDns1123Subdomain, isLabelKey, isPortName } from "../../names.ts";
import type { FieldError } from "../../schema.ts";
import { address, addressRange, endpointAddress, named, portNumber } from "../rules.ts";
import { validateAddressChange, validateAddresses } from "./addresses.ts";
import { validateForCluster } from "./families.ts";
import type { Service, ServicePort, ServiceSpec } from "./service.ts";
import { isExternallyAccessible, isHeadless, needsHealthCheck } from "./service.ts";

const protocols = ["SCTP", "TCP", "UDP"];
const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];

/** Ports and addresses that the server allocates may still be missing. */
export function validateService({ spec, metadata }: Service, old?: Service): FieldError[] {
  // Without addresses that can be had, nothing else is looked at.
  const unfit = validateAddresses(spec, old?.spec);
  if (unfit.length > 0) return unfit;
  const unavailable = validateForCluster(spec, old?.spec);
  if (unavailable.length > 0) return unavailable;
  return [
    ...(old ? validateChange(spec, old.spec) : []),
    ...validateType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector ?? {}, "spec.selector"),
    ...validateAffinity(spec),
    ...(spec.externalIPs ?? []).flatMap((ip, i) => validateExternalIp(ip, old?.spec.externalIPs, at("spec.externalIPs", i))),
    ...(types.includes(spec.type) ? [] : [notSupported("spec.type", spec.type, types)]),
    ...validatePortConflicts(spec),
    ...validateSourceRanges(spec, metadata.annotations ?? {}, old?.spec),
    ...validateLoadBalancer(spec),
    ...validateTraffic(spec),
  ];
}

function validateChange(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  const errors = validateAddressChange(spec, old);
  const areBalanced = spec.type === "LoadBalancer" && old.type === "LoadBalancer";
  if (areBalanced && spec.loadBalancerClass !== old.loadBalancerClass) {
    errors.push(invalid("spec.loadBalancerClass", spec.loadBalancerClass ?? null, "may not change once set"));
  }
  if (needsHealthCheck(old) && needsHealthCheck(spec) && spec.healthCheckNodePort !== old.healthCheckNodePort) {
    errors.push(forbidden("spec.healthCheckNodePort", "field is immutable"));
  }
  return errors;
}

function validateType(spec: ServiceSpec): FieldError[] {
  const { type, ports = [], clusterIPs = [], ipFamilies = [], ipFamilyPolicy, externalName = "" } = spec;
  if (type !== "ExternalName") {
    const errors = ports.length === 0 && !isHeadless(spec) ? [required("spec.ports")] : [];
    if (isHeadless(spec) && (type === "LoadBalancer" || type === "NodePort")) {
      errors.push(invalid("spec.clusterIPs[0]", "None", `may not be set to 'None' for ${type} services`));
    }
    return errors;
  }
  const notExternal = "may not be set for ExternalName services";
  const name = externalName.replace(/\.$/, "");
  return [
    ...(clusterIPs.length > 0 ? [forbidden("spec.clusterIPs", notExternal)] : []),
    ...(ipFamilies.length > 0 ? [forbidden("spec.ipFamilies", notExternal)] : []),
    ...(ipFamilyPolicy === undefined ? [] : [forbidden("spec.ipFamilyPolicy", notExternal)]),
    ...(name === "" ? [required("spec.externalName")] : named(isDns1123Subdomain, "spec.externalName", name)),
  ];
}

function validatePorts({ ports = [] }: ServiceSpec): FieldError[] {
  return ports.flatMap(({ name = "", port, protocol, targetPort, appProtocol }, i) => {
    const path = at("spec.ports", i);
    const errors: FieldError[] = [];
    if (name !== "") {
      errors.push(...named(isDns1123Label, child(path, "name"), name));
      if (ports.findIndex((other) => other.name === name) < i) errors.push(duplicate(child(path, "name"), name));
    } else if (ports.length > 1) errors.push(required(child(path, "name")));
    errors.push(...portNumber(child(path, "port"), port));
    if (!protocols.includes(protocol)) errors.push(notSupported(child(path, "protocol"), protocol, protocols));
    const target = child(path, "targetPort");
    errors.push(...(typeof targetPort === "number" ? portNumber(target, targetPort) : named(isPortName, target, targetPort)));
    if (appProtocol !== undefined) errors.push(...named(isLabelKey, child(path, "appProtocol"), appProtocol));
    return errors;
  });
}

function validatePortConflicts({ type, ports = [] }: ServiceSpec): FieldError[] {
  const isRepeated = (i: number, same: (a: ServicePort, b: ServicePort) => boolean): boolean =>
    ports.findIndex((other) => other.protocol === ports[i]!.protocol && same(other, ports[i]!)) < i;
  const node = (i: number) => child(at("spec.ports", i), "nodePort");
  return [
    ...ports.flatMap(({ nodePort }, i) =>
      nodePort && type === "ClusterIP" ? [forbidden(node(i), "may not be used when `type` is 'ClusterIP'")] : [],
    ),
    ...ports.flatMap(({ nodePort }, i) =>
      nodePort && isRepeated(i, (a, b) => a.nodePort === b.nodePort) ? [duplicate(node(i), nodePort)] : [],
    ),
    ...ports.flatMap(({ port, protocol }, i) =>
      isRepeated(i, (a, b) => a.port === b.port) ? [repeatedPort(at("spec.ports", i), port, protocol)] : [],
    ),
  ];
}

/** The only place where the API server shows one of its internal structs, fields in their order and all. */
const repeatedPort = (path: string, Port: number, Protocol: string): FieldError => ({
  type: "FieldValueDuplicate",
  field: path,
  message: `Duplicate value: ${JSON.stringify({ Name: "", Protocol, AppProtocol: null, Port, TargetPort: 0, NodePort: 0 })}`,
});

function validateAffinity({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): FieldError[] {
  if (sessionAffinity !== "ClientIP" && sessionAffinity !== "None") {
    return [notSupported("spec.sessionAffinity", sessionAffinity, ["ClientIP", "None"])];
  }
  const timeout = sessionAffinityConfig?.clientIP?.timeoutSeconds;
  if (timeout === undefined || (timeout > 0 && timeout <= 86_400)) return [];
  const path = "spec.sessionAffinityConfig.clientIP.timeoutSeconds";
  return [invalid(path, timeout, "must be greater than 0 and less than 86400")];
}

function validateExternalIp(ip: string, known: readonly string[] | undefined, path: string): FieldError[] {
  const errors = address(path, ip, known);
  return errors.length > 0 ? errors : endpointAddress(path, ip);
}

function validateSourceRanges(
  { type, loadBalancerSourceRanges = [] }: ServiceSpec,
  annotations: Readonly<Record<string, string>>,
  old?: ServiceSpec,
): FieldError[] {
  const key = "service.beta.kubernetes.io/load-balancer-source-ranges";
  const refused = (path: string) =>
    type === "LoadBalancer" ? [] : [forbidden(path, "may only be used when `type` is 'LoadBalancer'")];
  if (loadBalancerSourceRanges.length > 0) {
    const path = "spec.LoadBalancerSourceRanges";
    const known = (old?.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    const errors = loadBalancerSourceRanges.flatMap((range, i) => addressRange(at(path, i), range.trim(), known));
    return [...refused(path), ...errors];
  }
  const annotation = annotations[key];
  if (annotation === undefined) return [];
  const path = at("metadata.annotations", key);
  const ranges = annotation.trim() === "" ? [] : annotation.split(",");
  return [...refused(path), ...ranges.flatMap((range) => addressRange(path, range.trim()))];
}

function validateLoadBalancer({ type, allocateLoadBalancerNodePorts, loadBalancerClass }: ServiceSpec): FieldError[] {
  if (type === "LoadBalancer") {
    return loadBalancerClass === undefined ? [] : named(isLabelKey, "spec.loadBalancerClass", loadBalancerClass);
  }
  const detail = "may only be used when `type` is 'LoadBalancer'";
  return [
    ...(allocateLoadBalancerNodePorts === undefined ? [] : [forbidden("spec.allocateLoadBalancerNodePorts", detail)]),
    ...(loadBalancerClass === undefined ? [] : [forbidden("spec.loadBalancerClass", detail)]),
  ];
}

function validateTraffic(spec: ServiceSpec): FieldError[] {
  const { externalTrafficPolicy = "", healthCheckNodePort = 0, internalTrafficPolicy, trafficDistribution } = spec;
  const policies = ["Cluster", "Local"];
  const errors: FieldError[] = [];
  if (!isExternallyAccessible(spec)) {
    const detail = "may only be set for externally-accessible services";
    if (externalTrafficPolicy !== "") errors.push(invalid("spec.externalTrafficPolicy", externalTrafficPolicy, detail));
  } else if (!policies.includes(externalTrafficPolicy)) {
    errors.push(notSupported("spec.externalTrafficPolicy", externalTrafficPolicy, policies));
  }
  if (healthCheckNodePort !== 0) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(
      ...(needsHealthCheck(spec)
        ? portNumber("spec.healthCheckNodePort", healthCheckNodePort)
        : [invalid("spec.healthCheckNodePort", healthCheckNodePort, detail)]),
    );
  }
  if (internalTrafficPolicy !== undefined && !policies.includes(internalTrafficPolicy)) {
    errors.push(notSupported("spec.internalTrafficPolicy", internalTrafficPolicy, policies));
  }
  const distributions = ["PreferClose", "PreferSameZone", "PreferSameNode"];
  if (trafficDistribution !== undefined && !distributions.includes(trafficDistribution)) {
    errors.push(notSupported("spec.trafficDistribution", trafficDistribution, distributions));
  }
  return errors;
}
