import { type Drift, driftText, isUnchanged } from "../domain/drift.ts";
import type { ObjectKey } from "../domain/manifest.ts";

/** What was read of objects of one AccessPoint that others changed: once for each version of an object. */
export class Examinations {
  readonly #results = new Map<ObjectKey, { readonly version: string; readonly drift: Drift | undefined }>();

  /** Undefined where it could not be read. */
  get drifts(): ReadonlyMap<ObjectKey, Drift | undefined> {
    return new Map([...this.#results].map(([key, { drift }]) => [key, drift]));
  }

  get size(): number {
    return this.#results.size;
  }

  knows(key: ObjectKey, version: string): boolean {
    return this.#results.get(key)?.version === version;
  }

  /** Returns whether it says that others changed something, and something else than was known. */
  add(key: ObjectKey, version: string, drift: Drift | undefined): boolean {
    const before = this.#results.get(key)?.drift;
    this.#results.set(key, { version, drift });
    return drift !== undefined && !isUnchanged(drift) && (!before || driftText(before) !== driftText(drift));
  }

  /** Forgets what is no longer so. */
  keep(isSo: (key: ObjectKey) => boolean): void {
    for (const key of this.#results.keys()) if (!isSo(key)) this.#results.delete(key);
  }
}
