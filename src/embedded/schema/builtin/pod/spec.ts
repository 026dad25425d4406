import { labelSelector } from "../label-selector.ts";
import { objectMeta } from "../object-meta.ts";
import { localObjectReference } from "../references.ts";
import {
  atomic,
  bool,
  free,
  int32,
  int64,
  list,
  listMap,
  openStruct,
  pointer,
  resourceList,
  retainKeys,
  struct,
  text,
  texts,
  withDefault,
} from "../shapes.ts";
import { container, ephemeralContainer, resourceRequirements } from "./container.ts";

/** Files of a volume are readable by all and writable by their owner: 0644. */
const mode = withDefault(pointer(int32), 0o644);

const items = list(struct("KeyToPath", { key: text, path: text, mode: pointer(int32) }, ["key", "path"]));
const optional = pointer(bool);

/** Volumes of other kinds are kept as they are. */
const volume = openStruct(
  "Volume",
  {
    name: text,
    configMap: pointer(struct("ConfigMapVolumeSource", { name: text, items, defaultMode: mode, optional })),
    secret: pointer(struct("SecretVolumeSource", { secretName: text, items, defaultMode: mode, optional })),
    projected: pointer(openStruct("ProjectedVolumeSource", { sources: list(free), defaultMode: mode }, ["sources"])),
    downwardAPI: pointer(openStruct("DownwardAPIVolumeSource", { items: list(free), defaultMode: mode })),
    hostPath: pointer(struct("HostPathVolumeSource", { path: text, type: withDefault(pointer(text), "") }, ["path"])),
  },
  ["name"],
);

const toleration = struct("Toleration", {
  key: text,
  operator: text,
  value: text,
  effect: text,
  tolerationSeconds: pointer(int64),
});

const spreadConstraint = struct(
  "TopologySpreadConstraint",
  {
    maxSkew: int32,
    topologyKey: text,
    whenUnsatisfiable: text,
    labelSelector: pointer(labelSelector),
    minDomains: pointer(int32),
    nodeAffinityPolicy: pointer(text),
    nodeTaintsPolicy: pointer(text),
    matchLabelKeys: list(text),
  },
  ["maxSkew", "topologyKey", "whenUnsatisfiable"],
);

const named = (name: string) => struct(name, { name: text }, ["name"]);

const fields = {
  volumes: retainKeys(listMap(["name"], volume)),
  initContainers: listMap(["name"], container),
  containers: listMap(["name"], container),
  ephemeralContainers: listMap(["name"], ephemeralContainer),
  restartPolicy: withDefault(text, "Always"),
  terminationGracePeriodSeconds: withDefault(pointer(int64), 30),
  activeDeadlineSeconds: pointer(int64),
  dnsPolicy: withDefault(text, "ClusterFirst"),
  nodeSelector: atomic(texts),
  serviceAccountName: text,
  serviceAccount: text,
  automountServiceAccountToken: pointer(bool),
  nodeName: text,
  hostNetwork: bool,
  hostPID: bool,
  hostIPC: bool,
  shareProcessNamespace: pointer(bool),
  securityContext: withDefault(pointer(free), {}),
  imagePullSecrets: listMap(["name"], localObjectReference),
  hostname: text,
  subdomain: text,
  affinity: pointer(free),
  schedulerName: withDefault(text, "default-scheduler"),
  tolerations: list(toleration),
  hostAliases: listMap(["ip"], struct("HostAlias", { ip: text, hostnames: list(text) }, ["ip"])),
  priorityClassName: text,
  priority: pointer(int32),
  dnsConfig: pointer(free),
  readinessGates: list(struct("PodReadinessGate", { conditionType: text }, ["conditionType"])),
  runtimeClassName: pointer(text),
  enableServiceLinks: pointer(bool),
  preemptionPolicy: pointer(text),
  overhead: resourceList,
  topologySpreadConstraints: listMap(["topologyKey", "whenUnsatisfiable"], spreadConstraint),
  setHostnameAsFQDN: pointer(bool),
  os: pointer(named("PodOS")),
  hostUsers: pointer(bool),
  schedulingGates: listMap(["name"], named("PodSchedulingGate")),
  resourceClaims: retainKeys(listMap(["name"], openStruct("PodResourceClaim", { name: text }, ["name"]))),
  resources: pointer(resourceRequirements),
  hostnameOverride: pointer(text),
  schedulingGroup: pointer(free),
};

export const podSpec = struct("PodSpec", fields, ["containers"]);

export const podTemplate = struct("PodTemplateSpec", { metadata: objectMeta, spec: podSpec });
