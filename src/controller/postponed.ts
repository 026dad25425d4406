import type { Clock } from "../kube/clock.ts";

/** What is put off is written when it has not changed for so long. Milliseconds. */
const QUIET_MS = 200;
/** But it is not put off for longer, however much goes on; nor written again sooner after the last time. Milliseconds. */
const LONGEST_MS = 1000;

/** Moments differ from pass to pass until they are written. */
const MOMENT = /"\d{4}-\d\d-\d\dT[\d:.]+Z"/g;

interface Postponed {
  readonly since: number;
  readonly quietSince: number;
  readonly content: string;
}

/** Status that nobody waits for is not written at once, but together with what follows. */
export class PostponedWrites {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Postponed>();
  /** When status of an AccessPoint was last written that had been put off, monotonic milliseconds. */
  readonly #written = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How long to wait until this is written, in milliseconds; 0: not any more. */
  delay(uid: string, status: object): number {
    const now = this.#clock.monotonic();
    const content = JSON.stringify(status).replaceAll(MOMENT, "");
    const before = this.#waiting.get(uid);
    const quietSince = before?.content === content ? before.quietSince : now;
    const since = before?.since ?? now;
    this.#waiting.set(uid, { since, quietSince, content });
    const due = Math.min(quietSince + QUIET_MS, since + LONGEST_MS);
    const delay = Math.max(due, (this.#written.get(uid) ?? Number.NEGATIVE_INFINITY) + LONGEST_MS) - now;
    if (delay > 0) return delay;
    this.#written.set(uid, now);
    return 0;
  }

  /** It was written, or there is nothing to write. */
  settled(uid: string): void {
    this.#waiting.delete(uid);
  }

  /** The AccessPoint is no more. */
  forget(uid: string): void {
    this.#waiting.delete(uid);
    this.#written.delete(uid);
  }
}
