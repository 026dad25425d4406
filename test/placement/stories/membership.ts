import { describe, expect, onTestFinished, test } from "vitest";
import { MEMBER_CLUSTERS } from "../../../src/api/kinds.ts";
import { ALL_AT_ONCE } from "../../e2e/checkout.ts";
import { Scene } from "../../e2e/scene.ts";
import type { TestFleet } from "../../support/fleet.ts";
import { WriteRecorder } from "../../support/recorder.ts";
import { eventually } from "../../support/wait.ts";

/** Clusters join, leave, and come back. */
export function membershipStory(fleet: () => TestFleet): void {
  describe("membership", () => {
    const patch = (name: string, body: object) => fleet().hub.client.patch(MEMBER_CLUSTERS, name, undefined, body, "merge");
    const label = (name: string, tier: string | null) => patch(name, { metadata: { labels: { tier } } });
    const byTier = { clusterSelector: { matchLabels: { tier: "gold" } } };

    async function open(namespace: string, ...gold: readonly string[]): Promise<{ scene: Scene; recorder: WriteRecorder }> {
      onTestFinished(async () => {
        for (const name of ["lvs-1", "lvs-2", "slc-1"]) await label(name, null);
      });
      const scene = await Scene.open(fleet(), namespace);
      for (const name of gold) await label(name, "gold");
      const recorder = await WriteRecorder.start(fleet().members);
      onTestFinished(() => recorder.stop());
      return { scene, recorder };
    }
    const placed = (scene: Scene, ...clusters: readonly string[]) =>
      eventually(`${clusters.join(", ")} are placed`, async () =>
        expect((await scene.status()).placement?.selected).toEqual(clusters),
      );

    test("a cluster that joins in the middle of a rollout is rolled last, and not before the approval", async () => {
      const { scene, recorder } = await open("joining", "lvs-1", "slc-1");
      await scene.apply({ placement: byTier });
      await scene.canary();
      await label("lvs-2", "gold");
      await eventually("lvs-2 is appended", async () => {
        const stages = (await scene.status()).rollout?.stages?.map(({ name, clusters }) => [name, clusters]);
        expect(stages).toEqual([
          ["canary", ["lvs-1"]],
          ["rest", ["slc-1", "lvs-2"]],
        ]);
      });
      expect(new Set(recorder.writes("joining").map(({ cluster }) => cluster))).toEqual(new Set(["lvs-1"]));
      await scene.decide();
      await scene.until("RolloutCompleted");
      const order = [...new Set(recorder.writes("joining").map(({ cluster }) => cluster))];
      expect(order).toEqual(["lvs-1", "slc-1", "lvs-2"]);
    });

    test("a cluster that left by mistake and returns before it is cleaned up loses nothing", async () => {
      const { scene, recorder } = await open("returning", "lvs-1", "slc-1");
      await scene.apply({ placement: byTier, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      await scene.apply({ placement: byTier, rollout: { ...ALL_AT_ONCE, paused: true } });
      await scene.until("Paused");
      const mark = recorder.length;

      await label("slc-1", "silver");
      await placed(scene, "lvs-1");
      await eventually("status says that it stays for now", async () =>
        expect((await scene.status()).rollout?.message).toBe(
          "slc-1 left the placement and stays as it is: paused by spec.rollout.paused",
        ),
      );
      await label("slc-1", "gold");
      await placed(scene, "lvs-1", "slc-1");
      await scene.apply({ placement: byTier, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      expect(recorder.writes("returning").filter(({ index }) => index >= mark)).toEqual([]);
    });

    test("a cluster that leaves is cleaned up after everything else", async () => {
      const { scene, recorder } = await open("leaving", "lvs-1", "slc-1");
      await scene.apply({ placement: byTier, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const mark = recorder.length;
      await label("lvs-2", "gold");
      await label("slc-1", null);
      await eventually("slc-1 is empty", async () => expect(await scene.contents("slc-1")).toEqual([]));
      const writes = recorder.writes("leaving").filter(({ index }) => index >= mark);
      const made = writes.filter(({ type }) => type === "ADDED");
      const broken = writes.filter(({ type }) => type === "DELETED");
      expect(new Set(made.map(({ cluster }) => cluster))).toEqual(new Set(["lvs-2"]));
      expect(new Set(broken.map(({ cluster }) => cluster))).toEqual(new Set(["slc-1"]));
      expect(Math.max(...made.map(({ index }) => index))).toBeLessThan(Math.min(...broken.map(({ index }) => index)));
    });

    test("a cluster that leaves stays as it is until somebody lets it be cleaned up", async () => {
      const { scene } = await open("leaving-gated");
      const rollout = { ...ALL_AT_ONCE, beforeRemoval: [{ type: "Approval" }] };
      const names = ["lvs-1", "lvs-2"];
      await scene.apply({ placement: { clusters: [...names, "slc-1"] }, rollout });
      await scene.until("RolloutCompleted");
      const before = await scene.contents("slc-1");
      expect(before).not.toEqual([]);
      await scene.apply({ placement: { clusters: names }, rollout });
      const { message } = await scene.until("AwaitingApproval");
      expect(message).toMatch(
        /^slc-1 left the placement; before it is cleaned up revision \S+ needs a RolloutApproval for stage removal$/,
      );
      expect((await scene.status()).rollout?.removal).toMatchObject({
        phase: "AwaitingApproval",
        clusters: ["slc-1"],
        gates: [{ type: "Approval", state: "Waiting" }],
      });
      expect(await scene.contents("slc-1")).toEqual(before);
      const name = await scene.decide({ stage: "removal", reason: "nobody uses it" });
      await scene.until("RolloutCompleted");
      expect(await scene.contents("slc-1")).toEqual([]);
      expect(await scene.answerTo(name)).toMatchObject({ status: "True", reason: "Accepted" });
      await eventually("status forgets it", async () =>
        expect((await scene.status()).clusters?.map(({ name }) => name)).toEqual(names),
      );
    });

    test("an override for one zone writes in that zone alone", async () => {
      const { scene, recorder } = await open("one-zone");
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const mark = recorder.length;
      const target = { kind: "WorkloadEntry" };
      await scene.apply({
        rollout: ALL_AT_ONCE,
        overrides: [{ name: "slc", zones: ["slc"], target, mergePatch: { spec: { address: "10.1.1.1" } } }],
      });
      await scene.until("RolloutCompleted");
      const writes = recorder.writes("one-zone").filter(({ index }) => index >= mark);
      expect(writes.map(({ cluster, title }) => `${cluster} ${title}`)).toEqual(["slc-1 WorkloadEntry/ledger"]);
    });

    test("a NoExecute taint removes, a toleration brings back, a cordon keeps", async () => {
      const { scene } = await open("tainted");
      onTestFinished(async () => {
        await patch("slc-1", { spec: { taints: null, unschedulable: false } });
      });
      const placement = { zones: ["lvs", "slc"] };
      await scene.apply({ placement, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      await patch("slc-1", { spec: { unschedulable: true } });
      await scene.apply({ placement, rollout: ALL_AT_ONCE, weight: 20 });
      await scene.until("RolloutCompleted");
      expect(await scene.weights()).toEqual({ "lvs-1": 20, "lvs-2": 20, "slc-1": 20 });

      await patch("slc-1", { spec: { unschedulable: false, taints: [{ key: "power", effect: "NoExecute" }] } });
      await eventually("slc-1 is empty", async () => expect(await scene.contents("slc-1")).toEqual([]));
      expect((await scene.status()).placement?.notSelected).toEqual([{ reason: "Tainted", count: 1, clusters: ["slc-1"] }]);

      const tolerations = [{ key: "power", operator: "Exists" }];
      await scene.apply({ placement: { ...placement, tolerations }, rollout: ALL_AT_ONCE, weight: 20 });
      await eventually("slc-1 has it again", async () => expect(await scene.contents("slc-1")).toHaveLength(6));
    });
  });
}
