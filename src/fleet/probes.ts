import { lookup } from "node:dns/promises";
import { BlockList, isIP } from "node:net";
import PQueue from "p-queue";
import type { Sight } from "../domain/surroundings.ts";
import type { ProbeFacts, ProbeTarget, ShownCertificate } from "../domain/traffic/probes.ts";
import type { Clock } from "../kube/clock.ts";
import { ASK, describe } from "./probe-protocols.ts";

export interface ProberOptions {
  readonly clock: Clock;
  /** Networks that may be probed, as CIDR; default all but loopback, link-local, multicast, and where clouds serve credentials. */
  readonly networks?: readonly string[];
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

/** Probes under way at once. */
const CONCURRENCY = 32;
/** So many failures in a row make what was well unhealthy. */
const FAILURES = 3;
/** After a failure the next question comes sooner. Milliseconds. */
const DOUBT_MS = 2000;

interface Watched {
  readonly target: ProbeTarget;
  /** AccessPoints (`<namespace>/<name>`) by who asked for it for them. */
  readonly wanters: Map<string, string>;
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
  readonly #isAllowed: (address: string) => boolean;
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
    return {
      want: (owner, targets) => {
        if (targets.length > 0) owners.add(owner);
        else if (!owners.delete(owner)) return;
        this.#want(`${id} ${owner}`, owner, targets);
      },
      see: (target) => this.#see(target),
      leave: () => {
        for (const owner of owners) this.#want(`${id} ${owner}`, owner, []);
      },
    };
  }

  #want(wanter: string, owner: string, targets: readonly ProbeTarget[]): void {
    const wanted = new Map(targets.map((target) => [keyOf(target), target]));
    for (const key of this.#keysOf.get(wanter) ?? []) if (!wanted.has(key)) this.#leave(key, wanter);
    if (wanted.size > 0) this.#keysOf.set(wanter, new Set(wanted.keys()));
    else this.#keysOf.delete(wanter);
    for (const [key, target] of wanted) {
      const watched = this.#watched.get(key) ?? this.#open(key, target);
      watched.wanters.set(wanter, owner);
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

  #open(key: string, target: ProbeTarget): Watched {
    const watched: Watched = { target, wanters: new Map(), failures: 0, cancel: () => {} };
    this.#watched.set(key, watched);
    this.#ask(key, watched);
    return watched;
  }

  #leave(key: string, wanter: string): void {
    const watched = this.#watched.get(key);
    watched?.wanters.delete(wanter);
    if (watched?.wanters.size !== 0) return;
    watched.cancel();
    this.#watched.delete(key);
  }

  #ask(key: string, watched: Watched): void {
    void this.#queue.add(async () => {
      if (this.#stopped || this.#watched.get(key) !== watched) return;
      const { failure, certificate } = await this.#probe(watched.target);
      if (this.#stopped || this.#watched.get(key) !== watched) return;
      const changed = this.#judge(watched, failure, certificate);
      const { intervalMs } = watched.target;
      const pauseMs = failure && watched.failures < FAILURES ? Math.min(DOUBT_MS, intervalMs) : intervalMs;
      // Spread, so that what was begun together does not stay together.
      watched.cancel = this.#options.clock.timer(pauseMs * (0.9 + Math.random() * 0.2), () => this.#ask(key, watched));
      if (changed) for (const owner of new Set(watched.wanters.values())) this.#options.onChange(owner);
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
    try {
      const address = isIP(target.address) ? target.address : (await lookup(target.address)).address;
      if (!this.#isAllowed(address))
        return { failure: { refused: true, message: `not probed: ${address} is in no network that the platform lets be probed` } };
      return { certificate: await ASK[target.protocol](address, target) };
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

/** Never by default: this machine, its neighbours, everybody, and where clouds serve credentials. */
const NOT_BY_DEFAULT = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/3",
  "::/127",
  "64:ff9b::/96",
  "fd00:ec2::254/128",
  "fe80::/10",
  "ff00::/8",
] as const;

function allowedIn(networks: readonly string[] | undefined): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks ?? NOT_BY_DEFAULT) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4") === (networks !== undefined);
}
