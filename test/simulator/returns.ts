import type { StageStatus } from "../../src/api/accesspoint.ts";
import { isFailed, isSurelyOverdue } from "./failing.ts";
import { isVerified } from "./fleet.ts";
import type { Pass, World } from "./world.ts";

/** Places of clusters in the order in which they were touched last. */
export function lastTouched(stages: readonly StageStatus[]): ReadonlyMap<string, number> {
  const isPending = ({ phase }: StageStatus) => phase === "Pending";
  const begun = [...stages.filter(isPending).toReversed(), ...stages.filter((stage) => !isPending(stage))];
  return new Map(
    begun.flatMap((stage) => stage.clusters.map((name, index): [string, number] => [name, stages.indexOf(stage) * 1000 + index])),
  );
}

/** Whoever's turn it is to return does so as soon as there is a place: who cannot return, or does not do well, holds nobody back. */
export function* returnViolations(pass: Pass, world: World): Generator<string> {
  const { seen, next } = pass;
  const { rollout, entries } = next.state;
  if (!rollout?.returned || !rollout.failure || rollout.failure.reason === "Aborted" || seen.settings.paused) return;
  const stages = rollout.stages ?? [];
  const views = new Map(seen.targets.map((view) => [view.target.member.name, view]));
  const lastFirst = [...lastTouched(stages)]
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, place]) => ({ name, stage: stages[Math.floor(place / 1000)]!, view: views.get(name), entry: entries.get(name) }));
  const due = lastFirst.find(
    ({ view, entry }) =>
      view?.reach === "Reachable" && view.previousVariant && entry?.revision === seen.revision && entry.previousRevision,
  );
  const atWork = lastFirst.filter(({ name, stage, view, entry }) => {
    if (!view || view.reach === "Unreachable" || !rollout.returned!.includes(name)) return false;
    const cluster = world.cluster(name);
    if (entry?.startedAt === seen.now.toISOString()) return true;
    return (
      !isVerified(cluster, entry, world.troubles) && !isFailed(cluster, entry, pass, world) && !isSurelyOverdue(cluster, stage)
    );
  });
  if (!due && atWork.length === 0 && rollout.phase === "RollingBack")
    yield `11: nobody is left to return, and it is rolled back for ever: ${rollout.message}`;
  if (due && atWork.every(({ stage }) => stage === due.stage) && atWork.length < due.stage.maxConcurrency)
    yield `11: ${due.name} does not return although there is a place in stage ${due.stage.name}: ${rollout.message}`;
}
