import { type BackoffOptions, backoffDelay } from "./backoff.ts";
import { type Arrival, Cache, type Change, compareVersions, type Entry, objectKey } from "./cache.ts";
import type { KubeClient, Selection, WatchEvent } from "./client.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import {
  AbortedError,
  AnswerTooLargeError,
  ApiError,
  CollectionTooLargeError,
  GoneError,
  MalformedAnswerError,
  NotFoundError,
} from "./errors.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { KubeObject, Resource } from "./resource.ts";

export { type Change, type Entry, objectKey } from "./cache.ts";

export interface ReflectorState {
  /** A complete list was seen once; stays true when the connection is lost. */
  readonly synced: boolean;
  /** A watch is open. */
  readonly connected: boolean;
  /**
   * Why it is not connected; absent while it is. After an answer that no API server gives it stays until a watch has lasted: who
   * opens watches only to break them is not connected. A `NotFoundError`: the kind is not installed.
   */
  readonly lastError?: Error;
  /** When the server was last heard, milliseconds since the epoch. */
  readonly lastActivity?: number;
  /** Since when every attempt has failed, milliseconds since the epoch; absent with `lastError`. */
  readonly failingSince?: number;
}

export interface ReflectorStats {
  readonly lists: number;
  readonly watches: number;
  /** Objects delivered by watches; bookmarks not counted. */
  readonly events: number;
  /** Objects that `transform` threw on. */
  readonly skipped: number;
}

export interface ReflectorOptions<T> extends Selection {
  readonly client: Pick<KubeClient, "listPage" | "watch">;
  readonly resource: Resource;
  /**
   * What is kept of an object; undefined: nothing. When it throws, the object is skipped, logged and counted, and what was kept of
   * it before stays: an object that cannot be read is not a deleted one.
   */
  readonly transform: (object: KubeObject) => T | undefined;
  /** Whether the object is one that was asked for; default yes. A server that sends others is not trusted any further. */
  readonly isAskedFor?: (object: KubeObject) => boolean;
  readonly onChange?: (change: Change<T>) => void;
  /** Called when synced, connected or lastError changed. */
  readonly onStateChange?: (state: ReflectorState) => void;
  /** Objects a list page; default 500. Less is asked for where an answer is too long. */
  readonly pageSize?: number;
  /** Objects that are kept at most; default 50,000. A server that has more is not read. */
  readonly maxObjects?: number;
  /** A watch that is silent for so long is dropped; milliseconds, default 330,000, longer than a watch lasts. */
  readonly idleTimeoutMs?: number;
  /** Between attempts; default 500 ms to 30 s. */
  readonly backoff?: BackoffOptions;
  /** Between attempts while the server does not know the kind; milliseconds, default 60,000. */
  readonly missingRetryMs?: number;
  readonly clock?: Clock;
  /** [0, 1), default Math.random. */
  readonly random?: () => number;
  readonly logger?: Logger;
}

/** Bounds for what one collection may be, so that no server fills the memory of those that read it. */
const MAX_OBJECTS = 50_000;
/** Pages are full but for the last, so that an honest server needs half as many. */
const maxPages = (maxObjects: number, pageSize: number): number => Math.min(1000, 2 * Math.ceil(maxObjects / pageSize) + 1);
const MAX_BYTES = 256 * 2 ** 20;
/** Until a collection that was too large is looked at again: reading so much costs others. Milliseconds. */
const TOO_LARGE_RETRY_MS = 300_000;

/** Before the next attempt. */
interface Pause {
  readonly pauseMs: number;
  /** Default true: whoever asks for a connection gets it at once. */
  readonly mayEndEarlier?: boolean;
}

/** A watch that lasted so long ends a series of failures. Milliseconds. */
const HEALTHY_MS = 10_000;
/** A server may ask for patience, but not for ever. Milliseconds. */
const LONGEST_RETRY_AFTER = 120_000;
/** The server ends a watch after this, or up to a quarter earlier; spread, so that not all come back at once. Seconds. */
const WATCH_SECONDS = 300;
/**
 * Longer than a watch lasts: an API server sends no bookmarks on a kind that never changed, so that silence alone means nothing
 * before the watch should have ended. Milliseconds.
 */
const IDLE_MS = (WATCH_SECONDS + 30) * 1000;
/** So many watches in a row that say nothing at all, not even a bookmark: their resourceVersion may come from a lost future. */
const SILENT_WATCHES = 2;

/**
 * A local copy of a collection that survives its server: lists once, watches from there, resumes where the connection broke, and
 * lists again only when the server has forgotten that point. Runs until `stop`; no failure ends it.
 */
export class Reflector<T> {
  readonly #options: ReflectorOptions<T>;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #logger: Logger;
  readonly #cache: Cache<T>;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<() => void>();
  /** Ends the watch or the pause that is under way. */
  #step = new AbortController();
  #cancelProof: () => void = () => {};
  #running: Promise<void> | undefined;
  #state: ReflectorState = { synced: false, connected: false };
  #stats: ReflectorStats = { lists: 0, watches: 0, events: 0, skipped: 0 };
  #mustList = true;
  #attempt = 0;
  #silentWatches = 0;
  #pageSize: number;
  /** A skipped object of this connection was logged. */
  #toldSkipped = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#logger = options.logger ?? silentLogger;
    this.#cache = new Cache((change) => this.#tell(change));
    this.#pageSize = options.pageSize ?? 500;
  }

  get state(): ReflectorState {
    return this.#state;
  }

  get stats(): ReflectorStats {
    return this.#stats;
  }

  get size(): number {
    return this.#cache.entries.size;
  }

  /** `key` as objectKey() makes it. */
  get(key: string): Entry<T> | undefined {
    return this.#cache.entries.get(key);
  }

  *values(): Generator<T> {
    for (const { object } of this.#cache.entries.values()) yield object;
  }

  entries(): MapIterator<[string, Entry<T>]> {
    return this.#cache.entries.entries();
  }

  start(): void {
    if (this.#running !== undefined) throw new Error("a reflector is started once");
    this.#running = this.#run();
  }

  /** Resolves when nothing runs any more; what was cached stays readable. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#step.abort();
    this.#wake();
    await this.#running;
  }

  /** Rejects with AbortedError when `signal` aborts or the reflector is stopped before. */
  async whenSynced(signal?: AbortSignal): Promise<void> {
    while (!this.#state.synced) {
      if (signal?.aborted || this.#stopping.signal.aborted) throw new AbortedError(`${this.#options.resource.plural}: not synced`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#waiting.delete(wake);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal?.addEventListener("abort", wake);
      });
    }
  }

  /**
   * The answer to our own write, so that the next pass does not decide on older data. Kept, unconfirmed, only when it is newer than
   * what the watch has told. Must belong to this reflector's selection, and not be an answer to a dry run.
   *
   * @returns What would be kept of it; undefined where that is nothing.
   */
  observe(object: KubeObject): T | undefined {
    const { resourceVersion } = object.metadata;
    const read = this.#readBefore(object) ?? this.#read(object);
    if (!read.readable || read.object === undefined) return undefined;
    if (resourceVersion !== undefined) this.#cache.written(read.key, read.object, resourceVersion);
    return read.object;
  }

  /**
   * Drops the watch, or the pause before it, and opens it again from where it was; lists only when that was due anyway. The pause
   * after a collection that was too large stays as it is.
   */
  reconnect(): void {
    this.#attempt = 0;
    this.#step.abort();
  }

  /** The kind itself is gone, and with it what was cached: a server that no longer serves it cannot say so object by object. */
  forget(): void {
    this.#cache.emptied();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      this.#step = new AbortController();
      const { pauseMs, mayEndEarlier = true } = await this.#listAndWatch(this.#step.signal);
      await sleep(this.#clock, pauseMs, (mayEndEarlier ? this.#step : this.#stopping).signal);
    }
    this.#change({ connected: false });
  }

  /** One list when it is due and one watch. */
  async #listAndWatch(signal: AbortSignal): Promise<Pause> {
    let openedAt: number | undefined;
    try {
      if (this.#mustList) await this.#list();
      const opened = () => {
        openedAt = this.#clock.monotonic();
        this.#opened();
      };
      await this.#watch(signal, opened);
      return this.#pauseAfter(openedAt, undefined);
    } catch (error) {
      if (this.#stopping.signal.aborted) return { pauseMs: 0 };
      const reason = error instanceof Error ? error : new Error(String(error));
      // Too old, gone as a kind, or not to be trusted: the next watch needs a list before it. Everything else resumes.
      if (reason instanceof GoneError || reason instanceof NotFoundError || reason instanceof MalformedAnswerError)
        this.#mustList = true;
      this.#failed(reason);
      return this.#pauseAfter(openedAt, reason);
    }
  }

  /** Lists in pages that are as small as they have to be. */
  async #list(): Promise<void> {
    for (;;) {
      try {
        await this.#listOnce();
        return;
      } catch (error) {
        if (!(error instanceof AnswerTooLargeError) || this.#pageSize === 1) throw error;
        this.#pageSize = Math.ceil(this.#pageSize / 8);
      }
    }
  }

  async #listOnce(): Promise<void> {
    const { client, resource } = this.#options;
    const arrivals: Arrival<T>[] = [];
    const unreadable = new Set<string>();
    this.#stats = { ...this.#stats, lists: this.#stats.lists + 1 };
    this.#cache.listBegins();
    let token: string | undefined;
    let snapshot: string | undefined;
    let [pages, objects, bytes] = [0, 0, 0];
    do {
      const page = await client.listPage(resource, {
        ...this.#selection(),
        limit: this.#pageSize,
        signal: this.#stopping.signal,
        ...(token !== undefined && { continue: token }),
      });
      this.#heard();
      pages++;
      objects += page.items.length;
      bytes += page.bytes;
      this.#checkSize(objects, pages, bytes);
      for (const item of page.items) {
        const read = this.#read(item);
        if (!read.readable) unreadable.add(read.key);
        else if (read.object !== undefined) {
          arrivals.push({ key: read.key, object: read.object, resourceVersion: item.metadata.resourceVersion ?? "" });
        }
      }
      snapshot ??= page.resourceVersion;
      token = page.continue;
    } while (token !== undefined);
    this.#cache.listed(arrivals, unreadable, snapshot);
    this.#mustList = false;
    this.#change({ synced: true });
    this.#wake();
  }

  async #watch(signal: AbortSignal, onOpen: () => void): Promise<void> {
    const { client, resource, idleTimeoutMs = IDLE_MS } = this.#options;
    this.#stats = { ...this.#stats, watches: this.#stats.watches + 1 };
    const events = client.watch(resource, {
      ...this.#selection(),
      resourceVersion: this.#cache.position,
      timeoutSeconds: Math.round(WATCH_SECONDS * (1 - this.#random() / 4)),
      allowWatchBookmarks: true,
      idleTimeoutMs,
      signal,
      onOpen,
    });
    const began = this.#clock.monotonic();
    let silent = true;
    try {
      for await (const event of events) {
        silent = false;
        this.#heard();
        this.#receive(event);
      }
    } finally {
      this.#cancelProof();
      const telling = !silent || this.#clock.monotonic() - began < idleTimeoutMs;
      this.#silentWatches = telling ? 0 : this.#silentWatches + 1;
      if (this.#silentWatches >= SILENT_WATCHES) this.#mustList = true;
    }
  }

  #receive({ type, object }: WatchEvent): void {
    const resourceVersion = object.metadata.resourceVersion ?? "";
    const position = this.#cache.position;
    // A server that was restored from a backup: nothing that is cached can be trusted to be still there.
    if (compareVersions(resourceVersion, position) === -1) {
      throw new MalformedAnswerError(
        `${this.#options.resource.plural}: the server went back from ${position} to ${resourceVersion}`,
      );
    }
    if (type === "BOOKMARK") {
      this.#cache.advanced(resourceVersion);
      return;
    }
    this.#stats = { ...this.#stats, events: this.#stats.events + 1 };
    if (type === "ADDED" && !this.#cache.entries.has(objectKey(object.metadata))) this.#checkSize(this.#cache.entries.size + 1);
    const read = type === "DELETED" ? gone(object) : (this.#readBefore(object) ?? this.#read(object));
    if (read.readable) this.#cache.arrived(read.key, read.object, resourceVersion);
    else this.#cache.advanced(resourceVersion);
  }

  /** What was read already: the watch brings the answer to our own write, or brought it before it was answered. */
  #readBefore({ metadata }: KubeObject): Read<T> | undefined {
    const key = objectKey(metadata);
    const known = this.#cache.entries.get(key);
    return known && known.resourceVersion === metadata.resourceVersion ? { key, readable: true, object: known.object } : undefined;
  }

  #read(object: KubeObject): Read<T> {
    const { resource, isAskedFor } = this.#options;
    if (isAskedFor?.(object) === false)
      throw new MalformedAnswerError(`${resource.plural}: an object that was not asked for was sent`);
    const key = objectKey(object.metadata);
    try {
      return { key, readable: true, object: this.#options.transform(object) };
    } catch (error) {
      this.#stats = { ...this.#stats, skipped: this.#stats.skipped + 1 };
      if (!this.#toldSkipped)
        this.#logger.warn("objects are skipped that cannot be read, this and perhaps more", {
          resource: this.#options.resource.plural,
          key,
          error,
        });
      this.#toldSkipped = true;
      return { key, readable: false };
    }
  }

  #pauseAfter(openedAt: number | undefined, reason: Error | undefined): Pause {
    if (openedAt !== undefined && this.#clock.monotonic() - openedAt >= HEALTHY_MS) {
      this.#attempt = 0;
      // The normal end of a watch.
      if (reason === undefined) return { pauseMs: 0 };
    }
    const { backoff = { baseMs: 500, capMs: 30_000 }, missingRetryMs = 60_000 } = this.#options;
    if (reason instanceof NotFoundError) return { pauseMs: missingRetryMs * (0.5 + this.#random() / 2) };
    // Whoever makes this busy enough to miss other answers would otherwise be read again because of it.
    if (reason instanceof AnswerTooLargeError || reason instanceof CollectionTooLargeError)
      return { pauseMs: TOO_LARGE_RETRY_MS * (0.5 + this.#random() / 2), mayEndEarlier: false };
    const askedMs = reason instanceof ApiError ? Math.min(reason.retryAfterMs ?? 0, LONGEST_RETRY_AFTER) : 0;
    return { pauseMs: askedMs + backoffDelay(backoff, this.#attempt++, this.#random) };
  }

  #opened(): void {
    this.#heard();
    this.#toldSkipped = false;
    const { lastError } = this.#state;
    if (lastError instanceof MalformedAnswerError || lastError instanceof AnswerTooLargeError) {
      this.#change({ connected: true });
      this.#cancelProof = this.#clock.timer(HEALTHY_MS, () => this.#connected());
    } else this.#connected();
  }

  #connected(): void {
    const { lastError, failingSince: _, ...state } = this.#state;
    if (lastError !== undefined) this.#logger.info("watch is back", { resource: this.#options.resource.plural });
    if (state.connected && lastError === undefined) return;
    this.#state = { ...state, connected: true };
    this.#options.onStateChange?.(this.#state);
  }

  /** Logged when it is another failure than the last one, not at every attempt. */
  #failed(reason: Error): void {
    const news = reason.message !== this.#state.lastError?.message;
    const { plural } = this.#options.resource;
    // Who needs the kind says what is missing; the others do without it.
    if (news && reason instanceof NotFoundError) this.#logger.info("kind is not served", { resource: plural, error: reason });
    else if (news) this.#logger.warn("watch lost", { resource: plural, error: reason });
    const failingSince = this.#state.failingSince ?? this.#clock.now();
    this.#change({ connected: false, lastError: reason, failingSince });
  }

  /** @throws CollectionTooLargeError */
  #checkSize(objects: number, pages = 0, bytes = 0): void {
    const { resource, maxObjects = MAX_OBJECTS } = this.#options;
    const most = maxPages(maxObjects, this.#pageSize);
    const limits = `at most ${maxObjects} objects in ${most} pages and ${MAX_BYTES} bytes are taken in`;
    if (objects > maxObjects || pages > most || bytes > MAX_BYTES)
      throw new CollectionTooLargeError(`the collection of ${resource.plural} is too large or without end: ${limits}`);
  }

  #heard(): void {
    this.#state = { ...this.#state, lastActivity: this.#clock.now() };
  }

  #change(changes: Partial<ReflectorState>): void {
    const before = this.#state;
    this.#state = { ...before, ...changes };
    const { synced, connected, lastError } = this.#state;
    const same = synced === before.synced && connected === before.connected && lastError?.message === before.lastError?.message;
    if (!same) this.#options.onStateChange?.(this.#state);
  }

  #tell(change: Change<T>): void {
    try {
      this.#options.onChange?.(change);
    } catch (error) {
      this.#logger.error("a change could not be passed on", { resource: this.#options.resource.plural, key: change.key, error });
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #selection(): Selection {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return {
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
      ...(fieldSelector !== undefined && { fieldSelector }),
    };
  }
}

type Read<T> =
  | { readonly key: string; readonly readable: true; readonly object: T | undefined }
  | { readonly key: string; readonly readable: false };

const gone = (object: KubeObject): Read<never> => ({ key: objectKey(object.metadata), readable: true, object: undefined });
