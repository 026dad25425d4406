import { isIP } from "node:net";
import PQueue from "p-queue";
import type { Sight } from "../domain/surroundings.ts";
import type { ProbeFacts, ProbeTarget, ShownCertificate } from "../domain/traffic/probes.ts";
import type { Clock } from "../kube/clock.ts";
import { addressOf } from "../net/lookup.ts";
import { hidesIPv4, isLoopback, isOffLimits, type Networks, networksOf } from "../net/networks.ts";
import { ASK, describe } from "./probe-protocols.ts";

export interface ProberOptions {
  readonly clock: Clock;
  /** Networks that may be probed, as CIDR; default all but loopback and IPv6 that hides IPv4. What is off limits never is. */
  readonly networks?: readonly string[];
  /** The address of a host name, within so many milliseconds; default as name servers answer it. */
  readonly addressOf?: (name: string, timeoutMs: number) => Promise<string>;
  /** Something is known now that was not. */
  readonly onChange: (owner: string) => void;
}

/** Probes for one cluster. */
export interface Probes {
  /** What an AccessPoint asks from now on; what it asked before and no longer does ends. */
  readonly want: (owner: string, targets: readonly ProbeTarget[]) => void;
  readonly see: (target: ProbeTarget) => Sight<ProbeFacts>;
  /** The cluster asks nothing any more. */
  readonly leave: () => void;
}

/** Probes under way at once, and those for one cluster: one that reports addresses that do not answer holds up nobody but itself. */
const CONCURRENCY = 32;
const SHARE = 8;
/** So many failures in a row make what was well unhealthy. */
const FAILURES = 3;
/** After a failure the next question comes sooner. Milliseconds. */
const DOUBT_MS = 2000;

/** An AccessPoint in one cluster. */
interface Wanter {
  /** `<namespace>/<name>`. */
  readonly owner: string;
  /** The cluster's share of the probes under way. */
  readonly lane: PQueue;
}

interface Watched {
  readonly target: ProbeTarget;
  /** By who asked for it for them. */
  readonly wanters: Map<string, Wanter>;
  known?: ProbeFacts;
  refused?: string;
  failures: number;
  cancel: () => void;
}

/** Asks addresses that members report whether they answer. Addresses come from clusters that are not trusted: where they may lead is limited. */
export class Prober {
  readonly #options: ProberOptions;
  readonly #queue = new PQueue({ concurrency: CONCURRENCY });
  readonly #watched = new Map<string, Watched>();
  readonly #keysOf = new Map<string, ReadonlySet<string>>();
  readonly #isAllowed: Networks;
  #lastId = 0;
  #stopped = false;

  constructor(options: ProberOptions) {
    this.#options = options;
    this.#isAllowed = allowedIn(options.networks);
  }

  /** A cluster of its own; see Probes. */
  join(): Probes {
    const id = ++this.#lastId;
    const owners = new Set<string>();
    const lane = new PQueue({ concurrency: SHARE });
    return {
      want: (owner, targets) => {
        if (targets.length > 0) owners.add(owner);
        else if (!owners.delete(owner)) return;
        this.#want(`${id} ${owner}`, { owner, lane }, targets);
      },
      see: (target) => this.#see(target),
      leave: () => {
        for (const owner of owners) this.#want(`${id} ${owner}`, { owner, lane }, []);
      },
    };
  }

  #want(id: string, wanter: Wanter, targets: readonly ProbeTarget[]): void {
    const wanted = new Map(targets.map((target) => [keyOf(target), target]));
    for (const key of this.#keysOf.get(id) ?? []) if (!wanted.has(key)) this.#leave(key, id);
    if (wanted.size > 0) this.#keysOf.set(id, new Set(wanted.keys()));
    else this.#keysOf.delete(id);
    for (const [key, target] of wanted) {
      const known = this.#watched.get(key);
      const watched: Watched = known ?? { target, wanters: new Map(), failures: 0, cancel: () => {} };
      watched.wanters.set(id, wanter);
      if (known) continue;
      this.#watched.set(key, watched);
      this.#ask(key, watched);
    }
  }

  #see(target: ProbeTarget): Sight<ProbeFacts> {
    const watched = this.#watched.get(keyOf(target));
    if (watched?.refused) return { state: "Forbidden", message: watched.refused };
    return watched?.known ? { state: "Known", objects: [watched.known] } : { state: "Loading" };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#queue.clear();
    for (const { cancel } of this.#watched.values()) cancel();
    await this.#queue.onIdle();
  }

  #leave(key: string, id: string): void {
    const watched = this.#watched.get(key);
    watched?.wanters.delete(id);
    if (watched?.wanters.size !== 0) return;
    watched.cancel();
    this.#watched.delete(key);
  }

  /** In the share of one of the clusters that ask: whoever waits for its own share takes nothing of what is there for all. */
  #ask(key: string, watched: Watched): void {
    const isWanted = () => !this.#stopped && this.#watched.get(key) === watched;
    const [first] = watched.wanters.values();
    void first?.lane.add(async () => {
      if (!isWanted()) return;
      await this.#queue.add(async () => {
        if (!isWanted()) return;
        const { failure, certificate } = await this.#probe(watched.target);
        if (!isWanted()) return;
        const changed = this.#judge(watched, failure, certificate);
        const { intervalMs } = watched.target;
        const pauseMs = failure && watched.failures < FAILURES ? Math.min(DOUBT_MS, intervalMs) : intervalMs;
        // Spread, so that what was begun together does not stay together.
        watched.cancel = this.#options.clock.timer(pauseMs * (0.9 + Math.random() * 0.2), () => this.#ask(key, watched));
        const owners = new Set([...watched.wanters.values()].map(({ owner }) => owner));
        if (changed) for (const owner of owners) this.#options.onChange(owner);
      });
    });
  }

  #judge(watched: Watched, failure: Failure | undefined, certificate: ShownCertificate | undefined): boolean {
    const { known, refused } = watched;
    if (failure?.refused) {
      watched.refused = failure.message;
      return refused !== failure.message;
    }
    delete watched.refused;
    watched.failures = failure ? watched.failures + 1 : 0;
    if (failure && known?.healthy && watched.failures < FAILURES) return refused !== undefined;
    const healthy = failure === undefined;
    const sameCertificate = known?.certificate?.fingerprint === certificate?.fingerprint;
    if (known && known.healthy === healthy && known.message === failure?.message && sameCertificate) return refused !== undefined;
    const since = known?.healthy === healthy ? known.since : new Date(this.#options.clock.now()).toISOString();
    watched.known = {
      healthy,
      since,
      ...(failure ? { message: failure.message } : {}),
      ...(certificate ? { certificate } : {}),
    };
    return true;
  }

  async #probe(target: ProbeTarget): Promise<Answer> {
    const { clock, addressOf: resolve = addressOf } = this.#options;
    const began = clock.monotonic();
    try {
      const address = isIP(target.address) ? target.address : await resolve(target.address, target.timeoutMs);
      if (!this.#isAllowed(address))
        return { failure: { refused: true, message: `not probed: ${address} is in no network that the platform lets be probed` } };
      const leftMs = Math.max(1, target.timeoutMs - (clock.monotonic() - began));
      return { certificate: await ASK[target.protocol](address, { ...target, timeoutMs: leftMs }) };
    } catch (error) {
      return { failure: { message: describe(error, target) } };
    }
  }
}

interface Answer {
  readonly failure?: Failure;
  readonly certificate?: ShownCertificate | undefined;
}

interface Failure {
  readonly message: string;
  readonly refused?: true;
}

const keyOf = (target: ProbeTarget): string => JSON.stringify(target);

function allowedIn(networks: readonly string[] | undefined): Networks {
  const isNamed = networks && networksOf(networks);
  return (address) => !isOffLimits(address) && (isNamed ? isNamed(address) : !isLoopback(address) && !hidesIPv4(address));
}
