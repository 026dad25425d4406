import type { StageStatus } from "../../api/accesspoint.ts";
import type { Member } from "../selection.ts";
import { begin } from "./begin.ts";
import { withScale } from "./changes.ts";
import { dueChecks } from "./checks.ts";
import { account, checkpoint, stamped, unwatchedEntry } from "./clocks.ts";
import { verified } from "./entries.ts";
import { failed, listed } from "./failure.ts";
import { judge, REMOVAL } from "./gates.ts";
import type { Entry, LeavingView, Next, Observation, State } from "./model.ts";
import { describeChanges } from "./notes.ts";
import { isDone } from "./plan.ts";
import { tendRemoval } from "./removal.ts";
import { answer } from "./requests.ts";
import { rollBack } from "./rollback.ts";
import { type Walked, walk } from "./walk.ts";

/**
 * The whole rollout engine: what is kept, what is seen → what is kept next, and what is to be done. It reads no clock and no
 * cluster, so that any pass can be repeated, by any replica, after any crash.
 */
export function advance(before: State, seen: Observation): Next {
  const begun = begin({ ...before, entries: accountFor(before, seen) }, seen);
  const answered = answer(begun.state, seen);
  const moved = told(move(answered.state, seen));
  const finished = finish(moved.state, seen);
  const rollout = finished.state.rollout && stamped(finished.state.rollout, finished.state.entries, before.entries, seen);
  const state: State = { ...finished.state, ...(rollout ? { rollout } : {}) };
  const wakeAt = earliest(earliest(moved.wakeAt, finished.wakeAt), checkpoint(rollout));
  return {
    state,
    removing: finished.removing,
    findings: begun.findings,
    verdicts: rollout?.stages ? judge(seen.decisions, seen.revision, rollout) : [],
    notes: [...answered.notes, ...describeChanges(before, state, seen)],
    checks: dueChecks(rollout, (stage) => membersOf(stage, state, seen), seen.settings.paused, seen.now),
    ...(wakeAt ? { wakeAt } : {}),
  };
}

/** Entries of clusters that are gone go; the others are brought up to date. */
function accountFor({ entries, rollout }: State, seen: Observation): ReadonlyMap<string, Entry> {
  const views = new Map(seen.targets.map((view) => [view.target.member.name, view]));
  const stay = new Set(seen.leaving.filter(({ gone }) => !gone).map(({ name }) => name));
  const stages = rollout?.stages ?? [];
  const earlier = new Set(stages.filter(isDone).flatMap(({ clusters }) => clusters));
  // Those that go on are in the stage that is active.
  for (const name of stages.find((stage) => !isDone(stage))?.clusters ?? []) earlier.delete(name);
  return new Map(
    [...entries].flatMap(([name, entry]): [string, Entry][] => {
      const view = views.get(name);
      if (view) return [[name, account(entry, view, earlier.has(name), rollout, seen)]];
      return stay.has(name) ? [[name, unwatchedEntry(entry)]] : [];
    }),
  );
}

/** Clusters of a stage that the rollout is to go to: targets that nobody had left out. */
function membersOf(stage: StageStatus, { entries }: State, { targets }: Observation): readonly Member[] {
  const members = new Map(targets.map(({ target }) => [target.member.name, target.member]));
  return stage.clusters.flatMap((name) => (entries.get(name)?.skipped ? [] : (members.get(name) ?? [])));
}

function move(state: State, seen: Observation): Walked {
  if (!state.rollout?.stages) return { state };
  const walked = state.rollout.failure ? { state } : walk(state, seen);
  const { rollout } = walked.state;
  return rollout?.returned && rollout.failure?.reason !== "Aborted" ? rollBack(walked.state, seen) : walked;
}

const told = ({ state, ...rest }: Walked): Walked =>
  state.rollout ? { state: { ...state, rollout: withScale(state.rollout) }, ...rest } : { state, ...rest };

interface Finished {
  readonly state: State;
  readonly removing: ReadonlySet<string>;
  readonly wakeAt?: Date;
}

/** The last step: clusters that are no targets any more are cleaned up once all others are done. */
function finish(state: State, seen: Observation): Finished {
  const { rollout } = state;
  if (!rollout?.stages?.every(isDone) || rollout.failure || state.currentRevision !== seen.revision)
    return { state, removing: new Set() };
  const { paused } = seen.settings;
  const held = paused ? "paused by spec.rollout.paused" : (seen.holdRemoval ?? nobodyWell(state, seen));
  const left = seen.leaving.filter(({ gone }) => !gone);
  // A cluster that is taken out of the fleet goes, whatever else is wrong with the placement.
  const stay = held ? left.filter(({ detaching }) => paused || !detaching) : [];
  const go = left.filter((view) => !stay.includes(view));
  const { removal, allowed, holds, failure } =
    held && go.length === 0
      ? { ...(rollout.removal ? { removal: rollout.removal } : {}), allowed: new Set<string>() }
      : tendRemoval(rollout, go, seen);
  const removing = new Set(go.filter(({ name, empty }) => empty || allowed.has(name)).map(({ name }) => name));
  const removed = new Set(go.filter(({ empty }) => empty).map(({ name }) => name));
  const entries = new Map([...state.entries].filter(([name]) => !removed.has(name)));
  const { stage: _, message: __, removal: ___, ...others } = rollout;
  const rest = { ...others, ...(removal ? { removal } : {}) };
  if (failure) return { state: { ...state, entries, rollout: failed({ ...rest, stage: REMOVAL }, failure, seen.now) }, removing };
  if (holds) {
    const { phase, message, wakeAt } = holds;
    return {
      state: { ...state, entries, rollout: { ...rest, phase, stage: REMOVAL, message } },
      removing,
      ...(wakeAt ? { wakeAt } : {}),
    };
  }
  const [busy, staying] = [go, stay].map(busyOf) as [readonly string[], readonly string[]];
  if (busy.length + staying.length > 0) {
    const message = [
      ...(busy.length > 0 ? [`removing from ${listed(busy)}`] : []),
      ...(staying.length > 0 ? [`${listed(staying)} left the placement and stays as it is: ${held}`] : []),
    ].join("; ");
    return { state: { ...state, entries, rollout: { ...rest, phase: paused ? "Paused" : "Progressing", message } }, removing };
  }
  const completedAt = rollout.completedAt ?? seen.now.toISOString();
  return { state: { ...state, entries, rollout: { ...rest, phase: "Completed", completedAt } }, removing };
}

/** What cannot be reached is removed when it answers; nobody waits for it. */
const busyOf = (left: readonly LeavingView[]): readonly string[] =>
  left.filter(({ empty, reach }) => !empty && reach !== "Unreachable").map(({ name }) => name);

/** Nothing is taken away where it may be the last that works; who was left out on request, or is held, is not waited for. */
function nobodyWell({ entries }: State, { targets }: Observation): string | undefined {
  const staying = targets.filter(({ target, held }) => held === undefined && !entries.get(target.member.name)?.skipped);
  const isWell = staying.length === 0 || staying.some((view) => verified(entries.get(view.target.member.name), view));
  return isWell ? undefined : "none of the clusters that stay is verified";
}

const earliest = (a: Date | undefined, b: Date | undefined): Date | undefined => (a && b ? (a < b ? a : b) : (a ?? b));
