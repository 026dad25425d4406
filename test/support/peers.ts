import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeObject, Resource } from "../../src/kube/resource.ts";

/** CustomResourceDefinitions of other projects are not part of this one: FAP_PEER_CRDS, or where its authors keep them. */
const directory = process.env["FAP_PEER_CRDS"] ?? resolve(import.meta.dirname, "../../../shared/peer-crds");

const peer = (group: string, version: string, plural: string, kind: string, namespaced = true): Resource => ({
  group,
  version,
  plural,
  kind,
  namespaced,
});

export const PEERS = {
  FederatedDeployment: peer("types.kubefed.io", "v1beta1", "federateddeployments", "FederatedDeployment"),
  ResourceBinding: peer("work.karmada.io", "v1alpha2", "resourcebindings", "ResourceBinding"),
  ResourcePlacement: peer("placement.kubernetes-fleet.io", "v1beta1", "resourceplacements", "ResourcePlacement"),
  ClusterResourcePlacement: peer(
    "placement.kubernetes-fleet.io",
    "v1beta1",
    "clusterresourceplacements",
    "ClusterResourcePlacement",
    false,
  ),
  PlacementDecision: peer("cluster.open-cluster-management.io", "v1beta1", "placementdecisions", "PlacementDecision"),
  /** Nobody's: a kind that is known by its path alone. */
  Rollout: peer("apps.example.com", "v1", "regionalrollouts", "RegionalRollout"),
} as const satisfies Record<string, Resource>;

/** SIG-Multicluster's inventory. */
export const CLUSTER_PROFILES = peer("multicluster.x-k8s.io", "v1alpha1", "clusterprofiles", "ClusterProfile");

const FILES: readonly string[] = [
  "karmada-resourcebindings.yaml",
  "kubefleet-resourceplacements.yaml",
  "kubefleet-clusterresourceplacements.yaml",
  "ocm-placementdecisions.yaml",
  "cert-manager-certificates.yaml",
  "clusterprofiles.yaml",
  "external-dns-dnsendpoints.yaml",
];

/** As its project publishes it where that is at hand; otherwise with the fields that are used and nothing else checked. */
export function peerDefinition(resource: Resource): KubeObject {
  const name = `${resource.plural}.${resource.group}`;
  const published = FILES.map((file) => join(directory, file))
    .filter((file) => existsSync(file))
    .flatMap((file) => parseAllDocuments(readFileSync(file, "utf8")).map((document) => document.toJS() as KubeObject))
    .find(({ metadata }) => metadata.name === name);
  return published ?? minimal(resource, name);
}

const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

const minimal = ({ group, version, plural, kind, namespaced }: Resource, name: string): KubeObject => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  // Groups below k8s.io are Kubernetes' own: a definition says who allowed it, or that nobody did.
  metadata: { name, annotations: { "api-approved.kubernetes.io": "unapproved, fields that a test uses" } },
  spec: {
    group,
    scope: namespaced ? "Namespaced" : "Cluster",
    names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
    versions: [
      {
        name: version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything } } },
      },
    ],
  },
});
