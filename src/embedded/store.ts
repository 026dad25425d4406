import type { KubeObject } from "../kube/resource.ts";
import { OutOfSpaceError } from "./status.ts";

/** One object at one resourceVersion. Kept as text: a third of the memory of the parsed object, and ready to be sent. */
export interface Stored {
  /** `namespace/name`, or `name` when the kind is cluster-scoped; lists are in the order of these. */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: number;
  readonly labels: Readonly<Record<string, string>> | undefined;
  /** Of the kind it was written through. */
  readonly schemaRevision: number;
  /** The object as JSON, which starts with its apiVersion. */
  readonly json: string;
}

export type ChangeType = "ADDED" | "MODIFIED" | "DELETED";

export interface Change {
  readonly type: ChangeType;
  /** Which collection, `group/plural`. */
  readonly collection: string;
  readonly resourceVersion: number;
  /** After the change; for DELETED the last state at the resourceVersion of the deletion. */
  readonly object: Stored;
  readonly previous: Stored | undefined;
}

export interface Snapshot {
  readonly revision: number;
  readonly collections: ReadonlyMap<string, readonly Stored[]>;
}

interface Collection {
  readonly objects: Map<string, Stored>;
  /** Keys in order. */
  readonly keys: string[];
}

export interface StoreOptions {
  /** Changes that are remembered for watches and continued lists. */
  readonly historyLimit: number;
  /** Bytes of superseded objects that the history may hold. */
  readonly historyBytes: number;
  /** Whether there is no room for another object. */
  readonly isFull: () => boolean;
}

export const parse = (stored: Stored): KubeObject => JSON.parse(stored.json) as KubeObject;

/** Every object of one API server, one counter for all of them, and the recent changes in their order. */
export class Store {
  readonly #options: StoreOptions;
  #collections = new Map<string, Collection>();
  #history: Change[] = [];
  #historyBytes = 0;
  /** Changes up to this one are forgotten. */
  #compacted: number;
  #revision: number;
  readonly #listeners = new Set<(change: Change) => void>();

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#revision = 1;
    this.#compacted = 1;
  }

  /** resourceVersion of the newest change. */
  get revision(): number {
    return this.#revision;
  }

  /** The oldest resourceVersion a watch can start from. */
  get compacted(): number {
    return this.#compacted;
  }

  get(collection: string, key: string): Stored | undefined {
    return this.#collections.get(collection)?.objects.get(key);
  }

  count(collection: string): number {
    return this.#collections.get(collection)?.keys.length ?? 0;
  }

  /** Objects in the order of their keys, of one namespace or (`""`) of all, behind the key `after`. */
  *list(collection: string, namespace = "", after = ""): Generator<Stored> {
    const found = this.#collections.get(collection);
    if (!found) return;
    const prefix = namespace === "" ? "" : `${namespace}/`;
    const { keys, objects } = found;
    const start = after === "" ? lowerBound(keys, prefix) : lowerBound(keys, `${after}\0`);
    for (let index = start; index < keys.length; index++) {
      const key = keys[index]!;
      if (!key.startsWith(prefix)) return;
      yield objects.get(key)!;
    }
  }

  collections(): string[] {
    return [...this.#collections.keys()];
  }

  get isFull(): boolean {
    return this.#options.isFull();
  }

  /**
   * Stores what `build` makes of the next resourceVersion; replaces whatever is there.
   * Every listener has heard of it when this returns.
   * @throws OutOfSpaceError
   */
  put(collection: string, build: (resourceVersion: number) => Stored): Stored {
    if (this.isFull) throw new OutOfSpaceError();
    const resourceVersion = this.#revision + 1;
    const object = build(resourceVersion);
    this.#revision = resourceVersion;
    const { objects, keys } = this.#collection(collection);
    const previous = objects.get(object.key);
    objects.set(object.key, object);
    if (!previous) keys.splice(lowerBound(keys, object.key), 0, object.key);
    this.#record({ type: previous ? "MODIFIED" : "ADDED", collection, resourceVersion, object, previous });
    return object;
  }

  /** Removes an object; `last` is its final state, which watchers of the deletion see. */
  remove(collection: string, key: string, last: (resourceVersion: number) => Stored): Stored {
    const { objects, keys } = this.#collection(collection);
    const previous = objects.get(key);
    if (!previous) throw new Error(`no ${collection} ${key} to remove`);
    const resourceVersion = ++this.#revision;
    const object = last(resourceVersion);
    objects.delete(key);
    keys.splice(lowerBound(keys, key), 1);
    this.#record({ type: "DELETED", collection, resourceVersion, object, previous });
    return object;
  }

  /** Changes of one collection after `resourceVersion`; undefined when they are no longer known. */
  since(collection: string, resourceVersion: number): Change[] | undefined {
    if (resourceVersion < this.#compacted) return undefined;
    const from = lowerBound(this.#history, resourceVersion + 1, (change) => change.resourceVersion);
    return this.#history.slice(from).filter((change) => change.collection === collection);
  }

  /** The collection as it was at `resourceVersion`, in order; undefined when that is no longer known. */
  at(collection: string, resourceVersion: number, namespace = ""): Stored[] | undefined {
    const changes = this.since(collection, resourceVersion);
    if (!changes) return undefined;
    const current = new Map([...this.list(collection, namespace)].map((object) => [object.key, object]));
    for (const { object, previous } of changes.reverse()) {
      if (namespace !== "" && object.namespace !== namespace) continue;
      if (previous) current.set(object.key, previous);
      else current.delete(object.key);
    }
    return [...current.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Calls `listener` with every change, before the write returns. @returns stops it */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets every change: watches from before now are too old. */
  compact(): void {
    this.#history = [];
    this.#historyBytes = 0;
    this.#compacted = this.#revision;
  }

  snapshot(): Snapshot {
    return {
      revision: this.#revision,
      collections: new Map([...this.#collections].map(([name]) => [name, [...this.list(name)]])),
    };
  }

  /** Back to an older state, resourceVersion included, as after a restore of etcd. Nobody is told. */
  restore({ revision, collections }: Snapshot): void {
    this.#revision = revision;
    this.#collections = new Map(
      [...collections].map(([name, objects]) => [
        name,
        { objects: new Map(objects.map((object) => [object.key, object])), keys: objects.map(({ key }) => key) },
      ]),
    );
    this.compact();
  }

  #collection(name: string): Collection {
    let found = this.#collections.get(name);
    if (!found) {
      found = { objects: new Map(), keys: [] };
      this.#collections.set(name, found);
    }
    return found;
  }

  #record(change: Change): void {
    this.#history.push(change);
    this.#historyBytes += change.previous?.json.length ?? 0;
    const { historyLimit, historyBytes } = this.#options;
    // An eighth at a time: shifting one by one is quadratic.
    if (this.#history.length > historyLimit || this.#historyBytes > historyBytes) {
      const dropped = this.#history.splice(0, Math.ceil(this.#history.length / 8));
      for (const { previous } of dropped) this.#historyBytes -= previous?.json.length ?? 0;
      this.#compacted = dropped.at(-1)!.resourceVersion;
    }
    for (const listener of this.#listeners) listener(change);
  }
}

function lowerBound<T>(sorted: readonly T[], wanted: string | number, by: (item: T) => string | number = String): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (by(sorted[middle]!) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
