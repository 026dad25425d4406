import type { RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { milliseconds } from "../../api/meta.ts";
import type { Entry, TargetView } from "./model.ts";

export { listed } from "../text.ts";

/** Why a rollout ended without having arrived. */
export type Failure = NonNullable<RolloutStatus["failure"]>;

/** A cluster of a stage, as it stands. */
export interface Standing {
  readonly name: string;
  readonly view: TargetView;
  readonly entry: Entry | undefined;
}

/** The rollout, ended. */
export const failed = (rollout: RolloutStatus, failure: Failure, now: Date): RolloutStatus => ({
  ...rollout,
  ...(rollout.stages ? { stages: rollout.stages.map((stage) => leftOpen(stage, failure)) } : {}),
  ...(rollout.removal ? { removal: leftOpen(rollout.removal, failure) } : {}),
  phase: "Failed",
  failure,
  message: failure.message,
  completedAt: now.toISOString(),
});

/** Gates that nobody waits at any more say so, and no longer how their checks are doing or when they ask next. */
export function leftOpen<S extends Pick<StageStatus, "gates">>(stage: S, { reason }: Pick<Failure, "reason">): S {
  const gates = stage.gates?.map((gate) => {
    if (gate.state !== "Waiting") return gate;
    const { nextAttemptAt: _, ...rest } = gate;
    return { ...rest, message: `not decided: the rollout has ended (${reason})` };
  });
  return gates ? { ...stage, gates } : stage;
}

/**
 * Why the cluster counts as failed; undefined when it does not. What was seen before it was given what it has says nothing
 * about that.
 *
 * @param watchedMs For how long the controller watches: a cluster that it is still connecting to has until then.
 */
export function failureOf({ entry, view }: Standing, stage: StageStatus, now: Date, watchedMs: number): string | undefined {
  if (entry?.startedAt === now.toISOString()) return undefined;
  if (view.reach === "Reachable" && view.health.state === "Failed") return view.health.message;
  if (view.reach === "Connecting" && watchedMs < milliseconds(stage.progressDeadline)) return undefined;
  return overdue(entry?.progressingSince, stage, now) ? `not verified within ${stage.progressDeadline}` : undefined;
}

/** A cluster that counts against the budget of its stage. */
export interface Failing extends Standing {
  readonly cause: string;
}

/** Those of the clusters that count as failed, each with its cause. */
export const failing = (standings: readonly Standing[], stage: StageStatus, now: Date, watchedMs: number): readonly Failing[] =>
  standings.flatMap((standing) => {
    const cause = failureOf(standing, stage, now, watchedMs);
    return cause === undefined ? [] : [{ ...standing, cause }];
  });

export function describeFailure(failures: readonly Failing[], stage: StageStatus): Failure {
  const refused = failures.some(({ view }) => view.reach === "Reachable" && view.health.state === "Failed");
  const causes = failures.map(({ name, view, cause }) => {
    const reason = reasonOf({ view });
    return `${name}: ${cause}${cause === reason ? "" : `; ${reason}`}`;
  });
  const budget = stage.maxFailures === 0 ? "" : ` (stage ${stage.name} may have ${stage.maxFailures})`;
  return {
    reason: refused ? "MaxFailuresBreached" : "ProgressDeadlineExceeded",
    message: `${failures.length} failed${budget}: ${causes.slice(0, 3).join(" | ")}`,
  };
}

/** What a person would say of the cluster. */
export function reasonOf({ view }: Pick<Standing, "view">): string {
  if (view.reach === "Connecting") return view.held ?? "not connected yet";
  if (view.reach === "Unreachable") return view.unreachableSince ? `not reachable since ${view.unreachableSince}` : "not reachable";
  return view.health.state === "Verified" ? "verified" : view.health.message;
}

export const deadlineOf = (since: string | undefined, stage: StageStatus): number =>
  since === undefined ? Number.POSITIVE_INFINITY : Date.parse(since) + milliseconds(stage.progressDeadline);

export const overdue = (since: string | undefined, stage: StageStatus, now: Date): boolean =>
  deadlineOf(since, stage) <= now.getTime();

/** The earliest of some times in milliseconds, as when to look again. */
export const soonest = (times: readonly number[]): { readonly wakeAt?: Date } => {
  const first = Math.min(...times);
  return Number.isFinite(first) ? { wakeAt: new Date(first) } : {};
};
