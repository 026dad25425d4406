import type { RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { digest } from "../digest.ts";
import { describeFindings } from "../finding.ts";
import { account, outdated } from "./entries.ts";
import { eligible, judge } from "./gates.ts";
import type { Entry, Next, Observation, State } from "./model.ts";
import { describeChanges } from "./notes.ts";
import { makePlan } from "./plan.ts";
import { type Failure, isDone, lookBack, type StageContext, stepStage } from "./stage.ts";

/**
 * The whole rollout engine: what is kept, what is seen → what is kept next, and what is to be done. It reads no clock and no
 * cluster, so that any pass can be repeated, by any replica, after any crash.
 */
export function advance(before: State, seen: Observation): Next {
  const accounted = { ...before, entries: accountFor(before, seen) };
  const begun = begin(accounted, seen);
  const answered = answer(begun.state, seen);
  const walked = answered.rollout?.stages && !answered.rollout.failure ? walk(answered, seen) : { state: answered };
  const finished = finish(walked.state, seen);
  const { rollout } = finished.state;
  return {
    state: finished.state,
    removing: finished.removing,
    findings: begun.findings,
    verdicts: rollout?.stages ? judge(seen.decisions, seen.revision, rollout) : [],
    notes: describeChanges(before, finished.state, seen),
    ...(walked.wakeAt ? { wakeAt: walked.wakeAt } : {}),
  };
}

/** Entries of clusters that are no targets and have nothing left go; the others are brought up to date. */
function accountFor({ entries }: State, { targets, leaving, now }: Observation): ReadonlyMap<string, Entry> {
  const views = new Map(targets.map((view) => [view.target.member.name, view]));
  const stay = new Set(leaving.filter(({ empty }) => !empty).map(({ name }) => name));
  return new Map(
    [...entries].flatMap(([name, entry]): [string, Entry][] => {
      const view = views.get(name);
      if (view) return [[name, account(entry, view, now)]];
      return stay.has(name) ? [[name, entry]] : [];
    }),
  );
}

/** Begins a run where one is due: the revision is new, or clusters joined or render differently after the last one ended. */
function begin(state: State, seen: Observation): { readonly state: State; readonly findings: Next["findings"] } {
  const { revision, targets, now } = seen;
  const fresh = state.updateRevision !== revision || !state.rollout?.stages;
  const late = targets.some((view) => {
    const entry = state.entries.get(view.target.member.name);
    return outdated(entry, revision, view) && !entry?.skipped && view.reach === "Reachable";
  });
  if (!fresh && !(state.rollout?.phase === "Completed" && late)) return { state, findings: [] };
  if (targets.length === 0 && seen.leaving.length === 0) {
    return {
      state: { ...state, updateRevision: revision, rollout: { phase: "Idle", message: "there is no cluster to roll out to" } },
      findings: [],
    };
  }

  const plan = makePlan(
    seen.settings,
    targets.map(({ target }) => target),
    seen.known,
  );
  if ("findings" in plan) {
    const rollout: RolloutStatus = { phase: "Preflight", message: describeFindings(plan.findings) };
    return { state: { ...state, updateRevision: revision, rollout }, findings: plan.findings };
  }
  const rollout: RolloutStatus = {
    phase: "Progressing",
    plan: `sha256:${digest({ revision, stages: plan.stages, verify: seen.settings.verify })}`,
    startedAt: now.toISOString(),
    verify: seen.settings.verify,
    stages: [...plan.stages],
  };
  const entries = new Map([...state.entries].map(([name, { skipped: _, ...entry }]) => [name, entry]));
  return { state: { ...state, updateRevision: revision, rollout, entries }, findings: [] };
}

/** Does what people asked for by annotation, each request once. */
function answer(state: State, { requests, revision, now }: Observation): State {
  const asked = [
    ...(requests.abort === revision ? [`abort:${requests.abort}`] : []),
    ...(requests.retry === revision ? [`retry:${requests.retry}`] : []),
    ...(requests.skip?.endsWith(`@${revision}`) ? [`skip:${requests.skip}`] : []),
  ];
  const answered = (state.rollout?.answered ?? []).filter((request) => asked.includes(request));
  let next = state;
  for (const request of asked.filter((request) => !answered.includes(request))) {
    next = carryOut(next, request, now);
    answered.push(request);
  }
  if (!next.rollout || (answered.length === 0 && !next.rollout.answered)) return next;
  const { answered: _, ...rollout } = next.rollout;
  return { ...next, rollout: answered.length > 0 ? { ...rollout, answered } : rollout };
}

function carryOut(state: State, request: string, now: Date): State {
  const { rollout } = state;
  if (!rollout?.stages) return state;
  const [verb, argument] = [request.slice(0, request.indexOf(":")), request.slice(request.indexOf(":") + 1)];
  switch (verb) {
    case "abort":
      return rollout.phase === "Completed" || rollout.failure
        ? state
        : { ...state, rollout: failed(rollout, { reason: "Aborted", message: "aborted by annotation" }, now) };
    case "retry": {
      if (!rollout.failure) return state;
      const { failure: _, completedAt: __, ...rest } = rollout;
      const entries = new Map(
        [...state.entries].map(([name, entry]) => [
          name,
          entry.progressingSince ? { ...entry, progressingSince: now.toISOString() } : entry,
        ]),
      );
      return {
        ...state,
        entries,
        rollout: { ...rest, phase: "Progressing", stages: rollout.stages.map((stage) => reopened(stage, now)) },
      };
    }
    case "skip": {
      const name = argument.slice(0, argument.lastIndexOf("@"));
      const entry = state.entries.get(name) ?? { name };
      return { ...state, entries: new Map([...state.entries, [name, { ...entry, skipped: true }]]) };
    }
    default:
      return state;
  }
}

/** A stage that goes on after a failure: a rejected gate can be decided anew, the time to reach clusters starts again. */
function reopened(stage: StageStatus, now: Date): StageStatus {
  if (isDone(stage) || !stage.startedAt) return stage;
  const gates = stage.gates?.map((gate) =>
    gate.state === "Rejected" ? { type: gate.type, when: gate.when, state: "Pending" as const } : gate,
  );
  return { ...stage, phase: "Progressing", startedAt: now.toISOString(), ...(gates ? { gates } : {}) };
}

function walk(state: State, seen: Observation): { readonly state: State; readonly wakeAt?: Date } {
  const { now, revision } = seen;
  const rollout = state.rollout!;
  const views = new Map(seen.targets.map((view) => [view.target.member.name, view]));
  const entries = new Map(state.entries);
  const context: StageContext = {
    now,
    revision,
    paused: seen.settings.paused,
    returning: state.currentRevision === revision,
    decisions: eligible(seen.decisions, revision, rollout.plan ?? ""),
    view: (name) => views.get(name),
    entry: (name) => entries.get(name),
  };

  const stages = [...withJoiners(rollout.stages!, state, seen)];
  for (const [index, stage] of stages.entries()) {
    const step = isDone(stage) ? { stage, started: [], outcome: lookBack(stage, context) } : stepStage(stage, context);
    stages[index] = step.stage;
    for (const entry of step.started) entries.set(entry.name, entry);
    const { outcome } = step;
    if (outcome.type === "failed") {
      return { state: { ...state, entries, rollout: failed({ ...rollout, stages, stage: stage.name }, outcome.failure, now) } };
    }
    if (outcome.type === "holds") {
      const next: RolloutStatus = { ...rollout, stages, phase: outcome.phase, stage: stage.name, message: outcome.message };
      return { state: { ...state, entries, rollout: next }, ...(outcome.wakeAt ? { wakeAt: outcome.wakeAt } : {}) };
    }
  }
  return { state: { ...state, entries, currentRevision: revision, rollout: { ...rollout, stages } } };
}

/**
 * Targets that no stage has yet, and those of finished stages that fell behind since (they joined again, or render
 * differently now), are rolled last.
 */
function withJoiners(
  stages: readonly StageStatus[],
  { entries }: State,
  { targets, revision }: Observation,
): readonly StageStatus[] {
  if (stages.every(isDone)) return stages;
  const stageOf = new Map(stages.flatMap((stage) => stage.clusters.map((name): [string, StageStatus] => [name, stage])));
  const joiners = targets
    .filter((view) => {
      const stage = stageOf.get(view.target.member.name);
      const entry = entries.get(view.target.member.name);
      return !stage || (isDone(stage) && outdated(entry, revision, view) && !entry?.skipped && view.reach === "Reachable");
    })
    .map(({ target }) => target.member.name);
  if (joiners.length === 0) return stages;
  const others = (stage: StageStatus) => stage.clusters.filter((name) => !joiners.includes(name));
  return stages.map((stage, index) => ({
    ...stage,
    clusters: index === stages.length - 1 ? [...others(stage), ...joiners] : others(stage),
  }));
}

const failed = (rollout: RolloutStatus, failure: Failure, now: Date): RolloutStatus => ({
  ...rollout,
  phase: "Failed",
  failure,
  message: failure.message,
  completedAt: now.toISOString(),
});

/** The last step: clusters that are no targets any more are cleaned up once all others are done. */
function finish(state: State, seen: Observation): { readonly state: State; readonly removing: ReadonlySet<string> } {
  const { rollout } = state;
  const nothing = { state, removing: new Set<string>() };
  if (
    !rollout?.stages?.every(isDone) ||
    rollout.failure ||
    (rollout.phase !== "Completed" && state.currentRevision !== seen.revision)
  )
    return nothing;
  const held = seen.settings.paused ? "paused by spec.rollout.paused" : seen.holdRemoval;
  const leaving = seen.leaving.filter(({ empty }) => !empty).map(({ name }) => name);
  const busy = seen.leaving.filter(({ empty, reach }) => !empty && reach !== "Unreachable").map(({ name }) => name);
  const removing = new Set(held ? [] : leaving);
  const { stage: _, message: __, ...rest } = rollout;
  if (busy.length > 0) {
    const message = held ? `${busy.join(", ")} left the placement and stays as it is: ${held}` : `removing from ${busy.join(", ")}`;
    return {
      state: { ...state, rollout: { ...rest, phase: held && seen.settings.paused ? "Paused" : "Progressing", message } },
      removing,
    };
  }
  return {
    state: { ...state, rollout: { ...rest, phase: "Completed", completedAt: rollout.completedAt ?? seen.now.toISOString() } },
    removing,
  };
}
