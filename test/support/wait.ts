import { setTimeout as delay } from "node:timers/promises";

export interface Patience {
  /** Milliseconds; default 40,000: a machine may be busy with much else. */
  readonly withinMs?: number;
  /** Milliseconds between two looks; default 50, and rarer the longer it takes, up to 250: every look costs what is looked at. */
  readonly everyMs?: number;
}

/**
 * Looks until `look` no longer throws, and returns what it returned.
 *
 * @throws Error with the last look's failure when that does not happen in time
 */
export async function eventually<T>(what: string, look: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const { withinMs = 40_000, everyMs } = patience;
  const started = performance.now();
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > started + withinMs) {
        const last = error instanceof Error ? error.message : String(error);
        throw new Error(`${what}: not within ${withinMs} ms; at last: ${last}`, { cause: error });
      }
    }
    await delay(everyMs ?? Math.min(250, Math.max(50, (performance.now() - started) / 10)));
  }
}

/** Looks again and again for a while: fails as soon as `look` throws once. */
export async function always(look: () => unknown, forMs: number): Promise<void> {
  const deadline = performance.now() + forMs;
  while (performance.now() < deadline) {
    await look();
    await delay(50);
  }
}
