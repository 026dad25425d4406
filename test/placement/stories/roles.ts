import { describe, expect, onTestFinished, test } from "vitest";
import { MEMBER_CLUSTERS } from "../../../src/api/kinds.ts";
import { ALL_AT_ONCE, manifests } from "../../e2e/checkout.ts";
import { Scene } from "../../e2e/scene.ts";
import { gone, type TestFleet } from "../../support/fleet.ts";
import { WriteRecorder } from "../../support/recorder.ts";
import { eventually } from "../../support/wait.ts";

const ROUTES = ["Gateway/checkout", "VirtualService/checkout", "DestinationRule/checkout"];

/** A zone's Primary and Remote change places. */
export function rolesStory(fleet: () => TestFleet): void {
  describe("a cluster whose role changes", () => {
    const setRole = (name: string, role: "Primary" | "Remote") =>
      fleet().hub.client.patch(MEMBER_CLUSTERS, name, undefined, { spec: { role } }, "merge");

    test("the new Primary first, then the old one; in between the zone is held", async () => {
      onTestFinished(async () => {
        await setRole("lvs-1", "Primary");
        await setRole("lvs-2", "Remote");
      });
      const scene = await Scene.open(fleet(), "roles");
      const recorder = await WriteRecorder.start(fleet().members);
      onTestFinished(() => recorder.stop());
      const templates = manifests().map((manifest) => ({ manifest }));
      await scene.apply({ templates, placement: { zones: ["lvs"] }, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      const mark = recorder.length;

      await setRole("lvs-1", "Remote");
      await scene.until("Scheduled", { status: "False", reason: "NoPrimary" });
      expect(recorder.writes("roles").filter(({ index }) => index >= mark)).toEqual([]);

      await setRole("lvs-2", "Primary");
      await scene.until("Scheduled");
      await eventually("the zone is lvs-2's", async () => {
        const { placement, rollout } = await scene.status();
        expect(placement?.zones).toEqual([{ name: "lvs", primary: "lvs-2" }]);
        expect(rollout?.phase).toBe("Completed");
        expect(await scene.contents("lvs-1")).toEqual(["Service/checkout"]);
      });
      const writes = recorder.writes("roles").filter(({ index }) => index >= mark);
      const lastMade = Math.max(
        ...writes
          .filter(({ cluster, type, title }) => cluster === "lvs-2" && type === "ADDED" && ROUTES.includes(title))
          .map(({ index }) => index),
      );
      const firstBroken = Math.min(...writes.filter(({ type }) => type === "DELETED").map(({ index }) => index));
      expect(writes.filter(({ type }) => type === "DELETED").map(({ cluster }) => cluster)).toEqual(Array(5).fill("lvs-1"));
      expect(lastMade).toBeLessThan(firstBroken);
    });

    test("a Primary that is deleted leaves, although its zone is held for want of another", async () => {
      const scene = await Scene.open(fleet(), "primary-deleted");
      const templates = manifests().map((manifest) => ({ manifest }));
      await scene.apply({ templates, placement: { zones: ["lvs"] }, rollout: ALL_AT_ONCE });
      await scene.until("RolloutCompleted");
      onTestFinished(() => fleet().register("lvs-1", { zone: "lvs" }));
      await fleet().hub.client.delete(MEMBER_CLUSTERS, "lvs-1");
      await gone(fleet().hub.client, MEMBER_CLUSTERS, "lvs-1");
      expect(await scene.contents("lvs-1")).toEqual([]);
      expect(await scene.contents("lvs-2")).toEqual(["Service/checkout"]);
      await scene.until("Scheduled", { status: "False", reason: "NoPrimary" });
      expect((await scene.status()).clusters?.map(({ name }) => name)).toEqual(["lvs-2"]);
    });
  });
}
