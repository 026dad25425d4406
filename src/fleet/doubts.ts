import type { Desired, ObjectKey } from "../domain/manifest.ts";

/** Creates whose answer was lost: the object may be there, or come to be there, without having been seen. */
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
