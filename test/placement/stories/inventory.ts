import { describe, expect, onTestFinished, test } from "vitest";
import { MEMBER_CLUSTERS, NAMESPACES, SECRETS } from "../../../src/api/kinds.ts";
import type { MemberCluster, MemberClusterStatus } from "../../../src/api/membercluster.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import type { Resource } from "../../../src/kube/resource.ts";
import { ALL_AT_ONCE } from "../../e2e/checkout.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import { gone, type TestFleet } from "../../support/fleet.ts";
import { define } from "../../support/istio.ts";
import { CLUSTER_PROFILES, peerDefinition } from "../../support/peers.ts";
import { eventually } from "../../support/wait.ts";

const NODES: Resource = { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false };

const PLATFORM = { fieldManager: "platform", force: true } as const;

/** Clusters of SIG-Multicluster's inventory. */
export function inventoryStory(fleet: () => TestFleet): void {
  describe("a MemberCluster that names a ClusterProfile", () => {
    const secret = (name: string, key: string, text: string) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { namespace: "inventory", name, labels: { "x-k8s.io/cluster-profile": "ams" } },
      data: { [key]: Buffer.from(text).toString("base64") },
    });

    test("is reached with the Secret beside it, found when it comes, said when there are two", async () => {
      const { client } = fleet().hub;
      const { credentials } = await fleet().add("ams-1");
      onTestFinished(() => fleet().drop("ams-1"));
      await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "inventory" } });
      const member = {
        apiVersion: "accesspoint.dev/v1alpha1",
        kind: "MemberCluster",
        metadata: { name: "ams-1" },
        spec: { zone: "ams", region: "eu", access: { clusterProfileRef: { namespace: "inventory", name: "ams" } } },
      };
      await client.apply(MEMBER_CLUSTERS, member, PLATFORM);
      onTestFinished(() => client.delete(MEMBER_CLUSTERS, "ams-1"));
      const { message } = await memberIs(fleet(), "ams-1", "False", "SecretNotFound");
      expect(message).toBe("namespace inventory has no Secret with the label x-k8s.io/cluster-profile=ams");

      await client.apply(SECRETS, secret("ams", "Config", credentials), PLATFORM);
      await memberIs(fleet(), "ams-1", "True");
      const scene = await Scene.open(fleet(), "inventoried");
      await scene.apply({ placement: { clusters: ["ams-1"] }, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      expect(await scene.contents("ams-1")).toHaveLength(6);
      await scene.delete();

      await client.apply(SECRETS, secret("another", "config", credentials), PLATFORM);
      const several = await memberIs(fleet(), "ams-1", "False", "SecretNotFound");
      expect(several.message).toBe(
        "namespace inventory has several Secrets with the label x-k8s.io/cluster-profile=ams: ams, another",
      );
      await client.delete(SECRETS, "ams", "inventory");
      await memberIs(fleet(), "ams-1", "True");
    });

    test("takes zone, region and labels over from it, and from the nodes what it does not say", async () => {
      const { hub } = fleet();
      const ber = await fleet().add("ber-1");
      onTestFinished(() => fleet().drop("ber-1"));
      await define(hub.client, [peerDefinition(CLUSTER_PROFILES)]);
      await hub.client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "profiles" } });
      const labels = { "x-k8s.io/cluster-profile": "ber" };
      await hub.client.create(SECRETS, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: "profiles", name: "ber", labels },
        data: { Config: Buffer.from(ber.credentials).toString("base64") },
      });
      await node(ber.client, "one", "ber");
      const access = { clusterProfileRef: { namespace: "profiles", name: "ber" } };
      const metadata = { name: "ber-1", labels: { tier: "gold" } };
      await hub.client.apply(
        MEMBER_CLUSTERS,
        { apiVersion: "accesspoint.dev/v1alpha1", kind: "MemberCluster", metadata, spec: { access } },
        PLATFORM,
      );
      onTestFinished(() => hub.client.delete(MEMBER_CLUSTERS, "ber-1"));
      // There is no such profile yet, and the nodes say only the zone.
      await counts("ber-1", { zone: "ber", sources: { zone: "Nodes" } });

      const scene = await Scene.open(fleet(), "profiled");
      const placement = { clusterSelector: { matchLabels: { tier: "gold", cost: "low" } } };
      await scene.apply({ placement, rollout: ALL_AT_ONCE });
      await scene.until("Scheduled", { status: "False", reason: "NoClusters" });
      await profile(hub.client, { tier: "silver", cost: "low" }, [{ name: "location", value: "eu-central" }]);
      await counts("ber-1", {
        zone: "ber",
        region: "eu-central",
        labels: { cost: "low", location: "eu-central", tier: "silver" },
        sources: { zone: "Nodes", region: "ClusterProfile" },
      });
      await scene.until("RolloutCompleted");
      expect(await scene.clusterStatus("ber-1")).toMatchObject({ zone: "ber", region: "eu-central", phase: "Ready" });

      // What goes takes nothing away.
      await hub.client.delete(CLUSTER_PROFILES, "ber", "profiles");
      await counts("ber-1", { region: "eu-central", labels: { cost: "low", location: "eu-central", tier: "silver" } });
      expect((await scene.status()).placement?.selected).toEqual(["ber-1"]);
      await scene.delete();
    });

    test("whose nodes do not agree is not placed, and says so", async () => {
      const { hub } = fleet();
      const ger = await fleet().add("ger-1");
      onTestFinished(() => fleet().drop("ger-1"));
      await node(ger.client, "one", "muc");
      await node(ger.client, "two", "fra");
      const station = { name: "ger-1", namespace: "fap-system" };
      await hub.client.create(SECRETS, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: station,
        data: { kubeconfig: Buffer.from(ger.credentials).toString("base64") },
      });
      const spec = { access: { kubeconfigSecretRef: station } };
      await hub.client.apply(
        MEMBER_CLUSTERS,
        { apiVersion: "accesspoint.dev/v1alpha1", kind: "MemberCluster", metadata: { name: "ger-1" }, spec },
        PLATFORM,
      );
      onTestFinished(() => hub.client.delete(MEMBER_CLUSTERS, "ger-1"));
      const scene = await Scene.open(fleet(), "undecided-zone");
      await scene.apply({ placement: { clusters: ["ger-1"] }, rollout: ALL_AT_ONCE });
      const { message } = await scene.until("Scheduled", { status: "False", reason: "ZoneUnknown" });
      expect(message).toContain("it is not known in which zone MemberCluster ger-1 stands");
      await eventually("it is said why", async () => {
        const { status } = (await hub.client.get(MEMBER_CLUSTERS, "ger-1")) as unknown as MemberCluster;
        expect(status?.conditions).toContainEqual(
          expect.objectContaining({
            type: "Located",
            status: "False",
            reason: "ZoneUnknown",
            message: expect.stringContaining("its nodes do not agree on topology.kubernetes.io/zone: fra, muc"),
          }),
        );
      });
      // The server is known by another name, too, under which nothing is to be delivered.
      await scene.delete();
      // A person decides; spec wins.
      await hub.client.patch(MEMBER_CLUSTERS, "ger-1", undefined, { spec: { zone: "muc", region: "eu" } }, "merge");
      await counts("ger-1", { zone: "muc", region: "eu", sources: { zone: "Spec", region: "Spec" } });
    });

    test("that leads to a cluster which another one has is told so, and nothing is written or removed through it", async () => {
      const { hub } = fleet();
      const twin = await fleet().add("twin-1");
      onTestFinished(() => fleet().drop("twin-1"));
      await fleet().register("twin-1", { zone: "twin" });
      await memberIs(fleet(), "twin-1", "True");
      const scene = await Scene.open(fleet(), "twins");
      await scene.apply({ placement: { clusters: ["twin-1"] }, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const before = await scene.versions("twin-1");

      await fleet().register("twin-2", { zone: "twins", credentials: twin.credentials });
      const { message } = await memberIs(fleet(), "twin-2", "False", "SameCluster");
      expect(message).toContain("it leads to the cluster that is registered as twin-1");
      await scene.apply({ placement: { clusters: ["twin-1", "twin-2"] }, rollout: ALL_AT_ONCE });
      await eventually("it is reported", async () =>
        expect(await scene.clusterStatus("twin-2")).toMatchObject({ phase: "Unreachable" }),
      );
      await scene.apply({ placement: { clusters: ["twin-1"] }, rollout: ALL_AT_ONCE });
      await hub.client.delete(MEMBER_CLUSTERS, "twin-2");
      await gone(hub.client, MEMBER_CLUSTERS, "twin-2");
      expect(await scene.versions("twin-1")).toEqual(before);

      await scene.delete();
      await hub.client.delete(MEMBER_CLUSTERS, "twin-1");
      await gone(hub.client, MEMBER_CLUSTERS, "twin-1");
    });

    const node = async (client: KubeClient, name: string, zone: string) => {
      const labels = { "topology.kubernetes.io/zone": zone };
      await client.create(NODES, { apiVersion: "v1", kind: "Node", metadata: { name, labels } });
      onTestFinished(() => client.delete(NODES, name));
    };
    const profile = async (client: KubeClient, labels: Record<string, string>, properties: readonly object[]) => {
      const object = {
        apiVersion: "multicluster.x-k8s.io/v1alpha1",
        kind: "ClusterProfile",
        metadata: { name: "ber", namespace: "profiles", labels },
        spec: { clusterManager: { name: "tests" } },
      };
      await client.create(CLUSTER_PROFILES, object);
      await client.patch(CLUSTER_PROFILES, "ber", "profiles", { status: { properties } }, "merge", { subresource: "status" });
    };
    /** Waits until the MemberCluster's status says so. */
    const counts = (name: string, wanted: Partial<MemberClusterStatus>) =>
      eventually(`${name} counts as said`, async () => {
        const { status } = (await fleet().hub.client.get(MEMBER_CLUSTERS, name)) as unknown as MemberCluster;
        expect(status).toMatchObject(wanted);
      });

    test("names nothing else", async () => {
      const access = { clusterProfileRef: { namespace: "a", name: "b" }, kubeconfigSecretRef: { namespace: "a", name: "b" } };
      for (const spec of [
        { zone: "z", access },
        { zone: "z", access: {} },
      ]) {
        const member = { apiVersion: "accesspoint.dev/v1alpha1", kind: "MemberCluster", metadata: { name: "both" }, spec };
        await expect(fleet().hub.client.create(MEMBER_CLUSTERS, member)).rejects.toThrow(
          "access is either kubeconfigSecretRef or clusterProfileRef",
        );
      }
    });
  });
}
