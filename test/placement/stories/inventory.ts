import { describe, expect, onTestFinished, test } from "vitest";
import { MEMBER_CLUSTERS, NAMESPACES, SECRETS } from "../../../src/api/kinds.ts";
import { ALL_AT_ONCE } from "../../e2e/checkout.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import type { TestFleet } from "../../support/fleet.ts";

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
      const { credentials } = fleet().member("slc-1");
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
      expect(await scene.contents("slc-1")).toHaveLength(6);
      await scene.delete();

      await client.apply(SECRETS, secret("another", "config", credentials), PLATFORM);
      const several = await memberIs(fleet(), "ams-1", "False", "SecretNotFound");
      expect(several.message).toBe(
        "namespace inventory has several Secrets with the label x-k8s.io/cluster-profile=ams: ams, another",
      );
      await client.delete(SECRETS, "ams", "inventory");
      await memberIs(fleet(), "ams-1", "True");
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
