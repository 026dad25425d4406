import { afterAll, beforeAll } from "vitest";
import type { ClusterKind } from "../../support/clusters.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import type { TestFleet } from "../../support/fleet.ts";
import { gatewayStory } from "./gateways.ts";
import { isolationStory } from "./isolation.ts";
import { probeStory } from "./probes.ts";
import { routeStory } from "./routes.ts";

/** A fleet and the controller that runs on it. */
export interface Stage {
  readonly fleet: TestFleet;
  readonly controller: RunningController;
  /** Ends the controller and starts another one. */
  restart(): Promise<void>;
}

/** The tests' own servers are behind the VIPs. */
const LOOPBACK = { probeNetworks: ["127.0.0.0/8"] };

/** Every story, told on one fleet: each in its own namespaces. */
export function tellStories(kind: ClusterKind, fleet: () => TestFleet): void {
  let controller: RunningController | undefined;
  const stage = (): Stage => {
    if (!controller) throw new Error("the controller is not there yet");
    return {
      fleet: fleet(),
      controller,
      restart: async () => {
        await controller!.stop();
        controller = await runController(fleet().hub, LOOPBACK);
      },
    };
  };

  beforeAll(async () => {
    controller = await runController(fleet().hub, LOOPBACK);
  });
  afterAll(async () => {
    await controller?.stop();
  });

  gatewayStory(stage);
  probeStory(stage);
  routeStory(stage, kind);
  isolationStory(stage);
}
