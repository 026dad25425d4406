import type { StageStatus } from "../../src/api/accesspoint.ts";
import type { Entry, TargetView } from "../../src/domain/rollout/model.ts";
import { type FakeCluster, isVerified } from "./fleet.ts";
import { isAt, isDone } from "./stages.ts";
import type { Pass, World } from "./world.ts";

interface Turn {
  readonly name: string;
  readonly view: TargetView;
  readonly entry: Entry | undefined;
  readonly cluster: FakeCluster;
}

/** Where the clusters of a stage stand after a pass: those that could be given what they lack, and those that are on their way. */
function standings(
  stage: StageStatus,
  { before, seen, next }: Pass,
  world: World,
): Readonly<Record<"behind" | "stranded" | "startable" | "inFlight", readonly Turn[]>> {
  const { entries, rollout } = next.state;
  const passed = new Set((rollout?.stages ?? []).filter(isDone).map(({ name }) => name));
  const turns = stage.clusters.flatMap((name): Turn[] => {
    const view = seen.targets.find(({ target }) => target.member.name === name);
    const entry = entries.get(name);
    return view && !entry?.skipped ? [{ name, view, entry, cluster: world.cluster(name) }] : [];
  });
  const isStranded = ({ view, entry, cluster }: Turn) =>
    entry?.variantStage !== undefined &&
    entry.revision === seen.revision &&
    entry.variant === view.steps?.get(entry.variantStage) &&
    (before.currentRevision === seen.revision || passed.has(entry.variantStage)) &&
    view.reach === "Reachable" &&
    !isVerified(cluster, entry, world.troubles);
  const behind = turns.filter(({ view, entry }) => !isAt(entry, stage, view, seen.revision));
  const stranded = behind.filter(isStranded);
  const ready = behind.filter((turn) => !stranded.includes(turn));
  const unknown = ready.findIndex(({ view }) => view.reach === "Connecting");
  const startable = ready.slice(0, unknown < 0 ? undefined : unknown).filter(({ view }) => view.reach === "Reachable");
  const inFlight = turns.filter(
    (turn) =>
      !behind.includes(turn) &&
      (turn.entry?.startedAt === seen.now.toISOString() || !isVerified(turn.cluster, turn.entry, world.troubles)),
  );
  return { behind, stranded, startable, inFlight };
}

/** Nothing is left to do in the stage but to wait for clusters that cannot be reached. */
export function isStuck(stage: StageStatus, pass: Pass, world: World, isFailed: (name: string) => boolean): boolean {
  const { behind, stranded, startable, inFlight } = standings(stage, pass, world);
  return (
    behind.length > stranded.length && startable.length === 0 && [...inFlight, ...stranded].every(({ name }) => isFailed(name))
  );
}

/** Whoever's turn it is gets the revision as soon as there is a place; where there can be none any more the run ends. */
export function* turnViolations(stage: StageStatus, overdue: readonly string[], pass: Pass, world: World): Generator<string> {
  const { startable, inFlight } = standings(stage, pass, world);
  if (startable.length === 0) return;
  const { name, view } = startable[0]!;
  if (inFlight.length < stage.maxConcurrency)
    yield view.health.state === "Failed"
      ? `9: ${name} has failed before it is given the revision, and does not get it although there is a place in stage ${stage.name}`
      : `4: ${name} does not get the revision although there is a place in stage ${stage.name}`;
  if (inFlight.length > 0 && inFlight.every((turn) => overdue.includes(turn.name)))
    yield `4: failed clusters take up all places of stage ${stage.name}, and it goes on`;
}
