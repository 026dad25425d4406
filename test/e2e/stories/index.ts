import type { ClusterKind } from "../../support/clusters.ts";
import { fleetFor } from "../../support/fleet.ts";
import { badInputStory } from "./bad-input.ts";
import { driftStory } from "./drift.ts";
import { gateStory } from "./gates.ts";
import { hostileStory } from "./hostile.ts";
import { installationStory } from "./installation.ts";
import { operationStory } from "./operations.ts";
import { outageStory } from "./outages.ts";
import { ownershipStory } from "./ownership.ts";
import { playStory } from "./plays.ts";
import { requestStory } from "./requests.ts";
import { restartStory } from "./restarts.ts";
import { rolloutStory } from "./rollout.ts";
import { stepStory } from "./steps.ts";

/** Every story, told on one fleet: each in its own namespaces, with its own controller. */
export function tellStories(kind: ClusterKind): void {
  const fleet = fleetFor(kind);
  rolloutStory(fleet);
  requestStory(fleet);
  installationStory(fleet);
  badInputStory(fleet);
  operationStory(fleet);
  ownershipStory(fleet, kind);
  driftStory(fleet);
  gateStory(fleet);
  playStory(fleet);
  stepStory(fleet);
  outageStory(fleet);
  hostileStory(fleet);
  if (kind === "real") restartStory(fleet);
}
