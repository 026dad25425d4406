import type { KubeObject } from "../../../kube/resource.ts";
import { isDns1123Label } from "../names.ts";
import { condition } from "./condition.ts";
import type { BuiltinKind } from "./kind.ts";
import { prepareService } from "./service/prepare.ts";
import type { Service, ServicePort, ServiceSpec } from "./service/service.ts";
import { isExternallyAccessible } from "./service/service.ts";
import { validateServiceStatus } from "./service/status.ts";
import { validateService } from "./service/validate.ts";
import {
  atomic,
  bool,
  choice,
  int32,
  intOrString,
  list,
  listMap,
  pointer,
  protocol,
  struct,
  text,
  texts,
  withDefault,
} from "./shapes.ts";

const port = struct(
  "ServicePort",
  {
    name: text,
    protocol: withDefault(protocol, "TCP"),
    appProtocol: pointer(text),
    port: int32,
    targetPort: intOrString,
    nodePort: int32,
  },
  ["port"],
);

const ingress = struct("LoadBalancerIngress", {
  ip: text,
  hostname: text,
  ipMode: pointer(text),
  ports: list(struct("PortStatus", { port: int32, protocol, error: pointer(text) }, ["port", "protocol"])),
});

export const service: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "services", kind: "Service", namespaced: true },
  singular: "service",
  shortNames: ["svc"],
  categories: ["all"],
  subresources: ["status"],
  metadata: { namespaced: true, name: isDns1123Label, qualifiedFinalizers: true },
  schema: struct("Service", {
    spec: struct("ServiceSpec", {
      ports: listMap(["port", "protocol"], port),
      selector: atomic(texts),
      clusterIP: text,
      clusterIPs: list(text),
      type: withDefault(choice("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"), "ClusterIP"),
      externalIPs: list(text),
      sessionAffinity: withDefault(choice("ClientIP", "None"), "None"),
      loadBalancerIP: text,
      loadBalancerSourceRanges: list(text),
      externalName: text,
      externalTrafficPolicy: choice("Cluster", "Local"),
      healthCheckNodePort: int32,
      publishNotReadyAddresses: bool,
      sessionAffinityConfig: pointer(
        struct("SessionAffinityConfig", { clientIP: pointer(struct("ClientIPConfig", { timeoutSeconds: pointer(int32) })) }),
      ),
      ipFamilies: list(choice("", "IPv4", "IPv6")),
      ipFamilyPolicy: pointer(choice("PreferDualStack", "RequireDualStack", "SingleStack")),
      allocateLoadBalancerNodePorts: pointer(bool),
      loadBalancerClass: pointer(text),
      internalTrafficPolicy: pointer(choice("Cluster", "Local")),
      trafficDistribution: pointer(text),
    }),
    status: struct("ServiceStatus", {
      loadBalancer: struct("LoadBalancerStatus", { ingress: list(ingress) }),
      conditions: listMap(["type"], condition),
    }),
  }),
  applyDefaults: (object) => {
    const { spec: given, status, ...rest } = object as Service;
    const type = given.type || "ClusterIP";
    const spec = withAffinity(given);
    const defaults = trafficDefaults({ ...spec, type });
    const ports = spec.ports && { ports: spec.ports.map(withTargetPort) };
    const loadBalancer = type === "LoadBalancer" ? withAddressModes(status.loadBalancer) : status.loadBalancer;
    return { ...rest, spec: { ...spec, ...defaults, ...ports }, status: { ...status, loadBalancer } } as KubeObject;
  },
  prepare: (object, old, subresource) => (subresource ? object : prepareService(object as Service, old as Service | undefined)),
  validate: (object, old, subresource) =>
    subresource === "status"
      ? validateServiceStatus(object as Service, old as Service)
      : validateService(object as Service, old as Service | undefined),
};

function withAffinity({ sessionAffinityConfig, ...spec }: ServiceSpec): ServiceSpec {
  if (!spec.sessionAffinity || spec.sessionAffinity === "None") return spec;
  if (spec.sessionAffinity !== "ClientIP") return { ...spec, ...(sessionAffinityConfig && { sessionAffinityConfig }) };
  const timeoutSeconds = sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800;
  return { ...spec, sessionAffinityConfig: { clientIP: { timeoutSeconds } } };
}

function trafficDefaults(spec: ServiceSpec): Partial<ServiceSpec> {
  const { type, externalTrafficPolicy, internalTrafficPolicy, allocateLoadBalancerNodePorts = true } = spec;
  return {
    ...(isExternallyAccessible(spec) && { externalTrafficPolicy: externalTrafficPolicy || "Cluster" }),
    ...(["ClusterIP", "NodePort", "LoadBalancer"].includes(type) && { internalTrafficPolicy: internalTrafficPolicy ?? "Cluster" }),
    ...(type === "LoadBalancer" && { allocateLoadBalancerNodePorts }),
  };
}

const withTargetPort = (port: ServicePort): ServicePort => ({ ...port, targetPort: port.targetPort || port.port });

function withAddressModes({ ingress, ...rest }: Service["status"]["loadBalancer"]): Service["status"]["loadBalancer"] {
  return { ...rest, ...(ingress && { ingress: ingress.map((one) => (one.ip ? { ipMode: "VIP", ...one } : one)) }) };
}
