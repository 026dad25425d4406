import type { KubeObject } from "../../kube/resource.ts";
import { allVerbs, collectionOf, type ServedKind } from "../registry.ts";
import { type BuiltinKind, builtinKinds } from "../schema/builtin/index.ts";
import { applyDefaults } from "../schema/default.ts";
import { validateMetadata } from "../schema/metadata.ts";
import { prune } from "../schema/prune.ts";
import { validate } from "../schema/validate.ts";
import { builtinColumns, plainColumns } from "./columns.ts";
import { crdHooks } from "./crd.ts";
import { eventConversion } from "./events.ts";
import { interimKinds } from "./interim.ts";
import { serviceHooks } from "./services.ts";

type Hooks = Pick<ServedKind, "prepareForCreate" | "prepareForUpdate" | "prepareForDeletion">;

/** Kinds that count changes of their spec. */
const withGeneration = new Set([
  "/pods",
  "apps/deployments",
  "batch/jobs",
  "discovery.k8s.io/endpointslices",
  "apiextensions.k8s.io/customresourcedefinitions",
]);

const createOnUpdate = new Set([
  "/services",
  "/endpoints",
  "/events",
  "coordination.k8s.io/leases",
  "discovery.k8s.io/endpointslices",
]);
const conditionalUpdate = new Set(["coordination.k8s.io/leases", "apiextensions.k8s.io/customresourcedefinitions"]);
const returnsDeleted = new Set(["/namespaces", "/serviceaccounts", "/services"]);

const selectable: Readonly<Record<string, readonly string[]>> = {
  "/namespaces": ["status.phase"],
  "/nodes": ["spec.unschedulable"],
  "/secrets": ["type"],
  "/services": ["spec.clusterIP", "spec.type"],
  "/pods": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  "/events": [
    ...["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"].map((field) => `involvedObject.${field}`),
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "batch/jobs": ["status.successful"],
};

const namespaceHooks: Hooks = {
  prepareForCreate: (object) => ({ ...object, spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } }),
  prepareForDeletion: ({ metadata, ...object }) => {
    const { deletionGracePeriodSeconds, ...kept } = metadata as typeof metadata & { deletionGracePeriodSeconds?: number };
    return { ...object, metadata: kept, status: { ...(object["status"] as object), phase: "Terminating" } } as KubeObject;
  },
};

const hooks: Readonly<Record<string, Hooks>> = {
  "/namespaces": namespaceHooks,
  "/services": serviceHooks,
  "apiextensions.k8s.io/customresourcedefinitions": crdHooks,
};

/** The kinds that are there without a CustomResourceDefinition. */
export const coreKinds = (): ServedKind[] => (builtinKinds.length > 0 ? builtinKinds : interimKinds).map(served);

function served(builtin: BuiltinKind): ServedKind {
  const { resource, schema, subresources = [] } = builtin;
  const ownCollection = collectionOf(resource);
  // Events of both groups are the same objects in two shapes.
  const collection = ownCollection === "events.k8s.io/events" ? "/events" : ownCollection;
  return {
    resource,
    singular: builtin.singular,
    listKind: `${resource.kind}List`,
    shortNames: builtin.shortNames ?? [],
    categories: builtin.categories ?? [],
    verbs: collection === "/namespaces" ? allVerbs.filter((verb) => verb !== "deletecollection") : allVerbs,
    collection,
    storageVersion: resource.version,
    schemaRevision: 0,
    schema,
    status: subresources.includes("status"),
    scale: subresources.includes("scale")
      ? { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".status.selector" }
      : undefined,
    generation: withGeneration.has(collection),
    custom: false,
    createOnUpdate: createOnUpdate.has(collection),
    unconditionalUpdate: !conditionalUpdate.has(collection),
    returnsDeleted: returnsDeleted.has(collection),
    selectableFields: selectable[collection] ?? [],
    columns: builtinColumns[collection] ?? plainColumns,
    rules: {
      clean: (object) => {
        const { value, unknown } = prune(schema, object);
        return { object: value, unknown };
      },
      applyDefaults: (object) => applyDefaults(schema, builtin.applyDefaults?.(object) ?? object),
      validate: (object, old) => [
        ...validateMetadata(object, builtin.metadata, old),
        ...(builtin.validate?.(object, old) ?? []),
        ...validate(schema, object, old === undefined ? {} : { old }),
      ],
    },
    ...(ownCollection === "events.k8s.io/events" && { conversion: eventConversion }),
    ...hooks[collection],
  };
}

/** What a fresh API server holds. */
export const initialNamespaces: readonly KubeObject[] = ["default", "kube-node-lease", "kube-public", "kube-system"].map(
  (name) => ({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name },
  }),
);
