import type { DeliveryFailure } from "../domain/cluster.ts";
import { type Action, nextWave, standing } from "../domain/delivery.ts";
import { type Drift, driftText } from "../domain/drift.ts";
import type { Desired, ObjectKey } from "../domain/manifest.ts";
import type { Assignment } from "../domain/plan/cluster-judge.ts";
import { backoffDelay } from "../kube/backoff.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import type { Logger } from "../kube/logger.ts";
import { type Requeue, WorkQueue } from "../kube/queue.ts";
import { Doubts } from "./doubts.ts";
import { explainFailure, isUnanswered } from "./failure.ts";
import type { HoldingsStore } from "./holdings.ts";
import { RepairLog } from "./repairs.ts";
import { Writer } from "./writer.ts";

/** One AccessPoint's share of a cluster. */
interface Task {
  /** `<namespace>/<name>`. */
  readonly owner: string;
  readonly assignment: Assignment;
  readonly failures: Map<ObjectKey, Failure>;
  /** What was read of objects that are left as others made them. */
  readonly drifts: Map<ObjectKey, Examined>;
}

/** How an object differs, as it was with this content; undefined where that could not be read. */
interface Examined {
  readonly content: string;
  readonly drift: Drift | undefined;
}

interface Failure extends DeliveryFailure {
  readonly attempts: number;
  /** Monotonic milliseconds. */
  readonly retryAt: number;
  /** Digest of what could not be written: something else may be tried at once. */
  readonly digest: string;
}

/** An object of ours that somebody else had changed, and that was written again. */
export interface Repair {
  readonly cluster: string;
  /** "VirtualService/checkout". */
  readonly object: string;
  /** Who changed it, and when. */
  readonly by: string;
  /** What: "spec.http[0].route[0].weight by kubectl-edit at …"; absent where nobody is known to have changed it. */
  readonly fields?: string;
}

export interface DelivererOptions {
  readonly cluster: string;
  readonly client: KubeClient;
  readonly holdings: HoldingsStore;
  readonly logger: Logger;
  /** Something failed, or no longer does: the AccessPoint's next pass reports it. */
  readonly onReport: (owner: string) => void;
  readonly onRepair?: (owner: string, repair: Repair) => void;
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
    const task = { owner, assignment, failures, drifts: before?.drifts ?? new Map<ObjectKey, Examined>() };
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

  /** Whether every write for an AccessPoint was answered: until then there may be more of it than is seen. A no is reported once it is a yes. */
  settled(uid: string): boolean {
    const settled = !this.#underWay.has(uid) && this.#doubts.of(uid).length === 0;
    if (!settled) this.#awaited.add(uid);
    return settled;
  }

  failures(uid: string): ReadonlyMap<ObjectKey, DeliveryFailure> {
    return this.#tasks.get(uid)?.failures ?? new Map();
  }

  /** Which fields differ of objects that are left as others made them. */
  drifts(uid: string): ReadonlyMap<ObjectKey, Drift> {
    const examined = [...(this.#tasks.get(uid)?.drifts ?? [])];
    return new Map(examined.flatMap(([key, { drift }]) => (drift ? [[key, drift] as const] : [])));
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
        await this.#writer.lookFor(desired, uid, signal);
        this.#doubts.settle(uid, desired.key);
      }
      const reported = await Promise.all(actions.map((action) => this.#act(task, uid, action, signal)));
      if (reported.includes(true)) this.#options.onReport(task.owner);
    }
  }

  /** Returns whether there is news to report. */
  async #act(task: Task, uid: string, action: Action, signal: AbortSignal): Promise<boolean> {
    const key = action.type === "create" || action.type === "apply" ? action.desired.key : action.key;
    try {
      const repair = action.type === "apply" ? action.repair : undefined;
      if (repair !== undefined) this.#repairs.record(key, repair);
      const before = this.#content(uid, key);
      // Read before it is written over; only where somebody is known to have changed it.
      const isForeign = repair !== undefined && this.#options.holdings.of(uid).get(key)?.object.foreign !== undefined;
      const drift = isForeign && "desired" in action ? await this.#writer.examine(action.desired, signal) : undefined;
      await this.#writer.carryOut(action, { uid, owner: task.owner, ...task.assignment }, signal);
      // After a start a write may have been needed only to learn how the API server keeps what it is given.
      if (repair !== undefined && this.#content(uid, key) !== before) this.#tellRepair(task.owner, key, repair, drift);
      this.#doubts.settle(uid, key);
      return task.failures.delete(key);
    } catch (error) {
      if (signal.aborted) return false;
      if (action.type === "create") {
        if (isUnanswered(error)) this.#doubts.add(uid, action.desired);
        else this.#doubts.settle(uid, key);
      }
      const before = task.failures.get(key);
      const failure = explainFailure(action, error, this.#options.cluster);
      const attempts = (before?.attempts ?? 0) + 1;
      const retryAt =
        this.#clock.monotonic() + Math.max(backoffDelay(BACKOFF, attempts - 1, Math.random), failure.retryAfterMs ?? 0);
      task.failures.set(key, { ...failure, attempts, retryAt, digest: "desired" in action ? action.desired.digest : "" });
      if (before?.message !== failure.message) {
        this.#options.logger.warn("object not delivered", {
          cluster: this.#options.cluster,
          accessPoint: task.owner,
          object: `${failure.kind}/${failure.name}`,
          error: failure.message,
        });
      }
      return before?.message !== failure.message;
    }
  }

  /** Objects that may have been created although they are no longer wanted; a wanted one is created again, which tells. */
  #unwantedDoubts(uid: string, { assignment }: Task): readonly Desired[] {
    const doubts = this.#doubts.of(uid);
    return doubts.filter(({ key }) => !assignment.objects.some((object) => object.key === key));
  }

  #content(uid: string, key: ObjectKey): string | undefined {
    return this.#options.holdings.of(uid).get(key)?.object.ownedDigest;
  }

  /** Objects of which it is not known yet what others changed, and that are left as they are. */
  #unexamined(uid: string, { assignment, drifts }: Task): readonly (readonly [Desired, string])[] {
    if (assignment.sync.whenDrifted !== "Report") return [];
    const holdings = this.#options.holdings.of(uid);
    return assignment.objects.flatMap((desired) => {
      const found = standing(desired, uid, holdings);
      if (found.state !== "Drifted" || found.content === undefined) return [];
      return drifts.get(desired.key)?.content === found.content ? [] : [[desired, found.content] as const];
    });
  }

  /** Reads what others changed, once for each content. Returns whether there is news. */
  async #examineDrifts(uid: string, task: Task, signal: AbortSignal): Promise<boolean> {
    const unexamined = this.#unexamined(uid, task);
    for (const [desired, content] of unexamined) {
      try {
        task.drifts.set(desired.key, { content, drift: await this.#writer.examine(desired, signal) });
      } catch (error) {
        if (signal.aborted) return false;
        // That it drifted is reported all the same.
        this.#options.logger.debug("drift not examined", { cluster: this.#options.cluster, object: desired.key, error });
        task.drifts.set(desired.key, { content, drift: undefined });
      }
    }
    return unexamined.length > 0;
  }

  #tellRepair(owner: string, key: ObjectKey, by: string, drift: Drift | undefined): void {
    const [kind = ""] = key.split(".");
    const repair = {
      cluster: this.#options.cluster,
      object: `${kind}/${key.slice(key.lastIndexOf("/") + 1)}`,
      by,
      ...(drift?.fields.length ? { fields: driftText(drift) } : {}),
    };
    this.#options.logger.info("drift repaired", { accessPoint: owner, ...repair });
    this.#options.onRepair?.(owner, repair);
  }

  #nextRetry({ failures }: Task): Requeue | undefined {
    const due = [...failures.values()].map(({ retryAt }) => retryAt - this.#clock.monotonic());
    return due.length > 0 ? { requeueAfterMs: Math.max(1, Math.min(...due)) } : undefined;
  }

  /** A failure ends with what caused it: another manifest, an object that is no longer wanted, or one that is as it should be after all. */
  #forgetOld(uid: string, { assignment, failures, drifts }: Task): void {
    if (failures.size === 0 && drifts.size === 0) return;
    const wanted = new Map(assignment.objects.map((object) => [object.key, object]));
    const holdings = this.#options.holdings.of(uid);
    for (const [key, { digest }] of failures) {
      const object = wanted.get(key);
      const isGone = !object && !holdings.get(key);
      if ((object?.digest ?? "") !== digest || isGone) failures.delete(key);
      else if (object && standing(object, uid, holdings).state === "Ready") failures.delete(key);
    }
    for (const key of drifts.keys()) {
      const object = wanted.get(key);
      if (!object || standing(object, uid, holdings).state !== "Drifted") drifts.delete(key);
    }
  }
}
