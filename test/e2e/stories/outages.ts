import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ACCESS_POINTS, MEMBER_CLUSTERS } from "../../../src/api/kinds.ts";
import type { MemberCluster } from "../../../src/api/membercluster.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { gone, memberNames, type TestFleet } from "../../support/fleet.ts";
import { CUSTOM_RESOURCE_DEFINITIONS, define, istioDefinitions, noIstioDefinitions } from "../../support/istio.ts";
import { eventually } from "../../support/wait.ts";
import { ALL_AT_ONCE, CHECKOUT } from "../checkout.ts";
import { memberIs, Scene } from "../scene.ts";
import { sentence, TIME } from "../sentence.ts";

/** Members that are not there: at the start, in the middle, at the end. */
export function outageStory(fleet: () => TestFleet): void {
  describe("a member that is down", () => {
    let controller: RunningController;
    const wire = (name: string) => fleet().member(name).wire;

    beforeAll(async () => {
      wire("slc-1").cut();
      controller = await runController(fleet().hub);
    });
    afterEach(async () => {
      for (const name of memberNames) {
        wire(name).mend();
        await memberIs(fleet(), name, "True");
      }
    });
    afterAll(() => controller.stop());

    test("at the start: status says so with a time, the others go on, it catches up by itself", async () => {
      const scene = await Scene.open(fleet(), "down-at-start");
      const ready = await memberIs(fleet(), "slc-1", "Unknown", "ClusterUnreachable");
      expect(ready.message).toMatch(/GET \/version/);

      await scene.apply();
      await scene.canary();
      const pending = await scene.clusterStatus("slc-1");
      expect(pending).toMatchObject({ phase: "Unreachable", message: expect.stringMatching(`^not reachable since ${TIME}: `) });
      expect(pending.revision).toBeUndefined();

      await scene.decide();
      await eventually("lvs-2 is updated", async () => expect((await scene.clusterStatus("lvs-2")).phase).toBe("Ready"));
      const { rollout, updated, ready: count } = await scene.status();
      expect(rollout).toMatchObject({ phase: "Progressing", message: "waiting for slc-1: not reachable" });
      expect([updated, count]).toEqual(["2/3", "2/3"]);

      wire("slc-1").mend();
      await scene.until("RolloutCompleted");
      expect(await scene.contents("slc-1")).toEqual(CHECKOUT);
      const { kubernetesVersion } = (await fleet().hub.client.get(MEMBER_CLUSTERS, "slc-1"))["status"] as NonNullable<
        MemberCluster["status"]
      >;
      expect(kubernetesVersion).toMatch(/^v1\./);
    });

    test("in the middle of a rollout: what it had is Unknown, the others go on, it catches up by itself", async () => {
      const scene = await Scene.open(fleet(), "down-in-middle");
      await scene.rollOut();
      await scene.apply({ weight: 40 });
      await scene.canary();
      wire("lvs-2").cut();
      await scene.until("Available", { status: "Unknown", reason: "ClusterUnreachable" });
      expect(await scene.clusterStatus("lvs-2")).toMatchObject({
        phase: "Unreachable",
        message: expect.stringMatching(`^not reachable since ${TIME}: `),
        lastObservedTime: expect.stringMatching(TIME),
        objects: { total: 6, ready: 6 },
      });

      await scene.decide();
      await eventually("slc-1 goes on", async () => expect(await scene.weights()).toMatchObject({ "lvs-2": 10, "slc-1": 40 }));
      expect((await scene.until("RolloutCompleted", { status: "False", reason: "InProgress" })).message).toContain(
        "waiting for lvs-2",
      );

      wire("lvs-2").mend();
      await scene.until("RolloutCompleted");
      expect(await scene.weights()).toMatchObject({ "lvs-1": 40, "lvs-2": 40, "slc-1": 40 });
    });

    test("while it is written to, and silent instead of refusing: the deadline fails the rollout, a retry completes it", async () => {
      const scene = await Scene.open(fleet(), "down-in-flight");
      const stages = [
        { name: "canary", clusters: ["lvs-1"], after: [{ type: "Approval" }] },
        { name: "rest", maxConcurrency: 1, progressDeadline: "6s" },
      ];
      await scene.apply({ rollout: { stages } });
      const revision = await scene.canary();
      wire("lvs-2").cut({ silent: true });
      await scene.decide();

      const failed = await scene.until("RolloutCompleted", { status: "False", reason: "ProgressDeadlineExceeded" });
      expect(failed.message).toMatch(sentence`1 failed: lvs-2: not verified within 6s; not reachable since ${TIME}`);
      expect(await scene.contents("slc-1")).toEqual([]);
      expect((await scene.status()).rollout?.phase).toBe("Failed");

      wire("lvs-2").mend();
      await memberIs(fleet(), "lvs-2", "True");
      await scene.annotate({ "accesspoint.dev/retry": revision });
      await scene.until("RolloutCompleted");
      expect(await scene.contents("slc-1")).toEqual(CHECKOUT);
    });

    test("during a deletion: it is retried and said, and nothing is left once it is back", async () => {
      const scene = await Scene.open(fleet(), "down-at-end");
      await scene.rollOut();
      wire("lvs-2").cut();
      await memberIs(fleet(), "lvs-2", "Unknown");
      await fleet().hub.client.delete(ACCESS_POINTS, "checkout", scene.namespace);

      expect(await scene.event(/^CleanupBlocked/)).toMatch(
        sentence`CleanupBlocked: cluster lvs-2 is not reachable since ${TIME}: its objects are removed when it answers; deleting its MemberCluster gives them up`,
      );
      await eventually("the others are empty", async () => {
        expect(await scene.contents("lvs-1")).toEqual([]);
        expect(await scene.contents("slc-1")).toEqual([]);
      });
      expect(await scene.contents("lvs-2")).toEqual(CHECKOUT);
      await eventually("status names the one that is left", async () => {
        const { status } = await scene.accessPoint();
        expect(status?.clusters).toMatchObject([{ name: "lvs-2", phase: "Unreachable" }]);
      });

      wire("lvs-2").mend();
      await gone(fleet().hub.client, ACCESS_POINTS, "checkout", scene.namespace);
      expect(await scene.contents("lvs-2")).toEqual([]);
    });

    test("for a moment: nobody is told, and what changed meanwhile is seen", async () => {
      const scene = await Scene.open(fleet(), "blip");
      await scene.rollOut();
      wire("slc-1").cut();
      await scene.edit("slc-1", "VirtualService/checkout", { spec: { hosts: ["elsewhere.example.com"] } });
      wire("slc-1").mend();
      await eventually("the edit is repaired", async () => {
        const { spec } = (await scene.object("slc-1", "VirtualService/checkout")) as unknown as {
          spec: { hosts: readonly string[] };
        };
        expect(spec.hosts).toEqual(["checkout.example.com"]);
      });
      expect(await scene.events()).not.toContainEqual(expect.stringMatching(/^ClusterDegraded/));
    });

    // The kinds themselves, not only objects of them: embedded API servers have Istio's built in, so that this one is given definitions.
    test.skipIf(noIstioDefinitions)(
      "Istio was uninstalled while it was away: a deletion does not wait for what went with it",
      async () => {
        const passing = await fleet().add("passing-1", { istio: false });
        await define(passing.client, istioDefinitions());
        await fleet().register("passing-1", { zone: "passing" });
        await memberIs(fleet(), "passing-1", "True");
        const scene = await Scene.open(fleet(), "uninstalled");
        await scene.apply({ placement: { zones: ["passing"] }, rollout: ALL_AT_ONCE });
        await scene.until("RolloutCompleted");

        passing.wire.cut();
        await memberIs(fleet(), "passing-1", "Unknown");
        for (const { metadata } of istioDefinitions()) await passing.client.delete(CUSTOM_RESOURCE_DEFINITIONS, metadata.name);
        // A real API server takes its time to clean up behind a definition.
        await eventually(
          "the kinds are gone",
          async () => {
            const { items } = await passing.client.list(CUSTOM_RESOURCE_DEFINITIONS);
            expect(items.map(({ metadata }) => metadata.name).filter((name) => name.endsWith(".istio.io"))).toEqual([]);
          },
          { withinMs: 90_000 },
        );
        passing.wire.mend();
        await memberIs(fleet(), "passing-1", "True");
        await scene.delete();
        await fleet().hub.client.delete(MEMBER_CLUSTERS, "passing-1");
        await gone(fleet().hub.client, MEMBER_CLUSTERS, "passing-1");
        await fleet().drop("passing-1");
      },
      200_000,
    );
  });
}
