import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { MEMBER_CLUSTERS } from "../../../src/api/kinds.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { gone, type TestFleet } from "../../support/fleet.ts";
import { MISDEEDS, type MisdeedName, startHostile } from "../../support/hostile.ts";
import { eventually } from "../../support/wait.ts";
import { ALL_AT_ONCE, CHECKOUT } from "../checkout.ts";
import { memberIs, Scene } from "../scene.ts";

const PATIENCE = { withinMs: 120_000 };
const GOOD = ["lvs-1", "lvs-2", "slc-1"];

/** What the hub is to say of each. */
const REASONS: Readonly<Record<MisdeedName, "AnswersTooLarge" | "ApiServerError" | "ClusterUnreachable">> = {
  "a list of 60,000 objects in one page": "AnswersTooLarge",
  "pages without end": "AnswersTooLarge",
  "a body of 300 MB": "AnswersTooLarge",
  "an answer that trickles": "ClusterUnreachable",
  "an answer that is never begun": "ClusterUnreachable",
  "a connection that breaks off": "ClusterUnreachable",
  HTML: "ApiServerError",
  "wrong types": "ApiServerError",
  "no list": "ApiServerError",
  "a value nested a million times": "ApiServerError",
  "failures of its own": "ApiServerError",
  "a watch that floods with what nobody asked for": "ApiServerError",
  "a watch with an event that does not end": "AnswersTooLarge",
};
const misdeeds = Object.keys(MISDEEDS) as MisdeedName[];
const nameOf = (misdeed: MisdeedName) => `evil-${misdeeds.indexOf(misdeed)}`;

/** Members that answer what no API server answers harm nobody but themselves, be they ever so many. */
export function hostileStory(fleet: () => TestFleet): void {
  describe("members that are hostile, each in its own way, all at once", () => {
    let controller: RunningController;
    beforeAll(async () => {
      controller = await runController(fleet().hub);
    });
    afterAll(() => controller.stop());

    test("are named with the reason, and the others have what they are to have", { timeout: 240_000 }, async () => {
      const { client } = fleet().hub;
      const scene = await Scene.open(fleet(), "hostile");
      const servers = new Map(await Promise.all(misdeeds.map(async (misdeed) => [misdeed, await startHostile(misdeed)] as const)));
      onTestFinished(async () => {
        await Promise.all([...servers.values()].map((server) => server.stop()));
        for (const misdeed of misdeeds) await client.delete(MEMBER_CLUSTERS, nameOf(misdeed));
        for (const misdeed of misdeeds) await gone(client, MEMBER_CLUSTERS, nameOf(misdeed));
      });
      for (const [misdeed, { kubeconfig }] of servers)
        await fleet().register(nameOf(misdeed), { zone: nameOf(misdeed), credentials: kubeconfig });

      // The hostile ones are the first in the order of zones, so that the others stand behind them.
      await scene.apply({ placement: { clusters: [...misdeeds.map(nameOf), ...GOOD] }, rollout: ALL_AT_ONCE });
      for (const misdeed of misdeeds) {
        const reason = REASONS[misdeed];
        const status = reason === "AnswersTooLarge" ? "False" : "Unknown";
        const { message } = await memberIs(fleet(), nameOf(misdeed), status, reason, PATIENCE);
        expect(message.length).toBeLessThanOrEqual(400);
        expect(servers.get(misdeed)!.asked()).toBeGreaterThan(0);
      }
      const look = async () => {
        const { clusters = [] } = await scene.status();
        const phases = Object.fromEntries(clusters.map(({ name, phase }) => [name, phase]));
        expect(phases).toMatchObject(Object.fromEntries(GOOD.map((name) => [name, "Ready"])));
      };
      await eventually("the others are Ready", look, PATIENCE);
      // What was never given anything holds no deletion, either.
      const { clusters = [] } = await scene.status();
      expect(clusters.flatMap(({ name, revision }) => (revision ? [name] : [])).toSorted()).toEqual(GOOD);
      for (const name of GOOD) expect(await scene.contents(name)).toEqual(CHECKOUT);
      expect(controller.log.filter(({ level }) => level === "error")).toEqual([]);
      expect(JSON.stringify(controller.log)).not.toContain("a-token-that-nobody-may-see");
    });
  });
}
