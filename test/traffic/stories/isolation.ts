import { describe, expect, onTestFinished, test } from "vitest";
import { MEMBER_CLUSTERS } from "../../../src/api/kinds.ts";
import { ALL_AT_ONCE, type CheckoutOptions } from "../../e2e/checkout.ts";
import { memberIs, Scene } from "../../e2e/scene.ts";
import type { Stage } from "./index.ts";
import { Ingress } from "./ingress.ts";

/** Addresses of their own for those who want them. */
export function isolationStory(stage: () => Stage): void {
  describe("isolation of VIPs", () => {
    test("an address in two isolation groups is an error on both, as long as it is so", async () => {
      const { fleet } = stage();
      const parties = [
        { name: "payments", cluster: "lvs-1" },
        { name: "marketing", cluster: "slc-1" },
      ].map(async ({ name, cluster }) => {
        await memberIs(fleet, cluster, "True");
        const scene = await Scene.open(fleet, name);
        const ingress = await Ingress.open(fleet.member(cluster).client, name);
        await ingress.service("edge");
        await ingress.balance("edge", "10.9.9.9");
        await scene.apply({
          placement: { clusters: [cluster] },
          specs: { Gateway: { selector: { gateway: name } } },
          rollout: ALL_AT_ONCE,
          traffic: { vip: { isolationGroup: name } },
        });
        return { scene, ingress };
      });
      const [payments, marketing] = (await Promise.all(parties)) as [Awaited<(typeof parties)[0]>, Awaited<(typeof parties)[0]>];
      const told = await payments.scene.until("Degraded", { reason: "VIPShared" });
      expect(told.message).toContain("VIP 10.9.9.9 is also that of AccessPoint marketing/checkout (isolation group marketing)");
      await marketing.scene.until("Degraded", { reason: "VIPShared" });

      await marketing.ingress.balance("edge", "10.9.9.10");
      await payments.scene.until("Degraded", { status: "False", reason: "AsExpected" });
      await marketing.scene.until("Degraded", { status: "False", reason: "AsExpected" });
    });

    test("a pool is asked for as the cluster's provider wants it, and refused where nobody says which that is", async () => {
      const { fleet } = stage();
      const scene = await Scene.open(fleet, "pooled");
      const options: CheckoutOptions = {
        placement: { clusters: ["lvs-1", "slc-1"] },
        specs: { Service: { type: "LoadBalancer" } },
        rollout: ALL_AT_ONCE,
        traffic: { vip: { pool: "edge-${cluster.zone}" } },
      };
      const provide = (name: string, loadBalancer: object | null) =>
        fleet.hub.client.patch(MEMBER_CLUSTERS, name, undefined, { spec: { loadBalancer } }, "merge");
      onTestFinished(async () => {
        for (const name of ["lvs-1", "slc-1"]) await provide(name, null);
      });

      await provide("lvs-1", { provider: "MetalLB" });
      await scene.apply(options);
      const { message } = await scene.until("Accepted", { status: "False", reason: "UnknownAddressPool" });
      expect(message).toContain("for cluster slc-1: nobody says what gives addresses there");

      await provide("slc-1", { provider: "Cilium" });
      await scene.until("RolloutCompleted");
      const [metal, cilium] = await Promise.all(["lvs-1", "slc-1"].map((name) => scene.object(name, "Service/checkout")));
      expect(metal!.metadata.annotations).toMatchObject({ "metallb.io/address-pool": "edge-lvs" });
      expect(cilium!.metadata.labels).toMatchObject({ "accesspoint.dev/vip-pool": "edge-slc" });
      await scene.delete();
    });
  });
}
