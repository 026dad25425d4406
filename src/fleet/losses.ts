import type { ObjectKey } from "../domain/manifest.ts";

/** Objects of one AccessPoint in one cluster that are gone from sight although it is to have them and nobody here removed them. */
export class Losses {
  readonly #lost = new Set<ObjectKey>();
  /** Removed by ourselves, and not seen to be gone yet. */
  readonly #removed = new Set<ObjectKey>();

  get size(): number {
    return this.#lost.size;
  }

  has(key: ObjectKey): boolean {
    return this.#lost.has(key);
  }

  /** We are about to remove it. */
  removing(key: ObjectKey): void {
    this.#removed.add(key);
  }

  /** It is no longer seen. */
  gone(key: ObjectKey, isWanted: boolean): void {
    if (!this.#removed.delete(key) && isWanted) this.#lost.add(key);
  }

  /** It is there, or no longer wanted: what comes next is another story. */
  forget(key: ObjectKey): void {
    this.#lost.delete(key);
    this.#removed.delete(key);
  }

  /** Forgets what is no longer wanted. */
  keep(isWanted: (key: ObjectKey) => boolean): void {
    for (const key of this.#lost) if (!isWanted(key)) this.#lost.delete(key);
  }
}
