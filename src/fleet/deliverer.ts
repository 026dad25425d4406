import { UID_LABEL } from "../api/kinds.ts";
import type { DeliveryFailure } from "../domain/cluster.ts";
import { type Action, nextWave, standing } from "../domain/delivery.ts";
import { type Drift, driftText, isUnchanged } from "../domain/drift.ts";
import type { Desired, ObjectKey } from "../domain/manifest.ts";
import type { Assignment } from "../domain/plan/cluster-judge.ts";
import { backoffDelay } from "../kube/backoff.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import type { Logger } from "../kube/logger.ts";
import { type Requeue, WorkQueue } from "../kube/queue.ts";
import { Doubts } from "./doubts.ts";
import { Examinations } from "./examinations.ts";
import { explainFailure, isUnanswered } from "./failure.ts";
import type { HoldingsStore } from "./holdings.ts";
import { Losses } from "./losses.ts";
import { ContestedError, RepairLog, type Setback } from "./repairs.ts";
import { type Mandate, type Outcome, StrippedError, Writer } from "./writer.ts";

/** One AccessPoint's share of a cluster. */
interface Task {
  /** `<namespace>/<name>`. */
  readonly owner: string;
  readonly assignment: Assignment;
  readonly failures: Map<ObjectKey, Failure>;
  readonly examinations: Examinations;
  readonly losses: Losses;
}

interface Failure extends DeliveryFailure {
  readonly attempts: number;
  /** Monotonic milliseconds. */
  readonly retryAt: number;
  /** Digest of what could not be written: something else may be tried at once. */
  readonly digest: string;
}

/** What others did to an object of ours, and what became of it. */
export interface DriftNews {
  readonly cluster: string;
  /** "VirtualService/checkout". */
  readonly object: string;
  /** "was changed: spec.http[0].route[0].weight by kubectl-edit", "was deleted". */
  readonly deed: string;
  /** Left: as sync.whenDrifted says. Contested: it comes as often as it is repaired. */
  readonly end: "Repaired" | "Left" | "Contested";
}

export interface DelivererOptions {
  readonly cluster: string;
  readonly client: KubeClient;
  readonly holdings: HoldingsStore;
  readonly logger: Logger;
  /** Something failed, or no longer does: the AccessPoint's next pass reports it. */
  readonly onReport: (owner: string) => void;
  readonly onDrift?: (owner: string, news: DriftNews) => void;
  /** AccessPoints that are written at once; default 4: an API server only queues beyond that. */
  readonly concurrency?: number;
  readonly clock?: Clock;
}

const BACKOFF = { baseMs: 1000, capMs: 120_000 };

/**
 * Brings one cluster to what its AccessPoints are to have there, each by itself, wave by wave. What is to be had comes from the
 * passes; what is there comes from the watches; nothing else is remembered but failures and when to try again.
 */
export class Deliverer {
  readonly #options: DelivererOptions;
  readonly #clock: Clock;
  readonly #tasks = new Map<string, Task>();
  readonly #queue: WorkQueue;
  readonly #writer: Writer;
  readonly #repairs: RepairLog;
  readonly #doubts = new Doubts();
  /** AccessPoints that are being written. */
  readonly #underWay = new Set<string>();
  /** AccessPoints whose pass waits for what is under way. */
  readonly #awaited = new Set<string>();
  /** AccessPoints of which something was seen to change while they were written. */
  readonly #observed = new Set<string>();

  constructor(options: DelivererOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#writer = new Writer(options.client, options.holdings, options.cluster);
    this.#repairs = new RepairLog(this.#clock);
    this.#queue = new WorkQueue({
      run: (uid, signal) => this.#deliver(uid, signal),
      concurrency: options.concurrency ?? 4,
      logger: options.logger,
      clock: this.#clock,
    });
  }

  /** Says what the cluster is to have of one AccessPoint. Starts nothing when that is what it has. */
  assign(uid: string, owner: string, assignment: Assignment): void {
    const before = this.#tasks.get(uid);
    // Told to try anew: what failed before says nothing about what happens now.
    const again = before?.assignment.startedAt !== assignment.startedAt;
    const failures = (again ? undefined : before?.failures) ?? new Map<ObjectKey, Failure>();
    const { examinations = new Examinations(), losses = new Losses() } = before ?? {};
    const task = { owner, assignment, failures, examinations, losses };
    this.#tasks.set(uid, task);
    this.#forgetOld(uid, task);
    const idle = this.#nextActions(uid, task).length === 0 && this.#unwantedDoubts(uid, task).length === 0;
    if (!idle || this.#unexamined(uid, task).length > 0) this.#queue.add(uid);
  }

  /** Leaves an AccessPoint's objects as they are. */
  unassign(uid: string): void {
    this.#tasks.delete(uid);
    this.#doubts.forget(uid);
    this.#awaited.delete(uid);
  }

  /**
   * Something of an AccessPoint was seen to change. While it is written that is mostly our own doing: it is reported once, when
   * this round of writing has ended. Returns whether it is being written.
   */
  observed(uid: string): boolean {
    const writing = this.#underWay.has(uid);
    if (writing) this.#observed.add(uid);
    return writing;
  }

  /** An object is not seen any more: deleted, or without its label. */
  lost(uid: string, key: ObjectKey): void {
    const task = this.#tasks.get(uid);
    task?.losses.gone(
      key,
      task.assignment.objects.some((object) => object.key === key),
    );
  }

  /** Whether every write for an AccessPoint was answered: until then there may be more of it than is seen. A no is reported once it is a yes. */
  settled(uid: string): boolean {
    const settled = !this.#underWay.has(uid) && this.#doubts.of(uid).length === 0;
    if (!settled) this.#awaited.add(uid);
    return settled;
  }

  failures(uid: string): ReadonlyMap<ObjectKey, DeliveryFailure> {
    return this.#tasks.get(uid)?.failures ?? new Map();
  }

  /** How objects differ that others changed, as far as they have been looked at; undefined where that could not be read. */
  drifts(uid: string): ReadonlyMap<ObjectKey, Drift | undefined> {
    return this.#tasks.get(uid)?.examinations.drifts ?? new Map();
  }

  /** Tries everything at once that was waiting to be tried again. */
  retryAll(): void {
    for (const [uid, task] of this.#tasks) {
      for (const [key, failure] of task.failures) task.failures.set(key, { ...failure, retryAt: 0 });
      this.#queue.add(uid);
    }
  }

  get depth(): number {
    return this.#queue.depth + this.#queue.inFlight;
  }

  stop(): Promise<void> {
    return this.#queue.stop();
  }

  #nextActions(uid: string, task: Task): readonly Action[] {
    const now = this.#clock.monotonic();
    const blocked = new Set([...task.failures].filter(([, { retryAt }]) => retryAt > now).map(([key]) => key));
    return nextWave(task.assignment.objects, uid, this.#options.holdings.of(uid), task.assignment.sync, blocked).actions;
  }

  async #deliver(uid: string, signal: AbortSignal): Promise<Requeue | undefined> {
    this.#underWay.add(uid);
    try {
      return await this.#deliverAll(uid, signal);
    } finally {
      this.#underWay.delete(uid);
      const task = this.#tasks.get(uid);
      const observed = this.#observed.delete(uid);
      const awaited = this.#doubts.of(uid).length === 0 && this.#awaited.delete(uid);
      if (task && (observed || awaited)) this.#options.onReport(task.owner);
    }
  }

  async #deliverAll(uid: string, signal: AbortSignal): Promise<Requeue | undefined> {
    for (;;) {
      const task = this.#tasks.get(uid);
      if (!task || signal.aborted) return undefined;
      const actions = this.#nextActions(uid, task);
      const doubts = this.#unwantedDoubts(uid, task);
      if (await this.#examineDrifts(uid, task, signal)) this.#options.onReport(task.owner);
      if (actions.length === 0 && doubts.length === 0) {
        this.#forgetOld(uid, task);
        return this.#nextRetry(task);
      }
      for (const desired of doubts) {
        await this.#writer.lookFor(desired, mandateOf(uid, task), signal);
        this.#doubts.settle(uid, desired.key);
      }
      const reported = await Promise.all(actions.map((action) => this.#act(task, uid, action, signal)));
      if (reported.includes(true)) this.#options.onReport(task.owner);
    }
  }

  /** Returns whether there is news to report. */
  async #act(task: Task, uid: string, action: Action, signal: AbortSignal): Promise<boolean> {
    const key = "desired" in action ? action.desired.key : action.key;
    try {
      const before = this.#options.holdings.of(uid).get(key)?.object.ownedDigest;
      const setback = await this.#setback(task, uid, action, signal);
      if (setback) this.#repairs.admit(key, setback);
      if (!("desired" in action)) task.losses.removing(key);
      const outcome = await this.#writer.carryOut(action, mandateOf(uid, task), signal);
      const mended = mendedBy(outcome, setback, before);
      if (mended) {
        this.#repairs.record(key);
        this.#tell(task.owner, key, mended, "Repaired");
      }
      if ("desired" in action) task.losses.forget(key);
      this.#doubts.settle(uid, key);
      return task.failures.delete(key);
    } catch (error) {
      if (signal.aborted) return false;
      if (action.type === "create") {
        const mayBeThere = isUnanswered(error) || error instanceof StrippedError || task.losses.has(key);
        if (mayBeThere) this.#doubts.add(uid, action.desired);
        else this.#doubts.settle(uid, key);
      }
      return this.#fail(task, key, action, error);
    }
  }

  /** Remembers why something could not be written, and when to try again. Returns whether that is news. */
  #fail(task: Task, key: ObjectKey, action: Action, error: unknown): boolean {
    const before = task.failures.get(key);
    const failure = explainFailure(action, error, this.#options.cluster);
    const attempts = (before?.attempts ?? 0) + 1;
    const retryAt = this.#clock.monotonic() + Math.max(backoffDelay(BACKOFF, attempts - 1, Math.random), failure.retryAfterMs ?? 0);
    task.failures.set(key, { ...failure, attempts, retryAt, digest: "desired" in action ? action.desired.digest : "" });
    if (before?.message === failure.message) return false;
    this.#options.logger.warn("object not delivered", {
      cluster: this.#options.cluster,
      accessPoint: task.owner,
      object: `${failure.kind}/${failure.name}`,
      error: failure.message,
    });
    if (error instanceof ContestedError) this.#tell(task.owner, key, error.setback, "Contested");
    if (error instanceof StrippedError) this.#tell(task.owner, key, { type: "Changed", drift: error.drift }, "Left");
    return true;
  }

  /** What others did, where that is why something is written. Read before it is written over. */
  async #setback(task: Task, uid: string, action: Action, signal: AbortSignal): Promise<Setback | undefined> {
    if (action.type === "create") return task.losses.has(action.desired.key) ? { type: "Lost" } : undefined;
    if (action.type !== "apply" || !action.repair) return undefined;
    await this.#examine(task, uid, action.desired, signal);
    return { type: "Changed", drift: task.examinations.drifts.get(action.desired.key) };
  }

  /** Objects that may have been created although they are no longer wanted; a wanted one is created again, which tells. */
  #unwantedDoubts(uid: string, { assignment }: Task): readonly Desired[] {
    const doubts = this.#doubts.of(uid);
    return doubts.filter(({ key }) => !assignment.objects.some((object) => object.key === key));
  }

  /** Objects that are left as others made them, and of which it is not known yet how. */
  #unexamined(uid: string, { assignment, examinations }: Task): readonly Desired[] {
    if (assignment.sync.whenDrifted !== "Report") return [];
    const holdings = this.#options.holdings.of(uid);
    return assignment.objects.filter(
      (desired) =>
        standing(desired, uid, holdings).state === "Drifted" &&
        !examinations.knows(desired.key, holdings.get(desired.key)?.version ?? ""),
    );
  }

  /** Reads what others changed, once for each version. Returns whether something was read. */
  async #examineDrifts(uid: string, task: Task, signal: AbortSignal): Promise<boolean> {
    const unexamined = this.#unexamined(uid, task);
    for (const desired of unexamined) {
      const isNews = await this.#examine(task, uid, desired, signal);
      const setback = { type: "Changed", drift: task.examinations.drifts.get(desired.key) } as const;
      if (isNews) this.#tell(task.owner, desired.key, setback, "Left");
    }
    return unexamined.length > 0;
  }

  /** Returns whether others changed something else than was known. */
  async #examine(task: Task, uid: string, desired: Desired, signal: AbortSignal): Promise<boolean> {
    const version = this.#options.holdings.of(uid).get(desired.key)?.version ?? "";
    const drift = await this.#writer.examine(desired, signal).catch((error: unknown) => {
      // That it drifted is reported, or repaired, all the same.
      this.#options.logger.debug("drift not examined", { cluster: this.#options.cluster, object: desired.key, error });
      return undefined;
    });
    return task.examinations.add(desired.key, version, drift);
  }

  #tell(owner: string, key: ObjectKey, setback: Setback, end: DriftNews["end"]): void {
    if (setback.type === "Changed" && setback.drift && isUnchanged(setback.drift)) return;
    const [kind = ""] = key.split(".");
    const object = `${kind}/${key.slice(key.lastIndexOf("/") + 1)}`;
    const news = { cluster: this.#options.cluster, object, deed: deedOf(setback, end), end };
    this.#options.logger.info("changed by others", { accessPoint: owner, ...news });
    this.#options.onDrift?.(owner, news);
  }

  #nextRetry({ failures }: Task): Requeue | undefined {
    const due = [...failures.values()].map(({ retryAt }) => retryAt - this.#clock.monotonic());
    return due.length > 0 ? { requeueAfterMs: Math.max(1, Math.min(...due)) } : undefined;
  }

  /** A failure ends with what caused it: another manifest, an object that is no longer wanted, or one that is as it should be after all. */
  #forgetOld(uid: string, { assignment, failures, examinations, losses }: Task): void {
    if (failures.size + examinations.size + losses.size === 0) return;
    const wanted = new Map(assignment.objects.map((object) => [object.key, object]));
    const holdings = this.#options.holdings.of(uid);
    const isIn = (key: ObjectKey, state: string): boolean => {
      const object = wanted.get(key);
      return object !== undefined && standing(object, uid, holdings).state === state;
    };
    for (const [key, { digest }] of failures) {
      const object = wanted.get(key);
      const isGone = !object && !holdings.get(key);
      if ((object?.digest ?? "") !== digest || isGone || isIn(key, "Ready")) failures.delete(key);
    }
    examinations.keep((key) => isIn(key, "Drifted"));
    losses.keep((key) => wanted.has(key));
  }
}

const mandateOf = (uid: string, { owner, assignment }: Task): Mandate => ({ uid, owner, ...assignment });

/** What a write put right of what others did; after a start it may only have told how the API server keeps what it is given. */
function mendedBy(outcome: Outcome, setback: Setback | undefined, before: string | undefined): Setback | undefined {
  if (outcome.type === "Stripped") return { type: "Changed", drift: outcome.drift };
  return outcome.type === "Written" && outcome.content !== before ? setback : undefined;
}

function deedOf(setback: Setback, end: DriftNews["end"]): string {
  // Which of the two it was is known once it is there again.
  if (setback.type === "Lost") return end === "Contested" ? `was deleted, or its label ${UID_LABEL} taken off` : "was deleted";
  const fields = setback.drift ? driftText(setback.drift) : "";
  return `was changed${fields ? `: ${fields}` : ""}`;
}
