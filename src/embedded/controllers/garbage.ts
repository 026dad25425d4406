import type { KubeObject, OwnerReference } from "../../kube/resource.ts";
import { jsonEqual } from "../json.ts";
import type { Kernel } from "../kernel.ts";
import { toStored } from "../objects.ts";
import { type Change, parse, type Stored } from "../store.ts";
import { removeStored } from "../verbs/delete.ts";
import type { DeleteOptions } from "../verbs/delete-options.ts";
import { keyOf } from "../verbs/write.ts";

const orphan = "orphan";
const foreground = "foregroundDeletion";

interface Place {
  readonly collection: string;
  readonly key: string;
}

/** References of an object to its owners, by what has become of them. */
interface Owners {
  readonly solid: readonly OwnerReference[];
  readonly absent: readonly OwnerReference[];
  /** On their way out in the foreground: they wait for the object to go. */
  readonly waiting: readonly OwnerReference[];
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
    for (const collection of store.collections()) {
      for (const stored of store.list(collection)) {
        const place = { collection, key: stored.key };
        const owners = ownersOf(stored);
        this.#learn(place, stored, owners);
        if (owners.length > 0 || isHeldByPolicy(stored)) this.#lookAt(place);
      }
    }
  }

  #observe({ collection, type, object, previous }: Change): void {
    const place = { collection, key: object.key };
    const before = previous ? ownersOf(previous) : [];
    for (const { uid } of before) this.#forget(uid, object.uid);
    if (type === "DELETED") {
      this.#places.delete(object.uid);
      for (const { uid } of before) this.#lookAt(this.#places.get(uid));
      for (const dependent of this.#dependentsOf(object.uid)) this.#lookAt(dependent);
      return;
    }
    const owners = ownersOf(object);
    this.#learn(place, object, owners);
    const changed = !jsonEqual(before, owners);
    if (changed) for (const { uid } of before) this.#lookAt(this.#places.get(uid));
    if ((changed && owners.length > 0) || isHeldByPolicy(object)) this.#lookAt(place);
  }

  #learn(place: Place, { uid }: Stored, owners: readonly OwnerReference[]): void {
    this.#places.set(uid, place);
    for (const owner of owners) {
      const found = this.#dependents.get(owner.uid) ?? new Map<string, Place>();
      this.#dependents.set(owner.uid, found.set(uid, place));
    }
  }

  #forget(owner: string, dependent: string): void {
    const found = this.#dependents.get(owner);
    found?.delete(dependent);
    if (found?.size === 0) this.#dependents.delete(owner);
  }

  #dependentsOf(uid: string): readonly Place[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  #lookAt(place: Place | undefined): void {
    if (place) this.#kernel.background.soon(() => this.#settle(place));
  }

  #settle(place: Place): void {
    const stored = this.#kernel.store.get(place.collection, place.key);
    if (!stored) return;
    const object = parse(stored);
    const { deletionTimestamp, finalizers = [], ownerReferences = [] } = object.metadata;
    if (deletionTimestamp === undefined) {
      if (ownerReferences.length > 0) this.#collect(place, stored, object, ownerReferences);
    } else if (finalizers.includes(orphan)) this.#orphan(place, object);
    else if (finalizers.includes(foreground)) this.#finish(place, object);
  }

  /** Deletes an object whose owners are all gone or waiting; takes these out of one that has others. */
  #collect(place: Place, stored: Stored, object: KubeObject, references: readonly OwnerReference[]): void {
    const owners = this.#classify(references, stored.namespace);
    if (!owners) return;
    const { solid, waiting } = owners;
    if (solid.length > 0) {
      if (solid.length < references.length) this.#write(place, withOwners(object, solid));
      return;
    }
    const dependents = this.#dependentsOf(stored.uid);
    if (waiting.length === 0 || dependents.length === 0) {
      this.#delete(place, policyOf(object.metadata.finalizers ?? []));
      return;
    }
    // What owns each other does not wait for each other.
    if (dependents.some((dependent) => this.#isEnding(dependent))) {
      const unblocking = references.map(({ blockOwnerDeletion, ...owner }) => owner);
      this.#write(place, withOwners(object, unblocking));
    }
    this.#delete(place, "Foreground");
  }

  /** @returns undefined when it cannot be told: a kind is not served, or could never own the object */
  #classify(references: readonly OwnerReference[], namespace: string): Owners | undefined {
    const { registry, store } = this.#kernel;
    const owners = { solid: [] as OwnerReference[], absent: [] as OwnerReference[], waiting: [] as OwnerReference[] };
    for (const reference of references) {
      const kind = registry.findKind(reference.apiVersion, reference.kind);
      if (!kind || (kind.resource.namespaced && namespace === "")) return undefined;
      const key = keyOf(kind.resource.namespaced ? namespace : "", reference.name);
      const owner = store.get(kind.collection, key);
      if (owner?.uid !== reference.uid) owners.absent.push(reference);
      else if (this.#isEnding({ collection: kind.collection, key })) owners.waiting.push(reference);
      else owners.solid.push(reference);
    }
    return owners;
  }

  /** Whether an object is on its way out in the foreground. */
  #isEnding({ collection, key }: Place): boolean {
    const stored = this.#kernel.store.get(collection, key);
    if (!stored || !isHeldByPolicy(stored)) return false;
    const { deletionTimestamp, finalizers = [] } = parse(stored).metadata;
    return deletionTimestamp !== undefined && finalizers.includes(foreground);
  }

  #orphan(place: Place, owner: KubeObject): void {
    for (const dependent of this.#dependentsOf(owner.metadata.uid!)) {
      const object = parse(this.#kernel.store.get(dependent.collection, dependent.key)!);
      const { ownerReferences = [] } = object.metadata;
      const left = ownerReferences.filter(({ uid }) => uid !== owner.metadata.uid);
      this.#write(dependent, withOwners(object, left));
    }
    this.#release(place, owner, orphan);
  }

  /** Lets an owner go that waits in the foreground, once nothing that blocks it is left. */
  #finish(place: Place, owner: KubeObject): void {
    const { store } = this.#kernel;
    let blocked = false;
    for (const dependent of this.#dependentsOf(owner.metadata.uid!)) {
      const { deletionTimestamp, ownerReferences = [] } = parse(store.get(dependent.collection, dependent.key)!).metadata;
      blocked ||= ownerReferences.some(({ uid, blockOwnerDeletion }) => uid === owner.metadata.uid && blockOwnerDeletion);
      if (deletionTimestamp === undefined) this.#lookAt(dependent);
    }
    if (!blocked) this.#release(place, owner, foreground);
  }

  #release(place: Place, object: KubeObject, finalizer: string): void {
    const { finalizers = [], ...metadata } = object.metadata;
    const left = finalizers.filter((other) => other !== finalizer);
    const next = { ...object, metadata: { ...metadata, ...(left.length > 0 && { finalizers: left }) } } as KubeObject;
    const { store, registry } = this.#kernel;
    const kind = registry.ofCollection(place.collection);
    if (!kind) return;
    if (left.length > 0) this.#write(place, next);
    else store.remove(place.collection, place.key, (resourceVersion) => toStored(kind, next, resourceVersion));
  }

  #delete({ collection, key }: Place, propagationPolicy: DeleteOptions["propagationPolicy"]): void {
    const { store, registry } = this.#kernel;
    const kind = registry.ofCollection(collection);
    const stored = store.get(collection, key);
    if (!kind || !stored) return;
    const options = { dryRun: false, propagationPolicy, preconditions: {}, gracePeriodSeconds: undefined };
    removeStored({ kernel: this.#kernel, kind }, stored, options);
  }

  #write({ collection }: Place, next: KubeObject): void {
    const kind = this.#kernel.registry.ofCollection(collection);
    if (kind) this.#kernel.store.put(collection, (resourceVersion) => toStored(kind, next, resourceVersion));
  }
}

function ownersOf(object: Stored): readonly OwnerReference[] {
  // Most objects have no owner: the text says so faster than the parsed object.
  if (!object.json.includes('"ownerReferences":[{')) return [];
  return parse(object).metadata.ownerReferences ?? [];
}

const isHeldByPolicy = ({ json }: Stored): boolean => json.includes(`"${orphan}"`) || json.includes(`"${foreground}"`);

/** An object that is to go keeps to what it was told before. */
function policyOf(finalizers: readonly string[]): DeleteOptions["propagationPolicy"] {
  if (finalizers.includes(orphan)) return "Orphan";
  return finalizers.includes(foreground) ? "Foreground" : "Background";
}

function withOwners(object: KubeObject, owners: readonly OwnerReference[]): KubeObject {
  const { ownerReferences: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(owners.length > 0 && { ownerReferences: [...owners] }) } };
}
