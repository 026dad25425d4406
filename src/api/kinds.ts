import type { Resource } from "./resource.ts";

export const GROUP = "accesspoint.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Field manager of everything written to member clusters and to the hub. */
export const FIELD_MANAGER = "federated-accesspoint";

/** On the AccessPoint: its objects in the members are removed before it goes. */
export const CLEANUP_FINALIZER = `${GROUP}/cleanup`;
/** On the MemberCluster: AccessPoints leave it before it goes. */
export const DETACH_FINALIZER = `${GROUP}/detach`;

export const MANAGED_BY_LABEL = "app.kubernetes.io/managed-by";
/** uid of the AccessPoint that an object in a member belongs to. Only objects with our own uid are ever changed or deleted. */
export const UID_LABEL = `${GROUP}/uid`;
/** `<namespace>/<name>` of the AccessPoint that an object in a member belongs to. */
export const OWNER_ANNOTATION = `${GROUP}/owner`;
/** Revision that last wrote an object in a member. An object that a later revision leaves as it is keeps the earlier name. */
export const REVISION_ANNOTATION = `${GROUP}/revision`;

/** Digest of the manifest that an object in a member was last written from: tells a change of ours from a change by others. */
export const DIGEST_ANNOTATION = `${GROUP}/digest`;

/** On a Service: the address pool that it asks for, for a Cilium pool's serviceSelector. */
export const VIP_POOL_LABEL = `${GROUP}/vip-pool`;

/** Asked of one revision, answered with an Event. */
export const ABORT_ANNOTATION = `${GROUP}/abort`;
export const RETRY_ANNOTATION = `${GROUP}/retry`;
/** `<cluster>@<revision>`. */
export const SKIP_ANNOTATION = `${GROUP}/skip-cluster`;

/** On a Secret: the hosts that gates may send it to, `name` or `*.domain`, with commas between them. */
export const GATE_HOSTS_ANNOTATION = `${GROUP}/gate-hosts`;

export const MEMBER_CLUSTERS: Resource = {
  group: GROUP,
  version: VERSION,
  plural: "memberclusters",
  kind: "MemberCluster",
  namespaced: false,
};
export const ACCESS_POINTS: Resource = {
  group: GROUP,
  version: VERSION,
  plural: "accesspoints",
  kind: "AccessPoint",
  namespaced: true,
};
export const ROLLOUT_APPROVALS: Resource = {
  group: GROUP,
  version: VERSION,
  plural: "rolloutapprovals",
  kind: "RolloutApproval",
  namespaced: true,
};
export const NAME_SERVICES: Resource = {
  group: GROUP,
  version: VERSION,
  plural: "nameservices",
  kind: "NameService",
  namespaced: true,
};
export const SERVICES: Resource = { group: "", version: "v1", plural: "services", kind: "Service", namespaced: true };
export const SECRETS: Resource = { group: "", version: "v1", plural: "secrets", kind: "Secret", namespaced: true };
export const NAMESPACES: Resource = { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false };
export const JOBS: Resource = { group: "batch", version: "v1", plural: "jobs", kind: "Job", namespaced: true };
export const CONTROLLER_REVISIONS: Resource = {
  group: "apps",
  version: "v1",
  plural: "controllerrevisions",
  kind: "ControllerRevision",
  namespaced: true,
};

export const ENDPOINT_SLICES: Resource = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
};

/** cert-manager's; written for Gateways when the AccessPoint names an issuer, never from a template. */
export const CERTIFICATES: Resource = {
  group: "cert-manager.io",
  version: "v1",
  plural: "certificates",
  kind: "Certificate",
  namespaced: true,
};

export const MUTATING_WEBHOOK_CONFIGURATIONS: Resource = {
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural: "mutatingwebhookconfigurations",
  kind: "MutatingWebhookConfiguration",
  namespaced: false,
};

/** Versions in which Istio's groups are served; their schemas are the same. */
export const ISTIO_VERSIONS = ["v1", "v1beta1", "v1alpha3"] as const;

const istio = (section: "networking" | "security", kind: string, plural: string, version = "v1"): Resource => ({
  group: `${section}.istio.io`,
  version,
  plural,
  kind,
  namespaced: true,
});

/**
 * Kinds that a template may hold, in the order in which they are written inside one cluster: what is referred to comes before
 * what refers to it. Removal runs the other way.
 */
export const DELIVERABLE: readonly Resource[] = [
  SERVICES,
  istio("networking", "WorkloadGroup", "workloadgroups"),
  istio("networking", "WorkloadEntry", "workloadentries"),
  istio("networking", "ServiceEntry", "serviceentries"),
  istio("networking", "DestinationRule", "destinationrules"),
  istio("security", "PeerAuthentication", "peerauthentications"),
  istio("security", "RequestAuthentication", "requestauthentications"),
  istio("security", "AuthorizationPolicy", "authorizationpolicies"),
  istio("networking", "Sidecar", "sidecars"),
  istio("networking", "EnvoyFilter", "envoyfilters", "v1alpha3"),
  istio("networking", "Gateway", "gateways"),
  istio("networking", "VirtualService", "virtualservices"),
];

/** Kinds that are written to members, in the order in which they are: what templates hold, and what is made for them. */
export const WRITTEN: readonly Resource[] = [CERTIFICATES, ...DELIVERABLE];

/** The deliverable kind of a manifest, whatever version of its group the manifest is written in. */
export const deliverable = (apiVersion: string, kind: string): Resource | undefined => find(DELIVERABLE, apiVersion, kind);

/** The kind of an object that is written to members, whatever version of its group it is read in. */
export const written = (apiVersion: string, kind: string): Resource | undefined => find(WRITTEN, apiVersion, kind);

function find(resources: readonly Resource[], apiVersion: string, kind: string): Resource | undefined {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  return resources.find((resource) => resource.kind === kind && resource.group === group);
}
