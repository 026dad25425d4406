import { randomUUID } from "node:crypto";
import type { KubeClient, RequestOptions } from "./client.ts";
import { type Clock, sleep, systemClock } from "./clock.ts";
import { ConflictError, NotFoundError } from "./errors.ts";
import { type Logger, silentLogger } from "./logger.ts";
import type { KubeObject, Resource } from "./resource.ts";

const LEASES: Resource = { group: "coordination.k8s.io", version: "v1", plural: "leases", kind: "Lease", namespaced: true };

export interface LeaderElectorOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly namespace: string;
  readonly name: string;
  /** For people, e.g. the pod's name; made unique per elector by a suffix. */
  readonly identity: string;
  /** Others wait so long after the last renewal they saw; milliseconds, whole seconds, default 15,000. */
  readonly leaseDurationMs?: number;
  /** The holder gives up so long after its last successful renewal; less than `leaseDurationMs`, default 10,000. */
  readonly renewDeadlineMs?: number;
  /** Between renewals while all is well; milliseconds, default 5,000. */
  readonly renewMs?: number;
  /** Between attempts to acquire, and to renew after a failure; milliseconds, default 2,000, with up to 20 % jitter. */
  readonly retryMs?: number;
  readonly onAcquired?: () => void;
  /** Whatever the lease protects must stop at once: another may hold it `leaseDurationMs` - `renewDeadlineMs` later. */
  readonly onLost?: () => void;
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly logger?: Logger;
}

interface LeaseSpec {
  readonly holderIdentity?: string | null;
  readonly leaseDurationSeconds?: number | null;
  readonly acquireTime?: string | null;
  readonly renewTime?: string | null;
  readonly leaseTransitions?: number | null;
}

/**
 * Leader election by a Lease. There is never a second holder, without any agreement of clocks:
 *
 *     holder     renew sent ────── renewDeadline ─────▶ stops
 *     candidate        renew seen ────────── leaseDuration ──────────▶ may take it
 *
 * The holder counts from before its request was sent, the candidate from when it saw the result, and the holder's time is the
 * shorter one; each write carries the resourceVersion it is based on, so of two candidates one fails. Only who deletes or edits
 * the lease by hand can have two, until the next renewal.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #identity: string;
  readonly #leaseDurationMs: number;
  readonly #renewDeadlineMs: number;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  /** The lease as last read or written. */
  #lease: KubeObject | undefined;
  /** `#lease` may be outdated: a write failed, or its answer was lost. */
  #mustRead = true;
  /** When `#lease` was first seen in this version. */
  #seenAt = 0;
  /** When the request of the last successful renewal was sent; undefined when not holding. */
  #renewedAt: number | undefined;
  #stopDeadline: () => void = () => {};

  /** @throws Error when the durations could allow two holders. */
  constructor(options: LeaderElectorOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#identity = `${options.identity}_${randomUUID()}`;
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000;
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000;
    if (this.#renewDeadlineMs >= this.#leaseDurationMs) throw new Error("renewDeadlineMs must be less than leaseDurationMs");
  }

  /** True while this elector holds the lease; asked by time and not by a timer, so that a process that slept is not fooled. */
  get holds(): boolean {
    return this.#renewedAt !== undefined && this.#clock.monotonic() - this.#renewedAt < this.#renewDeadlineMs;
  }

  /** Who holds the lease as far as known, e.g. for a status page; "" for nobody. */
  get holder(): string {
    return specOf(this.#lease).holderIdentity ?? "";
  }

  start(): void {
    if (this.#running !== undefined) throw new Error("an elector is started once");
    this.#running = this.#run();
  }

  /** Gives the lease back so that another need not wait. Stop what it protects before. `onLost` is not called. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#stopDeadline();
    await this.#running;
    this.#renewedAt = undefined;
    if (this.#running !== undefined) await this.#release();
  }

  async #run(): Promise<void> {
    const { retryMs = 2_000, renewMs = 5_000, random = Math.random } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const renewed = await this.#tryToHold();
      const pauseMs = renewed ? renewMs : retryMs * (1 + 0.2 * random());
      await sleep(this.#clock, pauseMs, this.#stopping.signal);
    }
  }

  async #tryToHold(): Promise<boolean> {
    const sentAt = this.#clock.monotonic();
    try {
      const claimed = await this.#claim();
      this.#mustRead = !claimed;
      if (claimed) this.#held(sentAt);
      // Taken over all the same: somebody deleted the lease, or edited it.
      else if (this.#renewedAt !== undefined) this.#lost();
      return claimed;
    } catch (error) {
      this.#mustRead = true;
      if (this.#stopping.signal.aborted) return false;
      const contested = error instanceof ConflictError;
      this.#logger[contested ? "debug" : "warn"]("lease not written", { lease: this.#options.name, error });
      return false;
    }
  }

  /** True when the lease was written with us as its holder. A renewal is one request, without a read before it. */
  async #claim(): Promise<boolean> {
    const { client } = this.#options;
    const lease = this.#mustRead ? await this.#read() : this.#lease;
    if (lease === undefined) {
      this.#see(await client.create(LEASES, this.#fresh(), this.#request()));
      return true;
    }
    if (this.#belongsToAnother(lease)) return false;
    this.#see(await client.replace(LEASES, this.#claimed(lease), this.#request()));
    return true;
  }

  async #read(): Promise<KubeObject | undefined> {
    const { client, namespace, name } = this.#options;
    try {
      const lease = await client.get(LEASES, name, namespace, this.#request());
      this.#see(lease);
      return lease;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** Ahead of all other requests, and given up early enough for another attempt before the deadline. */
  #request(): RequestOptions {
    return { timeoutMs: this.#renewDeadlineMs / 3, signal: this.#stopping.signal, priority: 1_000 };
  }

  #belongsToAnother(lease: KubeObject): boolean {
    const { holderIdentity, leaseDurationSeconds } = specOf(lease);
    if (!holderIdentity || holderIdentity === this.#identity) return false;
    // The longer of both promises: a holder may have been configured otherwise.
    const promisedMs = Math.max(this.#leaseDurationMs, (leaseDurationSeconds ?? 0) * 1_000);
    return this.#clock.monotonic() - this.#seenAt < promisedMs;
  }

  /** Any change counts as a sign of life, measured by our own clock; the times in the lease are for people. */
  #see(lease: KubeObject): void {
    const changed = lease.metadata.resourceVersion !== this.#lease?.metadata.resourceVersion;
    if (changed) this.#seenAt = this.#clock.monotonic();
    this.#lease = lease;
  }

  #held(sentAt: number): void {
    const before = this.#renewedAt;
    this.#renewedAt = sentAt;
    this.#stopDeadline();
    this.#stopDeadline = this.#clock.timer(this.#renewDeadlineMs - (this.#clock.monotonic() - sentAt), () => this.#lost());
    if (before !== undefined) return;
    this.#logger.info("lease acquired", { lease: this.#options.name });
    this.#options.onAcquired?.();
  }

  #lost(): void {
    this.#stopDeadline();
    this.#renewedAt = undefined;
    this.#logger.error("lease lost", { lease: this.#options.name });
    this.#options.onLost?.();
  }

  async #release(): Promise<void> {
    const { client, namespace, name } = this.#options;
    const timeoutMs = this.#renewDeadlineMs / 3;
    try {
      const lease = await client.get(LEASES, name, namespace, { timeoutMs });
      if (specOf(lease).holderIdentity !== this.#identity) return;
      const spec: LeaseSpec = { ...specOf(lease), holderIdentity: "", leaseDurationSeconds: 1 };
      await client.replace(LEASES, { ...lease, spec }, { timeoutMs });
    } catch (error) {
      // It expires by itself; whoever waits for it waits a little longer.
      this.#logger.info("lease not released", { lease: name, error });
    }
  }

  #fresh(): KubeObject {
    const { namespace, name } = this.#options;
    return this.#claimed({ apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { namespace, name } });
  }

  #claimed(lease: KubeObject): KubeObject {
    const before = specOf(lease);
    const mine = before.holderIdentity === this.#identity;
    const now = microTime(this.#clock.now());
    const spec: LeaseSpec = {
      ...before,
      holderIdentity: this.#identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1_000),
      acquireTime: mine ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (mine || lease.spec === undefined ? 0 : 1),
    };
    return { ...lease, spec };
  }
}

const specOf = (lease: KubeObject | undefined): LeaseSpec => (lease?.spec ?? {}) as LeaseSpec;

/** RFC 3339 with six digits, as metav1.MicroTime insists on. */
const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");
