/**
 * What seldom comes about by itself: several things that happen one after the other, and slips that nothing comes of. Each whim
 * says what became of it; undefined where there was no occasion.
 */
import type { StageStatus } from "../../src/api/accesspoint.ts";
import type { Decision } from "../../src/domain/rollout/model.ts";
import { byZoneThenName } from "../../src/domain/selection.ts";
import { comeBack, deliver } from "./fleet.ts";
import { WINDOWS } from "./invariants.ts";
import type { Random } from "./random.ts";
import { spoiltViolation } from "./spoilt.ts";
import { isDone } from "./stages.ts";
import { Violation } from "./violation.ts";
import type { Settings, World } from "./world.ts";

export interface Whimsical {
  readonly world: World;
  readonly random: Random;
  readonly elapse: (ms: number) => void;
  readonly openApprovals: () => readonly Pick<Decision, "stage" | "gate">[];
  /** Somebody writes a RolloutApproval; returns what it says. */
  readonly decide: (parts: Partial<Decision>) => string;
  /** The AccessPoint is edited; returns the new revision. */
  readonly edit: () => string;
}

type Whim = (whimsical: Whimsical) => string | undefined;

/** A cluster that stages name, and that is registered late. */
export const NOBODY = "c9";

const STRICT = { maxConcurrency: 1, maxFailures: 0, progressDeadline: "10m" };

/** Longer than any deadline. */
const LONG_MS = 11 * 60_000;

export const windowsOf = (random: Random): NonNullable<Settings["windows"]> =>
  WINDOWS.filter(() => random.chance(0.6)).map(({ schedule, duration }) => ({ schedule, duration, timeZone: "UTC" }));

const activeStage = ({ state }: World): StageStatus | undefined => state.rollout?.stages?.find((stage) => !isDone(stage));

/** Stages that make no sense: what the controller makes of them is looked at, and they are put right again. */
const spoil: Whim = ({ world, random }) => {
  const { rollout, updateRevision } = world.state;
  const isAsked = Object.keys(world.requests).length > 0;
  if (world.runningSince === undefined || !activeStage(world) || rollout?.failure || updateRevision !== world.revision || isAsked)
    return undefined;
  const kinds = waysToSpoil(rollout?.stages ?? []).filter((ways) => ways.length > 0);
  if (kinds.length === 0) return undefined;
  const spoilt = random.pick(random.pick(kinds));
  const violation = spoiltViolation(world.trySpoilt(spoilt));
  if (violation) throw new Violation(violation);
  return spoilt.map(({ name, phase, clusters }) => `${name} ${phase} (${clusters})`).join(", ");
};

/** Two stages have begun; a cluster is in two; nobody takes one on from a step. */
function waysToSpoil(stages: readonly StageStatus[]): readonly (readonly (readonly StageStatus[])[])[] {
  const last = stages.at(-1)!;
  const withLast = (parts: Partial<StageStatus>) => stages.with(-1, { ...last, ...parts });
  const begun = stages.slice(0, -1).every(isDone) ? [] : [withLast({ phase: "Progressing" })];
  const twice = stages.slice(0, -1).flatMap(({ clusters, stepping = [] }) => {
    const ending = clusters.filter((name) => !stepping.includes(name));
    return ending.map((name) => withLast({ clusters: [...last.clusters, name] }));
  });
  const lost = stages.flatMap(({ stepping = [] }, index) =>
    stepping.map((name) =>
      stages.map((stage, at) => (at <= index ? stage : { ...stage, clusters: stage.clusters.filter((one) => one !== name) })),
    ),
  );
  return [begun, twice, lost];
}

const loseAnswers: Whim = ({ world }) => {
  if (world.runningSince === undefined) return undefined;
  world.loseAnswers = true;
  return "";
};

const retryUnanswered: Whim = ({ world, openApprovals, decide }) => {
  const [open] = openApprovals();
  if (!open || world.runningSince === undefined) return undefined;
  const what = decide({ ...open, decision: "Reject" });
  world.loseAnswers = true;
  world.pass();
  world.requests = { retry: world.revision };
  world.loseAnswers = true;
  world.pass();
  return what;
};

const changeMind: Whim = ({ world }) => {
  const onFailure = world.settings.onFailure === "Pause" ? "Rollback" : "Pause";
  world.settings = { ...world.settings, onFailure };
  return onFailure;
};

/** The stage would be empty, and its gates passed over. */
const nameNobody: Whim = ({ world, random }) => {
  const { stages } = world.settings;
  if (!stages || world.isRegistered(NOBODY)) return undefined;
  const slip = random.between(0, stages.length - 1);
  const named = stages.map((stage, index) =>
    index === slip ? { ...stage, clusters: [...(stage.clusters ?? []), NOBODY] } : stage,
  );
  world.settings = { ...world.settings, stages: named };
  return NOBODY;
};

const registerNobody: Whim = ({ world }) => {
  if (world.isRegistered(NOBODY)) return undefined;
  world.register(NOBODY);
  return NOBODY;
};

/** Somebody of a stage that is done, after so long that it would have failed in one that is not, while the run is held. */
const comeBackIll: Whim = ({ world, random, elapse }) => {
  const { settings } = world;
  const names = (world.state.rollout?.stages ?? [])
    .filter(({ phase }) => phase === "Completed")
    .flatMap(({ clusters }) => clusters);
  if (names.length === 0 || !activeStage(world)) return undefined;
  const cluster = world.cluster(random.pick(names));
  world.settings = { ...settings, paused: true };
  world.deliverAll();
  world.loseContact(cluster);
  world.pass();
  elapse(LONG_MS);
  comeBack(cluster);
  cluster.ill = "Progressing";
  world.pass();
  world.pass();
  world.settings = settings;
  return cluster.name;
};

/** Nobody can be given anything: at the gate before the stage, while a person holds the rollout, or for no such reason. */
const goAway: Whim = ({ world, random, elapse, openApprovals, decide }) => {
  const left = activeStage(world)?.clusters.filter((name) => world.state.entries.get(name)?.revision !== world.revision) ?? [];
  if (left.length === 0) return undefined;
  for (const name of left) world.loseContact(world.cluster(name));
  if (random.chance(0.3)) world.settings = { ...world.settings, paused: true };
  world.pass();
  elapse(LONG_MS);
  for (const open of openApprovals()) decide(open);
  world.pass();
  if (world.state.rollout?.failure && random.chance(0.7)) retry(world);
  return left.join(", ");
};

/** A zone has two Primaries, and nobody knows what its clusters are to have; or not any more. */
const holdZone: Whim = ({ world, random }) => {
  const zone = random.pick(["za", "zb"]);
  const clusters = world.clusters.filter((cluster) => cluster.zone === zone && cluster.placed);
  if (clusters.length === 0) return undefined;
  const isHeld = clusters.some(({ held }) => held);
  for (const cluster of clusters) {
    comeBack(cluster);
    if (isHeld) continue;
    cluster.reach = "Connecting";
    cluster.held = true;
    cluster.disturbances++;
  }
  world.pass();
  return `${zone} ${isHeld ? "no more" : "now"}`;
};

/** Those that have the revision take up all places, and could do so for good, while a person holds the rollout. */
const pauseWhenFull: Whim = ({ world, elapse }) => {
  const { settings, state, revision } = world;
  const stage = activeStage(world);
  if (!stage || stage.maxFailures < stage.maxConcurrency || settings.paused) return undefined;
  const given = stage.clusters.filter((name) => state.entries.get(name)?.revision === revision);
  if (given.length === 0 || given.length === stage.clusters.length) return undefined;
  const last = given.slice(-stage.maxConcurrency);
  for (const name of last) world.cluster(name).ill = "Progressing";
  world.deliverAll();
  world.settings = { ...settings, paused: true };
  world.pass();
  elapse(LONG_MS);
  world.settings = settings;
  return last.join(", ");
};

/** While a decision is waited for, after a soak that was over by the clock of before. */
const setBack: Whim = ({ world }) => {
  const stage = activeStage(world);
  if (!stage?.soak || (stage.phase !== "AwaitingApproval" && stage.phase !== "Waiting")) return undefined;
  world.pass();
  world.setClock(-300 * 60_000);
  world.pass();
  return stage.name;
};

/** Another process reaches those first that are to go on. */
const connectInOrder: Whim = ({ world }) => {
  const stage = activeStage(world);
  if (!stage || !world.state.rollout?.stages?.some(({ phase }) => phase === "Completed")) return undefined;
  world.deliverAll();
  world.restart();
  for (const name of stage.clusters) comeBack(world.cluster(name));
  world.pass();
  return stage.name;
};

/** What is live is brought up to date in the second stage, while the first one, which is passed over, is not well. */
const relabelLast: Whim = ({ world, random }) => {
  const [first, ...others] = world.clusters.filter(({ placed }) => placed).toSorted(byZoneThenName);
  if (world.state.rollout?.phase !== "Completed" || !first || others.length === 0) return undefined;
  const stages = [
    { name: "one", count: 1, ...STRICT },
    { name: "two", ...STRICT },
  ];
  const windows = random.chance(0.5) ? windowsOf(random) : [];
  world.settings = { ...world.settings, stages, windows };
  for (const cluster of others) cluster.label++;
  if (random.chance(0.5)) world.pass();
  first.ill = random.pick(["Progressing", "Failed"]);
  world.pass();
  world.deliverAll();
  world.pass();
  return first.name;
};

/** One that was given back what it had goes away, or does not do well on that either. */
const hinder: Whim = ({ world, random, elapse }) => {
  const { rollout } = world.state;
  if (rollout?.phase !== "RollingBack" || !rollout.returned?.length) return undefined;
  const cluster = world.cluster(random.pick(rollout.returned));
  const how = random.pick(["away", "Failed", "Progressing"] as const);
  if (how === "away") world.loseContact(cluster);
  else {
    deliver(cluster, world.troubles);
    cluster.ill = how;
    if (how === "Progressing") elapse(LONG_MS);
  }
  world.pass();
  return `${cluster.name} ${how}`;
};

/** Somebody of a stage that is done, for longer than any deadline. */
const loseSight: Whim = ({ world, random, elapse }) => {
  const names = (world.state.rollout?.stages ?? []).filter(isDone).flatMap(({ clusters }) => clusters);
  if (names.length === 0 || !activeStage(world)) return undefined;
  const cluster = world.cluster(random.pick(names));
  cluster.ill = "Unknown";
  world.pass();
  if (random.chance(0.5)) elapse(LONG_MS);
  world.deliverAll();
  world.pass();
  return cluster.name;
};

/** What failed, or is failing, as it is: by other rules perhaps. */
const tryAgain: Whim = (whimsical) => {
  const { world, random } = whimsical;
  const isFailing = world.clusters.some(({ ill }) => ill === "Failed");
  if (world.runningSince === undefined || !world.state.rollout?.stages || !(world.state.rollout.failure || isFailing))
    return undefined;
  const detail = random.chance(0.4) ? changeMind(whimsical) : undefined;
  retry(world);
  return detail ?? "as before";
};

/** Whatever was asked before. */
function retry(world: World): void {
  world.requests = {};
  world.pass();
  world.requests = { retry: world.revision };
  world.pass();
}

/** While what was asked of a revision stands there, another one comes, and then the first one comes again. */
const goRound: Whim = ({ world, random, edit }) => {
  const { revision } = world;
  const placed = world.clusters.filter((cluster) => cluster.placed);
  if (world.runningSince === undefined || !activeStage(world) || world.state.rollout?.failure || placed.length < 2)
    return undefined;
  const verb = random.pick(["abort", "skip"] as const);
  world.requests = { [verb]: verb === "skip" ? `${random.pick(placed).name}@${revision}` : revision };
  world.pass();
  edit();
  world.pass();
  world.revision = revision;
  world.pass();
  return JSON.stringify(world.requests);
};

/** What is live is to give way to something that fails in its second stage, and comes back through both. */
const failLate: Whim = (whimsical) => {
  const { world, random, edit } = whimsical;
  const { rollout, entries } = world.state;
  if (rollout?.phase !== "Completed" || entries.size < 2) return undefined;
  const stage = (name: string) => ({ name, ...STRICT, maxConcurrency: random.between(1, 2) });
  const stages = [{ ...stage("one"), count: random.between(1, 2) }, stage("two")];
  world.settings = { ...world.settings, stages, onFailure: "Rollback" };
  const revision = edit();
  for (let round = 0; round < 6; round++) {
    world.pass();
    const [one, two] = world.state.rollout?.stages ?? [];
    const given = two?.clusters.filter((name) => world.state.entries.get(name)?.revision === revision) ?? [];
    world.deliverAll();
    if (!one || !isDone(one) || given.length === 0) continue;
    world.cluster(given[0]!).ill = "Failed";
    for (let look = 0; look < 4; look++) world.pass();
    hinder(whimsical);
    return `${revision} in ${given[0]}`;
  }
  return revision;
};

/** While a name in the placement is wrong, or nobody who stays is well: that keeps others, but not who leaves the fleet. */
const leaveTheFleet: Whim = ({ world, random }) => {
  const placed = world.clusters.filter((cluster) => cluster.placed);
  if (world.state.rollout?.phase !== "Completed" || placed.length === 0 || world.settings.paused) return undefined;
  const [leaver, ...others] = random.chance(0.5) ? placed : placed.toReversed();
  if (random.chance(0.5)) world.holdRemoval = "there is no such cluster";
  else for (const other of others) other.ill = "Failed";
  if (others[0] && random.chance(0.5)) others[0].placed = false;
  leaver!.placed = false;
  leaver!.detaching = true;
  world.pass();
  world.pass();
  return leaver!.name;
};

export const WHIMS: readonly (readonly [number, readonly [string, Whim]])[] = [
  [8, ["somebody writes into status", spoil]],
  [1, ["the answers to RolloutApprovals are lost", loseAnswers]],
  [2, ["is decided and tried again before that was answered:", retryUnanswered]],
  [1, ["on failure it is to", changeMind]],
  [1, ["a stage names", nameNobody]],
  [1, ["is registered:", registerNobody]],
  [5, ["was away, and comes back ill:", comeBackIll]],
  [3, ["is away, all that is left of a stage:", goAway]],
  [6, ["are relabelled, all but the first one, which falls ill:", relabelLast]],
  [4, ["is to fail in its second stage:", failLate]],
  [3, ["is taken out of the fleet:", leaveTheFleet]],
  [3, ["does not return well:", hinder]],
  [3, ["take up all places in a pause:", pauseWhenFull]],
  [4, ["is held, or not:", holdZone]],
  [2, ["the clock is set back at the gate of", setBack]],
  [3, ["a controller starts, and reaches first those of", connectInOrder]],
  [3, ["nobody can tell how it is:", loseSight]],
  [4, ["is tried again:", tryAgain]],
  [2, ["another revision comes and goes, and there stands", goRound]],
];
