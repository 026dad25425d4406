import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningController, runController } from "../../support/controller.ts";
import { memberNames, type TestFleet } from "../../support/fleet.ts";
import { always, eventually } from "../../support/wait.ts";
import { ALL_AT_ONCE, CHECKOUT } from "../checkout.ts";
import { memberIs, Scene } from "../scene.ts";
import { sentence } from "../sentence.ts";

/** What the API server knows of who set an annotation. */
const ASKED = String.raw` \(asked by kubectl-annotate at 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\)`;

/** What people ask of a rollout that is under way. */
export function operationStory(fleet: () => TestFleet): void {
  describe("operations", () => {
    let controller: RunningController;

    beforeAll(async () => {
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(() => controller.stop());

    /** In order: canary, then the rest, one at a time. */
    const weights = async (scene: Scene) => Object.values(await scene.weights());

    test("pause holds the rollout where it is, resume lets it go on", async () => {
      const scene = await Scene.open(fleet(), "pause");
      await scene.rollOut();
      await scene.apply({ weight: 20 });
      await scene.canary();
      await scene.apply({ weight: 20, rollout: { paused: true } });
      await scene.until("Paused");
      await scene.event(/^Paused: no further cluster is started until spec.rollout.paused is false \(asked by team at /);
      const decision = await scene.decide();
      expect(await scene.answerTo(decision)).toMatchObject({ status: "True" });
      await scene.untilPhase("Paused");
      await always(async () => expect(await weights(scene)).toEqual([20, 10, 10]), 500);

      await scene.apply({ weight: 20 });
      await scene.event(/^Resumed: /);
      await scene.until("RolloutCompleted");
      expect(await weights(scene)).toEqual([20, 20, 20]);
    });

    test("rollbackTo: the canary returns at once to what is live everywhere, and stays there while it is set", async () => {
      const scene = await Scene.open(fleet(), "rollback-canary");
      const first = await scene.rollOut();
      await scene.apply({ weight: 20 });
      await scene.canary();
      await scene.apply({ weight: 20, rollout: { rollbackTo: first } });
      await scene.until("RolloutCompleted");
      expect(await weights(scene)).toEqual([10, 10, 10]);
      expect(await scene.status()).toMatchObject({ currentRevision: first, updateRevision: first });

      await scene.apply({ weight: 20 });
      await scene.canary();
      expect(await weights(scene)).toEqual([20, 10, 10]);
    });

    test("rollbackTo an earlier revision is a rollout like any other: staged, with its approval", async () => {
      const scene = await Scene.open(fleet(), "rollback");
      const first = await scene.rollOut();
      const second = await scene.rollOut({ weight: 20 });
      await scene.apply({ weight: 20, rollout: { rollbackTo: first } });
      expect(await scene.canary()).toBe(first);
      expect(await weights(scene)).toEqual([10, 20, 20]);
      await scene.decide();
      await scene.until("RolloutCompleted");
      expect(await weights(scene)).toEqual([10, 10, 10]);
      expect(await scene.revisions()).toEqual([first, second]);
    });

    test("an edit in the middle: the rest never sees the revision in between, and its approval is refused", async () => {
      const scene = await Scene.open(fleet(), "edit-in-middle");
      await scene.rollOut();
      await scene.apply({ weight: 20 });
      const skipped = await scene.canary();
      await scene.apply({ weight: 30 });
      await eventually("the newest is at the canary", async () => expect(await weights(scene)).toEqual([30, 10, 10]));
      await scene.canary();

      const late = await scene.decide({ revision: skipped });
      expect(await scene.answerTo(late)).toMatchObject({ status: "False", reason: "StaleRevision" });
      await always(async () => expect(await weights(scene)).toEqual([30, 10, 10]), 300);
      await scene.decide();
      await scene.until("RolloutCompleted");
      expect(await weights(scene)).toEqual([30, 30, 30]);
    });

    test("an approval that is written before its gate is reached counts when it is; a second one is refused", async () => {
      const scene = await Scene.open(fleet(), "early");
      const stages = [
        { name: "canary", clusters: ["lvs-1"], soak: "2s", after: [{ type: "Approval" }] },
        { name: "rest", maxConcurrency: 2 },
      ];
      await scene.apply({ rollout: { stages } });
      await scene.untilPhase("Soaking");
      const early = await scene.decide();
      expect(await scene.answerTo(early)).toMatchObject({ status: "Unknown", reason: "NotYetReached" });
      await scene.until("RolloutCompleted");
      expect(await scene.answerTo(early)).toMatchObject({ status: "True", reason: "Accepted" });
      const second = await scene.decide();
      expect((await scene.answerTo(second)).message).toContain(`decided by RolloutApproval ${early}`);
    });

    test("Reject ends the rollout, with who and why; what is live elsewhere stays", async () => {
      const scene = await Scene.open(fleet(), "reject");
      const first = await scene.rollOut();
      await scene.apply({ weight: 20 });
      await scene.canary();
      const decision = await scene.decide({ decision: "Reject", reason: "5xx rate doubled" });
      const { message } = await scene.until("RolloutCompleted", { status: "False", reason: "Rejected" });
      expect(message).toBe(`stage canary was rejected by RolloutApproval ${decision}: 5xx rate doubled (written by e2e)`);
      expect(await scene.answerTo(decision)).toMatchObject({
        status: "True",
        message: "it ends the rollout at the gate after stage canary",
      });
      await scene.event(/^Rejected: stage canary rejected by RolloutApproval/);
      expect((await scene.status()).currentRevision).toBe(first);
      await always(async () => expect(await weights(scene)).toEqual([20, 10, 10]), 300);
    });

    test("abort ends it, retry lets it go on; each is answered by an Event and counts for its revision alone", async () => {
      const scene = await Scene.open(fleet(), "abort");
      await scene.rollOut();
      await scene.apply({ weight: 20 });
      const revision = await scene.canary();
      await scene.annotate({ "accesspoint.dev/abort": "checkout-0000000000", "accesspoint.dev/retry": revision });
      await scene.event(sentence`RequestIgnored: retry ${revision}: the rollout has not failed, and no cluster of it has${ASKED}`);
      await scene.event(
        sentence`RequestIgnored: abort checkout-0000000000: "checkout-0000000000" is not what is rolled out now, which is ${revision} (status.updateRevision)${ASKED}`,
      );
      await always(async () => expect((await scene.status()).rollout?.phase).toBe("AwaitingApproval"), 300);

      await scene.annotate({ "accesspoint.dev/abort": revision, "accesspoint.dev/retry": null });
      await scene.until("RolloutCompleted", { status: "False", reason: "Aborted" });
      await scene.event(sentence`RequestAnswered: abort ${revision}: the rollout ends; clusters stay as they are${ASKED}`);
      const late = await scene.decide();
      expect(await scene.answerTo(late)).toMatchObject({ status: "False", reason: "RolloutEnded" });

      await scene.annotate({ "accesspoint.dev/retry": revision });
      await scene.event(sentence`RequestAnswered: retry ${revision}: the rollout goes on${ASKED}`);
      await scene.until("AwaitingApproval");
      await scene.decide();
      await scene.until("RolloutCompleted");
      expect(await weights(scene)).toEqual([20, 20, 20]);
    });

    test("skip-cluster leaves a cluster out of this revision, and says so", async () => {
      const scene = await Scene.open(fleet(), "skip");
      await scene.rollOut();
      await scene.apply({ weight: 20 });
      const revision = await scene.canary();
      await scene.annotate({ "accesspoint.dev/skip-cluster": `lvs-2@${revision}` });
      await scene.event(sentence`RequestAnswered: skip lvs-2@${revision}: it is left out of the rollout of ${revision}${ASKED}`);
      await scene.decide();
      await scene.until("RolloutCompleted");
      expect(await weights(scene)).toEqual([20, 10, 20]);
      expect(await scene.clusterStatus("lvs-2")).toMatchObject({ skipped: true });

      await scene.rollOut({ weight: 30 });
      expect(await weights(scene)).toEqual([30, 30, 30]);
    });

    test("a cluster that leaves the placement is emptied last, after the others have the change", async () => {
      const scene = await Scene.open(fleet(), "shrink");
      await scene.rollOut();
      await scene.apply({ weight: 20, placement: { clusters: ["lvs-1", "lvs-2"] } });
      await scene.canary();
      expect(await weights(scene)).toEqual([20, 10, 10]);
      await scene.decide();
      await scene.until("RolloutCompleted");
      expect(await weights(scene)).toEqual([20, 20, undefined]);
      expect(await scene.contents("slc-1")).toEqual([]);
      await eventually("it is gone from status", async () => {
        const { clusters = [] } = await scene.status();
        expect(clusters.map(({ name }) => name)).toEqual(["lvs-1", "lvs-2"]);
      });
    });

    test("a cluster that joins is rolled last, without the others being touched", async () => {
      const scene = await Scene.open(fleet(), "grow");
      await scene.apply({ placement: { clusters: ["lvs-1", "lvs-2"] } });
      await scene.canary();
      await scene.decide();
      await scene.until("RolloutCompleted");
      const before = [await scene.versions("lvs-1"), await scene.versions("lvs-2")];
      await scene.apply();
      await eventually("it has the objects", async () => expect(await scene.contents("slc-1")).toEqual(CHECKOUT));
      await scene.until("RolloutCompleted");
      expect([await scene.versions("lvs-1"), await scene.versions("lvs-2")]).toEqual(before);
    });

    test("an object that leaves the bundle goes once nothing refers to it", async () => {
      const scene = await Scene.open(fleet(), "smaller");
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const { spec } = await scene.accessPoint();
      const templates = spec.templates.filter(({ manifest }) => manifest.metadata.name === "checkout");
      await scene.apply({ rollout: ALL_AT_ONCE, templates });
      await scene.until("RolloutCompleted");
      for (const name of memberNames)
        expect(await scene.contents(name)).toEqual(CHECKOUT.filter((title) => title.endsWith("/checkout")));
    });

    test("by default a Service goes to every cluster, Istio's objects to the Primary of each zone", async () => {
      const scene = await Scene.open(fleet(), "scopes");
      await scene.apply({ rollout: ALL_AT_ONCE, scope: null });
      await scene.until("RolloutCompleted");
      expect(await scene.contents("lvs-1")).toEqual(CHECKOUT);
      expect(await scene.contents("lvs-2")).toEqual(["Service/checkout"]);
      expect(await scene.contents("slc-1")).toEqual(CHECKOUT);
      expect(await scene.object("slc-1", "WorkloadEntry/ledger")).toMatchObject({ spec: { locality: "us-west/slc" } });
    });
  });
}
