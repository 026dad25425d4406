import type { ObjectKey } from "../domain/manifest.ts";
import type { Clock } from "../kube/clock.ts";

/** Repairs of one object within the window before it counts as a fight. */
const MAX_REPAIRS = 5;
const WINDOW_MS = 10 * 60_000;
/** After a fight was recognised, each further repair waits twice as long as the one before. */
const FIRST_PAUSE_MS = 2 * 60_000;
const LONGEST_PAUSE_MS = 60 * 60_000;
/** A fight is over when nothing had to be repaired for so long. */
const CALM_MS = 2 * LONGEST_PAUSE_MS;

/** Somebody changes an object back as often as we repair it. */
export class ContestedError extends Error {
  override readonly name = "ContestedError";
  /** When the next repair may be tried, in milliseconds from now. */
  readonly retryAfterMs: number;

  constructor(by: string, pauseMs: number, retryAfterMs: number) {
    super(
      `it was changed back ${MAX_REPAIRS} times within ${WINDOW_MS / 60_000} minutes, now by ${by}; it is left alone for ${pauseMs / 60_000} minutes: find who writes it (kubectl get --show-managed-fields), or set sync.whenDrifted: Report`,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

interface Fight {
  /** When it was repaired within the window, monotonic milliseconds. */
  readonly repairs: readonly number[];
  /** Pauses so far. */
  readonly rounds: number;
  /** Until when it is left alone, and for how long that is. */
  readonly until: number;
  readonly pauseMs: number;
}

const PEACE: Fight = { repairs: [], rounds: 0, until: 0, pauseMs: 0 };

/** Remembers repairs, so that a fight with another writer is recognised and dies down instead of being fought for ever. */
export class RepairLog {
  readonly #clock: Clock;
  readonly #fights = new Map<ObjectKey, Fight>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * An object is about to be repaired.
   *
   * @param by Who changed it.
   * @throws ContestedError when it was repaired too often.
   */
  record(key: ObjectKey, by: string): void {
    const now = this.#clock.monotonic();
    const fight = this.#current(key, now);
    if (now < fight.until) throw new ContestedError(by, fight.pauseMs, fight.until - now);
    const repairs = fight.repairs.filter((time) => time > now - WINDOW_MS);
    if (repairs.length >= (fight.rounds === 0 ? MAX_REPAIRS : 1)) {
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** fight.rounds);
      this.#fights.set(key, { repairs: [], rounds: fight.rounds + 1, until: now + pauseMs, pauseMs });
      throw new ContestedError(by, pauseMs, pauseMs);
    }
    this.#fights.set(key, { ...fight, repairs: [...repairs, now] });
  }

  #current(key: ObjectKey, now: number): Fight {
    const fight = this.#fights.get(key) ?? PEACE;
    const last = Math.max(fight.until, fight.repairs.at(-1) ?? Number.NEGATIVE_INFINITY);
    return now - last > CALM_MS ? PEACE : fight;
  }
}
