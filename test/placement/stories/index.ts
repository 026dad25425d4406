import { afterAll, beforeAll } from "vitest";
import { type RunningController, runController } from "../../support/controller.ts";
import type { TestFleet } from "../../support/fleet.ts";
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
export function tellStories(fleet: () => TestFleet): void {
  let controller: RunningController | undefined;
  const stage = (): Stage => {
    if (!controller) throw new Error("the controller is not there yet");
    return {
      fleet: fleet(),
      controller,
      restart: async () => {
        await controller!.stop();
        controller = await runController(fleet().hub);
      },
    };
  };

  beforeAll(async () => {
    controller = await runController(fleet().hub);
  });
  afterAll(async () => {
    await controller?.stop();
  });

  rolesStory(fleet);
  inventoryStory(fleet);
  membershipStory(fleet);
  previewStory(fleet);
  followingStory(stage);
}
