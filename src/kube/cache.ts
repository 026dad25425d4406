import type { ObjectMeta } from "./resource.ts";

/** An object as a reflector knows it. */
export interface Entry<T> {
  readonly object: T;
  readonly resourceVersion: string;
  /**
   * The watch or a list delivered this resourceVersion or a newer one. False for what only an answer to our own write said: the
   * server has stored it, but nobody has observed it yet.
   */
  readonly confirmed: boolean;
}

export interface Change<T> {
  readonly type: "added" | "modified" | "deleted";
  /** "namespace/name", or "name" for cluster-scoped objects. */
  readonly key: string;
  /** For "deleted" the last one known. */
  readonly object: T;
  /** What it replaces; for "modified" alone. */
  readonly old?: T;
  /** See Entry; a write that is observed later is told twice, the second time as confirmed. */
  readonly confirmed: boolean;
}

/** An object as it arrived, already transformed. */
export interface Arrival<T> {
  readonly key: string;
  readonly object: T;
  readonly resourceVersion: string;
}

/** "namespace/name", or "name" for cluster-scoped objects: the key of caches and queues. */
export function objectKey({ namespace, name }: Pick<ObjectMeta, "namespace" | "name">): string {
  return namespace ? `${namespace}/${name}` : name;
}

/**
 * -1, 0 or 1 for older, same, newer; undefined when the two cannot be compared. API servers promise decimal numbers that grow
 * (since 1.35 as part of the API); anything else is opaque and only the same as itself.
 */
export function compareVersions(a: string, b: string): -1 | 0 | 1 | undefined {
  if (a === b) return 0;
  if (!DECIMAL.test(a) || !DECIMAL.test(b)) return undefined;
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return a < b ? -1 : 1;
}

const DECIMAL = /^(?:0|[1-9]\d*)$/;

/**
 * What one watch stream has told so far, plus what our own writes were answered. The stream is the truth; a written object is
 * kept only while the stream has not yet come as far.
 */
export class Cache<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #emit: (change: Change<T>) => void;
  /** Written while a list is under way: its snapshot may be older than they are. */
  #writtenDuringList = new Set<string>();
  /** How far the stream has come; "" before the first list. */
  #position = "";

  constructor(emit: (change: Change<T>) => void) {
    this.#emit = emit;
  }

  get position(): string {
    return this.#position;
  }

  get entries(): ReadonlyMap<string, Entry<T>> {
    return this.#entries;
  }

  /** The stream delivered an object; undefined for one that is deleted or not kept. */
  arrived(key: string, object: T | undefined, resourceVersion: string): void {
    this.#position = resourceVersion;
    const known = this.#entries.get(key);
    // Our own write was answered before the stream came as far as it is now: what arrives is older than what is known.
    if (known?.confirmed === false && compareVersions(resourceVersion, known.resourceVersion) === -1) return;
    if (object === undefined) this.#remove(key);
    else this.#put(key, { object, resourceVersion, confirmed: true });
  }

  /** Nothing is there any more. */
  emptied(): void {
    for (const key of [...this.#entries.keys()]) this.#remove(key);
  }

  /** A bookmark, or an object that was skipped: nothing changed up to here that was not delivered. */
  advanced(resourceVersion: string): void {
    this.#position = resourceVersion;
  }

  listBegins(): void {
    this.#writtenDuringList = new Set();
  }

  /** A complete snapshot: what is not in it is gone. `unreadable` are keys that are there but could not be transformed. */
  listed(arrivals: readonly Arrival<T>[], unreadable: ReadonlySet<string>, resourceVersion: string): void {
    this.#position = resourceVersion;
    const there = new Set(unreadable);
    for (const { key, object, resourceVersion: version } of arrivals) {
      there.add(key);
      if (this.#outlives(key, version)) continue;
      const known = this.#entries.get(key);
      if (known?.confirmed && known.resourceVersion === version) continue;
      this.#put(key, { object, resourceVersion: version, confirmed: true });
    }
    for (const key of [...this.#entries.keys()]) {
      if (!there.has(key) && !this.#outlives(key, resourceVersion)) this.#remove(key);
    }
    this.#writtenDuringList = new Set();
  }

  /** The answer to our own write. Ignored when the stream has come as far already, or when it cannot be told. */
  written(key: string, object: T, resourceVersion: string): void {
    const known = this.#entries.get(key);
    if (compareVersions(resourceVersion, this.#position) !== 1) return;
    if (known !== undefined && compareVersions(resourceVersion, known.resourceVersion) !== 1) return;
    this.#writtenDuringList.add(key);
    this.#put(key, { object, resourceVersion, confirmed: false });
  }

  /** Written during this list and after its snapshot: the list cannot know. */
  #outlives(key: string, snapshot: string): boolean {
    const known = this.#entries.get(key);
    if (known === undefined || known.confirmed || !this.#writtenDuringList.has(key)) return false;
    return compareVersions(known.resourceVersion, snapshot) === 1;
  }

  #put(key: string, entry: Entry<T>): void {
    const old = this.#entries.get(key);
    this.#entries.set(key, entry);
    const { object, confirmed } = entry;
    this.#emit(
      old === undefined ? { type: "added", key, object, confirmed } : { type: "modified", key, object, old: old.object, confirmed },
    );
  }

  #remove(key: string): void {
    const old = this.#entries.get(key);
    if (old === undefined) return;
    this.#entries.delete(key);
    this.#emit({ type: "deleted", key, object: old.object, confirmed: true });
  }
}
