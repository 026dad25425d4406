import { setTimeout as delay } from "node:timers/promises";

export interface Patience {
  /** Milliseconds; default 20,000. */
  readonly withinMs?: number;
  /** Milliseconds between two looks; default 50. */
  readonly everyMs?: number;
}

/**
 * Looks until `look` no longer throws, and returns what it returned.
 *
 * @throws Error with the last look's failure when that does not happen in time
 */
export async function eventually<T>(what: string, look: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const { withinMs = 20_000, everyMs = 50 } = patience;
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > deadline) {
        const last = error instanceof Error ? error.message : String(error);
        throw new Error(`${what}: not within ${withinMs} ms; at last: ${last}`, { cause: error });
      }
    }
    await delay(everyMs);
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
