import type { RolloutStatus, StageStatus } from "../../src/api/accesspoint.ts";
import { isVerified } from "./fleet.ts";
import { isAt, isDone, isThrough, runOf } from "./stages.ts";
import type { Pass, World } from "./world.ts";

/** What a rollout waits for it waits for until it is over, whatever the clock is set to and whoever watches. */
export class Rest {
  /** The stage that has soaked and whose clusters are verified ever since; one is active at a time. */
  #soaked: string | undefined;

  accept(pass: Pass, world: World): void {
    const { rollout } = pass.next.state;
    const stage = rollout?.stages?.find(({ name }) => name === rollout.stage);
    if (!stage || !isPastSoak(stage)) {
      this.#soaked = undefined;
      return;
    }
    const standings = standingsIn(stage, pass, world);
    const isKnown = pass.seen.targets.every(({ reach }) => reach !== "Connecting");
    if (isKnown && isAtGate(stage, rollout!) && standings.every((standing) => standing === "verified"))
      this.#soaked = keyOf(rollout, stage);
    else if (this.#soaked !== keyOf(rollout, stage) || standings.includes("other")) this.#soaked = undefined;
  }

  *violations(pass: Pass, world: World): Generator<string> {
    const { rollout } = pass.next.state;
    const stage = rollout?.stages?.find(({ phase }) => phase === "Soaking");
    if (stage && this.#soaked === keyOf(rollout, stage) && !standingsIn(stage, pass, world).includes("other"))
      yield `2: stage ${stage.name} had soaked, and soaks again`;
    yield* restlessness(pass, world);
  }
}

const keyOf = (rollout: RolloutStatus | undefined, { name }: StageStatus): string => `${runOf(rollout)} ${name}`;

const isPastSoak = ({ soak, gates = [] }: StageStatus): boolean =>
  soak !== undefined && gates.some(({ when, state }) => when === "After" && state !== "Pending" && state !== "Skipped");

const isAtGate = ({ phase, gates = [] }: StageStatus, rollout: RolloutStatus): boolean =>
  phase === rollout.phase &&
  (phase === "Waiting" || phase === "AwaitingApproval") &&
  gates.some(({ state }) => state === "Waiting");

/** How the clusters of a stage are that the run is to go to: verified on what the stage gives, not known now, or something else. */
function standingsIn(
  stage: StageStatus,
  { before, seen, next }: Pass,
  world: World,
): readonly ("verified" | "unknown" | "other")[] {
  return stage.clusters.flatMap((name) => {
    const view = seen.targets.find(({ target }) => target.member.name === name);
    const entry = next.state.entries.get(name);
    if (!view || entry?.skipped) return [];
    if (view.held) return ["other"];
    const had = before.entries.get(name);
    if (had?.startedAt !== entry?.startedAt || !isAt(entry, stage, view, seen.revision)) return ["other"];
    if (view.reach === "Connecting") return had?.verifiedAt ? ["unknown"] : ["other"];
    return isVerified(world.cluster(name), entry, world.troubles) ? ["verified"] : ["other"];
  });
}

/** Where nothing has changed but that clusters are not known for a moment, what was waited for is still waited for. */
function* restlessness(pass: Pass, world: World): Generator<string> {
  const { rollout } = pass.next.state;
  const { rollout: was } = pass.before;
  if (!was?.stages || !rollout?.stages || runOf(was) !== runOf(rollout) || rollout.failure || was.failure) return;
  if (!pass.seen.targets.some(({ reach }) => reach === "Connecting")) return;
  const index = was.stages.findIndex(({ name }) => name === was.stage);
  const [old, stage] = [was.stages[index], rollout.stages[index]];
  if (!old || !stage || isDone(stage) || !((old.phase === "Soaking" && was.phase === "Soaking") || isAtGate(old, was))) return;
  const isBefore = !isThrough(old, "Before");
  if (isBefore && isThrough(stage, "Before")) return;
  const standings = rollout.stages.slice(0, isBefore ? index : index + 1).flatMap((each) => standingsIn(each, pass, world));
  const isSteady = standings.includes("unknown") && !standings.includes("other");
  if (isSteady && (rollout.phase === "Progressing" || stage.phase === "Progressing"))
    yield `8: it was ${was.phase} at stage ${stage.name}, and is ${rollout.phase} because clusters are not known yet: ${rollout.message}`;
}
