import PQueue from "p-queue";
import { type BackoffOptions, backoffDelay } from "./backoff.ts";
import { type Clock, systemClock } from "./clock.ts";
import { ApiError, TerminalError } from "./errors.ts";
import { type Logger, silentLogger } from "./logger.ts";

/** What a pass over one key asks for. */
export interface Requeue {
  /** Look again after so many milliseconds. */
  readonly requeueAfterMs: number;
}

export interface Run {
  readonly key: string;
  readonly outcome: "done" | "requeued" | "retry" | "terminal";
  /** From being due to being started, milliseconds. */
  readonly waitedMs: number;
  readonly ranMs: number;
}

export interface WorkQueueOptions {
  /**
   * One pass over one key. A rejection is retried with back-off, with TerminalError not until the key is added again. `signal`
   * aborts when the queue is stopped.
   */
  readonly run: (key: string, signal: AbortSignal) => Promise<Requeue | undefined>;
  /** Keys that run at once. */
  readonly concurrency: number;
  /** Per key; default 500 ms to 5 minutes. */
  readonly backoff?: BackoffOptions;
  /** Called after each run, for measurements. */
  readonly onRun?: (run: Run) => void;
  readonly clock?: Clock;
  /** [0, 1), default Math.random. */
  readonly random?: () => number;
  readonly logger?: Logger;
}

interface Failures {
  readonly count: number;
  readonly message: string;
}

/**
 * A queue of keys, not of events: however often a key is added, it waits once, never runs twice at a time, and runs again when it
 * was added while it ran. First come, first served. Failures are logged here and nowhere else.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lanes: PQueue;
  readonly #stopping = new AbortController();
  /** Keys that wait for a lane, with the time they became due. */
  readonly #waiting = new Map<string, number>();
  readonly #running = new Set<string>();
  /** Running keys that were added meanwhile. */
  readonly #again = new Set<string>();
  readonly #timers = new Map<string, { readonly dueAt: number; readonly cancel: () => void }>();
  readonly #failures = new Map<string, Failures>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#lanes = new PQueue({ concurrency: options.concurrency });
  }

  /** Keys that are due and wait for a lane. */
  get depth(): number {
    return this.#waiting.size;
  }

  get inFlight(): number {
    return this.#running.size;
  }

  /** Keys that wait for their time: requeued, or failed and backing off. */
  get delayed(): number {
    return this.#timers.size;
  }

  /**
   * Runs `key` after `delayMs` milliseconds, or earlier when it is added for earlier; the start of a run settles every earlier add,
   * and the run itself says when to look again. Ignored once stopped.
   */
  add(key: string, delayMs = 0): void {
    if (this.#stopping.signal.aborted) return;
    if (delayMs > 0) {
      this.#schedule(key, delayMs);
    } else if (this.#running.has(key)) {
      this.#again.add(key);
    } else if (!this.#waiting.has(key)) {
      this.#waiting.set(key, this.#clock.monotonic());
      void this.#lanes.add(() => this.#process(key));
    }
  }

  /** Resolves when nothing is due and nothing runs; delayed keys are not waited for. */
  drain(): Promise<void> {
    return this.#lanes.onIdle();
  }

  /** Starts nothing any more, aborts what runs, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#waiting.clear();
    this.#lanes.clear();
    await this.#lanes.onPendingZero();
  }

  async #process(key: string): Promise<void> {
    const startedAt = this.#clock.monotonic();
    const waitedMs = startedAt - (this.#waiting.get(key) ?? startedAt);
    this.#waiting.delete(key);
    this.#unschedule(key);
    this.#running.add(key);
    const outcome = await this.#attempt(key);
    this.#running.delete(key);
    if (this.#again.delete(key) && outcome !== "retry") this.add(key);
    this.#options.onRun?.({ key, outcome, waitedMs, ranMs: this.#clock.monotonic() - startedAt });
  }

  async #attempt(key: string): Promise<Run["outcome"]> {
    try {
      const requeue = await this.#options.run(key, this.#stopping.signal);
      this.#failures.delete(key);
      if (requeue === undefined) return "done";
      this.#schedule(key, requeue.requeueAfterMs);
      return "requeued";
    } catch (error) {
      if (this.#stopping.signal.aborted) return "done";
      return this.#failed(key, error);
    }
  }

  #failed(key: string, error: unknown): "retry" | "terminal" {
    if (error instanceof TerminalError) {
      this.#failures.delete(key);
      this.#logger.error("given up until it changes", { key, error });
      return "terminal";
    }
    const { backoff = { baseMs: 500, capMs: 300_000 }, random = Math.random } = this.#options;
    const before = this.#failures.get(key) ?? { count: 0, message: "" };
    const message = error instanceof Error ? error.message : String(error);
    const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    const backoffMs = backoffDelay(backoff, before.count, random);
    // Added while it failed: something is new, so it is worth a try soon, but a pass that causes its own events must not spin.
    const retryMs = Math.max(askedMs, this.#again.has(key) ? Math.min(backoffMs, backoff.baseMs) : backoffMs, 1);
    this.#failures.set(key, { count: before.count + 1, message });
    this.#logger[message === before.message ? "debug" : "warn"]("failed, will be tried again", { key, error, retryMs });
    this.#schedule(key, retryMs);
    return "retry";
  }

  #schedule(key: string, delayMs: number): void {
    if (this.#stopping.signal.aborted) return;
    const dueAt = this.#clock.monotonic() + delayMs;
    const scheduled = this.#timers.get(key);
    if (scheduled !== undefined && scheduled.dueAt <= dueAt) return;
    scheduled?.cancel();
    const cancel = this.#clock.timer(delayMs, () => {
      this.#timers.delete(key);
      this.add(key);
    });
    this.#timers.set(key, { dueAt, cancel });
  }

  #unschedule(key: string): void {
    this.#timers.get(key)?.cancel();
    this.#timers.delete(key);
  }
}
