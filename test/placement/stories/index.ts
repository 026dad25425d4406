import { afterAll, beforeAll } from "vitest";
import type { ClusterKind } from "../../support/clusters.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import { startTestFleet, type TestFleet } from "../../support/fleet.ts";
import { followingStory } from "./following.ts";
import { inventoryStory } from "./inventory.ts";
import { membershipStory } from "./membership.ts";
import { previewStory } from "./preview.ts";
import { rolesStory } from "./roles.ts";

/** A fleet and the controller that runs on it. */
export interface Stage {
  readonly fleet: TestFleet;
  readonly controller: RunningController;
  /** Ends the controller and starts another one. */
  restart(): Promise<void>;
}

/** Every story, told on one fleet: each in its own namespaces. */
export function tellStories(kind: ClusterKind): void {
  let fleet: TestFleet | undefined;
  let controller: RunningController | undefined;
  const stage = (): Stage => {
    if (!fleet || !controller) throw new Error("the fleet is not there yet");
    return {
      fleet,
      controller,
      restart: async () => {
        await controller!.stop();
        controller = await runController(fleet!.hub);
      },
    };
  };

  beforeAll(async () => {
    fleet = await startTestFleet(kind);
    controller = await runController(fleet.hub);
  });
  afterAll(async () => {
    await controller?.stop();
    await fleet?.stop();
  });

  rolesStory(() => stage().fleet);
  inventoryStory(() => stage().fleet);
  membershipStory(() => stage().fleet);
  previewStory(() => stage().fleet);
  followingStory(stage);
}
