import type { StageStatus } from "../../src/api/accesspoint.ts";
import { milliseconds } from "../../src/api/meta.ts";
import type { Entry } from "../../src/domain/rollout/model.ts";
import { type FakeCluster, healthOf } from "./fleet.ts";
import type { Pass, World } from "./world.ts";

/** What one restart, jump of the clock or lost write may cost a clock: a checkpoint's time, and what may count as one look. */
export const COST_MS = 91_000;

/** It was refused, or is ill, on the revision that it was given before this pass. */
export function isFailed(cluster: FakeCluster, entry: Entry | undefined, { seen }: Pass, world: World): boolean {
  if (cluster.reach !== "Reachable" || entry?.startedAt === seen.now.toISOString()) return false;
  return healthOf(cluster, entry, world.troubles).state === "Failed";
}

export const isOverdue = ({ pendingMs, seenPending }: FakeCluster, stage: StageStatus): boolean =>
  seenPending && pendingMs >= milliseconds(stage.progressDeadline);

/** Whatever a restart or a jump of the clock may have cost. */
export const isSurelyOverdue = (cluster: FakeCluster, stage: StageStatus): boolean =>
  cluster.reach !== "Connecting" &&
  cluster.seenPending &&
  cluster.pendingMs >= milliseconds(stage.progressDeadline) + (cluster.disturbances + 1) * COST_MS;
