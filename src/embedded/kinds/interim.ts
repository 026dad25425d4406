import type { BuiltinKind } from "../schema/builtin/index.ts";
import type { Schema } from "../schema/schema.ts";

const open: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const kind = (group: string, version: string, plural: string, name: string, more: Partial<BuiltinKind> = {}): BuiltinKind => {
  const namespaced = more.metadata?.namespaced ?? true;
  return {
    resource: { group, version, plural, kind: name, namespaced },
    singular: name.toLowerCase(),
    schema: open,
    metadata: { namespaced },
    ...more,
  };
};

const clusterScoped = { metadata: { namespaced: false } };
const status = { subresources: ["status"] };

/** Built-in kinds without their schemas and rules: stands in until those are written. */
export const interimKinds: readonly BuiltinKind[] = [
  kind("", "v1", "namespaces", "Namespace", {
    ...clusterScoped,
    ...status,
    shortNames: ["ns"],
    applyDefaults: ({ metadata, ...object }) => ({
      ...object,
      metadata: { ...metadata, labels: { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name } },
    }),
    prepare: (object, old) => (old ? object : { ...object, spec: { finalizers: ["kubernetes"] } }),
  }),
  kind("", "v1", "configmaps", "ConfigMap", { shortNames: ["cm"] }),
  kind("", "v1", "secrets", "Secret"),
  kind("", "v1", "services", "Service", { ...status, shortNames: ["svc"], categories: ["all"] }),
  kind("", "v1", "serviceaccounts", "ServiceAccount", { shortNames: ["sa"] }),
  kind("", "v1", "events", "Event", { shortNames: ["ev"] }),
  kind("", "v1", "nodes", "Node", { ...clusterScoped, ...status, shortNames: ["no"] }),
  kind("", "v1", "pods", "Pod", { ...status, shortNames: ["po"], categories: ["all"] }),
  kind("", "v1", "endpoints", "Endpoints", { shortNames: ["ep"] }),
  kind("apps", "v1", "deployments", "Deployment", {
    subresources: ["status", "scale"],
    shortNames: ["deploy"],
    categories: ["all"],
  }),
  kind("apps", "v1", "controllerrevisions", "ControllerRevision"),
  kind("batch", "v1", "jobs", "Job", { ...status, categories: ["all"] }),
  kind("coordination.k8s.io", "v1", "leases", "Lease"),
  kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
  kind("events.k8s.io", "v1", "events", "Event", { shortNames: ["ev"] }),
];
