import type { KubeObject } from "../../../kube/resource.ts";
import { Cidr } from "../addresses.ts";
import { at, child, duplicate, forbidden, InOrder, invalid, notSupported, required } from "../errors.ts";
import { isLabelKey, isLabelValue } from "../names.ts";
import { Quantity } from "../quantity.ts";
import type { FieldError } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { addressRange, named } from "./rules.ts";
import { bool, choice, int32, int64, list, listMap, mergedBy, pointer, resourceList, setOf, struct, text, time } from "./shapes.ts";

interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

interface Address {
  readonly type: string;
  readonly address: string;
}

interface Node extends KubeObject {
  readonly spec: {
    readonly podCIDR?: string;
    readonly podCIDRs?: readonly string[];
    readonly providerID?: string;
    readonly taints?: readonly Taint[];
    readonly externalID?: string;
  };
  readonly status: {
    readonly capacity?: Readonly<Record<string, string>>;
    readonly allocatable?: Readonly<Record<string, string>>;
    readonly addresses?: readonly Address[];
  };
}

const condition = struct(
  "NodeCondition",
  { type: text, status: text, lastHeartbeatTime: time, lastTransitionTime: time, reason: text, message: text },
  ["type", "status"],
);

const systemInfo = [
  ...["machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "kubeletVersion"],
  ...["kubeProxyVersion", "operatingSystem", "architecture"],
];

const nodeInfo = struct(
  "NodeSystemInfo",
  {
    ...Object.fromEntries(systemInfo.map((name) => [name, text])),
    swap: pointer(struct("NodeSwapStatus", { capacity: pointer(int64) })),
  },
  systemInfo,
);

const configMapSource = struct(
  "ConfigMapNodeConfigSource",
  { namespace: text, name: text, uid: text, resourceVersion: text, kubeletConfigKey: text },
  ["namespace", "name", "kubeletConfigKey"],
);
const configSource = pointer(struct("NodeConfigSource", { configMap: pointer(configMapSource) }));

const configStatus = struct("NodeConfigStatus", {
  assigned: configSource,
  active: configSource,
  lastKnownGood: configSource,
  error: text,
});

const runtimeHandler = struct("NodeRuntimeHandler", {
  name: text,
  features: pointer(
    struct("NodeRuntimeHandlerFeatures", { recursiveReadOnlyMounts: pointer(bool), userNamespaces: pointer(bool) }),
  ),
});

export const node: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false },
  singular: "node",
  shortNames: ["no"],
  subresources: ["status"],
  metadata: { namespaced: false, qualifiedFinalizers: true },
  schema: struct("Node", {
    spec: struct("NodeSpec", {
      podCIDR: text,
      podCIDRs: mergedBy(undefined, setOf(text)),
      providerID: text,
      unschedulable: bool,
      taints: list(
        struct(
          "Taint",
          { key: text, value: text, effect: choice("NoExecute", "NoSchedule", "PreferNoSchedule"), timeAdded: pointer(time) },
          ["key", "effect"],
        ),
      ),
      configSource,
      externalID: text,
    }),
    status: struct("NodeStatus", {
      capacity: resourceList,
      allocatable: resourceList,
      phase: choice("Pending", "Running", "Terminated"),
      conditions: listMap(["type"], condition),
      addresses: listMap(["type"], struct("NodeAddress", { type: text, address: text }, ["type", "address"])),
      daemonEndpoints: struct("NodeDaemonEndpoints", {
        kubeletEndpoint: struct("DaemonEndpoint", { Port: int32 }, ["Port"]),
      }),
      nodeInfo,
      images: list(struct("ContainerImage", { names: list(text), sizeBytes: int64 }, ["names"])),
      volumesInUse: list(text),
      volumesAttached: list(struct("AttachedVolume", { name: text, devicePath: text }, ["name", "devicePath"])),
      config: pointer(configStatus),
      runtimeHandlers: list(runtimeHandler),
      features: pointer(struct("NodeFeatures", { supplementalGroupsPolicy: pointer(bool) })),
      declaredFeatures: list(text),
    }),
  }),
  normalize: (object) => {
    const { spec, ...rest } = object as Node;
    const { podCIDR, podCIDRs } = spec;
    // One range is told in both ways.
    const both = podCIDRs?.[0] ? { podCIDR: podCIDRs[0] } : podCIDR ? { podCIDRs: [podCIDR] } : {};
    return { ...rest, spec: { ...spec, ...both } } as KubeObject;
  },
  applyDefaults: (object) => {
    const { status, ...rest } = object as Node;
    const { capacity, allocatable = capacity } = status;
    return { ...rest, status: { ...status, ...(allocatable && { allocatable }) } } as KubeObject;
  },
  validate: (object, old) => {
    const { spec } = object as Node;
    return [
      ...validateTaints(spec.taints ?? []),
      ...validateAmounts(object as Node),
      ...(old ? validateChange(object as Node, old as Node) : []),
      ...validateRanges(spec.podCIDRs ?? []),
    ];
  },
};

const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Refusals put taints under metadata, as the API server does. */
function validateTaints(taints: readonly Taint[]): FieldError[] {
  return taints.flatMap(({ key, value = "", effect }, i) => {
    const path = at("metadata.taints", i);
    const values = isLabelValue(value);
    const isRepeated = taints.findIndex((other) => other.key === key && other.effect === effect) < i;
    const errors = [
      ...named(isLabelKey, child(path, "key"), key),
      ...(values.length > 0 ? [invalid(child(path, "value"), value, values.join(";"))] : []),
      ...(effect === "" ? [required(child(path, "effect"))] : []),
      ...(effect === "" || effects.includes(effect) ? [] : [notSupported(child(path, "effect"), effect, effects)]),
    ];
    if (!isRepeated) return errors;
    const { message, ...rest } = duplicate(path, new InOrder({ Key: key, Value: value, Effect: effect, TimeAdded: null }));
    return [...errors, { ...rest, message: `${message}: taints must be unique by key and effect pair` }];
  });
}

function validateAmounts({ status }: Node): FieldError[] {
  return (["capacity", "allocatable"] as const).flatMap((list) =>
    Object.entries(status[list] ?? {}).flatMap(([name, amount]) =>
      Quantity.parse(amount)!.nanos < 0n ? [invalid(`status.${list}.${name}`, amount, "must be greater than or equal to 0")] : [],
    ),
  );
}

function validateRanges(ranges: readonly string[]): FieldError[] {
  const errors = ranges.flatMap((range, i) => addressRange(at("spec.podCIDRs", i), range));
  const families = new Set(ranges.map((range) => Cidr.parse(range)?.ip.family));
  const isDual = ranges.length === 2 && families.has(4) && families.has(6);
  if (ranges.length < 2 || isDual) return errors;
  return [...errors, invalid("spec.podCIDRs", ranges, "may specify no more than one CIDR for each IP family")];
}

function validateChange({ spec, status: { addresses = [] } }: Node, { spec: old }: Node): FieldError[] {
  const errors: FieldError[] = addresses.flatMap((one, i) => {
    const isRepeated = addresses.findIndex(({ type, address }) => type === one.type && address === one.address) < i;
    return isRepeated ? [duplicate(at("status.addresses", i), new InOrder({ Type: one.type, Address: one.address }))] : [];
  });
  const before = old.podCIDRs ?? [];
  const isMoved = before.length > 0 && String(before) !== String(spec.podCIDRs ?? []);
  if (isMoved) errors.push(forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'));
  if (old.providerID && old.providerID !== spec.providerID) {
    errors.push(forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid'));
  }
  if ((old.externalID ?? "") !== (spec.externalID ?? "")) errors.push(forbidden("spec.externalID", "may not be updated"));
  return errors;
}
