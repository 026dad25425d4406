import { labelSelector } from "../label-selector.ts";
import { objectMeta } from "../object-meta.ts";
import { localObjectReference } from "../references.ts";
import {
  atomic,
  bool,
  choice,
  int32,
  int64,
  list,
  listMap,
  pointer,
  resourceList,
  retainKeys,
  struct,
  text,
  texts,
  withDefault,
} from "../shapes.ts";
import { affinity } from "./affinity.ts";
import { container, ephemeralContainer, resourceRequirements } from "./container.ts";
import { podSecurityContext } from "./security.ts";
import { volume } from "./volumes.ts";

const toleration = struct("Toleration", {
  key: text,
  operator: choice("Equal", "Exists", "Gt", "Lt"),
  value: text,
  effect: choice("NoExecute", "NoSchedule", "PreferNoSchedule"),
  tolerationSeconds: pointer(int64),
});

const spreadConstraint = struct(
  "TopologySpreadConstraint",
  {
    maxSkew: int32,
    topologyKey: text,
    whenUnsatisfiable: choice("DoNotSchedule", "ScheduleAnyway"),
    labelSelector: pointer(labelSelector),
    minDomains: pointer(int32),
    nodeAffinityPolicy: pointer(choice("Honor", "Ignore")),
    nodeTaintsPolicy: pointer(choice("Honor", "Ignore")),
    matchLabelKeys: list(text),
  },
  ["maxSkew", "topologyKey", "whenUnsatisfiable"],
);

const dnsConfig = struct("PodDNSConfig", {
  nameservers: list(text),
  searches: list(text),
  options: list(struct("PodDNSConfigOption", { name: text, value: pointer(text) })),
});

const resourceClaim = struct(
  "PodResourceClaim",
  { name: text, resourceClaimName: pointer(text), resourceClaimTemplateName: pointer(text) },
  ["name"],
);

const named = (name: string) => struct(name, { name: text }, ["name"]);

const fields = {
  volumes: retainKeys(listMap(["name"], volume)),
  initContainers: listMap(["name"], container),
  containers: listMap(["name"], container),
  ephemeralContainers: listMap(["name"], ephemeralContainer),
  restartPolicy: withDefault(choice("Always", "Never", "OnFailure"), "Always"),
  terminationGracePeriodSeconds: withDefault(pointer(int64), 30),
  activeDeadlineSeconds: pointer(int64),
  dnsPolicy: withDefault(choice("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"), "ClusterFirst"),
  nodeSelector: atomic(texts),
  serviceAccountName: text,
  serviceAccount: text,
  automountServiceAccountToken: pointer(bool),
  nodeName: text,
  hostNetwork: bool,
  hostPID: bool,
  hostIPC: bool,
  shareProcessNamespace: pointer(bool),
  securityContext: withDefault(pointer(podSecurityContext), {}),
  imagePullSecrets: listMap(["name"], localObjectReference),
  hostname: text,
  subdomain: text,
  affinity: pointer(affinity),
  schedulerName: withDefault(text, "default-scheduler"),
  tolerations: list(toleration),
  hostAliases: listMap(["ip"], struct("HostAlias", { ip: text, hostnames: list(text) }, ["ip"])),
  priorityClassName: text,
  priority: pointer(int32),
  dnsConfig: pointer(dnsConfig),
  readinessGates: list(struct("PodReadinessGate", { conditionType: text }, ["conditionType"])),
  runtimeClassName: pointer(text),
  enableServiceLinks: pointer(bool),
  preemptionPolicy: pointer(choice("Never", "PreemptLowerPriority")),
  overhead: resourceList,
  topologySpreadConstraints: listMap(["topologyKey", "whenUnsatisfiable"], spreadConstraint),
  setHostnameAsFQDN: pointer(bool),
  os: pointer(named("PodOS")),
  hostUsers: pointer(bool),
  schedulingGates: listMap(["name"], named("PodSchedulingGate")),
  resourceClaims: retainKeys(listMap(["name"], resourceClaim)),
  resources: pointer(resourceRequirements),
  hostnameOverride: pointer(text),
  schedulingGroup: pointer(struct("PodSchedulingGroup", { podGroupName: pointer(text) })),
};

export const podSpec = struct("PodSpec", fields, ["containers"]);

export const podTemplate = struct("PodTemplateSpec", { metadata: objectMeta, spec: podSpec });
