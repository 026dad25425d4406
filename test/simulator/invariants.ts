/**
 * What a rollout must keep, checked after every pass. The numbers are those of the project's list:
 *
 *  1 no cluster is given the revision before those ahead of it are verified on it, nor goes on from a step where it is not
 *  2 a soak counts what was seen, without interruption; restarts, pauses and clocks that are set neither reset nor credit it
 *  3 a run is frozen, but for a retry by other rules; another revision is another run; what is up to date is left alone; what is
 *    asked of a revision counts once for as long as it stands there, and is done
 *  4 in flight ≤ maxConcurrency, failures ≤ maxFailures, one active stage, nothing is started while paused, and nothing new
 *    outside of windows; otherwise whoever's turn it is gets a place that is free; stages that make no sense are refused
 *  5 every target is in the stages that it should be in, and in its place there: it ends in exactly one stage, and is in one at a
 *    time; an empty stage passes without its gates and says so
 *  6 a gate passes by a decision for this revision, stage and plan, each used once, the oldest first, or by as many answers to its
 *    own checks as it asks for; what passed stays passed; nothing is asked that nobody waits for; a no to a stage at work ends it
 *  7 who leaves is removed last, and before the run is complete; nobody who joins or leaves makes it fail
 *  8 what cannot be reached is never called verified, and a run fails only for a cause that was there for long enough; from what
 *    is not known yet nothing is concluded
 *  9 a failing cluster that has not been given the revision does not use up its budget, and gets it as any other
 * 10 no cluster is given the revision while an earlier one is worse than its stage allows, or may be
 * 11 a failed run touches nothing forward; a rollback returns what it touched, the last first, to what it had, waits for nobody who
 *    cannot, and comes to an end
 *
 * And it looks again when something is due (World.elapse).
 *
 * 12 to 16 are not the engine's to keep: storing before writing, conflicts, deletion, pruning and following are tested with the
 * parts that do them.
 */
import type { GateStatus, RolloutStatus, StageStatus } from "../../src/api/accesspoint.ts";
import { milliseconds } from "../../src/api/meta.ts";
import type { CheckAnswer, Entry, Observation, State, TargetView } from "../../src/domain/rollout/model.ts";
import { COST_MS, isFailed, isOverdue, isSurelyOverdue } from "./failing.ts";
import { isVerified } from "./fleet.ts";
import { Asked } from "./requests.ts";
import { Rest } from "./rest.ts";
import { lastTouched, returnViolations } from "./returns.ts";
import { selectionViolations } from "./selection.ts";
import { dueIn, isAt, isDone, isThrough, runOf } from "./stages.ts";
import { isStuck, turnViolations } from "./turns.ts";
import type { Pass, World } from "./world.ts";

/** From midnight, again and again. */
export const WINDOWS = [
  { schedule: "0 */2 * * *", duration: "1h", everyMinutes: 120, minutes: 60 },
  { schedule: "*/30 * * * *", duration: "7m", everyMinutes: 30, minutes: 7 },
];

const removalOf = (rollout: RolloutStatus | undefined): readonly StageStatus[] =>
  rollout?.removal ? [rollout.removal as StageStatus] : [];

/** Follows one history and says what is violated. */
export class Invariants {
  /** `<stage> <cluster>`: seen verified in this run as the stage has it, or could not be expected to be. */
  #excused = new Set<string>();
  /** Clusters that were given the revision in this run. */
  #touched = new Set<string>();
  /** Where each decision was used: name → run, stage and gate, and since when that was open. */
  readonly #used = new Map<string, string>();
  /** What clusters had when they were given what they have: the last that is known to be good there. */
  #had: ReadonlyMap<string, string> = new Map();
  readonly #asked = new Asked();
  readonly #rest = new Rest();
  /** The stage in which nothing is left to do but to wait for clusters out of reach, and by World.watchedMs since when. */
  #stuck: { readonly key: string; readonly since: number } | undefined;
  #run = "";

  /** The first thing that is wrong with a pass. */
  check(pass: Pass, world: World): string | undefined {
    return this.#violations(pass, world).next().value ?? undefined;
  }

  /** Takes a pass that was stored into account. */
  accept(pass: Pass, world: World): void {
    const { before, seen, next } = pass;
    const { state } = next;
    const { rollout } = state;
    const key = stuckIn(pass, world);
    if (key !== this.#stuck?.key) this.#stuck = key === undefined ? undefined : { key, since: world.watchedMs };
    const run = runOf(rollout);
    this.#asked.accept(pass);
    this.#rest.accept(pass, world);
    if (run !== this.#run) {
      this.#excused = new Set();
      this.#touched = new Set();
    }
    for (const { name, revision, startedAt } of state.entries.values())
      if (revision === seen.revision && startedAt === seen.now.toISOString()) this.#touched.add(name);
    this.#had = had(this.#hadWhenItBegan(run, before), before, state, seen);
    this.#run = run;
    const views = new Map(seen.targets.map((view): [string, TargetView] => [view.target.member.name, view]));
    for (const stage of rollout?.stages ?? []) {
      for (const name of stage.clusters) {
        const view = views.get(name);
        // One that goes on in this pass had arrived when it began.
        const arrived = [before, state].some(({ entries }) => {
          const entry = entries.get(name);
          return view && isAt(entry, stage, view, seen.revision) && isVerified(world.cluster(name), entry, world.troubles);
        });
        if (arrived || (isDone(stage) && !view)) this.#excused.add(`${stage.name} ${name}`);
      }
      for (const [index, gate] of (stage.gates ?? []).entries())
        if (gate.by && !this.#used.has(gate.by)) this.#used.set(gate.by, `${run} ${stage.name} ${index} ${gate.since}`);
    }
  }

  /** Clusters that can be reached and were given the revision that failed, and had another one before. */
  owed({ state, clusters }: World): readonly string[] {
    return owedIn(this.#had, state, (name) => clusters.some((one) => one.name === name && one.placed && one.reach === "Reachable"));
  }

  /** Once another revision is known to be good, what was before it is forgotten. */
  #hadWhenItBegan(run: string, { entries, currentRevision }: State): ReadonlyMap<string, string> {
    if (run === this.#run) return this.#had;
    return new Map([...this.#had].filter(([name]) => entries.get(name)?.revision !== currentRevision));
  }

  *#violations(pass: Pass, world: World): Generator<string, undefined> {
    const { before, seen, next } = pass;
    const { state } = next;
    const { rollout } = state;
    const views = new Map(seen.targets.map((view): [string, TargetView] => [view.target.member.name, view]));
    const sameRun = before.rollout?.stages !== undefined && runOf(before.rollout) === runOf(rollout);
    const was = sameRun ? before.rollout : undefined;
    const now = seen.now.getTime();
    const stages = rollout?.stages ?? [];
    const retried = rollout?.answered?.some(
      (request) => request.startsWith("retry:") && !before.rollout?.answered?.includes(request),
    );

    const touched = [...state.entries.values()].filter(
      ({ name, startedAt }) => startedAt && startedAt !== before.entries.get(name)?.startedAt,
    );
    const isOutdated = (entry: Entry | undefined, view: TargetView) =>
      entry?.revision !== seen.revision || entry.variant !== view.variant || entry.variantStage !== undefined;
    const forward = touched.filter(({ name, revision, variant, variantStage }) => {
      const old = before.entries.get(name);
      return (
        views.has(name) &&
        revision === seen.revision &&
        (old?.revision !== revision || old.variant !== variant || old.variantStage !== variantStage)
      );
    });
    const back = touched.filter(
      ({ name, revision }) => revision !== seen.revision && revision !== before.entries.get(name)?.revision,
    );
    const anew = touched.filter((entry) => !forward.includes(entry) && !back.includes(entry));
    const isBehind = (name: string, stage: StageStatus) => !isAt(state.entries.get(name), stage, views.get(name)!, seen.revision);
    /** The stage that touched a cluster last. */
    const stageOf = (name: string) => {
      const through = stages.filter(({ clusters }) => clusters.includes(name));
      return (through.findLast(({ phase }) => phase !== "Pending") ?? through[0])!;
    };
    const present = (stage: StageStatus) => stage.clusters.filter((name) => views.has(name) && !state.entries.get(name)?.skipped);
    const truly = (name: string) => isVerified(world.cluster(name), state.entries.get(name), world.troubles);
    /** It could be brought up to date: one that came to grief on its way stays where it is until it is well there. */
    const isLate = (name: string, view: TargetView) => {
      const entry = state.entries.get(name);
      const isIdle = view.reach === "Reachable" && !entry?.skipped && (!entry?.variantStage || truly(name));
      return isIdle && isOutdated(entry, view);
    };
    /** When the pass began it had what the stage gives, and was verified on it. */
    const wasVerified = (name: string, stage: StageStatus) => {
      const old = before.entries.get(name);
      return isAt(old, stage, views.get(name)!, seen.revision) && isVerified(world.cluster(name), old, world.troubles);
    };
    /** Verified as it was before this pass touched anything. */
    const unverified = (stage: StageStatus) =>
      present(stage).filter((name) => !truly(name) || touched.some((entry) => entry.name === name));

    // 3
    yield* this.#asked.violations(pass, world);
    for (const { name } of anew) if (!retried) yield `3: ${name} was up to date and is given its revision anew`;
    for (const { name, revision } of touched) if (!views.has(name)) yield `7: ${name} is no target and is given ${revision}`;
    if (was && rollout) {
      if (frozen(was) !== frozen(rollout)) yield `3: the strategy changed in mid-run: ${frozen(was)} became ${frozen(rollout)}`;
    } else if (before.updateRevision !== seen.revision && rollout?.stages && rollout.startedAt !== seen.now.toISOString())
      yield "3: another revision is no other run";
    if (state.updateRevision !== seen.revision) yield "3: updateRevision is not what is wanted";

    // 4
    if (forward.length > 0 && isHeld(pass))
      yield `4: a cluster is started ${seen.settings.paused ? "although the rollout is paused" : "outside of the windows"}`;
    if (rollout?.phase === "Paused" && !seen.settings.paused) yield `4: it is paused, and nobody pauses it: ${rollout.message}`;
    if (back.length > 0 && seen.settings.paused) yield "4: a cluster is returned although the rollout is paused";
    const active = stages.findIndex((stage) => !isDone(stage));
    if (active >= 0 && stages.slice(active + 1).some(({ phase }) => phase !== "Pending")) yield "4: two stages are active";

    for (const { name } of back)
      if (views.get(name)?.reach !== "Reachable") yield `8: ${name} is given back what it had and cannot be reached`;

    // 1, 4, 10
    for (const entry of forward) {
      const index = stages.findIndex(({ name, clusters }) => name === entry.stage && clusters.includes(entry.name));
      const stage = stages[index];
      if (!stage) yield `5: ${entry.name} is given the revision and is in no stage`;
      else {
        yield* this.#stepViolations(entry, stages.slice(0, index), stage, pass, world);
        const inFlight = unverified(stage).filter((name) => !isBehind(name, stage));
        if (inFlight.length > stage.maxConcurrency)
          yield `4: ${inFlight.join(", ")} are in flight, and stage ${stage.name} allows ${stage.maxConcurrency}`;
        if (!isThrough(stage, "Before")) yield `6: ${entry.name} is given the revision before the gate of stage ${stage.name}`;
        const unknown = present(stage).find((name) => isBehind(name, stage) && views.get(name)!.reach === "Connecting");
        if (unknown && stage.clusters.indexOf(unknown) < stage.clusters.indexOf(entry.name))
          yield `1: ${entry.name} is given the revision before ${unknown}, whose turn it is and of which nothing is known yet`;
      }
      if (views.get(entry.name)?.reach !== "Reachable") yield `8: ${entry.name} is given the revision and cannot be reached`;
      for (const earlier of stages.slice(0, index)) {
        if (!isDone(earlier)) yield `1: ${entry.name} is given the revision while stage ${earlier.name} is ${earlier.phase}`;
        // One that is about to be known may be as bad as any.
        const degraded = unverified(earlier).filter(
          (name) => isToBeKnown(views.get(name)) && !isBehind(name, earlier) && !hasGoneOn(state.entries.get(name), earlier),
        );
        if (degraded.length > earlier.maxFailures)
          yield `10: ${entry.name} is given the revision while ${degraded.join(", ")} degraded, or may have`;
        const missing = present(earlier).filter(
          (name) => !this.#excused.has(`${earlier.name} ${name}`) && !truly(name) && !wasVerified(name, earlier),
        );
        if (earlier.phase === "Completed" && missing.length > earlier.maxFailures)
          yield `1: ${entry.name} is given the revision, and ${missing.join(", ")} of stage ${earlier.name} never was verified on it`;
      }
    }

    // 8
    for (const [name, entry] of state.entries) {
      const view = views.get(name);
      const old = before.entries.get(name)?.verifiedAt;
      if (entry.verifiedAt && view?.reach === "Unreachable") yield `8: ${name} is unreachable and called verified`;
      if (entry.verifiedAt && entry.verifiedAt !== old && !isVerified(world.cluster(name), entry, world.troubles))
        yield `1: ${name} is called verified and is not`;
      if (entry.verifiedAt && view?.reach === "Reachable" && !truly(name) && !touched.includes(entry))
        yield `8: ${name} is called verified and is not any more`;
    }

    // 5
    if (stages.length > 0 && !rollout?.failure) {
      const all = stages.flatMap(({ clusters }) => clusters);
      const ends = stages.flatMap(({ clusters, stepping = [] }) => clusters.filter((name) => !stepping.includes(name)));
      if (new Set(ends).size !== ends.length) yield "5: a cluster ends in two stages";
      const lostStep = all.find((name) => !ends.includes(name));
      if (lostStep) yield `5: ${lostStep} ends in no stage`;
      for (const { name, stepping = [], clusters } of stages) {
        const stray = stepping.find((one) => !clusters.includes(one));
        if (stray) yield `5: ${stray} steps in stage ${name}, which does not have it`;
      }
      if (!sameRun) yield* this.#planViolations(pass, world, views);
      const lost = [...views].find(([name, view]) => !ends.includes(name) && (active >= 0 || isLate(name, view)));
      if (lost && before.rollout?.stages) yield `5: ${lost[0]} is in no stage`;
    }
    for (const stage of stages) {
      const old = was?.stages?.find(({ name }) => name === stage.name);
      if (stage.phase === "Skipped" && !stage.message) yield `5: stage ${stage.name} is passed over without a word`;
      if (
        stage.phase === "Skipped" &&
        old?.phase === "Pending" &&
        stage.clusters.length > 0 &&
        before.currentRevision !== seen.revision
      )
        yield `5: stage ${stage.name} is passed over although it has clusters`;
      if (stage.phase === "Skipped" && old?.phase === "Pending") {
        const unwell = unverified(stage).filter((name) => isToBeKnown(views.get(name)));
        if (unwell.length > stage.maxFailures)
          yield `10: stage ${stage.name} is passed over, and ${unwell.join(", ")} is not verified`;
      }
      if (stage.phase === "Completed" && stage.clusters.length === 0 && old && old.phase === "Pending")
        yield `5: stage ${stage.name} is empty and is not passed over`;

      // 6
      for (const [index, gate] of (stage.gates ?? []).entries())
        yield* this.#gateViolations(gate, old?.gates?.[index], stage, `${runOf(rollout)} ${stage.name} ${index}`, pass, world);
      if (stage.phase === "Completed" && stage.gates?.some(({ state }) => state !== "Passed" && state !== "Skipped"))
        yield `6: stage ${stage.name} is complete and its gates have not passed`;
      const skippedGate = stage.gates?.find(({ state }, index) => state === "Skipped" && old?.gates?.[index]?.state !== "Skipped");
      if (skippedGate && stage.clusters.length > 0 && before.currentRevision !== seen.revision)
        yield `6: a gate of stage ${stage.name} is passed over`;

      // 2
      const opened = (gate: GateStatus, index: number) =>
        gate.when === "After" && gate.state !== "Pending" && gate.state !== "Skipped" && old?.gates?.[index]?.state === "Pending";
      const completed = stage.phase === "Completed" && old !== undefined && !isDone(old);
      if (!rollout?.failure && (completed || (old && stage.gates?.some(opened)))) {
        const open = present(stage).filter((name) => !wasVerified(name, stage));
        if (open.length > stage.maxFailures) yield `1: stage ${stage.name} is taken for verified, and ${open.join(", ")} is not`;
        for (const name of present(stage).filter((one) => wasVerified(one, stage))) {
          const { soakedMs } = world.cluster(name);
          if (soakedMs < milliseconds(stage.soak ?? "0s"))
            yield `2: ${name} was seen verified for ${soakedMs} ms, and stage ${stage.name} soaks ${stage.soak}`;
        }
      }
      if (was && stage.soak && !isDone(stage) && !rollout?.failure) {
        for (const name of present(stage)) {
          const entry = state.entries.get(name)!;
          const { soakedMs, disturbances, seenVerified } = world.cluster(name);
          const start = entry?.verifiedAt && (entry.soakingSince ?? entry.verifiedAt);
          if (!start || !seenVerified || isBehind(name, stage) || touched.includes(entry) || views.get(name)?.reach !== "Reachable")
            continue;
          const counted = now - Date.parse(start);
          if (counted + disturbances * COST_MS + 1000 < Math.min(soakedMs, milliseconds(stage.soak)))
            yield `2: ${name} soaked ${soakedMs} ms, and ${counted} ms count after ${disturbances} disturbances`;
        }
      }
    }

    // 6
    yield* this.#rest.violations(pass, world);
    yield* checkViolations(pass);
    yield* silentGates(pass);
    yield* earlyRejections(pass);
    yield* leftOpenViolations(pass);
    for (const { name, status, reason } of next.verdicts) {
      const decision = seen.decisions.find((candidate) => candidate.name === name)!;
      if (decision.revision !== seen.revision && reason !== "StaleRevision") yield `6: ${name} is stale and answered ${reason}`;
      if (status === "True" && ![...stages, ...removalOf(rollout)].some(({ gates = [] }) => gates.some(({ by }) => by === name)))
        yield `6: ${name} is accepted and decided nothing`;
    }

    const decided = [...stages, ...removalOf(rollout)].flatMap(({ name, gates = [] }) => {
      const old = [...(was?.stages ?? []), ...removalOf(was)].find((stage) => stage.name === name)?.gates;
      return gates.flatMap(({ by }, index) => (by && by !== old?.[index]?.by ? [by] : []));
    });
    if (new Set(decided).size !== decided.length) yield `6: one decision decided several gates: ${decided.join(", ")}`;

    // 7
    const [then, after] = [was?.removal, rollout?.removal];
    if (then && after && then.startedAt === after.startedAt && then.clusters.join() !== after.clusters.join())
      yield `7: the removal that was begun for ${then.clusters.join(", ")} is now for ${after.clusters.join(", ")}`;
    const remains = seen.leaving.find(({ empty, gone, reach }) => !empty && !gone && reach !== "Unreachable");
    if (remains && rollout?.phase === "Completed") yield `7: the rollout is complete, and ${remains.name} is not cleaned up`;
    yield* remainingViolations(pass);
    if (next.removing.size > 0) {
      if (active >= 0 || rollout?.failure || seen.settings.paused)
        yield `7: ${[...next.removing].join(", ")} is removed although ${active >= 0 ? "stages are left" : "it is held"}`;
      // Whatever else holds removals, who is taken out of the fleet goes.
      const kept = seen.leaving.find(({ name, empty, detaching }) => !empty && !detaching && next.removing.has(name));
      if (kept && seen.holdRemoval) yield `7: ${kept.name} is removed although it is held`;
      const behind = [...views].filter(([name, view]) => isLate(name, view));
      if (kept && isNobodyWell(pass)) yield `7: something is removed while no cluster that stays is well`;
      if (behind.length > 0) yield `7: something is removed while ${behind.map(([name]) => name).join(", ")} is not up to date`;
      const { removal } = rollout ?? {};
      const isGated = (seen.settings.beforeRemoval ?? []).length > 0;
      const isDecided = removal?.gates?.every(({ state }) => state === "Passed") === true;
      for (const { name, empty } of seen.leaving)
        if (isGated && !empty && next.removing.has(name) && !(isDecided && removal?.clusters.includes(name)))
          yield `7: ${name} is removed, and nobody let it`;
      const stranger = [...next.removing].find((name) => views.has(name));
      if (stranger) yield `7: ${stranger} is a target and is removed`;
    }

    // 8, 9
    if (rollout?.failure && !(was?.failure && was.failure.reason === rollout.failure.reason))
      yield* failureViolations(pass, world, present, this.#stuck && world.watchedMs - this.#stuck.since);
    const at = stages.find(({ name }) => name === rollout?.stage);
    if (at && !rollout?.failure && !isDone(at) && at.phase !== "Pending" && isThrough(at, "Before")) {
      const given = present(at).filter((name) => !isBehind(name, at) && !touched.some((entry) => entry.name === name));
      // A run that begins gives everybody new time; whether that runs out is not noticed where nobody looks.
      const overdue = given.filter(
        (name) => sameRun && world.isWatched && !truly(name) && isSurelyOverdue(world.cluster(name), at),
      );
      const failed = given.filter(
        (name) => overdue.includes(name) || isFailed(world.cluster(name), state.entries.get(name), pass, world),
      );
      const looked = rollout?.message?.startsWith("stopped") ?? false;
      if (!looked && failed.length > at.maxFailures)
        yield `4: ${failed.join(", ")} failed, stage ${at.name} may have ${at.maxFailures}, and it goes on`;
      if (!looked && !isHeld(pass)) yield* turnViolations(at, overdue, pass, world);
    }

    if (at && isDone(at) && active >= 0 && !rollout?.failure && rollout?.phase === "Progressing") {
      const worse = unverified(at).filter((name) => isToBeKnown(views.get(name)) && !hasGoneOn(state.entries.get(name), at));
      const given = worse.filter((name) => !isBehind(name, at));
      const failed = given.filter((name) => isFailed(world.cluster(name), state.entries.get(name), pass, world));
      if (at.phase === "Completed" && failed.length > at.maxFailures)
        yield `10: ${failed.join(", ")} of stage ${at.name} failed, and it only waits: ${rollout.message}`;
      if (worse.length <= at.maxFailures)
        yield `8: it waits for stage ${at.name}, which is done, and nothing that answers, or is about to, is worse`;
      else if (given.length <= at.maxFailures)
        yield `9: it waits for ${worse.join(", ")} of stage ${at.name}, which have not been given the revision`;
    }
    // What failed before may have been another revision, to which an earlier request for this one says nothing.
    if (
      before.rollout?.failure &&
      before.updateRevision === seen.revision &&
      retried &&
      rollout?.failure &&
      rollout.failure.reason !== "Aborted" &&
      !rollout.failure.message.includes("rejected")
    )
      yield `8: it was retried and fails for what was before: ${rollout.failure.message}`;

    // 11
    if (rollout?.failure && forward.length > 0 && was?.failure) yield `11: ${forward[0]!.name} is given the failed revision`;
    if (rollout?.failure && rollout.phase !== "Failed" && rollout.phase !== "RollingBack")
      yield `11: it failed and is ${rollout.phase}`;
    // Where the clean-up was rejected the revision is everywhere all the same.
    const hasArrived = stages.every(isDone) && state.currentRevision === seen.revision;
    if (rollout?.failure && !hasArrived && state.failedRevision !== seen.revision)
      yield "11: the failed revision is not remembered";
    if (!rollout?.failure && stages.length > 0 && hasArrived && state.failedRevision)
      yield `11: it has arrived, and ${state.failedRevision} is remembered as failed`;
    const hadThen = this.#hadWhenItBegan(runOf(rollout), before);
    const owed = owedIn(hadThen, state, (name) => views.get(name)?.reach === "Reachable");
    if (rollout?.failure?.reason === "RolledBack" && was?.failure?.reason !== "RolledBack" && owed.length > 0)
      yield `11: it is rolled back, and ${owed.map((name) => `${name} had ${hadThen.get(name)}`).join(", ")}`;
    yield* returnViolations(pass, world);
    if (back.length > 0 && rollout?.onFailure !== "Rollback") yield `11: ${back[0]!.name} is returned although nobody asked for it`;
    // Where it was touched last: stages that have not begun count for those only that are in no other.
    const positions = back.length > 0 ? lastTouched(stages) : new Map<string, number>();
    for (const entry of back) {
      const place = positions.get(entry.name) ?? -1;
      const stage = stageOf(entry.name);
      if (entry.revision !== before.entries.get(entry.name)?.previousRevision)
        yield `11: ${entry.name} is returned to ${entry.revision}, which it did not have`;
      if (entry.revision !== hadThen.get(entry.name))
        yield `11: ${entry.name} is returned to ${entry.revision}, and had ${hadThen.get(entry.name)}`;
      if (!world.cluster(entry.name).givenInFull.has(entry.revision!)) yield `11: ${entry.name} never had ${entry.revision}`;
      if (before.currentRevision === seen.revision && !this.#touched.has(entry.name))
        yield `11: ${entry.name} is returned, and the run had not touched it`;
      const later = [...views].filter(
        ([name, view]) =>
          (positions.get(name) ?? -1) > place &&
          view.reach === "Reachable" &&
          state.entries.get(name)?.revision === seen.revision &&
          state.entries.get(name)?.previousRevision,
      );
      if (later.length > 0) yield `11: ${entry.name} is returned before ${later.map(([name]) => name).join(", ")}`;
      const inFlight = (rollout?.returned ?? []).filter((name) => {
        const view = views.get(name);
        const isFresh = touched.some((one) => one.name === name);
        return (
          view?.reach === "Reachable" &&
          (isFresh ||
            (!truly(name) &&
              !isFailed(world.cluster(name), state.entries.get(name), pass, world) &&
              !isOverdue(world.cluster(name), stageOf(name))))
        );
      });
      if (before.rollout?.phase !== "Failed" && inFlight.length > stage.maxConcurrency)
        yield `11: ${inFlight.join(", ")} return at once, and stage ${stage.name} allows ${stage.maxConcurrency}`;
      const elsewhere = inFlight.filter((name) => stageOf(name) !== stage);
      if (before.rollout?.phase !== "Failed" && elsewhere.length > 0)
        yield `11: ${entry.name} is returned while ${elsewhere.join(", ")} of another stage is on its way back`;
    }
    return undefined;
  }

  /** Who goes on from a step was verified there, and is so now. */
  *#stepViolations(
    { name, variant, variantStage }: Entry,
    earlier: readonly StageStatus[],
    stage: StageStatus,
    { before, seen }: Pass,
    world: World,
  ): Generator<string> {
    const view = seen.targets.find(({ target }) => target.member.name === name)!;
    const isDue = dueIn(stage, view).join() === [variant, variantStage].join();
    if (!isDue) yield `5: ${name} is given ${variant} in stage ${stage.name}, which has ${dueIn(stage, view)[0]}`;
    const old = before.entries.get(name);
    const isOnStep = old?.revision === seen.revision && old.variantStage && old.variant === view.steps?.get(old.variantStage);
    if (isOnStep && before.currentRevision === seen.revision && !isVerified(world.cluster(name), old, world.troubles))
      yield `1: ${name} is brought to its end from a step on which it is not well`;
    const step = earlier.findLast(({ stepping = [] }) => stepping.includes(name));
    if (!step) return;
    const had = before.entries.get(name);
    const wasThere = isAt(had, step, view, seen.revision);
    if (wasThere && !isVerified(world.cluster(name), had, world.troubles))
      yield `1: ${name} goes on from stage ${step.name} and is not verified there`;
  }

  /** A plan takes every cluster through the stages that something is bound to for it, and through no other. */
  *#planViolations({ before, seen, next }: Pass, world: World, views: ReadonlyMap<string, TargetView>): Generator<string> {
    yield* selectionViolations(before, seen, next.state.rollout!.stages!, world);
    for (const { name: stage, clusters, stepping = [] } of next.state.rollout!.stages!) {
      for (const name of clusters) {
        const view = views.get(name);
        const old = before.entries.get(name);
        if (!view) continue;
        const isThere = old?.revision === seen.revision && old.variant === view.variant && !old.variantStage;
        const isNew = before.currentRevision !== seen.revision;
        const isBound = isNew && world.cluster(name).bound.has(`${seen.revision} ${stage}`);
        if (stepping.includes(name) !== (isBound && !isThere))
          yield `5: ${name} ${isBound ? "does not step" : "steps"} in stage ${stage}`;
      }
    }
  }

  *#gateViolations(
    gate: GateStatus,
    old: GateStatus | undefined,
    stage: StageStatus,
    key: string,
    pass: Pass,
    world: World,
  ): Generator<string> {
    const { seen, next } = pass;
    const title = `the ${gate.type} ${gate.when.toLowerCase()} stage ${stage.name}`;
    if (old?.state === "Passed" && gate.state !== "Passed") yield `6: ${title} had passed and is ${gate.state}`;
    if (gate.webhook || gate.metric || gate.job) yield* answerViolations(title, `${key} ${gate.since}`, gate, old, pass, world);
    if (gate.state === old?.state || (gate.state !== "Passed" && gate.state !== "Rejected")) return;
    if (gate.webhook || gate.metric || gate.job) return;
    if (gate.type === "Wait") {
      if (gate.since === undefined || seen.now.getTime() < Date.parse(gate.since) + milliseconds(gate.duration!))
        yield `6: ${title} passed too early`;
      return;
    }
    const decision = seen.decisions.find(({ name }) => name === gate.by);
    if (!decision) {
      yield `6: ${title} was decided by nobody`;
      return;
    }
    if (decision.revision !== seen.revision) yield `6: ${title} was decided for ${decision.revision}`;
    if (decision.stage !== stage.name || decision.gate !== gate.when)
      yield `6: ${title} was decided for ${decision.gate} ${decision.stage}`;
    if (decision.plan !== undefined && decision.plan !== next.state.rollout?.plan) yield `6: ${title} was decided for another plan`;
    if ((decision.decision === "Approve") !== (gate.state === "Passed")) yield `6: ${title} was decided against the decision`;
    if (decision.refused) yield `6: ${title} was decided by what had been refused`;
    if (seen.settings.paused && gate.state === "Rejected" && !gate.by) yield `6: ${title} was rejected by a pause`;
    // Who says no before the gate is reached need not wait for it; an approval does.
    const isEarly = (old?.state ?? "Pending") === "Pending" && decision.decision === "Reject";
    const older = seen.decisions.find(
      (one) =>
        (!isEarly || one.decision === "Reject") &&
        one.createdAt < decision.createdAt &&
        one.revision === seen.revision &&
        one.stage === stage.name &&
        one.gate === gate.when &&
        (one.plan === undefined || one.plan === next.state.rollout?.plan) &&
        !one.refused &&
        one.acceptedFor === undefined &&
        !this.#used.has(one.name) &&
        !stage.gates?.some(({ by }) => by === one.name),
    );
    if (older) yield `6: ${title} was decided by ${decision.name} although ${older.name} was there before`;
    const used = this.#used.get(decision.name);
    if (used !== undefined && used !== `${key} ${gate.since}`)
      yield `6: ${title} was decided by ${decision.name}, which had decided ${used}`;
    if (used !== undefined && decision.acceptedFor !== undefined) yield `6: ${title} was decided again by ${decision.name}`;
  }
}

/** A later stage took the cluster on, which is that stage's affair. */
const hasGoneOn = (entry: Entry | undefined, { name, stepping = [] }: StageStatus): boolean =>
  entry !== undefined && stepping.includes(entry.name) && entry.variantStage !== name;

/** The windows of these histories are told by arithmetic. */
function isOpen(windows: Observation["settings"]["windows"] = [], now: Date): boolean {
  const minute = now.getTime() / 60_000;
  return (
    windows.length === 0 ||
    windows.some(({ schedule }) => {
      const known = WINDOWS.find((window) => window.schedule === schedule)!;
      return minute % known.everyMinutes < known.minutes;
    })
  );
}

/** Nothing new is to be started: a person holds the rollout, or it is new and no window is open. */
const isHeld = ({ before, seen: { settings, revision, now } }: Pass): boolean =>
  settings.paused || (before.currentRevision !== revision && !isOpen(settings.windows, now));

const frozen = ({ stages = [], verify, onFailure }: RolloutStatus): string =>
  JSON.stringify([
    verify,
    onFailure,
    stages.map(({ name, maxConcurrency, maxFailures, soak, progressDeadline, gates = [] }) => [
      name,
      maxConcurrency,
      maxFailures,
      soak,
      progressDeadline,
      gates.map(({ type, when, duration, webhook, metric, job }) => [type, when, duration, webhook, metric, job]),
    ]),
  ]);

/** What clusters had that have something else now. A revision that a cluster was left half-way on is none to go back to. */
function had(earlier: ReadonlyMap<string, string>, before: State, { entries }: State, { now, revision: wanted }: Observation) {
  const next = new Map([...earlier].filter(([name]) => entries.has(name)));
  for (const { name, revision, startedAt } of entries.values()) {
    const old = before.entries.get(name);
    if (startedAt !== now.toISOString() || revision === old?.revision) continue;
    if (revision !== wanted || next.get(name) === revision) next.delete(name);
    else if (!next.has(name) && old?.revision && !old.variantStage) next.set(name, old.revision);
  }
  return next;
}

/** Clusters of the run that have the revision, can be reached, and had another one that they could return to. */
const owedIn = (
  had: ReadonlyMap<string, string>,
  { rollout, entries, updateRevision }: State,
  isThere: (name: string) => boolean,
): readonly string[] =>
  [...had.keys()].filter(
    (name) =>
      isThere(name) &&
      entries.get(name)?.revision === updateRevision &&
      rollout?.stages?.some(({ clusters }) => clusters.includes(name)),
  );

/** The stage, opened at that time, in which nothing is left to do but to wait for clusters out of reach. */
function stuckIn(pass: Pass, world: World): string | undefined {
  const { rollout, entries } = pass.next.state;
  const stage = rollout?.failure ? undefined : rollout?.stages?.find((one) => !isDone(one));
  if (!stage || !isThrough(stage, "Before") || isHeld(pass)) return undefined;
  const isFailing = (name: string) =>
    isFailed(world.cluster(name), entries.get(name), pass, world) || isOverdue(world.cluster(name), stage);
  return isStuck(stage, pass, world, isFailing) ? `${runOf(rollout)} ${stage.name} ${stage.startedAt}` : undefined;
}

/** A run may fail for a decision, a request, or as many clusters as its stage may not have. */
function* failureViolations(
  pass: Pass,
  world: World,
  present: (stage: StageStatus) => readonly string[],
  stuckMs = 0,
): Generator<string> {
  const { seen, next, before } = pass;
  const { rollout } = next.state;
  const { reason, message } = rollout!.failure!;
  const stages = [...(rollout!.stages ?? []), ...removalOf(rollout)];
  switch (reason) {
    case "Aborted":
      if (seen.requests.abort !== seen.revision) yield "8: aborted, and nobody asked for it";
      return;
    case "Rejected":
      if (!stages.some(({ gates = [] }) => gates.some(({ state }) => state === "Rejected" || state === "Failed")))
        yield "8: rejected by nobody";
      return;
    case "RolledBack":
      if (!before.rollout?.returned && !rollout!.returned) yield "11: rolled back without a rollback";
      return;
  }
  const stage = stages.find(({ name }) => name === rollout!.stage);
  if (!stage) {
    yield `8: it failed in no stage: ${message}`;
    return;
  }
  if (stage.phase === "Skipped" || stage.phase === "Pending")
    yield `8: it failed for stage ${stage.name}, which it did not touch: ${message}`;
  const standings = present(stage).map((name) => {
    const cluster = world.cluster(name);
    const entry = before.entries.get(name);
    const view = seen.targets.find(({ target }) => target.member.name === name)!;
    const isGiven = isAt(entry, stage, view, seen.revision);
    // What came to grief on its way counts in the stage that it should go on to.
    const step = entry?.revision === seen.revision && entry.variantStage !== stage.name && entry.variantStage;
    const isOnStep = step && entry.variant === view.steps?.get(step) && cluster.reach === "Reachable";
    // Nothing is concluded from what is not known yet.
    const isUnknown = cluster.reach === "Connecting" && seen.watchedMs < milliseconds(stage.progressDeadline);
    const isLost = !isUnknown && (isFailed(cluster, entry, pass, world) || isOverdue(cluster, stage));
    const isWell = isVerified(cluster, entry, world.troubles);
    return { name, cluster, isGiven, isOnStep: isOnStep && !isWell, isFailed: (isGiven || isOnStep) && isLost, isWell };
  });
  const failed = standings.filter(({ isFailed }) => isFailed);
  // While others are at work, or nothing may be started, one that is away has time to come back.
  const isIdle =
    !isHeld(pass) &&
    standings.every(({ isGiven, isOnStep, isFailed, isWell, cluster: { reach } }) =>
      isGiven ? isWell || isFailed : isOnStep ? isFailed : reach === "Unreachable",
    );
  const lost = standings.filter(({ isGiven, isOnStep, cluster: { reach, unreachableSince } }) => {
    if (isGiven || isOnStep || reach !== "Unreachable" || !isIdle) return false;
    const awayMs = Math.min(stuckMs, seen.now.getTime() - Date.parse(unreachableSince!));
    return awayMs >= milliseconds(stage.progressDeadline);
  });
  // While nothing may be started nobody lacks a place.
  const isFull =
    !isHeld(pass) &&
    failed.filter(({ cluster }) => isOverdue(cluster, stage)).length >= stage.maxConcurrency &&
    standings.some(({ isGiven, isOnStep, cluster }) => !isGiven && !isOnStep && cluster.reach === "Reachable");
  const causes = failed.length + lost.length;
  const innocent = standings.filter(({ name, isGiven, isOnStep }) => {
    const view = seen.targets.find(({ target }) => target.member.name === name)!;
    return !isGiven && !isOnStep && view.reach === "Reachable" && view.health.state === "Failed";
  });
  if (causes > stage.maxFailures || isFull) return;
  if (causes + innocent.length > stage.maxFailures)
    yield `9: failed for ${innocent.map(({ name }) => name).join(", ")}, which had not been given the revision: ${message}`;
  yield `8: failed with ${causes} causes, stage ${stage.name} may have ${stage.maxFailures}: ${message}`;
}

/** What is asked is asked by a gate that is open, in a run that is at it; nothing new while a person holds it. */
function* checkViolations({ seen, next: { checks, state } }: Pass): Generator<string> {
  const { rollout } = state;
  for (const { attempt, gate, stage: name, held, clusters } of checks) {
    const stage = rollout?.stages?.find((candidate) => candidate.name === name);
    const title = `check ${attempt} of the ${gate.type} of stage ${name}`;
    if (!stage || isDone(stage) || rollout?.failure || rollout?.stage !== name)
      yield `6: ${title} is put, and the run is not there`;
    if (stage && gate.when === "After" && (stage.phase === "Progressing" || stage.phase === "Soaking"))
      yield `6: ${title} is put before the stage is verified`;
    if (!stage?.gates?.some(({ state, since }) => state === "Waiting" && since === gate.since))
      yield `6: ${title} is put by no open gate`;
    if (held !== seen.settings.paused) yield `6: ${title} is ${held ? "held" : "put"} although it is the other way round`;
    // An answer of a time that is yet to come is from before the clock was set back.
    const isPast = Date.parse(gate.results?.at(-1)?.time ?? "") <= seen.now.getTime();
    if (
      isPast &&
      gate.nextAttemptAt &&
      gate.nextAttemptAt > seen.now.toISOString() &&
      Date.parse(gate.nextAttemptAt) - seen.now.getTime() < 10_000
    )
      yield `6: ${title} is put before its time`;
    const stranger = clusters.find((member) => !stage?.clusters.includes(member.name) || state.entries.get(member.name)?.skipped);
    if (stranger) yield `6: ${title} is about ${stranger.name}, which the run leaves out`;
  }
}

/** It answers, or will in a moment. */
const isToBeKnown = (view: TargetView | undefined): boolean => view !== undefined && view.reach !== "Unreachable" && !view.held;

/** None of the clusters that stay works; who was left out, or is held, does not count. */
function isNobodyWell({ seen, next: { state } }: Pass): boolean {
  const staying = seen.targets.filter(({ target, held }) => !held && !state.entries.get(target.member.name)?.skipped);
  const isWell = ({ target, reach, health }: TargetView) =>
    reach === "Reachable" && health.state === "Verified" && state.entries.get(target.member.name)?.verifiedAt !== undefined;
  return staying.length > 0 && !staying.some(isWell);
}

/**
 * Once every stage is done nothing keeps a cluster that left but a pause, the gates, a wrong name, or that it may be the last that
 * works. One that is empty is told to have nothing, too: something may be on its way there.
 */
function* remainingViolations(pass: Pass): Generator<string> {
  const { seen, next } = pass;
  const { removing, state } = next;
  const { rollout } = state;
  const isLastStep = rollout?.stages?.every(isDone) && !rollout.failure && state.currentRevision === seen.revision;
  if (!isLastStep || seen.settings.paused) return;
  const isGated = (seen.settings.beforeRemoval ?? []).length > 0;
  const kept = seen.leaving.filter(({ name, empty, gone }) => !gone && !removing.has(name) && (empty || !isGated));
  const detached = kept.find(({ detaching }) => detaching);
  if (detached) yield `7: ${detached.name} is taken out of the fleet, and is not cleaned up: ${rollout?.message}`;
  if (kept[0] && !seen.holdRemoval && !isNobodyWell(pass))
    yield `7: ${kept[0].name} has left, and nothing keeps it from being cleaned up: ${rollout?.message}`;
}

/** Who says no to a stage that is at work need not wait for its gate. */
function* earlyRejections({ seen, next: { state } }: Pass): Generator<string> {
  const { rollout } = state;
  const stage = rollout?.failure ? undefined : rollout?.stages?.find(({ name }) => name === rollout.stage);
  if (!stage || isDone(stage) || !isThrough(stage, "Before")) return;
  const isPending = stage.gates?.some(({ type, when, state }) => type === "Approval" && when === "After" && state === "Pending");
  // Where somebody is not known yet it may be that the stage is not looked at.
  if (!isPending || seen.targets.some(({ reach }) => reach === "Connecting")) return;
  const no = seen.decisions.find(
    (one) =>
      one.decision === "Reject" &&
      one.revision === seen.revision &&
      one.stage === stage.name &&
      one.gate === "After" &&
      (one.plan === undefined || one.plan === rollout!.plan) &&
      !one.refused &&
      one.acceptedFor === undefined,
  );
  if (no) yield `6: ${no.name} says no to stage ${stage.name}, and it goes on`;
}

/** Where nobody waits any more no gate tells how its check is doing, nor when it asks next. */
function* leftOpenViolations({ next: { state } }: Pass): Generator<string> {
  const { rollout } = state;
  if (!rollout?.failure) return;
  for (const { name, gates = [] } of [...(rollout.stages ?? []), ...removalOf(rollout)])
    for (const { type, state, message, nextAttemptAt } of gates)
      if (state === "Waiting" && (nextAttemptAt !== undefined || !message?.startsWith("not decided")))
        yield `6: the run has ended, and the ${type} of stage ${name} tells ${message ?? "nothing"}`;
}

/** A gate that is to ask asks after a minute at the latest, whatever becomes of the clock. */
function* silentGates({ seen, next: { checks, state } }: Pass): Generator<string> {
  const { rollout } = state;
  const stage = rollout?.stages?.find(({ name }) => name === rollout.stage);
  if (rollout?.failure || !stage || (stage.phase !== "Waiting" && stage.phase !== "AwaitingApproval")) return;
  for (const { type, state, since, nextAttemptAt } of stage.gates ?? []) {
    const isLate = nextAttemptAt !== undefined && Date.parse(nextAttemptAt) - seen.now.getTime() > 60_000;
    if (state === "Waiting" && isLate && !checks.some(({ gate }) => gate.since === since && gate.type === type))
      yield `6: the ${type} of stage ${stage.name} is silent until ${nextAttemptAt}, because the clock was set back`;
  }
}

/** By the world's own account of what it was asked and what it answered. */
function* answerViolations(
  title: string,
  id: string,
  gate: GateStatus,
  old: GateStatus | undefined,
  { seen }: Pass,
  world: World,
): Generator<string> {
  // Another gate that was opened in the same pass is asked for itself.
  const own = [...world.everAsked.values()].filter((check) => check.id === id);
  const told = own.flatMap(({ id, attempt }) =>
    world.everAnswered.filter((one) => one.id === id && one.attempt === attempt && one.outcome !== "Running"),
  );
  const isSuccess = ({ outcome, values = [] }: CheckAnswer) =>
    outcome === "Success" || (outcome === "Measured" && values.every(({ value }) => value !== undefined && value < 1));
  const isFailure = ({ outcome, values = [] }: CheckAnswer) =>
    outcome === "Failure" || (outcome === "Measured" && values.some(({ value = 0 }) => value >= 1));
  const count = (test: (answer: CheckAnswer) => boolean) => new Set(told.filter(test).map(({ attempt }) => attempt)).size;
  const was = old?.since === gate.since ? (old?.attempts ?? 0) : 0;
  const taken = seen.answers?.find(({ id, attempt }) => attempt === gate.attempts && own.some((check) => check.id === id));
  const isFinal = taken && (gate.attempts ?? 0) > was && isFailure(taken) && !gate.metric?.failureLimit && !gate.metric?.failure;
  if ((gate.attempts ?? 0) > count(() => true)) yield `6: ${title} takes for an answer what only tells how the check is doing`;
  if (isFinal && gate.state !== "Failed") yield `6: ${title} goes on after a failure that it may not have`;
  if (gate.state === old?.state) {
    if ((gate.attempts ?? 0) > was + 1) yield `6: ${title} took ${gate.attempts! - was} answers in at once`;
    return;
  }
  if (gate.state === "Passed" && count(isSuccess) < (gate.metric?.count ?? 1))
    yield `6: ${title} passed after ${count(isSuccess)} successes`;
  const isOver =
    gate.since !== undefined && gate.decidedAt !== undefined && Date.parse(gate.decidedAt) >= Date.parse(gate.since) + 600_000;
  if (gate.state === "Failed" && count(isFailure) <= (gate.metric?.failureLimit ?? 0) && !(isOver && told.length > 0))
    yield `6: ${title} failed after ${count(isFailure)} failures`;
}
