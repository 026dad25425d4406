import { describe, expect, it } from "vitest";
import { placement } from "../../src/api/accesspoint/placement.ts";
import type { Leader } from "../../src/api/accesspoint.ts";
import type { KubeObject } from "../../src/api/resource.ts";
import { sourceOf } from "../../src/integrations/sources.ts";

const leader = (apiVersion: string, kind: string, more: Partial<Leader> = {}): Leader => ({
  apiVersion,
  kind,
  name: "checkout",
  ...more,
});
const object = (kind: string, content: object, metadata: object = {}): KubeObject =>
  ({ apiVersion: "v1", kind, metadata: { name: "checkout", generation: 3, ...metadata }, ...content }) as KubeObject;
const placed = (...clusters: readonly string[]) => ({ state: "Placed", clusters });
const undecided = { state: "LeaderUndecided" };
const unreadable = { state: "LeaderUnreadable" };

const FEDERATED = leader("types.kubefed.io/v1beta1", "FederatedDeployment");
const BINDING = leader("work.karmada.io/v1alpha2", "ResourceBinding");
const WORKLOAD = leader("apps/v1", "Deployment");
const PLACEMENT = leader("placement.kubernetes-fleet.io/v1beta1", "ResourcePlacement");
const CLUSTER_PLACEMENT = leader("placement.kubernetes-fleet.io/v1beta1", "ClusterResourcePlacement");
const DECISION = leader("cluster.open-cluster-management.io/v1beta1", "PlacementDecision");
const taken = (clustersPath: string): boolean => placement.safeParse({ follow: [path(clustersPath)] }).success;
const path = (clustersPath: string) => leader("example.com/v1", "Rollout", { clustersPath });
const resource = { apiVersion: "apps/v1", kind: "Deployment", name: "checkout" };
const scheduled = (kind: string, status = "True", observedGeneration = 3) => [
  { type: `${kind}Scheduled`, status, observedGeneration },
];

interface Case {
  readonly title: string;
  readonly follows: Leader;
  readonly object: KubeObject;
  readonly says: object;
}

const cases: readonly Case[] = [
  {
    title: "KubeFed: a list of clusters",
    follows: FEDERATED,
    object: object("FederatedDeployment", { spec: { placement: { clusters: [{ name: "a" }, { name: "b" }] } } }),
    says: placed("a", "b"),
  },
  {
    title: "KubeFed: a selector",
    follows: FEDERATED,
    object: object("FederatedDeployment", { spec: { placement: { clusterSelector: { matchLabels: { x: "y" } } } } }),
    says: { ...placed(), selector: { matchLabels: { x: "y" } } },
  },
  {
    title: "KubeFed: an empty selector is all clusters",
    follows: FEDERATED,
    object: object("FederatedDeployment", { spec: { placement: { clusterSelector: {} } } }),
    says: { ...placed(), selector: {} },
  },
  {
    title: "KubeFed: a list wins over a selector, even an empty one",
    follows: FEDERATED,
    object: object("FederatedDeployment", { spec: { placement: { clusters: [], clusterSelector: {} } } }),
    says: placed(),
  },
  {
    title: "KubeFed: neither is no cluster",
    follows: FEDERATED,
    object: object("FederatedDeployment", { spec: { placement: {} } }),
    says: placed(),
  },
  {
    title: "KubeFed: another federated kind",
    follows: leader("types.kubefed.io/v1beta1", "FederatedService"),
    object: object("FederatedService", { spec: { placement: { clusters: [{ name: "a" }] } } }),
    says: placed("a"),
  },
  {
    title: "KubeFed: nonsense",
    follows: FEDERATED,
    object: object("FederatedDeployment", { spec: { placement: { clusters: "a" } } }),
    says: unreadable,
  },
  {
    title: "Karmada: clusters of a binding",
    follows: BINDING,
    object: object("ResourceBinding", { spec: { resource, clusters: [{ name: "a", replicas: 2 }, { name: "b" }] } }),
    says: placed("a", "b"),
  },
  {
    title: "Karmada: a cluster that is being evicted still counts",
    follows: BINDING,
    object: object("ResourceBinding", {
      spec: { resource, clusters: [{ name: "b" }], gracefulEvictionTasks: [{ fromCluster: "a", reason: "x" }] },
    }),
    says: placed("b", "a"),
  },
  {
    title: "Karmada: not scheduled yet",
    follows: BINDING,
    object: object("ResourceBinding", { spec: { resource } }),
    says: undecided,
  },
  { title: "Karmada: nonsense", follows: BINDING, object: object("ResourceBinding", {}), says: unreadable },
  {
    title: "Karmada: the binding of a workload",
    follows: WORKLOAD,
    object: object("ResourceBinding", { spec: { resource, clusters: [{ name: "a" }] } }, { name: "checkout-deployment" }),
    says: placed("a"),
  },
  {
    title: "KubeFleet: where it was scheduled",
    follows: PLACEMENT,
    object: object("ResourcePlacement", {
      status: { conditions: scheduled("ResourcePlacement"), placementStatuses: [{ clusterName: "a" }, { clusterName: "b" }] },
    }),
    says: placed("a", "b"),
  },
  {
    title: "KubeFleet: cluster-wide",
    follows: CLUSTER_PLACEMENT,
    object: object("ClusterResourcePlacement", {
      status: { conditions: scheduled("ClusterResourcePlacement"), placementStatuses: [{ clusterName: "a" }] },
    }),
    says: placed("a"),
  },
  {
    title: "KubeFleet: a cluster that could not be picked has no name",
    follows: PLACEMENT,
    object: object("ResourcePlacement", {
      status: {
        conditions: scheduled("ResourcePlacement", "False"),
        placementStatuses: [{ clusterName: "a" }, { conditions: [{ type: "Scheduled", status: "False" }] }],
      },
    }),
    says: placed("a"),
  },
  {
    title: "KubeFleet: decided on an earlier generation does not count",
    follows: PLACEMENT,
    object: object("ResourcePlacement", {
      status: { conditions: scheduled("ResourcePlacement", "True", 2), placementStatuses: [{ clusterName: "a" }] },
    }),
    says: undecided,
  },
  {
    title: "KubeFleet: being scheduled",
    follows: PLACEMENT,
    object: object("ResourcePlacement", {
      status: { conditions: scheduled("ResourcePlacement", "Unknown"), placementStatuses: [{ clusterName: "a" }] },
    }),
    says: undecided,
  },
  { title: "KubeFleet: no status", follows: PLACEMENT, object: object("ResourcePlacement", {}), says: undecided },
  {
    title: "OCM: decisions",
    follows: DECISION,
    object: object("PlacementDecision", { status: { decisions: [{ clusterName: "a", reason: "" }, { clusterName: "" }] } }),
    says: placed("a"),
  },
  { title: "OCM: no decision yet", follows: DECISION, object: object("PlacementDecision", {}), says: undecided },
  {
    title: "OCM: nonsense",
    follows: DECISION,
    object: object("PlacementDecision", { status: { decisions: [{}] } }),
    says: unreadable,
  },
  {
    title: "a path to names",
    follows: path("$.status.clusters[*].name"),
    object: object("Rollout", { status: { clusters: [{ name: "a" }, { name: "b" }] } }),
    says: placed("a", "b"),
  },
  {
    title: "a path to a list of names",
    follows: path("$.spec.sites"),
    object: object("Rollout", { spec: { sites: ["a", "b", "a"] } }),
    says: placed("a", "b"),
  },
  {
    title: "a path as kubectl writes it",
    follows: path("{.spec.sites[*]}"),
    object: object("Rollout", { spec: { sites: ["a"] } }),
    says: placed("a"),
  },
  {
    title: "a path without a start",
    follows: path("spec.sites"),
    object: object("Rollout", { spec: { sites: ["a"] } }),
    says: placed("a"),
  },
  { title: "a path that leads nowhere", follows: path("$.spec.nothing"), object: object("Rollout", { spec: {} }), says: undecided },
  {
    title: "a path to something else than names",
    follows: path("$.spec"),
    object: object("Rollout", { spec: { password: "S3cret!" } }),
    says: unreadable,
  },
  {
    title: "a path through lists of lists, quoted names and positions",
    follows: path("$.status.zones[*]['example.com/sites'][0][\"name\"]"),
    object: object("Rollout", {
      status: { zones: [{ "example.com/sites": [{ name: "a" }, { name: "b" }] }, { "example.com/sites": [{ name: "c" }] }, {}] },
    }),
    says: placed("a", "c"),
  },
  {
    title: "a path to everything in an object",
    follows: path("$.spec.sites[*]"),
    object: object("Rollout", { spec: { sites: { one: "a", two: "b" } } }),
    says: placed("a", "b"),
  },
  {
    title: "a path to what every object has",
    follows: path("$.constructor.name"),
    object: object("Rollout", {}),
    says: undecided,
  },
  {
    title: "a path to more names than there may be clusters",
    follows: path("$.spec.sites"),
    object: object("Rollout", { spec: { sites: Array.from({ length: 1001 }, (_, index) => `s${index}`) } }),
    says: {
      ...unreadable,
      message: "Rollout checkout: clustersPath $.spec.sites leads to 1001 values, and at most 1000 clusters can be followed",
    },
  },
];

describe("what a followed object says", () => {
  it.each(cases)("$title", ({ follows, object, says }) => {
    const source = sourceOf(follows);
    expect(source.names(object)).toContain(source.name);
    expect(source.read(object)).toMatchObject(says);
    if ("clusters" in says) expect(source.read(object)).toEqual(says);
  });

  it.each(["$.status.clusters[*].name", "$['status'].clusters[0]", "{.status.clusters[*].name}", "status.clusters", "$[*]"])(
    "the path %s is taken",
    (clustersPath) => expect(taken(clustersPath)).toBe(true),
  );

  it.each([
    "$..name",
    "$..*..*..*..*..*",
    "$.status..name",
    "$.status[?(@.a == 'b')]",
    "$.spec.sites[(@.length-1)]",
    "$.spec.sites[?(@.constructor.constructor('return 1')())]",
    "$.spec.*",
    "$.spec.sites[0:2]",
    "$.spec.sites[0,1]",
    "$.spec^",
    "$.spec~",
    "$.",
    "a b",
    `$${".a".repeat(200)}!`,
  ])("the path %s is not", (clustersPath) => expect(taken(clustersPath)).toBe(false));

  it("does not repeat a value that is no name", () => {
    const said = sourceOf(path("$.spec.password")).read(object("Rollout", { spec: { password: "S3cret!" } }));
    expect(JSON.stringify(said)).not.toContain("S3cret");
  });

  it("knows a decision by the name of its Placement", () => {
    const labels = { "cluster.open-cluster-management.io/placement": "checkout" };
    const source = sourceOf(leader("cluster.open-cluster-management.io/v1beta1", "Placement"));
    expect(source.kind).toBe("PlacementDecision");
    expect(source.names(object("PlacementDecision", {}, { name: "checkout-decision-2", labels }))).toEqual([
      "checkout-decision-2",
      "checkout",
    ]);
  });

  it("does not take another workload's binding", () => {
    const source = sourceOf(WORKLOAD);
    const other = object("ResourceBinding", {
      spec: { resource: { ...resource, kind: "StatefulSet" }, clusters: [{ name: "a" }] },
    });
    expect(source.names(other)).not.toContain(source.name);
  });
});
