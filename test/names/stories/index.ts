import { afterAll, beforeAll } from "vitest";
import type { ControllerOptions } from "../../../src/controller/controller.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import type { TestFleet } from "../../support/fleet.ts";
import { NameServer } from "../name-server.ts";
import { NameScene } from "../scene.ts";
import { answersStory } from "./answers.ts";
import { externalDnsStory } from "./external-dns.ts";
import { ownersStory } from "./owners.ts";

/** A fleet, the controller that runs on it, and the name server that it is to look at. */
export interface Stage {
  readonly fleet: TestFleet;
  readonly controller: RunningController;
  readonly server: NameServer;
  open(namespace: string, vips: Readonly<Record<string, readonly string[]>>): Promise<NameScene>;
  /** Ends the controller and starts another one. */
  restart(options?: Pick<ControllerOptions, "fqdnRights">): Promise<void>;
}

/** Every story, told on one fleet: each in its own namespaces. */
export function tellStories(fleet: () => TestFleet): void {
  let controller: RunningController | undefined;
  let server: NameServer | undefined;
  const stage = (): Stage => {
    if (!controller || !server) throw new Error("the controller is not there yet");
    const [on, asked] = [fleet(), server];
    return {
      fleet: on,
      controller,
      server,
      open: (namespace, vips) => NameScene.open(on, asked, namespace, vips),
      restart: async (options = {}) => {
        await controller!.stop();
        controller = await runController(on.hub, { resolver: asked.address, ...options });
      },
    };
  };

  beforeAll(async () => {
    server = await NameServer.start(fleet().hub.client);
    controller = await runController(fleet().hub, { resolver: server.address });
  });
  afterAll(async () => {
    await controller?.stop();
    await server?.stop();
  });

  externalDnsStory(stage);
  answersStory(stage);
  ownersStory(stage);
}
