import type { RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { milliseconds } from "../../api/meta.ts";
import { describeCheck, isCheck, nextAttempt } from "./checks.ts";
import { unwatchedMs } from "./clocks.ts";
import { due, given, isStepping, outdated, soakStart, verified } from "./entries.ts";
import {
  deadlineOf,
  describeFailure,
  type Failing,
  type Failure,
  failing,
  listed,
  overdue,
  reasonOf,
  type Standing,
  soonest,
} from "./failure.ts";
import { answerGates, decideGates, gatesOf, passed, rejectEarly, rejected, rejectedBy, skipGates, tendGates } from "./gates.ts";
import type { CheckAnswer, Decision, Entry, TargetView } from "./model.ts";

/** What a stage comes to in one pass. */
export interface Step {
  readonly stage: StageStatus;
  /** Entries of the clusters that were given the revision. */
  readonly started: readonly Entry[];
  readonly outcome: Outcome;
}

export type Outcome =
  | { readonly type: "done" }
  /** Clusters on which it depends will be known in a moment, as after a start of the controller: until then nothing is concluded. */
  | { readonly type: "unknown"; readonly message: string }
  | { readonly type: "failed"; readonly failure: Failure }
  | { readonly type: "holds"; readonly phase: RolloutStatus["phase"]; readonly message: string; readonly wakeAt?: Date };

/** What keeps clusters from being started: a person's pause, or that no window is open. */
export interface Hold {
  readonly phase: "Paused" | "Waiting";
  readonly message: string;
}

export interface StageContext {
  readonly now: Date;
  readonly watchedMs: number;
  readonly revision: string;
  /** Why no cluster is started now. */
  readonly hold?: Hold;
  /** Names of the stages that are done. */
  readonly passed: ReadonlySet<string>;
  /** The revision was rolled out completely before: its gates need not be passed again. */
  readonly returning: boolean;
  /** Decisions that may count. */
  readonly decisions: readonly Decision[];
  /** The run that the stage belongs to, as it was before this pass. */
  readonly rollout: RolloutStatus;
  /** Answers to checks of gates. */
  readonly answers: readonly CheckAnswer[];
  readonly view: (name: string) => TargetView | undefined;
  readonly entry: (name: string) => Entry | undefined;
}

/** Nothing is under way: time or a decision is waited for. */
export const isAtRest = ({ phase }: Pick<StageStatus | RolloutStatus, "phase">): boolean =>
  phase === "Soaking" || phase === "AwaitingApproval" || phase === "Waiting" || phase === "Paused";

/** One pass over a stage that is not done: gates before, clusters, soak, gates after. */
export function stepStage(before: StageStatus, context: StageContext): Step {
  const { now, revision } = context;
  const present = standings(before, context);
  const waiting = present.filter(({ entry, view }) => outdated(entry, revision, due(view, before)));

  if (before.clusters.length === 0) return passOver(before, "no cluster is in it", context);
  if (before.phase === "Pending" && context.returning && waiting.length === 0)
    return passOver(before, "all its clusters run this revision already", context);

  const unknown = present.filter(isUnknown);
  const wasVerified = waiting.length === 0 && present.every(({ entry }) => entry?.verifiedAt !== undefined);
  if (isAtRest(before) && wasVerified && unknown.length > 0)
    return { stage: before, started: [], outcome: awaiting(unknown, before) };

  let stage: StageStatus = before.startedAt ? before : { ...before, startedAt: now.toISOString() };
  if (context.returning) stage = skipGates(stage, "this revision was rolled out completely before");
  stage = attend(stage, "Before", context);
  if (!passed(stage, "Before")) return atGate(stage, "Before", context);

  stage = rejectEarly(stage, "After", context.decisions, now);
  if (rejected(stage)) return atGate(stage, "After", context);

  const work = survey(stage, present, waiting, context);
  stage = withClock(stage, work);
  if (work.failures.length > stage.maxFailures) {
    const failure = describeFailure(work.failures, stage);
    return { stage: { ...stage, phase: "Failed" }, started: [], outcome: { type: "failed", failure } };
  }
  const full = context.hold ? undefined : noPlaceLeft(work, stage, now);
  if (full) return { stage: { ...stage, phase: "Failed" }, started: [], outcome: { type: "failed", failure: full } };
  if (work.unfinished.length > 0) {
    const free = context.hold ? 0 : Math.max(0, stage.maxConcurrency - work.inFlight.length);
    const started = work.startable.slice(0, free).map(({ view, entry }) => given(view, entry, revision, stage, now));
    const outcome = progressing(stage, work, started, context);
    const { soaked: _, ...anew } = stage;
    return { stage: { ...anew, phase: outcome.phase === "Waiting" ? "Waiting" : "Progressing" }, started, outcome };
  }

  // Once over it stays so, whatever the clock is set to, for as long as all are verified.
  const { soaked: wasSoaked, ...anew } = stage;
  const isSteady = present.every(({ entry, view }) => verified(entry, view));
  stage = anew;
  const soaked = wasSoaked && isSteady ? now : soakedAt(stage, present, context);
  if (soaked && soaked > now) {
    const message = `stage ${stage.name} soaks until ${soaked.toISOString()}`;
    return {
      stage: { ...stage, phase: "Soaking" },
      started: [],
      outcome: { type: "holds", phase: "Soaking", message, wakeAt: soaked },
    };
  }
  stage = attend(stage, "After", context);
  if (!passed(stage, "After")) return atGate(stage.soak && isSteady ? { ...stage, soaked: true } : stage, "After", context);
  return { stage: { ...stage, phase: "Completed", completedAt: now.toISOString() }, started: [], outcome: { type: "done" } };
}

/** A stage with nothing to do passes without its gates, but not before what it has is verified. */
function passOver(stage: StageStatus, message: string, context: StageContext): Step {
  const outcome = lookBack(stage, context);
  if (outcome.type !== "done") return { stage, started: [], outcome };
  return { stage: { ...skipGates(stage, message), phase: "Skipped", message }, started: [], outcome };
}

/**
 * A look back at a stage that is done: its clusters are watched while later ones roll. One that is no longer verified stops
 * the rollout; one that has failed for good fails it, unless the rollout did not touch it, and as far as the stage's budget does
 * not cover it. A cluster that cannot be reached says nothing about the revision.
 */
export function lookBack(stage: StageStatus, context: StageContext): Outcome {
  const { now, watchedMs } = context;
  const here = standings(stage, context).filter(({ name, entry }) => !hasGoneOn(name, entry, stage));
  // One that has yet to be brought up to date has its turn later, however it is.
  const upToDate = here.filter(({ entry, view }) => !outdated(entry, context.revision, due(view, stage)));
  const degraded = upToDate.filter(({ entry, view }) => view.reach === "Reachable" && !verified(entry, view));
  const unknown = upToDate.filter(isUnknown);
  // It may be any of them that is not well.
  if (degraded.length <= stage.maxFailures)
    return degraded.length + unknown.length > stage.maxFailures ? awaiting(unknown, stage) : { type: "done" };
  const touched = stage.phase === "Completed";
  const failures = touched ? failing(degraded, stage, now, watchedMs) : [];
  if (failures.length > stage.maxFailures) return { type: "failed", failure: describeFailure(failures, stage) };
  return {
    type: "holds",
    phase: "Progressing",
    message: `stopped: ${listed(degraded.map(({ name }) => name))} of stage ${stage.name} is not verified: ${reasonOf(degraded[0]!)}`,
    ...(touched ? soonest(degraded.map(({ entry }) => deadlineOf(entry?.progressingSince, stage))) : {}),
  };
}

const isUnknown = ({ view }: Standing): boolean => view.reach === "Connecting" && view.held === undefined;

const awaiting = (unknown: readonly Standing[], { name }: StageStatus): Outcome => ({
  type: "unknown",
  message: `looking first how stage ${name} is: ${listed(unknown.map((one) => one.name))} not connected yet`,
});

/** A later stage has taken it on. */
const hasGoneOn = (name: string, entry: Entry | undefined, { name: stage, stepping = [] }: StageStatus): boolean =>
  stepping.includes(name) && entry?.variantStage !== stage;

const standings = (stage: StageStatus, { view, entry }: StageContext): readonly Standing[] =>
  stage.clusters.flatMap((name) => {
    const found = view(name);
    const known = entry(name);
    return found && !known?.skipped ? [{ name, view: found, entry: known }] : [];
  });

/** Where the clusters of an active stage stand. */
interface Work {
  /** Given the revision and not verified; those that failed included. */
  readonly inFlight: readonly Standing[];
  /** Not well with what an earlier stage gave them, so that they are not taken further. */
  readonly stranded: readonly Standing[];
  readonly startable: readonly Standing[];
  /** To be given the revision, but out of reach. */
  readonly stuck: readonly Standing[];
  /** What counts against the budget: failed, or out of reach for too long. */
  readonly failures: readonly Failing[];
  /** What the stage still has to wait for. */
  readonly unfinished: readonly Standing[];
  /** Since when it waits for nothing but clusters out of reach, as far as somebody watched; absent where it does not. */
  readonly stuckSince?: string;
}

function survey(
  stage: StageStatus,
  present: readonly Standing[],
  waiting: readonly Standing[],
  { now, watchedMs, hold, passed, returning, revision, rollout }: StageContext,
): Work {
  const stranded = waiting.filter(
    ({ entry, view }) =>
      view.reach === "Reachable" &&
      isStepping(entry, revision, view) &&
      (returning || passed.has(entry!.variantStage!)) &&
      !verified(entry, view),
  );
  const ready = waiting.filter((standing) => !stranded.includes(standing));
  const inFlight = present.filter((standing) => !waiting.includes(standing) && !verified(standing.entry, standing.view));
  const failed = failing([...inFlight, ...stranded], stage, now, watchedMs);
  // Nobody is begun before one whose turn it is and of whom it will be known in a moment, as after a start of the controller.
  const unknown = ready.findIndex(({ view }) => view.reach === "Connecting");
  const startable = ready.slice(0, unknown < 0 ? undefined : unknown).filter(({ view }) => view.reach === "Reachable");
  const stuck = ready.filter(({ view }) => view.reach !== "Reachable");
  // While others are at work, or all are held, one that is away has time to come back.
  const isIdle = startable.length === 0 && inFlight.length + stranded.length === failed.length && !hold;
  const stuckSince =
    isIdle && stuck.length > 0 ? moved(stage.stuckSince, unwatchedMs(rollout, { now, watchedMs }), now) : undefined;
  const lost =
    unknown < 0 ? stuck.filter(({ view }) => view.reach === "Unreachable" && overdue(lostSince(view, stuckSince), stage, now)) : [];
  const cause = `not reachable within ${stage.progressDeadline}`;
  const failures = [...failed, ...lost.map((standing) => ({ ...standing, cause }))];
  const unfinished = [...waiting, ...inFlight].filter(({ name }) => !includes(failures, name));
  return { inFlight, stranded, startable, stuck, failures, unfinished, ...(stuckSince ? { stuckSince } : {}) };
}

/** The time, or now where there is none yet, moved on by what nobody watched. */
const moved = (time: string | undefined, unwatched: number, now: Date): string =>
  time === undefined ? now.toISOString() : new Date(Date.parse(time) + unwatched).toISOString();

function withClock({ stuckSince: _, ...stage }: StageStatus, { stuckSince }: Work): StageStatus {
  return stuckSince ? { ...stage, stuckSince } : stage;
}

/**
 * Failed clusters keep their places. Within the budget that need not end the stage, but where they take up all of them for longer
 * than the deadline, nothing can follow any more.
 */
function noPlaceLeft({ inFlight, startable, failures }: Work, stage: StageStatus, now: Date): Failure | undefined {
  const { name, maxConcurrency, maxFailures, progressDeadline } = stage;
  const isOver = ({ name, entry }: Standing) => includes(failures, name) && overdue(entry?.progressingSince, stage, now);
  if (startable.length === 0 || inFlight.length < maxConcurrency || !inFlight.every(isOver)) return undefined;
  const causes = inFlight.map((standing) => `${standing.name} (${reasonOf(standing)})`);
  return {
    reason: "ProgressDeadlineExceeded",
    message: `failed clusters take up all places of stage ${name} for longer than ${progressDeadline}: ${listed(causes)}; nothing can follow, because maxFailures ${maxFailures} is not below maxConcurrency ${maxConcurrency}`,
  };
}

const includes = (standings: readonly Standing[], name: string): boolean => standings.some((standing) => standing.name === name);

/** From when a cluster out of reach counts as one that could not be started: nobody waited for it before its turn. */
const lostSince = ({ unreachableSince }: TargetView, stuckSince: string | undefined): string | undefined =>
  stuckSince && unreachableSince && unreachableSince > stuckSince ? unreachableSince : stuckSince;

/** When the last verified cluster of the stage will have soaked; undefined without a soak. */
function soakedAt({ soak }: StageStatus, present: readonly Standing[], { now }: StageContext): Date | undefined {
  if (!soak) return undefined;
  const starts = present.flatMap(({ entry, view }) => (entry && verified(entry, view) ? [Date.parse(soakStart(entry) ?? "")] : []));
  return starts.length > 0 ? new Date(Math.max(...starts) + milliseconds(soak)) : now;
}

/** Opens the gates of one side, and brings what came in to those that wait for it. */
function attend(stage: StageStatus, when: "Before" | "After", { now, rollout, answers, decisions }: StageContext): StageStatus {
  return decideGates(answerGates(tendGates(stage, when, now), when, rollout, answers, now), when, decisions, now);
}

function atGate(stage: StageStatus, when: "Before" | "After", { revision, now }: StageContext): Step {
  const no = rejected(stage);
  if (no) {
    const message =
      no.state === "Failed"
        ? `the ${no.type} ${when.toLowerCase()} stage ${stage.name} failed: ${no.message}`
        : `stage ${stage.name} was rejected by ${rejectedBy(no)}`;
    return {
      stage: { ...stage, phase: "Failed" },
      started: [],
      outcome: { type: "failed", failure: { reason: "Rejected", message } },
    };
  }
  const open = gatesOf(stage, when).filter(({ state }) => state === "Waiting");
  const times = open.flatMap((gate) => gate.until ?? nextAttempt(gate, now)?.toISOString() ?? []);
  const until = open
    .flatMap((gate) => gate.until ?? [])
    .toSorted()
    .at(-1);
  const checks = open.filter(isCheck).map(describeCheck);
  const isAsked = open.some(({ type }) => type === "Approval");
  const where = `${when.toLowerCase()} stage ${stage.name}`;
  const approval = `${when === "After" ? `stage ${stage.name} is verified` : `stage ${stage.name} is next`}: revision ${revision} needs a RolloutApproval for stage ${stage.name}${when === "Before" ? " with gate Before" : ""}`;
  const waiting = [...(until ? [`until ${until}`] : []), ...(checks.length > 0 ? [`for ${checks.join(" and ")}`] : [])];
  const phase = isAsked ? "AwaitingApproval" : "Waiting";
  const message = isAsked
    ? [approval, ...(checks.length > 0 ? [`waits ${where} for ${checks.join(" and ")}`] : [])].join("; ")
    : `waits ${where}${waiting.length > 0 ? ` ${waiting.join(" and ")}` : ""}`;
  return {
    stage: { ...stage, phase },
    started: [],
    outcome: { type: "holds", phase, message, ...soonest(times.map((time) => Date.parse(time))) },
  };
}

function progressing(
  stage: StageStatus,
  { inFlight, stranded, startable, stuck, failures }: Work,
  started: readonly Entry[],
  { now, hold }: StageContext,
): Extract<Outcome, { type: "holds" }> {
  const held = [...inFlight, ...stuck].filter(({ view }) => view.held !== undefined);
  const atWork = inFlight.filter(({ name }) => !includes(failures, name) && !includes(held, name));
  const busy = [...atWork.map(({ name }) => name), ...started.map(({ name }) => name)];
  const failed = failures.map((standing) => `${standing.name} (${reasonOf(standing)})`);
  const left = startable.length - started.length;
  const away = stuck.filter(({ name }) => !includes(failures, name) && !includes(held, name)).map(({ name }) => name);
  const behind = stranded.filter(({ name }) => !includes(failures, name)).map(({ name }) => name);
  const parts = [
    busy.length > 0 ? `updating ${listed(busy)}` : "",
    left > 0 ? `${left} more in stage ${stage.name}` : "",
    failed.length > 0 ? `failed: ${listed(failed)}` : "",
    left > 0 && !hold && busy.length === 0 ? "failed clusters take up all places: mend, retry or skip them" : "",
    behind.length > 0 ? `not taken further until verified with what an earlier stage gave it: ${listed(behind)}` : "",
    held.length > 0 ? `waiting for ${listed(held.map(({ name }) => name))}: ${held[0]!.view.held}` : "",
    away.length > 0 ? `waiting for ${listed(away)}: not reachable` : "",
  ].filter(Boolean);
  const deadlines = [
    ...[...inFlight, ...stranded].map(({ entry }) => deadlineOf(entry?.progressingSince, stage)),
    ...started.map((entry) => deadlineOf(entry.progressingSince, stage)),
    ...stuck.map(({ view }) => deadlineOf(lostSince(view, stage.stuckSince), stage)),
  ].filter((deadline) => deadline > now.getTime());
  return {
    type: "holds",
    phase: hold && busy.length === 0 ? hold.phase : "Progressing",
    message: (hold && (busy.length === 0 || left > 0) ? [hold.message, ...parts] : parts).join("; "),
    ...soonest(deadlines),
  };
}
