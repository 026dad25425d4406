export interface BackoffOptions {
  /** Upper bound of the first delay, in milliseconds. */
  readonly baseMs: number;
  /** Upper bound of every delay, in milliseconds. */
  readonly capMs: number;
}

/**
 * Exponential back-off with full jitter: anything between 0 and `baseMs` · 2^`attempt`, so that a hundred clients that lost
 * the same server do not come back together. `attempt` counts from 0; `random` returns [0, 1).
 */
export function backoffDelay({ baseMs, capMs }: BackoffOptions, attempt: number, random: () => number): number {
  return random() * Math.min(capMs, baseMs * 2 ** attempt);
}
