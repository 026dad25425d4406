import type { StageStatus } from "../../api/accesspoint.ts";
import { givenBack, verified } from "./entries.ts";
import { deadlineOf, failed, failureOf, listed, type Standing, soonest } from "./failure.ts";
import type { Entry, Observation, State } from "./model.ts";
import type { Walked } from "./walk.ts";

/** A cluster that the failed rollout touched, or that was given back what it had, with the stage it belongs to. */
type Placed = Standing & { readonly stage: StageStatus };

/** Every cluster, in order, with the stage that touched it last: the last one that has begun of those that it goes through. */
function lastBegun(stages: readonly StageStatus[]): ReadonlyMap<string, StageStatus> {
  const last = new Map<string, StageStatus>();
  for (const stage of stages) {
    for (const name of stage.clusters) {
      if (last.has(name) && stage.phase === "Pending") continue;
      last.delete(name);
      last.set(name, stage);
    }
  }
  return last;
}

/**
 * One pass of a rolling back: the clusters that the rollout touched return to the revision they had, the last one first, as many
 * at once as their stage allows. One that cannot return holds nobody back. What has no earlier revision stays as it is.
 */
export function rollBack(state: State, seen: Observation): Walked {
  const { now, watchedMs, revision, settings } = seen;
  const rollout = state.rollout!;
  const returned = rollout.returned ?? [];
  const views = new Map(seen.targets.map((view) => [view.target.member.name, view]));
  const lastFirst = [...lastBegun(rollout.stages!)]
    .map(([name, stage]) => ({ name, stage, view: views.get(name), entry: state.entries.get(name) }))
    .filter((placed): placed is Placed => placed.view !== undefined)
    .toReversed();

  const atWork = lastFirst.filter(
    (placed) =>
      returned.includes(placed.name) &&
      placed.view.reach !== "Unreachable" &&
      !verified(placed.entry, placed.view) &&
      failureOf(placed, placed.stage, now, watchedMs) === undefined,
  );
  const touched = lastFirst.filter(({ entry }) => entry?.revision === revision && entry.previousRevision !== undefined);
  const startable = touched.filter(({ view }) => view.reach === "Reachable" && view.previousVariant !== undefined);
  const next = startable[0]?.stage;
  const isBusyElsewhere = atWork.some(({ stage }) => stage !== next);
  const free = settings.paused || !next || isBusyElsewhere ? 0 : Math.max(0, next.maxConcurrency - atWork.length);
  const started = startable
    .filter(({ stage }) => stage === next)
    .slice(0, free)
    .map(({ entry, view }): Entry => givenBack(entry!, view.previousVariant!, now));

  const entries = new Map(state.entries);
  for (const entry of started) entries.set(entry.name, entry);
  const names = started.map(({ name }) => name);
  const after = { ...rollout, returned: [...returned, ...names] };
  const deadlines = atWork.map(({ entry, stage }) => deadlineOf(entry?.progressingSince, stage));
  const wake = soonest(deadlines.filter((time) => time > now.getTime()));
  // Somebody who comes back late has its turn when those before it are through.
  if (rollout.phase === "Failed") return { state: { ...state, entries, rollout: after }, ...wake };

  const busy = [...atWork.map(({ name }) => name), ...names];
  const left = startable.length - started.length;
  const { reason, message } = rollout.failure!;
  if (busy.length === 0 && left === 0) {
    const stay = touched.map(({ name }) => name);
    const back = returned.length > 0 ? `given back what they had: ${listed(returned)}` : "there was nothing to return";
    const waiting = stay.length > 0 ? `; they return when they can be reached: ${listed(stay)}` : "";
    const failure = { reason: "RolledBack" as const, message: `${reason}: ${message}; ${back}${waiting}` };
    return { state: { ...state, entries, rollout: failed(after, failure, now) } };
  }
  const parts = [
    settings.paused ? "paused by spec.rollout.paused" : "",
    busy.length > 0 ? `returning ${listed(busy)}` : "",
    left > 0 ? `${left} more` : "",
    `after ${reason}: ${message}`,
  ];
  return {
    state: { ...state, entries, rollout: { ...after, phase: "RollingBack", message: parts.filter(Boolean).join("; ") } },
    ...wake,
  };
}
