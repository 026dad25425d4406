import type { RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { milliseconds } from "../../api/meta.ts";
import { given, outdated, verified } from "./entries.ts";
import { decideGates, gatesOf, passed, rejected, skipGates, tendGates } from "./gates.ts";
import type { Decision, Entry, TargetView } from "./model.ts";

export interface Failure {
  readonly reason: NonNullable<RolloutStatus["failure"]>["reason"];
  readonly message: string;
}

/** What a stage comes to in one pass. */
export interface Step {
  readonly stage: StageStatus;
  /** Entries of the clusters that were given the revision. */
  readonly started: readonly Entry[];
  readonly outcome:
    | { readonly type: "done" }
    | { readonly type: "failed"; readonly failure: Failure }
    | { readonly type: "holds"; readonly phase: RolloutStatus["phase"]; readonly message: string; readonly wakeAt?: Date };
}

export interface StageContext {
  readonly now: Date;
  readonly revision: string;
  readonly paused: boolean;
  /** The revision was rolled out completely before: its gates need not be passed again. */
  readonly returning: boolean;
  /** Decisions that may count. */
  readonly decisions: readonly Decision[];
  readonly view: (name: string) => TargetView | undefined;
  readonly entry: (name: string) => Entry | undefined;
}

export const isDone = ({ phase }: StageStatus): boolean => phase === "Completed" || phase === "Skipped";

interface Standing {
  readonly view: TargetView;
  readonly entry: Entry | undefined;
  readonly name: string;
}

/** One pass over a stage that is not done. */
export function stepStage(before: StageStatus, context: StageContext): Step {
  const { now, revision } = context;
  const present = standings(before, context);
  const waiting = present.filter(({ entry, view }) => outdated(entry, revision, view));

  if (before.phase === "Pending" && waiting.length === 0) {
    const message = present.length === 0 ? "no cluster is in it" : "all its clusters run this revision already";
    return { stage: { ...skipGates(before, message), phase: "Skipped", message }, started: [], outcome: { type: "done" } };
  }
  let stage: StageStatus = before.startedAt ? before : { ...before, startedAt: now.toISOString() };
  if (context.returning) stage = skipGates(stage, "this revision was rolled out completely before");

  stage = decideGates(tendGates(stage, "Before", now), "Before", context.decisions, now);
  if (!passed(stage, "Before")) return atGate(stage, "Before", revision);

  const updated = present.filter((standing) => !waiting.includes(standing));
  const inFlight = updated.filter(({ entry, view }) => !verified(entry, view));
  const failed = inFlight.filter((standing) => failureOf(standing, stage, now) !== undefined);
  const startable = waiting.filter(({ view }) => view.reach === "Reachable");
  const stuck = waiting.filter(({ view }) => view.reach !== "Reachable");
  const idle = startable.length === 0 && inFlight.length === failed.length;
  const lost = idle ? stuck.filter(({ view }) => overdue(later(stage.startedAt, view.unreachableSince), stage, now)) : [];

  const failures = [...failed, ...lost];
  if (failures.length > stage.maxFailures) {
    return {
      stage: { ...stage, phase: "Failed" },
      started: [],
      outcome: { type: "failed", failure: describeFailure(failures, stage, now) },
    };
  }

  const free = context.paused ? 0 : Math.max(0, stage.maxConcurrency - inFlight.length);
  const started = startable.slice(0, free).map(({ view, entry }) => given(view, entry, revision, stage, now));
  const unfinished = present.filter(
    (standing) => !failures.includes(standing) && (waiting.includes(standing) || inFlight.includes(standing)),
  );
  if (unfinished.length > 0) {
    return {
      stage: { ...stage, phase: "Progressing" },
      started,
      outcome: progressing({ stage, started, inFlight, failed, startable, stuck, context }),
    };
  }

  const soakedAt = stage.soak
    ? Math.max(...present.map(({ entry }) => Date.parse(entry?.verifiedAt ?? stage.startedAt!))) + milliseconds(stage.soak)
    : 0;
  if (soakedAt > now.getTime()) {
    const wakeAt = new Date(soakedAt);
    return {
      stage: { ...stage, phase: "Soaking" },
      started,
      outcome: { type: "holds", phase: "Soaking", message: `stage ${stage.name} soaks until ${wakeAt.toISOString()}`, wakeAt },
    };
  }

  stage = decideGates(tendGates(stage, "After", now), "After", context.decisions, now);
  if (!passed(stage, "After")) return atGate(stage, "After", revision);
  return { stage: { ...stage, phase: "Completed", completedAt: now.toISOString() }, started, outcome: { type: "done" } };
}

/**
 * A look back at a stage that is done: its clusters are watched while later ones roll. One that is no longer verified stops
 * the rollout; one that has failed for good fails it, as far as the stage's budget does not cover it. A cluster that cannot be
 * reached says nothing about the revision.
 */
export function lookBack(stage: StageStatus, context: StageContext): Step["outcome"] {
  const degraded = standings(stage, context).filter(
    ({ entry, view }) => view.reach === "Reachable" && !outdated(entry, context.revision, view) && !verified(entry, view),
  );
  const failed = degraded.filter((standing) => failureOf(standing, stage, context.now) !== undefined);
  if (failed.length > stage.maxFailures) return { type: "failed", failure: describeFailure(failed, stage, context.now) };
  if (degraded.length <= stage.maxFailures) return { type: "done" };
  const names = degraded.map(({ name }) => name).join(", ");
  return {
    type: "holds",
    phase: "Progressing",
    message: `stopped: ${names} of stage ${stage.name} is no longer verified: ${reasonOf(degraded[0]!)}`,
    ...soonest(degraded.map(({ entry }) => deadlineOf(entry?.progressingSince, stage))),
  };
}

const standings = (stage: StageStatus, { view, entry }: StageContext): readonly Standing[] =>
  stage.clusters.flatMap((name) => {
    const found = view(name);
    const known = entry(name);
    return found && !known?.skipped ? [{ name, view: found, entry: known }] : [];
  });

function atGate(stage: StageStatus, when: "Before" | "After", revision: string): Step {
  const no = rejected(stage);
  if (no) {
    const message = `stage ${stage.name} was rejected by RolloutApproval ${no.by}${no.message ? `: ${no.message}` : ""}`;
    return {
      stage: { ...stage, phase: "Failed" },
      started: [],
      outcome: { type: "failed", failure: { reason: "Rejected", message } },
    };
  }
  const open = gatesOf(stage, when).filter(({ state }) => state === "Waiting");
  if (open.some(({ type }) => type === "Approval")) {
    const message = `${when === "After" ? `stage ${stage.name} is verified` : `stage ${stage.name} is next`}: revision ${revision} needs a RolloutApproval for stage ${stage.name}${when === "Before" ? " with gate Before" : ""}`;
    return {
      stage: { ...stage, phase: "AwaitingApproval" },
      started: [],
      outcome: { type: "holds", phase: "AwaitingApproval", message },
    };
  }
  const until = open.flatMap((gate) => (gate.until ? [new Date(gate.until)] : [])).sort((a, b) => b.getTime() - a.getTime())[0];
  return {
    stage: { ...stage, phase: "Waiting" },
    started: [],
    outcome: {
      type: "holds",
      phase: "Waiting",
      message: `waits ${when.toLowerCase()} stage ${stage.name}${until ? ` until ${until.toISOString()}` : ""}`,
      ...(until ? { wakeAt: until } : {}),
    },
  };
}

interface Work {
  readonly stage: StageStatus;
  readonly started: readonly Entry[];
  readonly inFlight: readonly Standing[];
  readonly failed: readonly Standing[];
  readonly startable: readonly Standing[];
  readonly stuck: readonly Standing[];
  readonly context: StageContext;
}

function progressing({ stage, started, inFlight, failed, startable, stuck, context }: Work): Step["outcome"] {
  const busy = [...inFlight.map(({ name }) => name), ...started.map(({ name }) => name)];
  const left = startable.length - started.length;
  const parts = [
    busy.length > 0 ? `updating ${listed(busy)}` : "",
    left > 0 ? `${left} more in stage ${stage.name}` : "",
    failed.length > 0 ? `failed: ${failed.map((standing) => `${standing.name} (${reasonOf(standing)})`).join(", ")}` : "",
    left > 0 && !context.paused && failed.length >= stage.maxConcurrency
      ? "failed clusters take up all places: mend, retry or skip them"
      : "",
    stuck.length > 0 ? `waiting for ${listed(stuck.map(({ name }) => name))}: not reachable` : "",
  ].filter(Boolean);
  const paused = context.paused && busy.length === 0;
  const deadlines = [
    ...inFlight.map(({ entry }) => deadlineOf(entry?.progressingSince, stage)),
    ...started.map((entry) => deadlineOf(entry.progressingSince, stage)),
    ...stuck.map(({ view }) => deadlineOf(later(stage.startedAt, view.unreachableSince), stage)),
  ].filter((deadline) => deadline > context.now.getTime());
  return {
    type: "holds",
    phase: paused ? "Paused" : "Progressing",
    message: (paused ? ["paused by spec.rollout.paused", ...parts] : parts).join("; "),
    ...soonest(deadlines),
  };
}

/** Why the cluster counts as failed; undefined when it does not. */
function failureOf({ entry, view }: Standing, stage: StageStatus, now: Date): string | undefined {
  if (view.reach === "Reachable" && view.health.state === "Failed") return view.health.message;
  return overdue(entry?.progressingSince, stage, now) ? `not verified within ${stage.progressDeadline}` : undefined;
}

function describeFailure(failures: readonly Standing[], stage: StageStatus, now: Date): Failure {
  const refused = failures.some(({ view }) => view.reach === "Reachable" && view.health.state === "Failed");
  const causes = failures.map(
    (standing) =>
      `${standing.name}: ${failureOf(standing, stage, now) ?? `not reachable within ${stage.progressDeadline}`}; ${reasonOf(standing)}`,
  );
  const budget = stage.maxFailures === 0 ? "" : ` (stage ${stage.name} may have ${stage.maxFailures})`;
  return {
    reason: refused ? "MaxFailuresBreached" : "ProgressDeadlineExceeded",
    message: `${failures.length} failed${budget}: ${[...new Set(causes)].slice(0, 3).join(" | ")}`,
  };
}

function reasonOf({ view }: Standing): string {
  if (view.reach !== "Reachable") return view.unreachableSince ? `not reachable since ${view.unreachableSince}` : "not reachable";
  return view.health.state === "Verified" ? "verified" : view.health.message;
}

const deadlineOf = (since: string | undefined, stage: StageStatus): number =>
  since === undefined ? Number.POSITIVE_INFINITY : Date.parse(since) + milliseconds(stage.progressDeadline);

const overdue = (since: string | undefined, stage: StageStatus, now: Date): boolean => deadlineOf(since, stage) <= now.getTime();

const later = (a: string | undefined, b: string | undefined): string | undefined => (a && b ? (a > b ? a : b) : (a ?? b));

const soonest = (times: readonly number[]): { wakeAt?: Date } => {
  const first = Math.min(...times);
  return Number.isFinite(first) ? { wakeAt: new Date(first) } : {};
};

const listed = (names: readonly string[]): string =>
  names.length <= 5 ? names.join(", ") : `${names.slice(0, 5).join(", ")} and ${names.length - 5} more`;
