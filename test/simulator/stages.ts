import type { StageStatus } from "../../src/api/accesspoint.ts";
import type { Entry, TargetView } from "../../src/domain/rollout/model.ts";

export const isDone = ({ phase }: StageStatus): boolean => phase === "Completed" || phase === "Skipped";

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
