import type { StageStatus } from "../../src/api/accesspoint.ts";
import { isVerified } from "./fleet.ts";
import { isAt, isDone } from "./stages.ts";
import type { Pass, World } from "./world.ts";

/** Whoever's turn it is gets the revision as soon as there is a place; where there can be none any more the run ends. */
export function* turnViolations(
  stage: StageStatus,
  overdue: readonly string[],
  { before, seen, next }: Pass,
  world: World,
): Generator<string> {
  const { entries, rollout } = next.state;
  const passed = new Set((rollout?.stages ?? []).filter(isDone).map(({ name }) => name));
  const turns = stage.clusters.flatMap((name) => {
    const view = seen.targets.find(({ target }) => target.member.name === name);
    const entry = entries.get(name);
    return view && !entry?.skipped ? [{ name, view, entry, cluster: world.cluster(name) }] : [];
  });
  const isStranded = ({ view, entry, cluster }: (typeof turns)[number]) =>
    entry?.variantStage !== undefined &&
    entry.revision === seen.revision &&
    entry.variant === view.steps?.get(entry.variantStage) &&
    (before.currentRevision === seen.revision || passed.has(entry.variantStage)) &&
    view.reach === "Reachable" &&
    !isVerified(cluster, entry, world.troubles);
  const behind = turns.filter(({ view, entry }) => !isAt(entry, stage, view, seen.revision));
  const ready = behind.filter((turn) => !isStranded(turn));
  const unknown = ready.findIndex(({ view }) => view.reach === "Connecting");
  const startable = ready.slice(0, unknown < 0 ? undefined : unknown).filter(({ view }) => view.reach === "Reachable");
  if (startable.length === 0) return;
  const inFlight = turns.filter(
    (turn) =>
      !behind.includes(turn) &&
      (turn.entry?.startedAt === seen.now.toISOString() || !isVerified(turn.cluster, turn.entry, world.troubles)),
  );
  const { name, view } = startable[0]!;
  if (inFlight.length < stage.maxConcurrency)
    yield view.health.state === "Failed"
      ? `9: ${name} has failed before it is given the revision, and does not get it although there is a place in stage ${stage.name}`
      : `4: ${name} does not get the revision although there is a place in stage ${stage.name}`;
  if (inFlight.length > 0 && inFlight.every((turn) => overdue.includes(turn.name)))
    yield `4: failed clusters take up all places of stage ${stage.name}, and it goes on`;
}
