/** Time as the loops see it, so that a test can own it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch: for what people and other machines read. */
  now(): number;
  /** Milliseconds from an arbitrary start that never jump: for everything that measures how long something took. */
  monotonic(): number;
  /** Runs `run` once after `ms` milliseconds; the returned function cancels it. */
  timer(ms: number, run: () => void): () => void;
}

/** setTimeout fires at once when asked to wait longer than this many milliseconds (24.8 days). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  timer(ms, run) {
    const timer = setTimeout(run, Math.min(ms, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Waits `ms` milliseconds, or less when `signal` aborts; never rejects, leaves no timer and no listener behind. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = () => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.timer(ms, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}
