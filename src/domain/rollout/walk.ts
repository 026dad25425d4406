import type { RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { late } from "./entries.ts";
import { failed, leftOpen } from "./failure.ts";
import { eligible } from "./gates.ts";
import type { Observation, State } from "./model.ts";
import { contradiction, isDone } from "./plan.ts";
import { type Hold, isAtRest, lookBack, type StageContext, stepStage } from "./stage.ts";
import { isBoundToWindows, type Opening, openingAt } from "./windows.ts";

export interface Walked {
  readonly state: State;
  readonly wakeAt?: Date;
}

/** One pass over the stages of a run: looks back at those that are done, takes a step in the first that is not. */
export function walk(state: State, seen: Observation): Walked {
  const { now, revision } = seen;
  const { window: _, ...rollout } = state.rollout!;
  const nonsense = contradiction(rollout.stages!);
  if (nonsense)
    return {
      state: { ...state, rollout: { ...rollout, phase: "Progressing", message: `refused, nothing is started: ${nonsense}` } },
    };
  if (rollout.stages!.every(isDone)) return { state: arrived({ ...state, rollout }, revision) };
  const isBound = isBoundToWindows(state, seen);
  const opening = isBound ? openingAt(seen.settings.windows ?? [], now) : undefined;
  const views = new Map(seen.targets.map((view) => [view.target.member.name, view]));
  const entries = new Map(state.entries);
  const context: Omit<StageContext, "passed"> = {
    now,
    watchedMs: seen.watchedMs,
    revision,
    ...holdOf(isBound, opening, seen),
    returning: state.currentRevision === revision,
    decisions: eligible(seen.decisions, revision, rollout),
    rollout,
    answers: seen.answers ?? [],
    view: (name) => views.get(name),
    entry: (name) => entries.get(name),
  };

  const stages = [...withJoiners(rollout.stages!, state, seen)];
  for (const [index, stage] of stages.entries()) {
    const here = { ...context, passed: new Set(stages.filter(isDone).map(({ name }) => name)) };
    const step = isDone(stage) ? { stage, started: [], outcome: lookBack(stage, here) } : stepStage(stage, here);
    stages[index] = step.stage;
    for (const entry of step.started) entries.set(entry.name, entry);
    const { outcome } = step;
    if (outcome.type === "failed") {
      const stopped = { ...rollout, stages: stages.map((each) => leftOpen(each, outcome.failure)), stage: stage.name };
      const next: RolloutStatus =
        rollout.onFailure === "Rollback"
          ? { ...stopped, phase: "RollingBack", failure: outcome.failure, returned: [] }
          : failed(stopped, outcome.failure, now);
      return { state: { ...state, entries, failedRevision: revision, rollout: next } };
    }
    if (outcome.type === "unknown") {
      const known = stillWaits(rollout, context.hold)
        ? rollout
        : { phase: "Progressing" as const, stage: stage.name, message: outcome.message };
      const { rollout: next, wakeAt } = holding({ ...rollout, ...known, stages }, opening, undefined);
      return { state: { ...state, entries, rollout: next }, ...(wakeAt ? { wakeAt } : {}) };
    }
    if (outcome.type === "holds") {
      const held: RolloutStatus = { ...rollout, stages, phase: outcome.phase, stage: stage.name, message: outcome.message };
      const { rollout: next, wakeAt } = holding(held, opening, outcome.wakeAt);
      return { state: { ...state, entries, rollout: next }, ...(wakeAt ? { wakeAt } : {}) };
    }
  }
  return { state: arrived({ ...state, entries, rollout: { ...rollout, stages } }, revision) };
}

/** What was waited for is still waited for, as far as anybody knows. */
function stillWaits(rollout: RolloutStatus, hold: Hold | undefined): boolean {
  const { phase, stage: name, stages = [] } = rollout;
  const isAtGate = stages.some((stage) => stage.name === name && stage.gates?.some(({ state }) => state === "Waiting"));
  return isAtRest(rollout) && (phase === "Soaking" || phase === hold?.phase || isAtGate);
}

/** Why no cluster is started now: a person's pause, or that no window is open. */
function holdOf(isBound: boolean, opening: Opening | undefined, { settings }: Observation): { readonly hold?: Hold } {
  if (settings.paused) return { hold: { phase: "Paused", message: "paused by spec.rollout.paused" } };
  if (!isBound || opening?.isOpen) return {};
  const next = opening ? `the next one opens ${opening.start.toISOString()}` : "none will ever open";
  return { hold: { phase: "Waiting", message: `no cluster is started outside of the windows: ${next}` } };
}

/** The rollout, held, with the window that is open or the next one, and when to look again. */
function holding(
  rollout: RolloutStatus,
  opening: Opening | undefined,
  wakeAt: Date | undefined,
): Omit<Walked, "state"> & { readonly rollout: RolloutStatus } {
  if (!opening) return { rollout, ...(wakeAt ? { wakeAt } : {}) };
  const { start, end, isOpen } = opening;
  const turn = isOpen ? end : start;
  const window = { start: start.toISOString(), end: end.toISOString() };
  return { rollout: { ...rollout, window }, wakeAt: wakeAt && wakeAt < turn ? wakeAt : turn };
}

/** Once all stages are done the run is over: a cluster that degrades later is reported, and no failure of the rollout. */
const arrived = ({ failedRevision: _, ...state }: State, revision: string): State => ({ ...state, currentRevision: revision });

/**
 * Targets that no stage has yet, and those of finished stages that fell behind since (they joined again, or render
 * differently now), are rolled last.
 */
function withJoiners(
  stages: readonly StageStatus[],
  { entries }: State,
  { targets, revision }: Observation,
): readonly StageStatus[] {
  // The last of those that a cluster goes through.
  const stageOf = new Map(stages.flatMap((stage) => stage.clusters.map((name): [string, StageStatus] => [name, stage])));
  const joiners = targets
    .filter((view) => {
      const stage = stageOf.get(view.target.member.name);
      return !stage || (isDone(stage) && late(entries.get(view.target.member.name), revision, view));
    })
    .map(({ target }) => target.member.name);
  if (joiners.length === 0) return stages;
  const others = (names: readonly string[]) => names.filter((name) => !joiners.includes(name));
  return stages.map(({ clusters, stepping = [], ...stage }, index) => ({
    ...stage,
    clusters: index === stages.length - 1 ? [...others(clusters), ...joiners] : others(clusters),
    ...(others(stepping).length > 0 ? { stepping: others(stepping) } : {}),
  }));
}
