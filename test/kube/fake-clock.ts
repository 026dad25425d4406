import type { Clock } from "../../src/kube/clock.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Time that passes only when a test says so. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #time = Date.parse("2026-11-20T12:00:00Z");

  now(): number {
    return this.#time;
  }

  monotonic(): number {
    return this.#time;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  timer(ms: number, run: () => void): () => void {
    const timer = { at: this.#time + Math.max(ms, 0), run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets `ms` milliseconds pass, and everything settle that becomes due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#time + ms;
    await settle();
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#time = next.at;
      this.#timers.delete(next);
      next.run();
      await settle();
    }
    this.#time = end;
  }

  /** The clock goes on while nothing runs: a process that was suspended. */
  sleepThrough(ms: number): void {
    this.#time += ms;
  }

  #nextUntil(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    return first;
  }
}

/** Everything that only waits for promises has gone as far as it can. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Numbers in [0, 1) that are the same in every run with the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
