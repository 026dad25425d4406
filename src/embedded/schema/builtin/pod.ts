import type { KubeObject } from "../../../kube/resource.ts";
import type { BuiltinKind } from "./kind.ts";
import { withAccount, withPodDefaults, withPodSpecDefaults } from "./pod/defaults.ts";
import { qualityOfService } from "./pod/quality.ts";
import { podSpec } from "./pod/spec.ts";
import { podStatus } from "./pod/status.ts";
import type { PodSpec } from "./pod/types.ts";
import { validateImages, validatePodChange, validatePodSpec } from "./pod/validate.ts";
import { struct } from "./shapes.ts";

interface Pod extends KubeObject {
  readonly spec: PodSpec;
  readonly status: { readonly qosClass?: string; readonly podIP?: string; readonly podIPs?: readonly { readonly ip: string }[] };
}

export const pod: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true },
  singular: "pod",
  shortNames: ["po"],
  categories: ["all"],
  subresources: ["status"],
  metadata: { namespaced: true, qualifiedFinalizers: true },
  statusReset: [["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]],
  schema: struct("Pod", { spec: podSpec, status: podStatus }),
  normalize: (object) => {
    const { spec, status, ...rest } = object as Pod;
    return { ...rest, spec: withTimeToEnd(withAccount(spec)), status: withPluralAddress(status) } as KubeObject;
  },
  applyDefaults: (object) => ({ ...object, spec: withPodDefaults(withPodSpecDefaults((object as Pod).spec)) }),
  prepare: (object, old, subresource) => {
    const { spec, status, ...rest } = object as Pod;
    if (!old) return { ...rest, spec, status: { phase: "Pending", qosClass: qualityOfService(spec) } } as KubeObject;
    const { qosClass } = (old as Pod).status;
    return subresource === "status"
      ? ({ ...rest, spec, status: { ...status, ...(qosClass && { qosClass }) } } as KubeObject)
      : object;
  },
  validate: (object, old, subresource) => {
    const { spec } = object as Pod;
    if (subresource) return [];
    const errors = [...validatePodSpec(spec, "spec"), ...validateImages(spec, "spec")];
    return old ? [...errors, ...validatePodChange(spec, (old as Pod).spec)] : errors;
  },
};

/** Negative is as short as can be; in templates it stays. */
const withTimeToEnd = (spec: PodSpec): PodSpec =>
  (spec.terminationGracePeriodSeconds ?? 0) < 0 ? { ...spec, terminationGracePeriodSeconds: 1 } : spec;

function withPluralAddress(status: Pod["status"]): Pod["status"] {
  const { podIP, podIPs } = status;
  if (podIPs?.[0]) return { ...status, podIP: podIPs[0].ip };
  return podIP ? { ...status, podIPs: [{ ip: podIP }] } : status;
}
