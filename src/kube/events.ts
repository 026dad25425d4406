import { createHash } from "node:crypto";
import PQueue from "p-queue";
import { backoffDelay } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { ApiError, UnreachableError } from "./errors.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { KubeObject, ObjectMeta, Resource } from "./resource.ts";

/**
 * core/v1, because that is what `kubectl describe` and `kubectl events` read, and because its counters may be written again: the
 * events.k8s.io API shows the same objects, but makes eventTime immutable, so that a restart could not go on with a name.
 */
const EVENTS: Resource = { group: "", version: "v1", plural: "events", kind: "Event", namespaced: true };

/** What an Event is about; every KubeObject fits. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Pick<ObjectMeta, "name" | "namespace" | "uid">>;
}

export interface Occurrence {
  readonly regarding: Regarding;
  readonly type: "Normal" | "Warning";
  /** CamelCase, why: "RolloutPaused". */
  readonly reason: string;
  /** CamelCase, what was done or tried: "Apply". */
  readonly action?: string;
  /** For people; cut at 1,024 characters. What differs here is another event. */
  readonly note: string;
}

export interface EventRecorderOptions {
  readonly client: Pick<KubeClient, "apply">;
  /** Shown as the source; default "federated-accesspoint". */
  readonly controller?: string;
  /** Which replica; default "". */
  readonly instance?: string;
  /** Repetitions of one event are counted and told at most this often; milliseconds, default 60,000. */
  readonly repeatMs?: number;
  /** Distinct events that one object may cause at once, and how often it is allowed one more; default 25 and 300,000 ms. */
  readonly burst?: number;
  readonly refillMs?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly logger?: Logger;
}

export interface EventStats {
  readonly sent: number;
  /** Over an object's budget, or too many waiting. */
  readonly dropped: number;
  readonly failed: number;
}

/** API servers keep Events for an hour by default; what is older starts anew. Milliseconds. */
const FORGET_MS = 3_600_000;
/** Distinct events, and objects with a budget, that are remembered. */
const REMEMBERED = 4_096;
const LONGEST_NOTE = 1_024;
/** Events that wait to be sent. */
const BACKLOG = 1_000;
const ATTEMPTS = 4;

interface Series {
  readonly name: string;
  readonly occurrence: Occurrence;
  readonly first: number;
  count: number;
  last: number;
  /** A request waits or a timer runs: it will tell the newest count. */
  pending: boolean;
}

interface Budget {
  left: number;
  at: number;
}

/**
 * Kubernetes Events: one request per distinct event, by server-side apply under a name made from its content, so that a restart
 * writes the same object again instead of another one. Recording never waits and never fails.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #controller: string;
  readonly #series = new Map<string, Series>();
  readonly #budgets = new Map<string, Budget>();
  readonly #timers = new Set<() => void>();
  readonly #sending = new PQueue({ concurrency: 2 });
  readonly #stopping = new AbortController();
  #stats: EventStats = { sent: 0, dropped: 0, failed: 0 };
  #failing = false;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#controller = options.controller ?? "federated-accesspoint";
  }

  get stats(): EventStats {
    return this.#stats;
  }

  record(occurrence: Occurrence): void {
    if (this.#stopping.signal.aborted) return;
    const name = this.#nameOf(occurrence);
    const now = this.#clock.now();
    const known = this.#series.get(name);
    if (known !== undefined && now - known.last < FORGET_MS) this.#repeat(known, now);
    else this.#begin(name, occurrence, now);
  }

  /** Resolves when everything recorded so far was sent or given up; later repetitions are not waited for. */
  flush(): Promise<void> {
    return this.#sending.onIdle();
  }

  /** Sends what waits, without retries, and records nothing any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    await this.flush();
  }

  #begin(name: string, occurrence: Occurrence, now: number): void {
    if (this.#sending.size >= BACKLOG || !this.#afford(occurrence.regarding)) {
      this.#stats = { ...this.#stats, dropped: this.#stats.dropped + 1 };
      return;
    }
    const series: Series = { name, occurrence, first: now, count: 1, last: now, pending: false };
    remember(this.#series, name, series);
    this.#queue(series);
  }

  #repeat(series: Series, now: number): void {
    series.count++;
    series.last = now;
    remember(this.#series, series.name, series);
    if (series.pending) return;
    series.pending = true;
    const cancel = this.#clock.timer(this.#options.repeatMs ?? 60_000, () => {
      this.#timers.delete(cancel);
      this.#queue(series);
    });
    this.#timers.add(cancel);
  }

  /** A bucket of tokens per object: one that flaps must not fill the store of the hub. */
  #afford({ apiVersion, kind, metadata }: Regarding): boolean {
    const { burst = 25, refillMs = 300_000 } = this.#options;
    const key = [apiVersion, kind, metadata.namespace ?? "", metadata.name, metadata.uid ?? ""].join("/");
    const now = this.#clock.monotonic();
    const budget = this.#budgets.get(key) ?? { left: burst, at: now };
    const left = Math.min(burst, budget.left + (now - budget.at) / refillMs);
    const affordable = left >= 1;
    remember(this.#budgets, key, { left: affordable ? left - 1 : left, at: now });
    return affordable;
  }

  #queue(series: Series): void {
    series.pending = true;
    void this.#sending.add(() => this.#send(series));
  }

  async #send(series: Series): Promise<void> {
    try {
      await this.#attempt(series);
      this.#stats = { ...this.#stats, sent: this.#stats.sent + 1 };
      this.#failing = false;
    } catch (error) {
      this.#stats = { ...this.#stats, failed: this.#stats.failed + 1 };
      // Once per outage: the cause is the same for all, and none of them is worth more than a line.
      if (!this.#failing) this.#logger.warn("an Event could not be written", { event: series.name, error });
      this.#failing = true;
    }
  }

  async #attempt(series: Series): Promise<void> {
    const { client, random = Math.random } = this.#options;
    for (let attempt = 0; ; attempt++) {
      series.pending = false;
      try {
        await client.apply(EVENTS, this.#body(series), { fieldManager: this.#controller, force: true, priority: -1 });
        return;
      } catch (error) {
        if (!worthRetrying(error) || attempt + 1 === ATTEMPTS || this.#stopping.signal.aborted) throw error;
        series.pending = true;
        await sleep(this.#clock, backoffDelay({ baseMs: 1_000, capMs: 30_000 }, attempt, random), this.#stopping.signal);
      }
    }
  }

  #body({ name, occurrence, first, count, last }: Series): KubeObject {
    const { regarding, type, reason, action, note } = occurrence;
    const { namespace, name: regardingName, uid } = regarding.metadata;
    return {
      apiVersion: "v1",
      kind: "Event",
      // Events about cluster-scoped objects live in "default"; the API server insists on it.
      metadata: { name, namespace: namespace ?? "default" },
      involvedObject: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name: regardingName,
        ...(namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
      },
      type,
      reason,
      message: cut(note),
      ...(action !== undefined && { action }),
      count,
      firstTimestamp: timestamp(first),
      lastTimestamp: timestamp(last),
      source: { component: this.#controller },
      reportingComponent: this.#controller,
      reportingInstance: this.#options.instance ?? "",
    };
  }

  #nameOf({ regarding, type, reason, action, note }: Occurrence): string {
    const { apiVersion, kind, metadata } = regarding;
    const content = [
      this.#controller,
      apiVersion,
      kind,
      metadata.uid,
      metadata.namespace,
      metadata.name,
      type,
      reason,
      action,
      cut(note),
    ];
    const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
    // Object names end after 253 characters.
    return `${metadata.name.slice(0, 236).replace(/[^a-z0-9]+$/, "")}.${digest}`;
  }
}

/** The server may do it next time: no answer, too busy, or ill. */
function worthRetrying(error: unknown): boolean {
  return error instanceof UnreachableError || (error instanceof ApiError && (error.status === 429 || error.status >= 500));
}

const cut = (note: string): string => (note.length > LONGEST_NOTE ? `${note.slice(0, LONGEST_NOTE - 1)}…` : note);

const timestamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** Puts `key` last and forgets the first when there are too many: least recently used. */
function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
