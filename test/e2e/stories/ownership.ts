import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  ACCESS_POINTS,
  MANAGED_BY_LABEL,
  MEMBER_CLUSTERS,
  NAMESPACES,
  OWNER_ANNOTATION,
  UID_LABEL,
} from "../../../src/api/kinds.ts";
import type { ClusterKind } from "../../support/clusters.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { tokenKubeconfig } from "../../support/credentials.ts";
import { find, gone, memberNames, type TestFleet } from "../../support/fleet.ts";
import { always, eventually } from "../../support/wait.ts";
import { ALL_AT_ONCE, CHECKOUT, manifests } from "../checkout.ts";
import { memberIs, Scene, weightOf } from "../scene.ts";

const [service, , , , , virtualService] = manifests() as [object, object, object, object, object, object];

/** Whose an object is: ours, another AccessPoint's, somebody else's. */
export function ownershipStory(fleet: () => TestFleet, kind: ClusterKind): void {
  describe("ownership", () => {
    let controller: RunningController;

    beforeAll(async () => {
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(() => controller.stop());

    const weightIn = async (scene: Scene, member: string) => weightOf(await scene.object(member, "VirtualService/checkout"));
    const problems = async (scene: Scene, member: string, name?: string) =>
      (await scene.clusterStatus(member, name)).objects?.problems ?? [];

    describe("an object that is there already", () => {
      const planted = async (scene: Scene, object: object) => {
        await scene.createNamespaces();
        return scene.plant("lvs-1", object, "kubectl");
      };

      test("Fail: it is left alone, the status says whose it is, the others are not touched", async () => {
        const scene = await Scene.open(fleet(), "exists-fail");
        const before = await planted(scene, manifests(77)[5]!);
        await scene.apply();
        const { message } = await scene.until("RolloutCompleted", { status: "False", reason: "MaxFailuresBreached" });
        const words = "it exists already and is not ours; delete it, or set sync.whenAlreadyExists: TakeOver (written by kubectl)";
        expect(message).toBe(`1 failed: lvs-1: VirtualService/checkout: ${words}`);
        expect(await problems(scene, "lvs-1")).toMatchObject([
          { kind: "VirtualService", name: "checkout", state: "Conflict", message: words },
        ]);
        await scene.until("Applied", { status: "False", reason: "Conflict" });
        expect((await scene.object("lvs-1", "VirtualService/checkout")).metadata).toEqual(before.metadata);
        expect(await scene.contents("slc-1")).toEqual([]);

        await scene.delete();
        expect(await scene.contents("lvs-1")).toEqual(["VirtualService/checkout"]);
      });

      test("TakeOver: it becomes ours and is changed", async () => {
        const scene = await Scene.open(fleet(), "exists-take-over");
        await planted(scene, manifests(77)[5]!);
        await scene.rollOut({ sync: { whenAlreadyExists: "TakeOver" } });
        expect(await weightIn(scene, "lvs-1")).toBe(10);
      });

      test("TakeOverIfNoDiff: taken over when it is equal, left alone when it is not", async () => {
        const scene = await Scene.open(fleet(), "exists-no-diff");
        await planted(scene, service);
        await planted(scene, manifests(77)[5]!);
        await scene.apply({ sync: { whenAlreadyExists: "TakeOverIfNoDiff" } });
        await scene.until("RolloutCompleted", { status: "False", reason: "MaxFailuresBreached" });
        expect(await problems(scene, "lvs-1")).toMatchObject([
          {
            kind: "VirtualService",
            message:
              "it exists already and differs from the bundle; make them equal, or set sync.whenAlreadyExists: TakeOver (written by kubectl)",
          },
        ]);
        expect((await scene.object("lvs-1", "Service/checkout")).metadata.annotations).toMatchObject({
          [OWNER_ANNOTATION]: `${scene.namespace}/checkout`,
        });
        await scene.rollOut({ weight: 77, sync: { whenAlreadyExists: "TakeOverIfNoDiff" } });
      });
    });

    test("two AccessPoints with the same object: the second conflicts and says with whom, the first goes on", async () => {
      const scene = await Scene.open(fleet(), "two");
      await scene.apply({ rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const templates = [{ scope: "Cluster", manifest: virtualService }];
      await scene.apply({ name: "second", rollout: ALL_AT_ONCE, templates });
      const { message } = await scene.until("RolloutCompleted", { status: "False", reason: "MaxFailuresBreached" }, "second");
      expect(message).toContain(
        "VirtualService/checkout: it belongs to AccessPoint two/checkout; remove it from one of the two bundles",
      );
      expect((await problems(scene, "slc-1", "second"))[0]).toMatchObject({ state: "Conflict" });
      await scene.until("Available");

      await scene.delete("second");
      for (const name of memberNames) expect(await scene.contents(name)).toEqual(CHECKOUT);
    });

    test("Orphan: what leaves stays, without our marks", async () => {
      const scene = await Scene.open(fleet(), "orphan");
      await scene.rollOut({ sync: { whenRemoved: "Orphan" } });
      await scene.delete();
      for (const name of memberNames) {
        expect(await scene.contents(name)).toEqual(CHECKOUT);
        for (const title of CHECKOUT) {
          const { labels = {}, annotations = {} } = (await scene.object(name, title)).metadata;
          expect(Object.keys(labels)).not.toContain(UID_LABEL);
          expect(Object.keys(labels)).not.toContain(MANAGED_BY_LABEL);
          expect(Object.keys(annotations).filter((key) => key.startsWith("accesspoint.dev/"))).toEqual([]);
        }
      }
    });

    test("createNamespace: a namespace that is missing is created, or asked for; it is never deleted", async () => {
      const scene = await Scene.open(fleet(), "namespaces");
      await scene.apply({ sync: { createNamespace: false } });
      const { message } = await scene.until("RolloutCompleted", { status: "False", reason: "MaxFailuresBreached" });
      expect(message).toBe(
        "1 failed: lvs-1: Service/checkout: namespace namespaces does not exist in lvs-1: create it there, or set sync.createNamespace: true",
      );
      await scene.rollOut();
      await scene.delete();
      expect(await find(fleet().member("lvs-1").client, NAMESPACES, "namespaces")).toBeDefined();
    });

    test("a MemberCluster that is deleted is emptied and then goes; registered again it is rolled to", async () => {
      const scene = await Scene.open(fleet(), "detach");
      await scene.rollOut();
      await fleet().hub.client.delete(MEMBER_CLUSTERS, "slc-1");
      await gone(fleet().hub.client, MEMBER_CLUSTERS, "slc-1");
      expect(await scene.contents("slc-1")).toEqual([]);
      await scene.until("RolloutCompleted");
      expect((await scene.status()).clusters?.map(({ name }) => name)).toEqual(["lvs-1", "lvs-2"]);

      await fleet().register("slc-1", { zone: "slc" });
      await eventually("it has the objects", async () => expect(await scene.contents("slc-1")).toEqual(CHECKOUT));
      await scene.until("RolloutCompleted");
    });

    test("a Secret that is rotated is used without a restart", async () => {
      const scene = await Scene.open(fleet(), "rotation");
      await scene.rollOut();
      const slc = fleet().member("slc-1");
      try {
        await fleet().register("slc-1", {
          zone: "slc",
          credentials: slc.credentials.replace(/client-certificate-data: .*\n\s+client-key-data: .*/, "token: revoked"),
        });
        await memberIs(fleet(), "slc-1", "False", "Unauthorized");
        await fleet().register("slc-1", { zone: "slc", credentials: await tokenKubeconfig(slc, "fap") });
        await memberIs(fleet(), "slc-1", "True");
        await scene.rollOut({ weight: 20 });
        expect(await weightIn(scene, "slc-1")).toBe(20);
      } finally {
        await fleet().register("slc-1", { zone: "slc" });
      }
      await memberIs(fleet(), "slc-1", "True");
      await scene.rollOut({ weight: 30 });
      expect(await weightIn(scene, "slc-1")).toBe(30);
    });

    test("an AccessPoint that was deleted by force: what it left stays, and nothing of it is written again", async () => {
      const scene = await Scene.open(fleet(), "forced");
      const slc = fleet().member("slc-1");
      await scene.rollOut();
      slc.wire.cut();
      await memberIs(fleet(), "slc-1", "Unknown");
      await fleet().hub.client.delete(ACCESS_POINTS, "checkout", scene.namespace);
      await scene.event(/^CleanupBlocked/);
      await fleet().hub.client.patch(ACCESS_POINTS, "checkout", scene.namespace, { metadata: { finalizers: null } }, "merge");
      await gone(fleet().hub.client, ACCESS_POINTS, "checkout", scene.namespace);
      for (const title of CHECKOUT) await scene.remove("slc-1", title);

      // A cluster that comes back is brought to what it is to have.
      slc.wire.mend();
      await memberIs(fleet(), "slc-1", "True");
      await always(async () => expect(await scene.contents("slc-1")).toEqual([]), 500);
    });

    test("an AccessPoint that is deleted at any moment of its delivery leaves nothing", async () => {
      const scene = await Scene.open(fleet(), "deleted-at-once");
      for (let afterMs = 0; afterMs < 80; afterMs += 4) {
        await scene.apply({ rollout: ALL_AT_ONCE });
        await delay(afterMs);
        await scene.delete();
        for (const name of memberNames) expect(await scene.contents(name), `deleted after ${afterMs} ms`).toEqual([]);
      }
    });

    const loses = kind === "embedded" ? "" : " (skipped: a real API server cannot be made to lose an answer and an event)";
    test.skipIf(loses)(`an object whose creation was neither answered nor told is found and removed${loses}`, async () => {
      const scene = await Scene.open(fleet(), "unanswered");
      await scene.createNamespaces();
      const { faults } = fleet().member("slc-1").cluster.embedded!;
      const services = { resource: "services", namespace: scene.namespace };
      faults.add({ match: { ...services, verb: "patch" }, effect: { type: "reset", when: "midway" } });
      faults.add({ match: { resource: "services", verb: "watch" }, effect: { type: "drop" } });
      onTestFinished(() => faults.clear());

      await scene.apply({ rollout: ALL_AT_ONCE });
      await eventually("it was created", async () => expect(await scene.contents("slc-1")).toEqual(["Service/checkout"]));
      faults.clear();
      await scene.delete();
      expect(await scene.contents("slc-1")).toEqual([]);
    });

    test("an AccessPoint that is deleted while its rollout awaits approval goes at once", async () => {
      const scene = await Scene.open(fleet(), "deleted-early");
      await scene.apply();
      await scene.canary();
      await scene.delete();
      expect(await scene.contents("lvs-1")).toEqual([]);
      expect(await find(fleet().hub.client, ACCESS_POINTS, "checkout", scene.namespace)).toBeUndefined();
    });
  });
}
