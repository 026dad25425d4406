import type { KubeObject } from "../../../kube/resource.ts";
import { invalid } from "../errors.ts";
import type { BuiltinKind } from "./kind.ts";
import { nonNegative } from "./rules.ts";
import { int32, microTime, pointer, struct, text } from "./shapes.ts";

interface Lease extends KubeObject {
  readonly spec: {
    readonly leaseDurationSeconds?: number;
    readonly leaseTransitions?: number;
    readonly strategy?: string;
    readonly preferredHolder?: string;
  };
}

export const lease: BuiltinKind = {
  resource: { group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease", namespaced: true },
  singular: "lease",
  metadata: { namespaced: true },
  schema: struct("Lease", {
    spec: struct("LeaseSpec", {
      holderIdentity: pointer(text),
      leaseDurationSeconds: pointer(int32),
      acquireTime: pointer(microTime),
      renewTime: pointer(microTime),
      leaseTransitions: pointer(int32),
      strategy: pointer(text),
      preferredHolder: pointer(text),
    }),
  }),
  // Leader election coordinated by the API server is off unless asked for, and with it these fields.
  prepare: (object) => {
    const { strategy, preferredHolder, ...spec } = (object as Lease).spec;
    return { ...object, spec };
  },
  validate: (object) => {
    const { leaseDurationSeconds, leaseTransitions } = (object as Lease).spec;
    const isTooShort = leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0;
    return [
      ...(isTooShort ? [invalid("spec.leaseDurationSeconds", leaseDurationSeconds, "must be greater than 0")] : []),
      ...nonNegative("spec.leaseTransitions", leaseTransitions),
    ];
  },
};
