import type { KubeConfig } from "@kubernetes/client-node";
import type { MemberReadyReason } from "../api/conditions.ts";
import { CERTIFICATES, DELIVERABLE, ISTIO_VERSIONS } from "../api/kinds.ts";
import { apiVersionOf, type Resource } from "../api/resource.ts";
import type { Answer } from "../domain/inventory.ts";
import type { Reach } from "../domain/rollout/model.ts";
import { isRecord } from "../kube/answer.ts";
import { createClient, type KubeClient, type RequestInfo } from "../kube/client.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import {
  AnswerTooLargeError,
  ApiError,
  CollectionTooLargeError,
  CredentialsError,
  ForbiddenError,
  MalformedAnswerError,
  NotFoundError,
  UnauthorizedError,
} from "../kube/errors.ts";
import type { Logger } from "../kube/logger.ts";
import { Deliverer, type DriftNews } from "./deliverer.ts";
import { HoldingsStore } from "./holdings.ts";
import type { Prober } from "./probes.ts";
import { SurroundingsStore } from "./surroundings.ts";
import { NodeTopology } from "./topology.ts";

/** What is known of a member cluster's connection. */
export interface Standing {
  readonly reach: Reach;
  readonly reason: MemberReadyReason;
  readonly message: string;
  /** When it last answered, or when the first question went unanswered. ISO 8601. */
  readonly since?: string;
  /** When it last answered. ISO 8601. */
  readonly lastProbe?: string;
  readonly kubernetesVersion?: string;
  readonly istio?: { readonly installed: boolean; readonly version?: string };
}

export interface ProbeOptions {
  /** Between two probes of a cluster that answers; default 10 s. */
  readonly intervalMs?: number;
  /** Longest wait for an answer; default 5 s. */
  readonly timeoutMs?: number;
  /** So many unanswered probes in a row make a cluster unreachable; default 3. */
  readonly failureThreshold?: number;
}

export interface MemberOptions {
  readonly name: string;
  readonly kubeConfig: KubeConfig;
  readonly logger: Logger;
  /** Asks addresses that the cluster reports. */
  readonly prober: Prober;
  readonly probe?: ProbeOptions;
  /** An object of this AccessPoint changed here, or could not be changed; `writing`: more is about to. */
  readonly onObject: (owner: string, writing: boolean) => void;
  readonly onDrift?: (owner: string, news: DriftNews) => void;
  /** The standing changed, or a kind became readable. */
  readonly onStanding: () => void;
  readonly onRequest?: (info: RequestInfo) => void;
  readonly clock?: Clock;
}

const PROBE_DEFAULTS = { intervalMs: 10_000, timeoutMs: 5_000, failureThreshold: 3 } as const;
/** As long as the longest single object: members are not trusted to be brief. Lists are read in pages that fit. Bytes. */
const LONGEST_ANSWER = 8 * 2 ** 20;
/** The first probes of a silent cluster follow each other faster. Milliseconds. */
const FIRST_RETRY_MS = 500;

/** A live connection to one member cluster: is it there, what does it hold, bring it what it is to hold. */
export class Member {
  readonly name: string;
  readonly holdings: HoldingsStore;
  readonly surroundings: SurroundingsStore;
  readonly deliverer: Deliverer;
  readonly #topology: NodeTopology;
  readonly #options: MemberOptions;
  readonly #probe: Required<ProbeOptions>;
  readonly #clock: Clock;
  readonly #client: KubeClient;
  readonly #stopping = new AbortController();
  #standing: Standing = { reach: "Connecting", reason: "Connecting", message: "no answer yet" };
  /** Istio's kinds as the cluster listed them when some were missing. */
  #kindsSeen = "";
  #failures = 0;
  /** Reach and reason, as they were told last. */
  #told = "";
  #cancelTimer: () => void = () => {};
  #probing: Promise<void> = Promise.resolve();

  constructor(options: MemberOptions) {
    this.name = options.name;
    this.#options = options;
    this.#probe = { ...PROBE_DEFAULTS, ...options.probe };
    this.#clock = options.clock ?? systemClock;
    this.#client = createClient(options.kubeConfig, {
      ...(options.onRequest ? { onRequest: options.onRequest } : {}),
      clock: this.#clock,
      maxBodyBytes: LONGEST_ANSWER,
    });
    this.#topology = new NodeTopology(this.#client, this.#clock, options.onStanding);
    this.holdings = new HoldingsStore({
      client: this.#client,
      logger: options.logger,
      onChange: (uid, owner) => options.onObject(owner, this.deliverer.observed(uid)),
      onGone: (uid, key) => this.deliverer.lost(uid, key),
      onKindChange: () => options.onStanding(),
      onKindServed: () => this.deliverer.retryAll(),
    });
    this.surroundings = new SurroundingsStore({
      prober: options.prober,
      client: this.#client,
      logger: options.logger,
      onChange: (owner) => options.onObject(owner, false),
      served: (resource) => this.#served(resource),
      clock: this.#clock,
    });
    this.deliverer = new Deliverer({
      cluster: options.name,
      client: this.#client,
      holdings: this.holdings,
      logger: options.logger,
      onReport: (owner) => options.onObject(owner, false),
      ...(options.onDrift ? { onDrift: options.onDrift } : {}),
      clock: this.#clock,
    });
  }

  get client(): KubeClient {
    return this.#client;
  }

  get standing(): Standing {
    if (this.#standing.reach !== "Reachable") return this.#standing;
    const { intervalMs, failureThreshold } = this.#probe;
    const unreadable = this.holdings.unreadable(this.#clock.now(), intervalMs * failureThreshold);
    if (!unreadable) return this.#standing;
    // It answers, but not what it holds: without that nothing can be brought to it, nor said of it.
    const since = unreadable.since === undefined ? this.#standing.since : new Date(unreadable.since).toISOString();
    return { ...this.#standing, reach: "Unreachable", ...diagnose(unreadable.error), ...(since ? { since } : {}) };
  }

  /**
   * Where its nodes say that the cluster stands.
   *
   * @param wanted Whether anybody needs to know: otherwise they are not asked.
   */
  location(wanted: boolean): Answer {
    this.#topology.want(wanted);
    if (this.#standing.reach === "Reachable") this.#topology.refresh();
    return this.#topology.answer;
  }

  start(): void {
    this.#probing = this.#probeOnce();
  }

  /** Starts watching what a revision may consist of. */
  require(resources: Iterable<Resource>): void {
    for (const resource of resources) this.holdings.require(this.#served(resource));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelTimer();
    await this.#probing;
    await this.#topology.stop();
    await this.deliverer.stop();
    await this.holdings.stop();
    await this.surroundings.stop();
    await this.#client.close();
  }

  /** The resource in a version that this cluster serves. */
  #served(resource: Resource): Resource {
    const version = this.#standing.istio?.version;
    return resource.version === "v1" && resource.group.endsWith(".istio.io") && version ? { ...resource, version } : resource;
  }

  async #probeOnce(): Promise<void> {
    const signal = this.#stopping.signal;
    try {
      const { kubernetesVersion } = await this.#ask(signal);
      const known = this.#failures === 0 && !this.holdings.missesKinds ? this.#standing.istio : undefined;
      const istio = known?.installed ? known : await this.#findIstio(signal);
      await this.holdings.dropUnserved({ signal, timeoutMs: this.#probe.timeoutMs });
      if (this.holdings.missesCertificates) await this.#lookForCertificates(signal);
      this.#reached({ kubernetesVersion, istio });
      this.#tellUnreadable();
    } catch (error) {
      if (signal.aborted) return;
      this.#missed(error);
    }
    this.#cancelTimer = this.#clock.timer(this.#nextProbeMs(), () => {
      this.#probing = this.#probeOnce();
    });
  }

  async #ask(signal: AbortSignal): Promise<{ kubernetesVersion: string }> {
    const answer = await this.#client.raw("GET", "/version", { signal, timeoutMs: this.#probe.timeoutMs, priority: 1 });
    const version = (answer as { gitVersion?: unknown } | null)?.gitVersion;
    if (typeof version !== "string" || version.length > 64)
      throw new MalformedAnswerError("GET /version: the answer is not that of a Kubernetes API server");
    return { kubernetesVersion: version };
  }

  async #findIstio(signal: AbortSignal): Promise<NonNullable<Standing["istio"]>> {
    try {
      const group = await this.#client.raw("GET", "/apis/networking.istio.io", { signal, timeoutMs: this.#probe.timeoutMs });
      const served = recordsIn(group, "versions").map(({ version }) => version);
      const version = ISTIO_VERSIONS.find((candidate) => served.includes(candidate));
      if (version && this.holdings.missesKinds) await this.#lookForKinds(version, signal);
      return { installed: version !== undefined, ...(version ? { version } : {}) };
    } catch (error) {
      if (error instanceof NotFoundError) return { installed: false };
      throw error;
    }
  }

  /** CRDs are installed one by one, also while this runs: when others are served than before, the missing ones may be among them. */
  async #lookForKinds(version: string, signal: AbortSignal): Promise<void> {
    const path = `/apis/networking.istio.io/${version}`;
    const answer = await this.#client.raw("GET", path, { signal, timeoutMs: this.#probe.timeoutMs });
    const names = new Set(recordsIn(answer, "resources").map(({ name }) => name));
    const kinds = DELIVERABLE.filter(({ plural }) => names.has(plural))
      .map(({ plural }) => plural)
      .join();
    if (kinds === this.#kindsSeen) return;
    this.#kindsSeen = kinds;
    this.holdings.lookForKinds();
  }

  /** cert-manager may be installed while somebody waits for it. */
  async #lookForCertificates(signal: AbortSignal): Promise<void> {
    const path = `/apis/${apiVersionOf(CERTIFICATES)}`;
    try {
      await this.#client.raw("GET", path, { signal, timeoutMs: this.#probe.timeoutMs });
    } catch (error) {
      if (error instanceof NotFoundError) return;
      throw error;
    }
    this.holdings.lookForKinds();
    this.surroundings.reconnect();
  }

  #reached(found: Pick<Standing, "kubernetesVersion" | "istio">): void {
    const before = this.#standing;
    this.#failures = 0;
    const now = new Date(this.#clock.now()).toISOString();
    const since = before.reach === "Reachable" ? before.since : now;
    this.#standing = {
      reach: "Reachable",
      reason: "ClusterReachable",
      message: "the cluster answers",
      ...(since ? { since } : {}),
      lastProbe: now,
      ...found,
    };
    this.#topology.refresh(before.reach !== "Reachable");
    if (
      before.reach === "Reachable" &&
      before.kubernetesVersion === found.kubernetesVersion &&
      before.istio?.installed === found.istio?.installed
    )
      return;
    if (before.reach === "Unreachable") {
      this.holdings.reconnect();
      this.surroundings.reconnect();
      this.deliverer.retryAll();
    }
    if (before.reach !== "Reachable")
      this.#options.logger.info("cluster reached", { cluster: this.name, version: found.kubernetesVersion });
    this.#options.onStanding();
  }

  #missed(error: unknown): void {
    const before = this.#standing;
    this.#failures++;
    const { reason, message } = diagnose(error);
    // A clear no needs no second question; silence does.
    const debounced = reason === "ClusterUnreachable" || reason === "ApiServerError";
    if (debounced && this.#failures < this.#probe.failureThreshold) return;
    const since = before.reach === "Unreachable" ? before.since : (before.lastProbe ?? new Date(this.#clock.now()).toISOString());
    this.#standing = { ...before, reach: "Unreachable", reason, message, ...(since ? { since } : {}) };
    if (before.reach === "Unreachable" && before.reason === reason) return;
    this.#options.logger.warn("cluster not reachable", { cluster: this.name, reason, error: message });
    this.#options.onStanding();
  }

  /** The cluster answers, but what it holds has been unreadable for long enough, or is readable again. */
  #tellUnreadable(): void {
    const { reach, reason, message } = this.standing;
    const news = `${reach} ${reason}`;
    if (this.#told === news) return;
    if (reach !== "Reachable") this.#options.logger.warn("cluster not readable", { cluster: this.name, reason, error: message });
    if (reach !== "Reachable" || this.#told !== "") this.#options.onStanding();
    this.#told = news;
  }

  #nextProbeMs(): number {
    const { intervalMs } = this.#probe;
    const reached = this.#failures === 0;
    const base = reached ? intervalMs : Math.min(intervalMs, FIRST_RETRY_MS * 2 ** (this.#failures - 1));
    return base * (0.9 + Math.random() * 0.2);
  }
}

/** The objects of a list in an answer; members are not trusted to send one. */
function recordsIn(answer: unknown, field: string): readonly Readonly<Record<string, unknown>>[] {
  const list = isRecord(answer) ? answer[field] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** Why a cluster cannot be used, from the error that a probe ended with. */
function diagnose(error: unknown): { readonly reason: MemberReadyReason; readonly message: string } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 300);
  if (error instanceof UnauthorizedError)
    return {
      reason: "Unauthorized",
      message: "the cluster does not accept the credentials (401): put a valid kubeconfig into the Secret",
    };
  if (error instanceof ForbiddenError)
    return { reason: "Forbidden", message: `the credentials may not do what is needed (403): ${message}` };
  if (error instanceof AnswerTooLargeError || error instanceof CollectionTooLargeError)
    return { reason: "AnswersTooLarge", message };
  if (error instanceof CredentialsError) return { reason: "KubeconfigInvalid", message };
  if (error instanceof ApiError || error instanceof MalformedAnswerError) return { reason: "ApiServerError", message };
  return { reason: "ClusterUnreachable", message };
}
