import type { Desired, ObjectKey } from "../domain/manifest.ts";

/**
 * Creates that did not tell whether the object is there: the answer was lost, or the object is one that has lost our label. It may be
 * there, or come to be there, without being seen.
 */
export class Doubts {
  readonly #creates = new Map<string, Map<ObjectKey, Desired>>();

  add(uid: string, desired: Desired): void {
    const creates = this.#creates.get(uid) ?? new Map<ObjectKey, Desired>();
    this.#creates.set(uid, creates.set(desired.key, desired));
  }

  settle(uid: string, key: ObjectKey): void {
    const creates = this.#creates.get(uid);
    creates?.delete(key);
    if (creates?.size === 0) this.#creates.delete(uid);
  }

  /** Of one AccessPoint. */
  of(uid: string): readonly Desired[] {
    return [...(this.#creates.get(uid)?.values() ?? [])];
  }

  forget(uid: string): void {
    this.#creates.delete(uid);
  }
}
