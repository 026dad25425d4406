import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seeded } from "../../kube/fake-clock.ts";
import { Succession } from "../../support/controller.ts";
import { memberNames, type TestFleet } from "../../support/fleet.ts";
import { PrometheusServer, WebhookServer } from "../../support/gate-servers.ts";
import { WriteRecorder } from "../../support/recorder.ts";
import { eventually } from "../../support/wait.ts";
import { endingOf, LONELY_PLAYS, PLAYS, type Play } from "../plays.ts";
import { Scene } from "../scene.ts";
import { historyOf, lagOf, violations } from "../witness.ts";

/** FAP_KILLS: how often. */
const KILLS = Number(process.env["FAP_KILLS"] ?? 100);
/**
 * How much the controller brings about before it is killed, at most: changes on the hub and in members. Told in changes and not in
 * time, it is the same on a busy machine.
 */
const LONGEST_LIFE = 25;
/**
 * Where so much is not brought about it is killed nevertheless: after so many milliseconds, or twice the time that it took to start
 * where the machine is busy, so that it can come to something.
 */
const LONGEST_REST_MS = 1000;
/** Every so many lives one lasts that long whatever it brings about, so that it comes to the plays at the end of its queue, too. */
const LONG_LIFE_EVERY = 4;
/** Where it was not killed often enough after so long, the machine is too busy to say anything. Milliseconds. */
const LONGEST_MS = 900_000;
/** Plays that go on at the same time: a kill finds each of them somewhere else. */
const AT_ONCE = 5;
/**
 * A step may wait until nothing is killed any more: plays that stand before it in the controller's queue can take up every life, since
 * another one follows each that ends. Longer where the machine is busy.
 */
const PATIENCE = { withinMs: LONGEST_MS + 200_000, everyMs: 150 };

/** What came of a play: how it ended, and what each member's routes went through. */
interface Performance {
  readonly ending: object;
  readonly histories: Readonly<Record<string, readonly (number | "none")[]>>;
}

/**
 * The controller is killed while plays go on, again and again, at moments that nobody chose. Each of them ends as it does without
 * that, its members go through the same, and whoever watched from outside has nothing to say against any step.
 */
export function killStory(fleet: () => TestFleet): void {
  describe("killed in the middle of plays", () => {
    const seed = Number(process.env["FAP_SEED"] ?? Date.now() % 100_000);
    const random = seeded(seed);
    let recorder: WriteRecorder;
    let webhook: WebhookServer;
    let prometheus: PrometheusServer;
    let controllers: Succession;

    beforeAll(async () => {
      [webhook, prometheus] = await Promise.all([WebhookServer.start(), PrometheusServer.start()]);
      recorder = await WriteRecorder.start(fleet().members, fleet().hub);
      controllers = await Succession.start(fleet().hub);
    });
    afterAll(async () => {
      await controllers.end();
      await Promise.all([recorder.stop(), webhook.stop(), prometheus.stop()]);
    });

    /** Resolves when so much was heard, or after so long. */
    async function heard(length: number, withinMs: number): Promise<void> {
      const latest = performance.now() + withinMs;
      while (recorder.length < length && performance.now() < latest) await delay(3);
    }

    const performanceOf = async (scene: Scene): Promise<Performance> => ({
      ending: await endingOf(scene),
      histories: Object.fromEntries(memberNames.map((member) => [member, historyOf(recorder, scene.namespace, member)])),
    });

    async function perform(play: Play, namespace: string): Promise<Scene> {
      const scene = await Scene.open(fleet(), namespace);
      await play({ scene, fleet: fleet(), webhook, prometheus, patience: PATIENCE });
      return scene;
    }

    test(`${KILLS} times: same ends, same ways, nothing out of order (FAP_SEED=${seed})`, { timeout: 2 * LONGEST_MS }, async () => {
      const beganAt = performance.now();
      const rehearsed = new Map<string, Scene>();
      const rehearsals = Object.entries(PLAYS);
      const calm = Array.from({ length: AT_ONCE }, async () => {
        for (let each = rehearsals.pop(); each; each = rehearsals.pop())
          rehearsed.set(each[0], await perform(each[1], `calm-${each[0]}`));
      });
      await Promise.all(calm);
      const expected = new Map<string, Performance>();
      for (const [name, scene] of rehearsed) expected.set(name, await performanceOf(scene));
      for (const [name, lonely] of Object.entries(LONELY_PLAYS))
        expected.set(name, await performanceOf(await perform(lonely, `calm-${name}`)));

      const rehearsedAt = performance.now();
      let kills = 0;
      let startingMs = 0;
      let isOver = false;
      const latest = performance.now() + LONGEST_MS;
      const goesOn = () => kills < KILLS && performance.now() < latest;
      const killing = (async () => {
        let restMs = LONGEST_REST_MS;
        while (goesOn() && !isOver) {
          const life = kills % LONG_LIFE_EVERY === 0 ? Number.POSITIVE_INFINITY : Math.floor(random() * LONGEST_LIFE);
          await heard(recorder.length + life, restMs);
          const began = performance.now();
          await controllers.kill();
          kills++;
          const startMs = performance.now() - began;
          startingMs += startMs;
          restMs = Math.max(LONGEST_REST_MS, 2 * startMs);
        }
      })();

      const played: string[] = [];
      const play = async (name: string, play: Play, namespace: string) => {
        const scene = await perform(play, namespace);
        await eventually(
          `${namespace} is as without kills (FAP_SEED=${seed})`,
          async () => expect(await performanceOf(scene)).toEqual(expected.get(name)),
          PATIENCE,
        );
        expect(violations(recorder, namespace, lagOf(fleet().kind)), `${namespace} (FAP_SEED=${seed})`).toEqual([]);
        played.push(name);
      };
      try {
        for (const [name, lonely] of Object.entries(LONELY_PLAYS)) {
          const before = kills;
          await play(name, lonely, `killed-${name}`);
          expect(kills, `${name} was killed`).toBeGreaterThan(before);
        }
        const repertoire = Object.entries(PLAYS);
        let next = 0;
        const company = Array.from({ length: AT_ONCE }, async () => {
          while (goesOn() || next < repertoire.length) {
            const [name, each] = repertoire[next % repertoire.length]!;
            await play(name, each, `killed-${name}-${next++}`);
          }
        });
        await Promise.all(company);
      } finally {
        isOver = true;
        await killing;
        const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
        const times = `${seconds(rehearsedAt - beganAt)} without kills, ${seconds(performance.now() - rehearsedAt)} with them, ${seconds(startingMs)} of that to start`;
        console.log(`${kills} kills over ${played.length} plays, ${recorder.length} events, ${times} (FAP_SEED=${seed})`);
      }
      expect(kills).toBe(KILLS);
      expect(new Set(played)).toEqual(new Set(expected.keys()));
    });
  });
}
