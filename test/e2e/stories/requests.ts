import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { added, takeCensus } from "../../support/census.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { memberNames, type TestFleet } from "../../support/fleet.ts";
import { WriteRecorder } from "../../support/recorder.ts";
import { eventually } from "../../support/wait.ts";
import { ALL_AT_ONCE } from "../checkout.ts";
import { memberIs, Scene, weightOf } from "../scene.ts";

/** What it costs: requests, connections, passes, time. */
export function requestStory(fleet: () => TestFleet): void {
  describe("requests", () => {
    let controller: RunningController;

    beforeAll(async () => {
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(() => controller.stop());

    const census = () => Promise.all(fleet().members.map(takeCensus));
    const connections = () => fleet().members.map(({ wire }) => wire.connections);
    /** Until every Event and every late status was written, and members are asked for nothing more. */
    const quiet = async () => {
      let [before, now] = [undefined as unknown, await census()];
      while (!isDeepStrictEqual(before, now)) {
        await delay(1200);
        [before, now] = [now, await census()];
      }
    };

    test("one write and no read for an object that changes, over kept connections", async () => {
      const scene = await Scene.open(fleet(), "frugal");
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      await quiet();

      const [before, wires] = [await census(), connections()];
      for (const weight of [20, 30, 40]) {
        await scene.apply({ weight, rollout: ALL_AT_ONCE });
        await scene.until("RolloutCompleted");
      }
      await quiet();
      const after = await census();
      const expected = memberNames.map(() => ({ "patch virtualservices.networking.istio.io": 3 }));
      expect(before.map((count, index) => added(count, after[index]!))).toEqual(expected);
      // Three writes on kept connections; a probe that is slow to be answered at that moment makes one of them need another.
      for (const [index, count] of connections().entries()) expect(count - wires[index]!).toBeLessThanOrEqual(1);
    });

    test("six objects are six writes and no read where the namespace exists", async () => {
      // What is around the objects is listed once in a cluster, for the first AccessPoint that needs it.
      const warm = await Scene.open(fleet(), "warm");
      await warm.apply({ rollout: ALL_AT_ONCE });
      await warm.until("RolloutCompleted");
      const scene = await Scene.open(fleet(), "first");
      await scene.createNamespaces();
      const before = await census();
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const after = await census();
      for (const [index, count] of before.entries()) {
        const requests = added(count, after[index]!);
        expect(Object.keys(requests).every((key) => key.startsWith("patch "))).toBe(true);
        expect(Object.values(requests)).toEqual([1, 1, 1, 1, 1, 1]);
      }
    });

    test("at most ten requests to the hub for a change, status, revision and Events together", async () => {
      const scene = await Scene.open(fleet(), "sparing");
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      await quiet();

      const before = await controller.count("fap_requests_total", { cluster: "hub" });
      await scene.apply({ weight: 60, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      await quiet();
      expect((await controller.count("fap_requests_total", { cluster: "hub" })) - before).toBeLessThanOrEqual(10);
    });

    test("while nothing changes: probes of the members, no request to the hub, no pass, no new connection", async () => {
      const scene = await Scene.open(fleet(), "idle");
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      await quiet();

      const look = async () => ({
        hub: await controller.count("fap_requests_total", { cluster: "hub" }),
        members: await census(),
        passes: await controller.count("fap_pass_duration_seconds_count"),
        connections: connections(),
      });
      const before = await look();
      const probes = await controller.count("fap_requests_total", { verb: "raw" });
      await delay(3000);
      expect(await look()).toEqual(before);
      expect(await controller.count("fap_requests_total", { verb: "raw" })).toBeGreaterThan(probes);
    });

    test("edits, one after the other, each reach the last member; how long that takes is printed", async () => {
      const scene = await Scene.open(fleet(), "swift");
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const recorder = await WriteRecorder.start(fleet().members);
      onTestFinished(() => recorder.stop());
      const times: number[] = [];
      for (let weight = 11; weight <= 19; weight++) {
        await scene.until("RolloutCompleted");
        const began = performance.now();
        await scene.apply({ weight, rollout: ALL_AT_ONCE });
        await eventually("every member has the weight", () => expect(reached(recorder, scene, weight)).toBe(3), { everyMs: 1 });
        times.push(Math.round(performance.now() - began));
      }
      console.log(`milliseconds from an edit to the last of 3 members (${fleet().kind}): ${times.join(", ")}`);
    });
  });
}

/** In how many members a weight was written. */
function reached(recorder: WriteRecorder, { namespace }: Scene, weight: number): number {
  const there = recorder
    .writes(namespace)
    .filter(({ title, object }) => title === "VirtualService/checkout" && weightOf(object) === weight);
  return new Set(there.map(({ cluster }) => cluster)).size;
}
