import { beforeAll, describe, expect, test } from "vitest";
import type { KubeObject, Resource } from "../../../src/kube/resource.ts";
import { ALL_AT_ONCE } from "../../e2e/checkout.ts";
import { Scene } from "../../e2e/scene.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, define } from "../../support/istio.ts";
import { PEERS, peerDefinition } from "../../support/peers.ts";
import { always, eventually } from "../../support/wait.ts";
import type { Stage } from "./index.ts";

type Json = Readonly<Record<string, unknown>>;

interface Peer {
  readonly title: string;
  readonly namespace: string;
  readonly resource: Resource;
  /** Name of the object; default "checkout". */
  readonly name?: string;
  /** Whom the AccessPoint says that it follows; default the object itself. */
  readonly leader?: Json;
  readonly spec: (clusters: readonly string[]) => Json;
  readonly status?: (clusters: readonly string[]) => Json;
  readonly labels?: Readonly<Record<string, string>>;
}

const named = (clusters: readonly string[]) => clusters.map((name) => ({ name }));
const resource = { apiVersion: "apps/v1", kind: "Deployment", name: "checkout" };
const scheduled = (kind: string) => (clusters: readonly string[]) => ({
  conditions: [
    {
      type: `${kind}Scheduled`,
      status: "True",
      observedGeneration: 1,
      reason: "Scheduled",
      message: "",
      lastTransitionTime: "2026-01-01T00:00:00Z",
    },
  ],
  placementStatuses: clusters.map((clusterName) => ({ clusterName })),
});
const selectors = [{ group: "apps", version: "v1", kind: "Deployment", name: "checkout" }];
const namespaces = [{ group: "", version: "v1", kind: "Namespace", name: "shop" }];

const PEER_KINDS: readonly Peer[] = [
  {
    title: "KubeFed's FederatedDeployment",
    namespace: "kubefed",
    resource: PEERS.FederatedDeployment,
    spec: (clusters) => ({ placement: { clusters: named(clusters) } }),
  },
  {
    title: "Karmada's ResourceBinding",
    namespace: "karmada",
    resource: PEERS.ResourceBinding,
    name: "checkout-deployment",
    spec: (clusters) => ({ resource, clusters: named(clusters) }),
  },
  {
    title: "the workload that Karmada binds",
    namespace: "karmada-workload",
    resource: PEERS.ResourceBinding,
    name: "checkout-deployment",
    leader: resource,
    spec: (clusters) => ({ resource, clusters: named(clusters) }),
  },
  {
    title: "KubeFleet's ResourcePlacement",
    namespace: "kubefleet",
    resource: PEERS.ResourcePlacement,
    spec: () => ({ resourceSelectors: selectors }),
    status: scheduled("ResourcePlacement"),
  },
  {
    title: "KubeFleet's ClusterResourcePlacement",
    namespace: "kubefleet-cluster",
    resource: PEERS.ClusterResourcePlacement,
    spec: () => ({ resourceSelectors: namespaces }),
    status: scheduled("ClusterResourcePlacement"),
  },
  {
    title: "OCM's PlacementDecision",
    namespace: "ocm",
    resource: PEERS.PlacementDecision,
    spec: () => ({}),
    status: (clusters) => ({ decisions: clusters.map((clusterName) => ({ clusterName, reason: "" })) }),
  },
  {
    title: "all decisions of OCM's Placement",
    namespace: "ocm-placement",
    resource: PEERS.PlacementDecision,
    name: "checkout-decision-1",
    labels: { "cluster.open-cluster-management.io/placement": "checkout" },
    leader: { apiVersion: "cluster.open-cluster-management.io/v1beta1", kind: "Placement", name: "checkout" },
    spec: () => ({}),
    status: (clusters) => ({ decisions: clusters.map((clusterName) => ({ clusterName, reason: "" })) }),
  },
  {
    title: "any kind, by a path",
    namespace: "any-kind",
    resource: PEERS.Rollout,
    leader: {
      apiVersion: "apps.example.com/v1",
      kind: "RegionalRollout",
      name: "checkout",
      clustersPath: "$.spec.sites[*].cluster",
    },
    spec: (clusters) => ({ sites: clusters.map((cluster) => ({ cluster })) }),
  },
];

/** An AccessPoint that goes where something else goes. */
export function followingStory(stage: () => Stage): void {
  const hub = () => stage().fleet.hub.client;

  async function write(
    { resource, name = "checkout", spec, status, labels }: Peer,
    namespace: string,
    clusters: readonly string[],
  ) {
    const object = {
      apiVersion: `${resource.group}/${resource.version}`,
      kind: resource.kind,
      metadata: { name, ...(resource.namespaced && { namespace }), ...(labels && { labels }) },
    };
    const content = spec(clusters);
    await hub().apply(resource, { ...object, ...(Object.keys(content).length > 0 && { spec: content }) } as KubeObject, {
      fieldManager: "peer",
    });
    if (status)
      await hub().patch(resource, name, resource.namespaced ? namespace : undefined, { status: status(clusters) }, "merge", {
        subresource: "status",
      });
  }

  const holders = async (scene: Scene): Promise<readonly string[]> => {
    const { members } = stage().fleet;
    const contents = await Promise.all(members.map(async ({ name }) => [name, (await scene.contents(name)).length] as const));
    return contents.filter(([, count]) => count > 0).map(([name]) => name);
  };
  const settles = (scene: Scene, clusters: readonly string[]) =>
    eventually(`it is in ${clusters.join(", ")}`, async () => {
      expect(await holders(scene)).toEqual(clusters);
      expect((await scene.status()).placement?.selected).toEqual(clusters);
    });

  describe("following", () => {
    beforeAll(() =>
      define(
        hub(),
        Object.values(PEERS)
          .filter(({ kind }) => kind !== "RegionalRollout")
          .map(peerDefinition),
      ),
    );

    test.each(PEER_KINDS)(
      "$title: where it moves the AccessPoint goes, and where it is lost the AccessPoint stays",
      async (peer) => {
        const {
          namespace,
          leader = {
            apiVersion: `${peer.resource.group}/${peer.resource.version}`,
            kind: peer.resource.kind,
            name: peer.name ?? "checkout",
          },
        } = peer;
        if (peer.resource === PEERS.Rollout) await define(hub(), [peerDefinition(PEERS.Rollout)]);
        const scene = await Scene.open(stage().fleet, namespace);
        await write(peer, namespace, ["lvs-1"]);
        await scene.apply({ placement: { follow: [leader] }, rollout: ALL_AT_ONCE });
        await settles(scene, ["lvs-1"]);

        const moved = performance.now();
        await write(peer, namespace, ["lvs-1", "slc-1"]);
        await settles(scene, ["lvs-1", "slc-1"]);
        expect(performance.now() - moved).toBeLessThan(5000);
        await write(peer, namespace, ["slc-1"]);
        await settles(scene, ["slc-1"]);
        await scene.until("Scheduled");

        await hub().delete(peer.resource, peer.name ?? "checkout", peer.resource.namespaced ? namespace : undefined);
        await scene.until("Scheduled", { status: "False", reason: "LeaderNotFound" });
        await always(async () => expect(await holders(scene)).toEqual(["slc-1"]), 500);
        await stage().restart();
        await always(async () => expect(await holders(scene)).toEqual(["slc-1"]), 1000);
        expect((await scene.status()).placement?.following).toMatchObject([{ state: "Held", clusters: ["slc-1"] }]);

        await write(peer, namespace, ["lvs-2", "slc-1"]);
        await settles(scene, ["lvs-2", "slc-1"]);
      },
    );

    test("a kind that the hub does not serve is said, and picked up when it appears", async () => {
      const unknown: Resource = { ...PEERS.Rollout, group: "later.example.com" };
      const leader = {
        apiVersion: "later.example.com/v1",
        kind: "RegionalRollout",
        name: "checkout",
        clustersPath: "$.spec.clusters",
      };
      const scene = await Scene.open(stage().fleet, "later");
      await scene.apply({ placement: { follow: [leader] }, rollout: ALL_AT_ONCE });
      const { message } = await scene.until("Scheduled", { status: "False", reason: "LeaderKindMissing" });
      expect(message).toContain("kind RegionalRollout of later.example.com/v1 is not served");

      await define(hub(), [peerDefinition(unknown)]);
      await write({ title: "", namespace: "later", resource: unknown, spec: (clusters) => ({ clusters }) }, "later", ["lvs-2"]);
      await settles(scene, ["lvs-2"]);

      await hub().delete(CUSTOM_RESOURCE_DEFINITIONS, `${unknown.plural}.${unknown.group}`);
      await scene.until("Scheduled", { status: "False" });
      await always(async () => expect(await holders(scene)).toEqual(["lvs-2"]), 500);
    });

    test("discover: where a Deployment really runs", async () => {
      const deployments: Resource = { group: "apps", version: "v1", plural: "deployments", kind: "Deployment", namespaced: true };
      const scene = await Scene.open(stage().fleet, "discovered");
      await scene.createNamespaces();
      const run = async (member: string, readyReplicas: number) => {
        const { client } = stage().fleet.member(member);
        const container = { name: "web", image: "web" };
        const labels = { app: "checkout" };
        const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } };
        await client.apply(
          deployments,
          { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "checkout", namespace: "discovered" }, spec },
          { fieldManager: "team" },
        );
        const status = { replicas: 1, readyReplicas };
        await client.patch(deployments, "checkout", "discovered", { status }, "merge", { subresource: "status" });
      };
      await run("slc-1", 1);
      await run("lvs-1", 0);
      await scene.apply({ placement: { follow: [{ ...resource, discover: "Members" }] }, rollout: ALL_AT_ONCE });
      await settles(scene, ["slc-1"]);
      await run("lvs-1", 1);
      await settles(scene, ["lvs-1", "slc-1"]);
      await run("slc-1", 0);
      await always(async () => expect(await holders(scene)).toEqual(["lvs-1", "slc-1"]), 500);
      await stage().fleet.member("slc-1").client.delete(deployments, "checkout", "discovered");
      await settles(scene, ["lvs-1"]);
    });
  });
}
