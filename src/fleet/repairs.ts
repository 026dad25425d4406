import type { ObjectKey } from "../domain/manifest.ts";
import type { Clock } from "../kube/clock.ts";

/** Repairs of one object within the window before it counts as a fight. */
const MAX_REPAIRS = 5;
const WINDOW_MS = 10 * 60_000;

/** Somebody changes an object back as often as we repair it. */
export class ContestedError extends Error {
  override readonly name = "ContestedError";
  /** When the next repair may be tried, in milliseconds from now. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number) {
    super(
      `it was changed back by somebody else ${MAX_REPAIRS} times within ${WINDOW_MS / 60_000} minutes; it is left alone for a while: find who writes it (kubectl get --show-managed-fields)`,
    );
    this.retryAfterMs = retryAfterMs;
  }
}

/** Remembers repairs, so that a fight with another writer is reported instead of fought for ever. */
export class RepairLog {
  readonly #clock: Clock;
  readonly #times = new Map<ObjectKey, readonly number[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws ContestedError when the object was repaired too often. */
  record(key: ObjectKey): void {
    const now = this.#clock.monotonic();
    const recent = (this.#times.get(key) ?? []).filter((time) => time > now - WINDOW_MS);
    if (recent.length >= MAX_REPAIRS) throw new ContestedError(recent[0]! + WINDOW_MS - now);
    this.#times.set(key, [...recent, now]);
  }
}
