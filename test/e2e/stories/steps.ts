import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningController, runController } from "../../support/controller.ts";
import { memberNames, type TestFleet } from "../../support/fleet.ts";
import { always, eventually } from "../../support/wait.ts";
import { ALL_AT_ONCE } from "../checkout.ts";
import { memberIs, Scene } from "../scene.ts";

const APPROVAL = [{ type: "Approval" }];
const STAGES = [
  { name: "canary", clusters: ["lvs-1"], after: APPROVAL },
  { name: "canary-full", clusters: ["lvs-1"], after: APPROVAL },
  { name: "rest" },
];
/** 10 % of the traffic as long as a cluster is in stage canary. */
const TEN_PERCENT = {
  name: "ten-percent",
  stages: ["canary"],
  target: { kind: "VirtualService", name: "checkout" },
  jsonPatch: [
    { op: "replace", path: "/spec/http/0/route/0/weight", value: 90 },
    { op: "replace", path: "/spec/http/0/route/1/weight", value: 10 },
  ],
};
const NEW = { weight: 100, overrides: [TEN_PERCENT] };

/** A canary by cluster and by traffic in one rollout, and windows in which clusters may start. */
export function stepStory(fleet: () => TestFleet): void {
  describe("steps and windows", () => {
    let controller: RunningController;

    beforeAll(async () => {
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(() => controller.stop());

    /** v2 is everywhere and has no traffic. */
    async function open(namespace: string): Promise<Scene> {
      const scene = await Scene.open(fleet(), namespace);
      await scene.apply({ weight: 0, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      return scene;
    }
    const awaiting = (scene: Scene, stage: string) =>
      eventually(`stage ${stage} awaits a decision`, async () => {
        const { rollout } = await scene.status();
        expect([rollout?.stage, rollout?.phase]).toEqual([stage, "AwaitingApproval"]);
      });

    test("the canary cluster takes 10 %, then all, before the next cluster starts", async () => {
      const scene = await open("two-dimensions");
      await scene.apply({ ...NEW, rollout: { stages: STAGES } });
      await awaiting(scene, "canary");
      expect(await scene.weights()).toEqual({ "lvs-1": 10, "lvs-2": 0, "slc-1": 0 });
      expect(await scene.clusterStatus("lvs-1")).toMatchObject({ stage: "canary", variantStage: "canary", phase: "Ready" });
      const { rollout, updated } = await scene.status();
      expect(updated).toBe("0/3");
      expect(rollout?.stages?.map(({ name, clusters, stepping }) => [name, clusters, stepping])).toEqual([
        ["canary", ["lvs-1"], ["lvs-1"]],
        ["canary-full", ["lvs-1"], undefined],
        ["rest", ["lvs-2", "slc-1"], undefined],
      ]);
      expect(rollout?.diff?.map(({ stage, cluster, summary }) => `${stage} ${cluster}: ${summary.split("; ").at(-1)}`)).toEqual([
        "canary lvs-1: any path checkout v2 weight 0 → 10",
        "canary-full lvs-1: any path checkout v2 weight 10 → 100",
        "rest lvs-2, slc-1: any path checkout v2 weight 0 → 100",
      ]);

      await scene.decide();
      await awaiting(scene, "canary-full");
      expect(await scene.weights()).toEqual({ "lvs-1": 100, "lvs-2": 0, "slc-1": 0 });
      const lvs1 = await scene.clusterStatus("lvs-1");
      expect(lvs1).toMatchObject({ stage: "canary-full", phase: "Ready" });
      expect(lvs1).not.toHaveProperty("variantStage");

      await scene.decide({ stage: "canary-full" });
      await scene.until("RolloutCompleted");
      expect(await scene.weights()).toEqual({ "lvs-1": 100, "lvs-2": 100, "slc-1": 100 });
    });

    test("rejected at 10 %, it returns to what it had, and nobody else was touched", async () => {
      const scene = await open("two-dimensions-rejected");
      const before = await Promise.all(["lvs-2", "slc-1"].map((name) => scene.versions(name)));
      await scene.apply({ ...NEW, rollout: { stages: STAGES, onFailure: "Rollback" } });
      await awaiting(scene, "canary");
      expect(await scene.weights()).toEqual({ "lvs-1": 10, "lvs-2": 0, "slc-1": 0 });
      await scene.decide({ decision: "Reject", reason: "p99 doubled" });
      await scene.until("RolloutCompleted", { status: "False", reason: "RolledBack" });
      expect(await scene.weights()).toEqual({ "lvs-1": 0, "lvs-2": 0, "slc-1": 0 });
      expect(await Promise.all(["lvs-2", "slc-1"].map((name) => scene.versions(name)))).toEqual(before);
    });

    test("what is edited on a step by hand is repaired to what the step has", async () => {
      const scene = await open("two-dimensions-drift");
      await scene.apply({ ...NEW, rollout: { stages: STAGES } });
      await awaiting(scene, "canary");
      const destination = (subset: string) => ({ host: "checkout", subset });
      const route = [
        { destination: destination("v1"), weight: 23 },
        { destination: destination("v2"), weight: 77 },
      ];
      await scene.edit("lvs-1", "VirtualService/checkout", { spec: { http: [{ route }] } });
      await eventually("10 % are back", async () => expect((await scene.weights())["lvs-1"]).toBe(10));
    });

    test("a stage that the rollout does not have is refused, and so is a wrong window", async () => {
      const scene = await Scene.open(fleet(), "steps-refused");
      await scene.apply({
        overrides: [{ ...TEN_PERCENT, stages: ["canray"] }],
        rollout: { stages: STAGES, windows: [{ schedule: "0 25 * * *", duration: "1h", timeZone: "Europe/Berlin" }] },
      });
      const { message } = await scene.until("Accepted", { status: "False", reason: "UnknownStage" });
      expect(message).toBe(
        'spec.overrides[0].stages: override ten-percent is bound to stage "canray", which the rollout does not have; its stages are canary, canary-full, rest; ' +
          'spec.rollout.windows[0].schedule: "0 25 * * *" is no schedule (Invalid value for hour: 25); write minute, hour, day of the month, month and day of the week, such as "0 22 * * 1-5"',
      );
      expect(await scene.contents("lvs-1")).toEqual([]);
    });

    test("outside of its windows nothing is started; it begins when one opens", { timeout: 120_000 }, async () => {
      const scene = await open("window");
      const later = new Date(Date.now() + 12 * 3_600_000).getUTCHours();
      const closed = { schedule: `0 ${later} * * *`, duration: "1h" };
      await scene.apply({ weight: 50, rollout: { ...ALL_AT_ONCE, windows: [closed] } });
      await scene.untilPhase("Waiting");
      const { rollout } = await scene.status();
      expect(rollout?.message).toBe(
        `no cluster is started outside of the windows: the next one opens ${rollout?.window?.start}; 3 more in stage all`,
      );
      expect(Date.parse(rollout?.window?.end ?? "") - Date.parse(rollout?.window?.start ?? "")).toBe(3_600_000);
      await always(async () => expect(Object.values(await scene.weights())).toEqual([0, 0, 0]), 1000);

      // The next minute that is not just about to come.
      const start = new Date(Math.ceil((Date.now() + 4000) / 60_000) * 60_000);
      const soon = { schedule: `${start.getUTCMinutes()} ${start.getUTCHours()} * * *`, duration: "1h" };
      await scene.apply({ weight: 50, rollout: { ...ALL_AT_ONCE, windows: [closed, soon] } });
      await eventually("the next window is told", async () =>
        expect((await scene.status()).rollout?.window?.start).toBe(start.toISOString()),
      );
      expect(Object.values(await scene.weights())).toEqual([0, 0, 0]);
      await scene.until("RolloutCompleted", {}, "checkout", { withinMs: 100_000 });
      expect(Object.values(await scene.weights())).toEqual([50, 50, 50]);
      const { clusters = [] } = await scene.status();
      expect(clusters.map(({ startedAt = "" }) => startedAt >= start.toISOString())).toEqual([true, true, true]);
    });
  });
}
