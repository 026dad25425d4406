import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { MEMBER_CLUSTERS, NAMESPACES, SECRETS } from "../../../src/api/kinds.ts";
import type { MemberCluster, MemberClusterStatus } from "../../../src/api/membercluster.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import type { Resource } from "../../../src/kube/resource.ts";
import { ALL_AT_ONCE } from "../../e2e/checkout.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import { gone, type MemberStation, type TestFleet } from "../../support/fleet.ts";
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

    /** One API server for all: what knows it goes with each test. */
    let spare: MemberStation;
    beforeAll(async () => {
      spare = await fleet().add("spare-1");
    });
    afterAll(() => fleet().drop("spare-1"));
    const forget = async (name = "spare-1") => {
      await fleet().hub.client.delete(MEMBER_CLUSTERS, name);
      await gone(fleet().hub.client, MEMBER_CLUSTERS, name);
    };

    test("is reached with the Secret beside it, found when it comes, said when there are two", async () => {
      const { client } = fleet().hub;
      const { credentials } = spare;
      await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "inventory" } });
      const member = {
        apiVersion: "accesspoint.dev/v1alpha1",
        kind: "MemberCluster",
        metadata: { name: "spare-1" },
        spec: { zone: "ams", region: "eu", access: { clusterProfileRef: { namespace: "inventory", name: "ams" } } },
      };
      await client.apply(MEMBER_CLUSTERS, member, PLATFORM);
      onTestFinished(() => forget());
      const { message } = await memberIs(fleet(), "spare-1", "False", "SecretNotFound");
      expect(message).toBe("namespace inventory has no Secret with the label x-k8s.io/cluster-profile=ams");

      await client.apply(SECRETS, secret("ams", "Config", credentials), PLATFORM);
      await memberIs(fleet(), "spare-1", "True");
      const scene = await Scene.open(fleet(), "inventoried");
      await scene.apply({ placement: { clusters: ["spare-1"] }, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      expect(await scene.contents("spare-1")).toHaveLength(6);
      await scene.delete();

      await client.apply(SECRETS, secret("another", "config", credentials), PLATFORM);
      const several = await memberIs(fleet(), "spare-1", "False", "SecretNotFound");
      expect(several.message).toBe(
        "namespace inventory has several Secrets with the label x-k8s.io/cluster-profile=ams: ams, another",
      );
      await client.delete(SECRETS, "ams", "inventory");
      await memberIs(fleet(), "spare-1", "True");
    });

    test("takes zone, region and labels over from it, and from the nodes what it does not say", async () => {
      const { hub } = fleet();
      await define(hub.client, [peerDefinition(CLUSTER_PROFILES)]);
      await hub.client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "profiles" } });
      const labels = { "x-k8s.io/cluster-profile": "ber" };
      await hub.client.create(SECRETS, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { namespace: "profiles", name: "ber", labels },
        data: { Config: Buffer.from(spare.credentials).toString("base64") },
      });
      await node(spare.client, "one", "ber");
      const access = { clusterProfileRef: { namespace: "profiles", name: "ber" } };
      const metadata = { name: "spare-1", labels: { tier: "gold" } };
      await hub.client.apply(
        MEMBER_CLUSTERS,
        { apiVersion: "accesspoint.dev/v1alpha1", kind: "MemberCluster", metadata, spec: { access } },
        PLATFORM,
      );
      onTestFinished(() => forget());
      // There is no such profile yet, and the nodes say only the zone.
      await counts("spare-1", { zone: "ber", sources: { zone: "Nodes" } });

      const scene = await Scene.open(fleet(), "profiled");
      const placement = { clusterSelector: { matchLabels: { tier: "gold", cost: "low" } } };
      await scene.apply({ placement, rollout: ALL_AT_ONCE });
      await scene.until("Scheduled", { status: "False", reason: "NoClusters" });
      await profile(hub.client, { tier: "silver", cost: "low" }, [{ name: "location", value: "eu-central" }]);
      await counts("spare-1", {
        zone: "ber",
        region: "eu-central",
        labels: { cost: "low", location: "eu-central", tier: "silver" },
        sources: { zone: "Nodes", region: "ClusterProfile" },
      });
      await scene.until("RolloutCompleted");
      expect(await scene.clusterStatus("spare-1")).toMatchObject({ zone: "ber", region: "eu-central", phase: "Ready" });

      // What goes takes nothing away.
      await hub.client.delete(CLUSTER_PROFILES, "ber", "profiles");
      await counts("spare-1", { region: "eu-central", labels: { cost: "low", location: "eu-central", tier: "silver" } });
      expect((await scene.status()).placement?.selected).toEqual(["spare-1"]);
      await scene.delete();
    });

    test("whose nodes do not agree is not placed, and says so", async () => {
      const { hub } = fleet();
      await node(spare.client, "one", "muc");
      await node(spare.client, "two", "fra");
      const station = { name: "spare-1", namespace: "fap-system" };
      await hub.client.create(SECRETS, {
        apiVersion: "v1",
        kind: "Secret",
        metadata: station,
        data: { kubeconfig: Buffer.from(spare.credentials).toString("base64") },
      });
      const spec = { access: { kubeconfigSecretRef: station } };
      await hub.client.apply(
        MEMBER_CLUSTERS,
        { apiVersion: "accesspoint.dev/v1alpha1", kind: "MemberCluster", metadata: { name: "spare-1" }, spec },
        PLATFORM,
      );
      onTestFinished(() => forget());
      const scene = await Scene.open(fleet(), "undecided-zone");
      await scene.apply({ placement: { clusters: ["spare-1"] }, rollout: ALL_AT_ONCE });
      const { message } = await scene.until("Scheduled", { status: "False", reason: "ZoneUnknown" });
      expect(message).toContain("it is not known in which zone MemberCluster spare-1 stands");
      await eventually("it is said why", async () => {
        const { status } = (await hub.client.get(MEMBER_CLUSTERS, "spare-1")) as unknown as MemberCluster;
        expect(status?.conditions).toContainEqual(
          expect.objectContaining({
            type: "Located",
            status: "False",
            reason: "ZoneUnknown",
            message: expect.stringContaining("its nodes do not agree on topology.kubernetes.io/zone: fra, muc"),
          }),
        );
      });
      await scene.delete();
      // A person decides; spec wins.
      await hub.client.patch(MEMBER_CLUSTERS, "spare-1", undefined, { spec: { zone: "muc", region: "eu" } }, "merge");
      await counts("spare-1", { zone: "muc", region: "eu", sources: { zone: "Spec", region: "Spec" } });
    });

    test("that leads to a cluster which another one has is told so, and nothing is written or removed through it", async () => {
      await fleet().register("spare-1", { zone: "twin" });
      await memberIs(fleet(), "spare-1", "True");
      const scene = await Scene.open(fleet(), "twins");
      await scene.apply({ placement: { clusters: ["spare-1"] }, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const before = await scene.versions("spare-1");

      await fleet().register("twin-2", { zone: "twins", credentials: spare.credentials });
      const { message } = await memberIs(fleet(), "twin-2", "False", "SameCluster");
      expect(message).toContain("it leads to the cluster that is registered as spare-1");
      await scene.apply({ placement: { clusters: ["spare-1", "twin-2"] }, rollout: ALL_AT_ONCE });
      await eventually("it is reported", async () =>
        expect(await scene.clusterStatus("twin-2")).toMatchObject({ phase: "Unreachable" }),
      );
      await scene.apply({ placement: { clusters: ["spare-1"] }, rollout: ALL_AT_ONCE });
      await forget("twin-2");
      expect(await scene.versions("spare-1")).toEqual(before);

      await scene.delete();
      await forget();
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
