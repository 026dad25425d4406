import { type LoggedRequest, matchesRequest, type RequestFilter } from "./requests.ts";

/** What goes wrong. */
export type Effect =
  /** The answer begins so much later; `jitterMs` adds up to that, at random. */
  | { readonly type: "latency"; readonly ms: number; readonly jitterMs?: number }
  /** Answers, watches included, trickle. */
  | { readonly type: "bandwidth"; readonly bytesPerSecond: number }
  /** Refused with a Status. `reason` and `message` default to what the API server says with this code. */
  | {
      readonly type: "status";
      readonly code: number;
      readonly reason?: string;
      readonly message?: string;
      readonly retryAfterSeconds?: number;
    }
  /**
   * The connection is reset: before the request is looked at, or after it was carried out, in the middle of the answer. The
   * answer to a watch is its events: it is reset in the middle of the first.
   */
  | { readonly type: "reset"; readonly when: "before" | "midway" }
  /** Watches stay open and tell nothing any more: neither what is there nor what changes, bookmarks included. */
  | { readonly type: "silence" }
  /** Events that a watch never sees. */
  | { readonly type: "drop" }
  /** Events that a watch sees twice. */
  | { readonly type: "duplicate" };

export interface FaultRule {
  /** Which requests or watches; default all. */
  readonly match?: RequestFilter;
  readonly effect: Effect;
  /** How often, from 0 to 1; default 1, always. */
  readonly chance?: number;
  /** Stops after so many; default never. */
  readonly times?: number;
}

interface ActiveRule extends FaultRule {
  left: number;
}

/** Whom an event is on its way to. */
interface Listener {
  readonly kind: { readonly resource: { readonly group: string; readonly plural: string } };
  readonly namespace: string;
  readonly agent: string;
}

export const resourceName = ({ group, plural }: { readonly group: string; readonly plural: string }): string =>
  group === "" ? plural : `${plural}.${group}`;

/** Faults on demand: rules that apply in the order they were added, by chance from one seed. */
export class Faults {
  #rules: ActiveRule[] = [];
  #random: () => number;
  #skewMs = 0;
  #diskFull = false;

  constructor(seed = 1) {
    this.#random = mulberry(seed);
  }

  /** Begins the sequence of chances anew. */
  seed(seed: number): void {
    this.#random = mulberry(seed);
  }

  /** @returns takes the rule back */
  add(rule: FaultRule): () => void {
    const active: ActiveRule = { ...rule, left: rule.times ?? Number.POSITIVE_INFINITY };
    this.#rules.push(active);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== active);
    };
  }

  /** Takes back every rule, the skew of the clock and the full disk. */
  clear(): void {
    this.#rules = [];
    this.#skewMs = 0;
    this.#diskFull = false;
  }

  /** How far the server's clock is ahead, in milliseconds; negative for behind. */
  get clockSkewMs(): number {
    return this.#skewMs;
  }

  set clockSkewMs(ms: number) {
    this.#skewMs = ms;
  }

  /** While true nothing is written, as with etcd out of space; what changes nothing and what removes is carried out. */
  get diskFull(): boolean {
    return this.#diskFull;
  }

  set diskFull(full: boolean) {
    this.#diskFull = full;
  }

  /** The effects that a request meets. */
  on(request: Omit<LoggedRequest, "code">): Effect[] {
    if (this.#rules.length === 0) return [];
    return this.#rules
      .filter(({ effect }) => effect.type !== "drop" && effect.type !== "duplicate" && effect.type !== "silence")
      .filter((rule) => matchesRequest(request, rule.match ?? {}) && this.#strikes(rule))
      .map(({ effect }) => effect);
  }

  /** How many times a watch gets to see an event. */
  deliveries(listener: Listener, { namespace, name }: { readonly namespace: string; readonly name: string }): number {
    if (this.#rules.length === 0) return 1;
    const about = { ...watchOf(listener), namespace, name };
    for (const rule of this.#rules) {
      const { type } = rule.effect;
      if (type !== "drop" && type !== "duplicate" && type !== "silence") continue;
      if (matchesRequest(about, rule.match ?? {}) && this.#strikes(rule)) return type === "duplicate" ? 2 : 0;
    }
    return 1;
  }

  silences(listener: Listener): boolean {
    return this.#rules.some(({ effect, match }) => effect.type === "silence" && matchesRequest(watchOf(listener), match ?? {}));
  }

  /** A number from 0 to 1 from the same sequence. */
  random(): number {
    return this.#random();
  }

  #strikes(rule: ActiveRule): boolean {
    if (rule.left <= 0) return false;
    if (rule.chance !== undefined && this.#random() >= rule.chance) return false;
    rule.left--;
    return true;
  }
}

const watchOf = ({ kind, namespace, agent }: Listener) => ({
  verb: "watch",
  resource: resourceName(kind.resource),
  namespace,
  name: "",
  userAgent: agent,
});

/** A small generator whose sequence is a function of its seed alone. */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
