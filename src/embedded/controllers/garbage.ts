import type { KubeObject } from "../../kube/resource.ts";
import type { Kernel } from "../kernel.ts";
import { toStored } from "../objects.ts";
import { type Change, parse, type Stored } from "../store.ts";
import { removeStored } from "../verbs/delete.ts";

const orphan = "orphan";
const foreground = "foregroundDeletion";

interface Place {
  readonly collection: string;
  readonly key: string;
}

/** Deletes what nobody owns any more, and carries out the propagation policies: the garbage collector of a controller manager. */
export class GarbageCollector {
  readonly #kernel: Kernel;
  /** Objects that name an owner, by the owner's uid. */
  readonly #dependents = new Map<string, Map<string, Place>>();
  /** Where the objects are, by uid. */
  readonly #places = new Map<string, Place>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.store.subscribe((change) => this.#observe(change));
  }

  /** Learns the store anew, after a restore. */
  reload(): void {
    this.#dependents.clear();
    this.#places.clear();
    const { store } = this.#kernel;
    for (const collection of store.collections()) for (const stored of store.list(collection)) this.#learn(collection, stored);
  }

  #observe({ collection, type, object, previous }: Change): void {
    if (previous) this.#forget(previous);
    if (type === "DELETED") {
      this.#places.delete(object.uid);
      for (const uid of this.#ownersOf(object)) this.#finishLater(uid);
      const dependents = [...(this.#dependents.get(object.uid)?.values() ?? [])];
      for (const place of dependents) setImmediate(() => this.#collect(place));
      return;
    }
    const owners = this.#learn(collection, object);
    if (owners.length > 0 && owners.every((uid) => !this.#places.has(uid))) {
      setImmediate(() => this.#collect({ collection, key: object.key }));
    }
    if (object.json.includes(`"${orphan}"`) || object.json.includes(`"${foreground}"`)) {
      setImmediate(() => this.#propagate({ collection, key: object.key }));
    }
  }

  #learn(collection: string, object: Stored): string[] {
    this.#places.set(object.uid, { collection, key: object.key });
    const owners = this.#ownersOf(object);
    for (const uid of owners) {
      const found = this.#dependents.get(uid) ?? new Map<string, Place>();
      this.#dependents.set(uid, found.set(object.uid, { collection, key: object.key }));
    }
    return owners;
  }

  #forget(object: Stored): void {
    for (const uid of this.#ownersOf(object)) {
      const found = this.#dependents.get(uid);
      found?.delete(object.uid);
      if (found?.size === 0) this.#dependents.delete(uid);
    }
  }

  #ownersOf(object: Stored): string[] {
    // Most objects have no owner: the text says so faster than the parsed object.
    if (!object.json.includes('"ownerReferences":[{')) return [];
    return (parse(object).metadata.ownerReferences ?? []).map(({ uid }) => uid);
  }

  /** Deletes an object whose owners are all gone; takes gone owners out of one that has others. */
  #collect({ collection, key }: Place): void {
    const { store, registry } = this.#kernel;
    const stored = store.get(collection, key);
    const kind = registry.ofCollection(collection);
    if (!stored || !kind) return;
    const object = parse(stored);
    const owners = object.metadata.ownerReferences ?? [];
    const left = owners.filter(({ uid }) => this.#places.has(uid));
    if (owners.length === 0 || left.length === owners.length) return;
    if (left.length === 0) {
      if (object.metadata.deletionTimestamp !== undefined) return;
      const options = { dryRun: false, propagationPolicy: "Background", preconditions: {}, gracePeriodSeconds: undefined } as const;
      removeStored({ kernel: this.#kernel, kind }, stored, options);
    } else this.#put(collection, { ...object, metadata: { ...object.metadata, ownerReferences: left } });
  }

  #propagate(place: Place): void {
    const stored = this.#kernel.store.get(place.collection, place.key);
    if (!stored) return;
    const object = parse(stored);
    if (object.metadata.deletionTimestamp === undefined) return;
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(orphan)) {
      for (const { collection, key } of [...(this.#dependents.get(stored.uid)?.values() ?? [])]) {
        const dependent = parse(this.#kernel.store.get(collection, key)!);
        const { ownerReferences = [], ...metadata } = dependent.metadata;
        const left = ownerReferences.filter(({ uid }) => uid !== stored.uid);
        this.#put(collection, { ...dependent, metadata: { ...metadata, ...(left.length > 0 && { ownerReferences: left }) } });
      }
      this.#release(place, orphan);
    } else if (finalizers.includes(foreground)) {
      const options = { dryRun: false, propagationPolicy: "Foreground", preconditions: {}, gracePeriodSeconds: undefined } as const;
      for (const { collection, key } of [...(this.#dependents.get(stored.uid)?.values() ?? [])]) {
        const dependent = this.#kernel.store.get(collection, key);
        const kind = this.#kernel.registry.ofCollection(collection);
        if (dependent && kind && parse(dependent).metadata.deletionTimestamp === undefined) {
          removeStored({ kernel: this.#kernel, kind }, dependent, options);
        }
      }
      this.#finish(stored.uid, place);
    }
  }

  #finishLater(uid: string): void {
    setImmediate(() => {
      const place = this.#places.get(uid);
      if (place) this.#finish(uid, place);
    });
  }

  /** Lets an owner go that waits in the foreground, once nothing that blocks it is left. */
  #finish(uid: string, place: Place): void {
    const blocking = [...(this.#dependents.get(uid)?.values() ?? [])].some(({ collection, key }) => {
      const dependent = this.#kernel.store.get(collection, key);
      return dependent && parse(dependent).metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion);
    });
    if (!blocking) this.#release(place, foreground);
  }

  #release({ collection, key }: Place, finalizer: string): void {
    const { store, registry } = this.#kernel;
    const stored = store.get(collection, key);
    const kind = registry.ofCollection(collection);
    if (!stored || !kind) return;
    const object = parse(stored);
    const finalizers = object.metadata.finalizers ?? [];
    if (object.metadata.deletionTimestamp === undefined || !finalizers.includes(finalizer)) return;
    const left = finalizers.filter((other) => other !== finalizer);
    const { finalizers: _, ...metadata } = object.metadata;
    const next = { ...object, metadata: { ...metadata, ...(left.length > 0 && { finalizers: left }) } } as KubeObject;
    if (left.length > 0) this.#put(collection, next);
    else store.remove(collection, key, (resourceVersion) => toStored(kind, next, resourceVersion));
  }

  #put(collection: string, next: KubeObject): void {
    const kind = this.#kernel.registry.ofCollection(collection)!;
    this.#kernel.store.put(collection, (resourceVersion) => toStored(kind, next, resourceVersion));
  }
}
