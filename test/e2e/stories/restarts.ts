import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCESS_POINTS } from "../../../src/api/kinds.ts";
import { seeded } from "../../kube/fake-clock.ts";
import { Succession } from "../../support/controller.ts";
import { gone, memberNames, type TestFleet } from "../../support/fleet.ts";
import { type MemberWrite, WriteRecorder } from "../../support/recorder.ts";
import { eventually } from "../../support/wait.ts";
import { CHECKOUT } from "../checkout.ts";
import { Scene, weightOf } from "../scene.ts";

const KILLS = 10;
/** The longest time between something to do and the kill: about what a step of the rollout takes. Milliseconds. */
const LATEST_KILL_MS = 250;
const [CANARY, ...REST] = memberNames as [string, ...string[]];

/** What a step of a rollout began, as an index of the recorder: writes after it may be its doing, writes before it cannot. */
interface Round {
  readonly weight: number;
  readonly approvedAt: number;
}

/** The controller is killed while it works, again and again. */
export function restartStory(fleet: () => TestFleet): void {
  describe("killed at random moments", () => {
    const seed = Number(process.env["FAP_SEED"] ?? Date.now() % 100_000);
    const random = seeded(seed);
    let recorder: WriteRecorder;
    let controllers: Succession;

    beforeAll(async () => {
      recorder = await WriteRecorder.start(fleet().members, fleet().hub);
      controllers = await Succession.start(fleet().hub);
    });
    afterAll(async () => {
      await controllers.end();
      await recorder.stop();
    });

    test(`it converges ${KILLS} times, no cluster gets ahead of its gate, nothing is left over (FAP_SEED=${seed})`, {
      timeout: 400_000,
    }, async () => {
      const scene = await Scene.open(fleet(), "killed");
      const { client } = fleet().hub;
      const rounds: Round[] = [];
      let kills = 0;

      /** Does something, kills the controller a moment later, and starts it again. */
      const disturbed = async (step: () => Promise<unknown>) => {
        await step();
        if (kills >= KILLS) return;
        await delay(random() * LATEST_KILL_MS);
        await controllers.kill();
        kills++;
      };

      for (let weight = 1; kills < KILLS; weight++) {
        await disturbed(() => scene.apply({ weight }));
        await scene.canary();
        let approvedAt = 0;
        await disturbed(() => {
          approvedAt = recorder.length;
          return scene.decide();
        });
        await scene.until("RolloutCompleted");
        rounds.push({ weight, approvedAt });
        for (const name of memberNames) expect(await scene.contents(name)).toEqual(CHECKOUT);

        if (weight % 4 !== 0) continue;
        await disturbed(() => client.delete(ACCESS_POINTS, "checkout", scene.namespace));
        await gone(client, ACCESS_POINTS, "checkout", scene.namespace);
        for (const name of memberNames) expect(await scene.contents(name)).toEqual([]);
      }

      expect(kills).toBe(KILLS);
      await eventually("everything was heard of", () => {
        for (const { weight } of rounds) {
          for (const name of memberNames) expect(routes(recorder.writes(scene.namespace), name, weight)).not.toEqual([]);
        }
      });
      for (const round of rounds) checkOrder(recorder, scene.namespace, round);
    });
  });
}

/** Writes that brought a cluster this weight. */
const routes = (writes: readonly MemberWrite[], cluster: string, weight: number): readonly MemberWrite[] =>
  writes.filter(
    (write) =>
      write.cluster === cluster &&
      write.type !== "DELETED" &&
      write.title === "VirtualService/checkout" &&
      weightOf(write.object) === weight,
  );

/** One cluster at a time and each verified before the next, the canary first, the others not before the approval. */
function checkOrder(recorder: WriteRecorder, namespace: string, { weight, approvedAt }: Round): void {
  const told = new Map(memberNames.map((name) => [name, routes(recorder.writes(namespace), name, weight)]));
  const first = (cluster: string) => told.get(cluster)![0]!;
  for (const cluster of REST)
    expect(first(cluster).index, `${cluster} got weight ${weight} after the approval`).toBeGreaterThanOrEqual(approvedAt);
  const order = memberNames.toSorted((a, b) => first(a).index - first(b).index);
  expect(order, `order of weight ${weight}`).toEqual([CANARY, ...REST]);

  const verified = (cluster: string, revision: string) =>
    recorder
      .reports(namespace)
      .find(({ accessPoint: { status } }) =>
        status?.clusters?.some((entry) => entry.name === cluster && entry.revision === revision && entry.verifiedAt !== undefined),
      );
  memberNames.slice(1).forEach((cluster, index) => {
    const before = memberNames[index]!;
    const report = verified(before, first(before).revision);
    expect(report?.index, `${before} was verified with weight ${weight} before ${cluster} was begun`).toBeLessThan(
      first(cluster).index,
    );
    expect(told.get(before)!.at(-1)!.index, `${before} had weight ${weight} before ${cluster} was begun`).toBeLessThan(
      first(cluster).index,
    );
  });
}
