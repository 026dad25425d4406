import type { GateStatus, RolloutStatus, StageStatus } from "../../src/api/accesspoint.ts";
import type { Entry, TargetView } from "../../src/domain/rollout/model.ts";

export const isDone = ({ phase }: StageStatus): boolean => phase === "Completed" || phase === "Skipped";

const gatesOf = (stage: StageStatus, when: GateStatus["when"]) => (stage.gates ?? []).filter((gate) => gate.when === when);

/** Nothing of this side of the stage holds the run. */
export const isThrough = (stage: StageStatus, when: GateStatus["when"]): boolean =>
  gatesOf(stage, when).every(({ state }) => state === "Passed" || state === "Skipped");

/** Tells runs from each other. */
export const runOf = (rollout: RolloutStatus | undefined): string =>
  rollout?.stages ? `${rollout.plan} ${rollout.startedAt}` : "";

/** What a cluster is to have in a stage, and whether that is only a step. */
export function dueIn(
  { name, stepping = [] }: StageStatus,
  { target, variant, steps }: TargetView,
): readonly [string, string | undefined] {
  const step = stepping.includes(target.member.name) ? steps?.get(name) : undefined;
  return step === undefined ? [variant, undefined] : [step, name];
}

/** Whether a cluster has what it is to have in a stage. */
export function isAt(entry: Entry | undefined, stage: StageStatus, view: TargetView, revision: string): boolean {
  const [variant, variantStage] = dueIn(stage, view);
  return entry?.revision === revision && entry.variant === variant && entry.variantStage === variantStage;
}
