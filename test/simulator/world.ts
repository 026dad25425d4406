import type { AccessPointSpec, StageStatus } from "../../src/api/accesspoint.ts";
import type { advance } from "../../src/domain/rollout/advance.ts";
import type { Check, CheckAnswer, Decision, Next, Observation, Requests, State } from "../../src/domain/rollout/model.ts";
import { byZoneThenName, type Site } from "../../src/domain/selection.ts";
import {
  deliver,
  type FakeCluster,
  isOutOfSight,
  isVerified,
  leavingViews,
  type Troubles,
  targetViews,
  variantOf,
} from "./fleet.ts";

export type Engine = typeof advance;
export type Settings = AccessPointSpec["rollout"];

/** One look of the controller: what it was decided from and what was decided. */
export interface Pass {
  readonly before: State;
  readonly seen: Observation;
  readonly next: Next;
}

/** Called after each decision, before anything comes of it. */
export type Observer = (pass: Pass, world: World) => void;

/** Names that stages may mention although no such cluster is in the world. */
const KNOWN = ["c1", "c2", "c3", "c4", "c5", "c6"];

/** What comes of a look, without times, which move on, and words. */
const essence = ({ state: { rollout, entries, ...state }, removing, checks }: Next): string =>
  JSON.stringify([
    state.currentRevision,
    state.updateRevision,
    state.failedRevision,
    rollout && [rollout.phase, rollout.stage, rollout.failure?.reason, rollout.returned, rollout.window, rollout.answered],
    [...(rollout?.stages ?? []), rollout?.removal].map((stage) => [
      stage?.phase,
      stage?.clusters,
      stage?.gates?.map(({ state, attempts, by }) => [state, attempts, by]),
    ]),
    [...entries.values()].map(({ name, revision, variant, variantStage, startedAt, verifiedAt, skipped }) => [
      name,
      revision,
      variant,
      variantStage,
      startedAt,
      verifiedAt !== undefined,
      skipped,
    ]),
    [...removing],
    checks.map(({ id, attempt, held }) => [id, attempt, held]),
  ]);

/** Everything that is seen, but for the time. */
const sight = ({ now: _, watchedMs: __, targets, ...seen }: Observation): string =>
  JSON.stringify([seen, targets.map(({ steps = [], ...view }) => [view, [...steps]])]);

const START = Date.parse("2026-01-01T00:00:00Z");

/**
 * A hub with one AccessPoint, its member clusters, people, and a controller that may die at any instant. Time is told in
 * milliseconds; `wall` is what clocks show, which somebody may set.
 */
export class World {
  readonly #engine: Engine;
  readonly #observer: Observer;
  readonly clusters: FakeCluster[];
  readonly troubles: Troubles = { refused: new Set(), slow: new Set() };
  settings: Settings;
  revision = "r1";
  requests: Requests = {};
  decisions: Decision[] = [];
  /** Checks that are under way, by their id. */
  readonly asked = new Map<string, Check>();
  /** Every check that was ever put, whatever became of it. */
  readonly everAsked = new Map<string, Check>();
  /** Answers that the controller has in hand, and all that it ever had. */
  answers: CheckAnswer[] = [];
  readonly everAnswered: CheckAnswer[] = [];
  holdRemoval: string | undefined;
  /** All registered clusters. */
  readonly #sites: Site[];
  /** By zone, then name. */
  readonly #inOrder: readonly FakeCluster[];
  /** The controller hears of what it wrote itself, and it is watched whether it looks again in time. */
  isWatched = false;
  /** What it last saw and decided, and by which clock. */
  #heard: { readonly next: Next; readonly sight: string; readonly clockError: number } | undefined;
  state: State = { entries: new Map() };
  time = START;
  clockError = 0;
  /** Since when the controller runs; undefined while it does not. */
  runningSince: number | undefined = START;
  wakeAt: number | undefined;
  /** For how long a controller has watched in all. Milliseconds. */
  watchedMs = 0;
  /** The next pass is not stored. */
  loseNext = false;
  /** The answers of the next pass to RolloutApprovals are not stored. */
  loseAnswers = false;
  passes = 0;

  constructor(engine: Engine, observer: Observer, clusters: FakeCluster[], settings: Settings) {
    this.#engine = engine;
    this.#observer = observer;
    this.clusters = clusters;
    this.#inOrder = clusters.toSorted(byZoneThenName);
    this.#sites = [...KNOWN.map((name) => ({ name, zone: "z1" })), ...clusters.map(({ name, zone }) => ({ name, zone }))];
    this.settings = settings;
  }

  get wall(): Date {
    return new Date(this.time + this.clockError);
  }

  cluster(name: string): FakeCluster {
    return this.clusters.find((cluster) => cluster.name === name)!;
  }

  isRegistered(name: string): boolean {
    return this.#sites.some((site) => site.name === name);
  }

  register(name: string): void {
    if (!this.isRegistered(name)) this.#sites.push({ name, zone: "z1" });
  }

  observe(): Observation {
    return {
      now: this.wall,
      watchedMs: this.time - (this.runningSince ?? this.time),
      revision: this.revision,
      settings: this.settings,
      targets: targetViews(this.#inOrder, this.state, this.revision, this.troubles),
      leaving: leavingViews(this.clusters, this.state),
      ...(this.holdRemoval ? { holdRemoval: this.holdRemoval } : {}),
      known: this.#sites,
      decisions: this.decisions,
      answers: this.answers,
      requests: this.requests,
    };
  }

  /** One pass of the controller: decide, store, answer, hand out. */
  pass(): void {
    if (this.runningSince === undefined) return;
    this.passes++;
    // No two looks are at the same instant.
    this.#skipTo(this.time + 1, true);
    const before = this.state;
    const seen = this.observe();
    const next = this.#engine(before, seen);
    this.#observer({ before, seen, next }, this);
    if (this.loseNext) {
      // Somebody else wrote at the same time: the pass is repeated.
      this.loseNext = false;
      this.wakeAt = this.time + 500;
      this.#heard = undefined;
      this.disturb();
      return;
    }
    this.state = next.state;
    this.wakeAt = next.wakeAt && next.wakeAt.getTime() - this.clockError;
    this.#remember(before);
    if (!this.loseAnswers) this.#answer(next);
    this.loseAnswers = false;
    this.#handOut(next);
    this.#ask(next);
    if (this.isWatched) this.#hear(next, sight(seen));
  }

  /** What it would do now and does not, although nothing has happened but that time passed: it had to ask to be woken. */
  #overslept(): string | undefined {
    if (this.runningSince === undefined || !this.#heard || (this.wakeAt ?? Number.POSITIVE_INFINITY) <= this.time) return undefined;
    if (this.clusters.some(({ reach }) => reach === "Connecting")) return undefined;
    const seen = this.observe();
    if (this.#heard.clockError !== this.clockError || this.#heard.sight !== sight(seen)) return undefined;
    const next = this.#engine(this.state, seen);
    const { rollout } = next.state;
    return essence(next) === essence(this.#heard.next)
      ? undefined
      : `it sleeps until ${this.wakeAt === undefined ? "something happens" : new Date(this.wakeAt).toISOString()}, and at ${seen.now.toISOString()} it would be ${rollout?.phase}: ${rollout?.message}`;
  }

  /** What the controller would make of other stages than those that it stored; nothing comes of it. */
  trySpoilt(stages: readonly StageStatus[]): Pass {
    const before = { ...this.state, rollout: { ...this.state.rollout!, stages: [...stages] } };
    const seen = this.observe();
    return { before, seen, next: this.#engine(before, seen) };
  }

  /** What it brought about comes back to it as news. */
  #hear(next: Next, before: string): void {
    const news = sight(this.observe());
    if (news !== before || !this.#heard || essence(this.#heard.next) !== essence(next)) this.wakeAt = this.time;
    this.#heard = { next, sight: news, clockError: this.clockError };
  }

  /** The world answers a check; whether anybody still wants to know is another matter. */
  answerCheck(
    { id, attempt }: Pick<Check, "id" | "attempt">,
    answer: Pick<CheckAnswer, "outcome"> & Partial<Pick<CheckAnswer, "values" | "message">>,
  ): void {
    const told: CheckAnswer = { id, attempt, at: this.wall, message: `answer ${this.everAnswered.length + 1}`, ...answer };
    this.everAnswered.push(told);
    const isMeant = (one: CheckAnswer) => one.id === id && one.attempt === attempt;
    if (this.runningSince !== undefined)
      this.answers = [...this.answers.filter((one) => one.outcome !== "Running" || !isMeant(one)), told];
    if (told.outcome !== "Running") this.asked.delete(id);
  }

  /** Lets time go by, with the passes that the controller asked for. Returns what it did not ask for in time. */
  elapse(ms: number): string | undefined {
    const end = this.time + ms;
    let late: string | undefined;
    for (let guard = 0; guard < 1000; guard++) {
      const due = this.runningSince === undefined ? undefined : this.wakeAt;
      if (due === undefined || due > end) break;
      if (due > this.time + 1) {
        this.#skipTo(due - 1, true);
        late ??= this.#overslept();
      }
      this.#skipTo(Math.max(due, this.time + 1), true);
      this.wakeAt = undefined;
      this.pass();
    }
    if (this.time < end) this.#skipTo(end, true);
    return late ?? this.#overslept();
  }

  /** Lets time go by while the controller's process stands still. */
  freeze(ms: number): void {
    this.#skipTo(this.time + ms, false);
    this.disturb();
  }

  crash(): void {
    this.runningSince = undefined;
    this.wakeAt = undefined;
    this.#heard = undefined;
    for (const cluster of this.clusters) cluster.assigned = undefined;
    this.asked.clear();
    this.answers = [];
    this.disturb();
  }

  /** Another process knows nothing: it has to connect to every cluster first. */
  restart(): void {
    this.crash();
    this.runningSince = this.time;
    for (const cluster of this.clusters) {
      cluster.reach = "Connecting";
      cluster.unreachableSince = undefined;
    }
    this.pass();
  }

  /** Somebody sets the clock. While nothing is being timed nobody notices, and what was timed before counts from other times. */
  setClock(byMs: number): void {
    this.clockError += byMs;
    for (const cluster of this.clusters) cluster.disturbances += this.state.rollout?.observedAt ? 1 : 1000;
  }

  loseContact(cluster: FakeCluster): void {
    if (cluster.reach === "Unreachable") return;
    cluster.reach = "Unreachable";
    cluster.unreachableSince = this.wall.toISOString();
    cluster.held = false;
  }

  disturb(): void {
    for (const cluster of this.clusters) cluster.disturbances++;
  }

  #skipTo(time: number, isWatched: boolean): void {
    const ms = time - this.time;
    this.time = time;
    if (!isWatched || this.runningSince === undefined) return;
    this.watchedMs += ms;
    for (const cluster of this.clusters) {
      if (cluster.reach === "Connecting") continue;
      if (cluster.seenVerified) cluster.soakedMs += ms;
      if (cluster.seenPending) cluster.pendingMs += ms;
    }
    for (const cluster of this.clusters) if (cluster.reach === "Connecting" && cluster.seenPending) cluster.pendingMs += ms;
  }

  /** Keeps the simulation's own account of what the stored passes have seen. */
  #remember(before: State): void {
    const active = new Set(
      (this.state.rollout?.stages ?? []).find(({ phase }) => phase !== "Completed" && phase !== "Skipped")?.clusters ?? [],
    );
    const done = new Set(
      (this.state.rollout?.stages ?? [])
        .filter(({ phase }) => phase === "Completed" || phase === "Skipped")
        .flatMap(({ clusters }) => clusters)
        .filter((name) => !active.has(name)),
    );
    const isNewRun = this.state.rollout?.startedAt !== before.rollout?.startedAt;
    for (const cluster of this.clusters) {
      const entry = this.state.entries.get(cluster.name);
      const isNew = entry?.startedAt !== before.entries.get(cluster.name)?.startedAt;
      if (isNewRun) {
        cluster.soakedMs = 0;
        cluster.pendingMs = 0;
      }
      if (!entry?.revision || !cluster.placed || isNew) {
        cluster.seenVerified = false;
        cluster.seenPending = entry?.revision !== undefined && cluster.placed;
        cluster.soakedMs = 0;
        cluster.pendingMs = 0;
        continue;
      }
      if (cluster.reach === "Connecting") {
        cluster.seenPending ||= !cluster.seenVerified;
        continue;
      }
      const verified = isVerified(cluster, entry, this.troubles);
      if (verified !== cluster.seenVerified) {
        cluster.soakedMs = 0;
        cluster.disturbances = 0;
      }
      const isUnseen = done.has(cluster.name) && isOutOfSight(cluster, entry, this.troubles);
      if (verified || !cluster.seenPending || isUnseen) cluster.pendingMs = 0;
      cluster.seenVerified = verified;
      cluster.seenPending = !verified;
    }
  }

  #answer({ verdicts, state }: Next): void {
    for (const { name, status } of verdicts) {
      this.decisions = this.decisions.map((decision) => {
        if (decision.name !== name) return decision;
        if (status === "False") return { ...decision, refused: true };
        return status === "True" ? { ...decision, acceptedFor: state.rollout?.plan ?? "" } : decision;
      });
    }
  }

  /** Nothing new is asked while somebody holds the rollout; what is no longer asked is given up. */
  #ask({ checks }: Next): void {
    const wanted = new Map(checks.map((check) => [check.id, check]));
    for (const id of this.asked.keys()) if (!wanted.has(id)) this.asked.delete(id);
    for (const check of checks) {
      const isAnswered = this.answers.some(
        ({ id, attempt, outcome }) => id === check.id && attempt === check.attempt && outcome !== "Running",
      );
      if (check.held || isAnswered) continue;
      this.asked.set(check.id, check);
      this.everAsked.set(`${check.id} ${check.attempt}`, check);
    }
  }

  #handOut({ state, removing }: Next): void {
    for (const cluster of this.clusters) {
      const entry = state.entries.get(cluster.name);
      if (removing.has(cluster.name)) cluster.assigned = "nothing";
      else if (cluster.placed && entry?.revision && entry.variant === variantOf(entry.revision, cluster, entry.variantStage)) {
        cluster.assigned = { revision: entry.revision, variant: entry.variant, startedAt: entry.startedAt };
        cluster.given.add(entry.revision);
        if (!entry.variantStage) cluster.givenInFull.add(entry.revision);
      }
    }
  }

  deliverAll(): void {
    for (const cluster of this.clusters) deliver(cluster, this.troubles);
  }
}
