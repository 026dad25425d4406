import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type RunningController, runController } from "../../support/controller.ts";
import { memberNames, type TestFleet } from "../../support/fleet.ts";
import { PrometheusServer, WebhookServer } from "../../support/gate-servers.ts";
import { WriteRecorder } from "../../support/recorder.ts";
import { LONELY_PLAYS, PLAYS, type Play } from "../plays.ts";
import { memberIs, Scene } from "../scene.ts";
import { lagOf, violations } from "../witness.ts";

/** Every play once, with a controller that nobody disturbs, watched from outside. */
export function playStory(fleet: () => TestFleet): void {
  describe("plays", () => {
    let controller: RunningController;
    let recorder: WriteRecorder;
    let webhook: WebhookServer;
    let prometheus: PrometheusServer;

    beforeAll(async () => {
      [webhook, prometheus] = await Promise.all([WebhookServer.start(), PrometheusServer.start()]);
      recorder = await WriteRecorder.start(fleet().members, fleet().hub);
      controller = await runController(fleet().hub);
      for (const name of memberNames) await memberIs(fleet(), name, "True");
    });
    afterAll(async () => {
      await controller.stop();
      await Promise.all([recorder.stop(), webhook.stop(), prometheus.stop()]);
    });

    test.each(Object.entries({ ...PLAYS, ...LONELY_PLAYS }))("%s", { timeout: 120_000 }, async (name: string, play: Play) => {
      const scene = await Scene.open(fleet(), `play-${name}`);
      await play({ scene, fleet: fleet(), webhook, prometheus, patience: {} });
      expect(recorder.writes(scene.namespace).length).toBeGreaterThan(6);
      expect(violations(recorder, scene.namespace, lagOf(fleet().kind))).toEqual([]);
    });
  });
}
