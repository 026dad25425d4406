import type { Resource } from "../api/resource.ts";
import { backoffDelay } from "../kube/backoff.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Clock, sleep } from "../kube/clock.ts";
import { ForbiddenError, NotFoundError } from "../kube/errors.ts";
import type { Logger } from "../kube/logger.ts";
import { Reflector } from "../kube/reflector.ts";
import type { KubeObject } from "../kube/resource.ts";
import { findResource } from "./serving.ts";

export interface LeaderWatchOptions<T> {
  readonly client: KubeClient;
  readonly apiVersion: string;
  readonly kind: string;
  /** Not looked at for kinds without namespaces. */
  readonly namespace: string;
  /** What is kept of an object. */
  readonly transform: (object: KubeObject) => T;
  /** An object changed; it is given as it is now and as it was before. */
  readonly onObject: (now: T | undefined, before: T | undefined) => void;
  /** It became readable, or stopped being so. */
  readonly onState: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Whether what a watch has can be relied on. */
export type WatchState =
  | { readonly state: "Ready" }
  | { readonly state: "Loading" }
  | { readonly state: "LeaderKindMissing" | "LeaderUnreadable"; readonly message: string };

/** How soon a kind is looked for again that is not served. Milliseconds. */
const MISSING_RETRY_MS = 5_000;

/** The objects of one kind in one namespace, whether or not the API server serves that kind yet. Runs until `stop`. */
export class LeaderWatch<T> {
  readonly #options: LeaderWatchOptions<T>;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #reflector: Reflector<T> | undefined;
  #state: WatchState = { state: "Loading" };

  constructor(options: LeaderWatchOptions<T>) {
    this.#options = options;
    this.#running = this.#find();
  }

  get state(): WatchState {
    return this.#state;
  }

  *values(): Generator<T> {
    if (this.#reflector) yield* this.#reflector.values();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    await this.#reflector?.stop();
  }

  async #find(): Promise<void> {
    const { client, apiVersion, kind, clock } = this.#options;
    const { signal } = this.#stopping;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const resource = await findResource(client, apiVersion, kind, signal);
        if (resource) {
          this.#watch(resource);
          return;
        }
        this.#enter(this.#missing());
        await sleep(clock, MISSING_RETRY_MS, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ForbiddenError) this.#enter({ state: "LeaderUnreadable", message: error.message });
        await sleep(clock, backoffDelay({ baseMs: 500, capMs: 30_000 }, attempt, Math.random), signal);
      }
    }
  }

  #watch(resource: Resource): void {
    const { client, namespace, transform, onObject, clock, logger } = this.#options;
    const reflector = new Reflector<T>({
      client,
      resource,
      ...(resource.namespaced ? { namespace } : {}),
      transform,
      onChange: ({ type, object, old }) => onObject(type === "deleted" ? undefined : object, type === "deleted" ? object : old),
      onStateChange: ({ synced, lastError }) => {
        if (lastError instanceof NotFoundError) this.#enter(this.#missing());
        else if (lastError instanceof ForbiddenError) this.#enter({ state: "LeaderUnreadable", message: lastError.message });
        else if (synced) this.#enter({ state: "Ready" });
      },
      missingRetryMs: MISSING_RETRY_MS,
      clock,
      logger,
    });
    this.#reflector = reflector;
    if (!this.#stopping.signal.aborted) reflector.start();
  }

  #missing(): WatchState {
    const { apiVersion, kind } = this.#options;
    return { state: "LeaderKindMissing", message: `kind ${kind} of ${apiVersion} is not served` };
  }

  #enter(state: WatchState): void {
    if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
    this.#state = state;
    this.#options.onState();
  }
}
