import type { KubeObject } from "../../kube/resource.ts";
import { fieldsAt } from "../fields/set.ts";
import { allVerbs, collectionOf, type KindRules, type ServedKind } from "../registry.ts";
import { type BuiltinKind, builtinKinds, emptyBuiltin, readBuiltin } from "../schema/builtin/index.ts";
import { jobWarnings } from "../schema/builtin/job.ts";
import { nameWarnings, podWarnings, type Template } from "../schema/builtin/pod/warnings/index.ts";
import { addressWarnings, rangeWarnings } from "../schema/builtin/rules.ts";
import { applyDefaults } from "../schema/default.ts";
import { validateMetadata } from "../schema/metadata.ts";
import { referenceFields } from "../selectors.ts";
import { builtinColumns, plainColumns } from "./columns.ts";
import { crdHooks } from "./crd.ts";
import { eventConversion } from "./events.ts";
import { secretHooks } from "./secrets.ts";
import { serviceHooks } from "./services.ts";

type Hooks = Pick<
  ServedKind,
  | "warnings"
  | "prepareForCreate"
  | "prepareForUpdate"
  | "prepareForDeletion"
  | "deletionFinalizer"
  | "outOfSpace"
  | "undeletable"
  | "gracePeriod"
>;

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
  "rbac.authorization.k8s.io/roles",
  "rbac.authorization.k8s.io/rolebindings",
  "rbac.authorization.k8s.io/clusterroles",
  "rbac.authorization.k8s.io/clusterrolebindings",
]);
const conditionalUpdate = new Set(["coordination.k8s.io/leases", "apiextensions.k8s.io/customresourcedefinitions"]);
/** What of an object's metadata others go by as they do by its spec: ReplicaSets take over annotations. */
const desiredMetadata: Readonly<Record<string, readonly ("annotations" | "labels")[]>> = {
  "apps/deployments": ["annotations"],
  "discovery.k8s.io/endpointslices": ["labels"],
};
const takesAlong: Readonly<Record<string, string>> = { "/services": "/endpoints" };
const statusOnCreate = new Set(["/nodes"]);
const returnsDeleted = new Set(["/namespaces", "/pods", "/serviceaccounts", "/services"]);

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
  "/events": [...referenceFields.map((field) => `involvedObject.${field}`), "reason", "reportingComponent", "source", "type"],
  "events.k8s.io/events": [...referenceFields.map((field) => `regarding.${field}`), "reason", "reportingController", "type"],
  "batch/jobs": ["status.successful"],
};

const namespaceHooks: Hooks = {
  undeletable: ["default", "kube-system", "kube-public"],
  prepareForCreate: (object) => ({ ...object, status: { phase: "Active" } }),
  prepareForDeletion: ({ metadata, ...object }) => {
    const { deletionGracePeriodSeconds, ...kept } = metadata as typeof metadata & { deletionGracePeriodSeconds?: number };
    return { ...object, metadata: kept, status: { ...(object["status"] as object), phase: "Terminating" } } as KubeObject;
  },
};

const notReady = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };

/** A node takes no pods until it is found to be ready. */
const nodeHooks: Hooks = {
  warnings: (object) => {
    const {
      configSource,
      externalID,
      podCIDRs = [],
    } = object["spec"] as {
      readonly configSource?: object;
      readonly externalID?: string;
      readonly podCIDRs?: readonly string[];
    };
    return [
      ...(configSource ? ["spec.configSource: the feature is removed"] : []),
      ...(externalID ? ["spec.externalID: this field is deprecated, and is unused by Kubernetes"] : []),
      ...podCIDRs.flatMap((range, i) => rangeWarnings(`spec.podCIDRs[${i}]`, range)),
    ];
  },
  prepareForCreate: (object) => {
    const spec = (object["spec"] ?? {}) as { readonly taints?: readonly { readonly key: string; readonly effect: string }[] };
    const taints = spec.taints ?? [];
    if (taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) return object;
    return { ...object, spec: { ...spec, taints: [...taints, notReady] } };
  },
};

interface Pod {
  readonly spec: {
    readonly nodeName?: string;
    readonly terminationGracePeriodSeconds?: number;
  };
  readonly status?: { readonly phase?: string };
}

/** Nobody ends a pod but the kubelet that runs it: one that is on a node and runs is only asked to end. */
const podHooks: Hooks = {
  // Who changes a pod is no person.
  warnings: (object, old) =>
    old ? [] : [...nameWarnings(object, "in the Pod's hostname"), ...podWarnings(object as KubeObject & Template, "")],
  gracePeriod: (object, asked) => {
    const { spec, status } = object as KubeObject & Pod;
    if (!spec.nodeName || status?.phase === "Failed" || status?.phase === "Succeeded") return 0;
    const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },
};

/** @param own what is warned of before the template */
const withTemplate = (own: (object: KubeObject) => readonly string[] = () => []): Hooks => ({
  warnings: (object, old) => {
    if (old && old.metadata.generation === object.metadata.generation) return [];
    const { template } = object["spec"] as { readonly template: Template };
    return [...(old ? [] : nameWarnings(object)), ...own(object), ...podWarnings(template, "spec.template")];
  },
});

const mountable = "kubernetes.io/enforce-mountable-secrets";

const serviceAccountHooks: Hooks = {
  warnings: ({ metadata }, old) =>
    metadata.annotations?.[mountable] === undefined || old?.metadata.annotations?.[mountable] !== undefined
      ? []
      : [
          `metadata.annotations[${mountable}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`,
        ],
};

interface Addresses {
  readonly addresses?: readonly { readonly ip: string }[];
  readonly notReadyAddresses?: readonly { readonly ip: string }[];
}

const endpointsHooks: Hooks = {
  warnings: (object) =>
    ((object["subsets"] ?? []) as readonly Addresses[]).flatMap((subset, i) =>
      (["addresses", "notReadyAddresses"] as const).flatMap((name) =>
        (subset[name] ?? []).flatMap(({ ip }, j) => addressWarnings(`subsets[${i}].${name}[${j}].ip`, ip)),
      ),
    ),
};

const endpointSliceHooks: Hooks = {
  warnings: (object) => (object["addressType"] === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : []),
};

const deprecated: Readonly<Record<string, string>> = {
  "/endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
};

const hooks: Readonly<Record<string, Hooks>> = {
  "/namespaces": namespaceHooks,
  "/services": serviceHooks,
  "/nodes": nodeHooks,
  "/pods": podHooks,
  "/secrets": secretHooks,
  "/serviceaccounts": serviceAccountHooks,
  "/endpoints": endpointsHooks,
  "apps/deployments": withTemplate(),
  "batch/jobs": withTemplate(jobWarnings),
  "discovery.k8s.io/endpointslices": endpointSliceHooks,
  "apiextensions.k8s.io/customresourcedefinitions": crdHooks,
};

/** The kinds that are there without a CustomResourceDefinition. */
export const coreKinds = (): ServedKind[] => builtinKinds.map(served);

/** Events are shown alike, whichever group they are asked of. */
const newerEvents = builtinColumns["/events"]!.map((column) => ({
  ...column,
  cell: (object: KubeObject, now: Date) => column.cell(eventConversion.toStorage(object), now),
}));

/** A kind as requests reach it. */
export function served(builtin: BuiltinKind): ServedKind {
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
    statusReset: fieldsAt(...(builtin.statusReset ?? [["spec"]])),
    scale: subresources.includes("scale")
      ? { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas", labelSelectorPath: ".spec.selector" }
      : undefined,
    ...(statusOnCreate.has(collection) && { statusOnCreate: true }),
    generation: withGeneration.has(collection),
    ...(desiredMetadata[collection] && { desiredMetadata: desiredMetadata[collection] }),
    ...(takesAlong[collection] !== undefined && { takesAlong: takesAlong[collection] }),
    custom: false,
    createOnUpdate: createOnUpdate.has(collection),
    unconditionalUpdate: !conditionalUpdate.has(collection),
    returnsDeleted: returnsDeleted.has(collection),
    selectableFields: selectable[ownCollection] ?? [],
    columns: ownCollection === "events.k8s.io/events" ? newerEvents : (builtinColumns[collection] ?? plainColumns),
    rules: builtinRules(builtin),
    empty: emptyBuiltin(builtin),
    ...(builtin.prepare && { prepare: builtin.prepare }),
    ...(ownCollection === "events.k8s.io/events" && { conversion: eventConversion }),
    ...(deprecated[collection] !== undefined && { deprecationWarning: deprecated[collection] }),
    ...hooks[collection],
  };
}

function builtinRules(builtin: BuiltinKind): KindRules {
  return {
    clean: (object) => {
      const { value, unknown } = readBuiltin(builtin, object);
      return { object: value, unknown };
    },
    applyDefaults: (object) => applyDefaults(builtin.schema, builtin.applyDefaults?.(object) ?? object),
    validate: (object, old, subresource) => [
      ...validateMetadata(object, builtin.metadata, old),
      // An update is looked at for what all kinds have in common, and then once more for its own kind.
      ...(old ? validateMetadata(object, builtin.metadata, old) : []),
      ...(builtin.validate?.(object, old, subresource) ?? []),
    ],
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
