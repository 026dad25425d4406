import { afterAll, beforeAll } from "vitest";
import { CERTIFICATES } from "../../../src/api/kinds.ts";
import type { ClusterKind } from "../../support/clusters.ts";
import { type RunningController, runController } from "../../support/controller.ts";
import type { TestFleet } from "../../support/fleet.ts";
import { define } from "../../support/istio.ts";
import { peerDefinition } from "../../support/peers.ts";
import { Ingress } from "../../traffic/stories/ingress.ts";
import { installedStory } from "./installed.ts";
import { issuedStory } from "./issued.ts";
import { GATEWAYS } from "./shop.ts";
import { unreadableStory } from "./unreadable.ts";

/** A fleet and the controller that runs on it. */
export interface Stage {
  readonly fleet: TestFleet;
  readonly controller: RunningController;
}

/** Every story, told on one fleet with a shared gateway in each member, and with cert-manager's kinds in lvs-1 alone. */
export function tellStories(kind: ClusterKind, fleet: () => TestFleet): void {
  let controller: RunningController | undefined;
  const stage = (): Stage => {
    if (!controller) throw new Error("the controller is not there yet");
    return { fleet: fleet(), controller };
  };

  beforeAll(async () => {
    await define(fleet().member("lvs-1").client, [peerDefinition(CERTIFICATES)]);
    for (const { client } of fleet().members) {
      const ingress = await Ingress.open(client, "shared", GATEWAYS);
      await ingress.service("ingress", { selector: { istio: "ingressgateway" }, ports: [{ name: "https", port: 443 }] });
    }
    controller = await runController(fleet().hub);
  });
  afterAll(async () => {
    await controller?.stop();
  });

  installedStory(stage);
  issuedStory(stage);
  if (kind === "embedded") unreadableStory(stage);
}
