import type { RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { gatesOf } from "./gates.ts";

/** A rollout that waits for a person, with how much that person decides on: the stage before which it stands, or what follows. */
export function withScale(rollout: RolloutStatus): RolloutStatus {
  const { phase, stages = [], stage: name, message } = rollout;
  const index = stages.findIndex((stage) => stage.name === name);
  const stage = stages[index];
  if (phase !== "AwaitingApproval" || !stage || !message) return rollout;
  const isBefore = gatesOf(stage, "Before").some(({ type, state }) => type === "Approval" && state === "Waiting");
  const scale = scaleOf(stages.slice(isBefore ? index : index + 1));
  return scale ? { ...rollout, message: `${message}; ${scale} (status.rollout.diff)` } : rollout;
}

/** "what follows changes 12 objects in 6 clusters"; undefined where that is not known. */
function scaleOf(stages: readonly StageStatus[]): string | undefined {
  const changes = stages.flatMap(({ changes }) => changes ?? []);
  if (changes.length === 0) return undefined;
  const sum = (count: (each: (typeof changes)[number]) => number) => changes.reduce((total, each) => total + count(each), 0);
  const objects = sum(({ created, updated, removed }) => created + updated + removed);
  if (objects === 0) return "what follows changes no object";
  const clusters = sum((each) => each.clusters);
  return `what follows changes ${objects} ${objects === 1 ? "object" : "objects"} in ${clusters} ${clusters === 1 ? "cluster" : "clusters"}`;
}
