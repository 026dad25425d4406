import { UID_LABEL } from "../api/kinds.ts";
import { type Drift, driftedBy } from "../domain/drift.ts";
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

/** What others did to an object of ours. */
export type Setback =
  | { readonly type: "Changed" /** Undefined: it could not be read. */; readonly drift: Drift | undefined }
  /** It is out of sight: deleted, or without the label by which it is seen. */
  | { readonly type: "Lost" };

/** Somebody undoes an object as often as we write it. */
export class ContestedError extends Error {
  override readonly name = "ContestedError";
  readonly setback: Setback;
  /** When the next repair may be tried, in milliseconds from now. */
  readonly retryAfterMs: number;

  constructor(setback: Setback, { times, pauseMs }: Fight, retryAfterMs: number) {
    const pause = `it is left alone for ${pauseMs / 60_000} minutes`;
    super(
      setback.type === "Changed"
        ? `it was changed back ${times} times, now by ${driftedBy(setback.drift)}; ${pause}: find who writes it (kubectl get --show-managed-fields), or set sync.whenDrifted: Report`
        : `it was deleted, or its label ${UID_LABEL} taken off, ${times} times; ${pause}: the audit log of the cluster's API server says who does it`,
    );
    this.setback = setback;
    this.retryAfterMs = retryAfterMs;
  }
}

interface Fight {
  /** When it was repaired since the last pause and within the window, monotonic milliseconds. */
  readonly repairs: readonly number[];
  /** Pauses so far. */
  readonly rounds: number;
  /** Repairs before the last pause. */
  readonly times: number;
  /** Until when it is left alone, and for how long that is. */
  readonly until: number;
  readonly pauseMs: number;
}

const PEACE: Fight = { repairs: [], rounds: 0, times: 0, until: 0, pauseMs: 0 };

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
   * @throws ContestedError when that was in vain too often.
   */
  admit(key: ObjectKey, setback: Setback): void {
    const now = this.#clock.monotonic();
    const fight = this.#current(key, now);
    if (now < fight.until) throw new ContestedError(setback, fight, fight.until - now);
    const { length } = recent(fight, now);
    if (length < (fight.rounds === 0 ? MAX_REPAIRS : 1)) return;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** fight.rounds);
    const next = { repairs: [], rounds: fight.rounds + 1, times: fight.times + length, until: now + pauseMs, pauseMs };
    this.#fights.set(key, next);
    throw new ContestedError(setback, next, pauseMs);
  }

  /** It was repaired. An attempt that failed is none: nobody changed back what was never written. */
  record(key: ObjectKey): void {
    const now = this.#clock.monotonic();
    const fight = this.#current(key, now);
    for (const [each, past] of this.#fights) if (isOver(past, now)) this.#fights.delete(each);
    this.#fights.set(key, { ...fight, repairs: [...recent(fight, now), now] });
  }

  #current(key: ObjectKey, now: number): Fight {
    const fight = this.#fights.get(key) ?? PEACE;
    return isOver(fight, now) ? PEACE : fight;
  }
}

const recent = ({ repairs }: Fight, now: number): readonly number[] => repairs.filter((time) => time > now - WINDOW_MS);

const isOver = ({ until, repairs }: Fight, now: number): boolean =>
  now - Math.max(until, repairs.at(-1) ?? Number.NEGATIVE_INFINITY) > CALM_MS;
