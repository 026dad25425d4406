import type { KubeObject } from "../../kube/resource.ts";
import type { Kernel } from "../kernel.ts";
import { toStored } from "../objects.ts";
import { type Change, parse, type Stored } from "../store.ts";
import { removeStored } from "../verbs/delete.ts";

const namespaces = "/namespaces";
const ownFinalizer = "kubernetes";

/** Empties namespaces that are being deleted, then lets them go: the part of a controller manager that clients wait for. */
export class Namespaces {
  readonly #kernel: Kernel;
  readonly #leaving = new Set<string>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.store.subscribe((change) => this.#observe(change));
  }

  /** Learns the store anew, after a restore. */
  reload(): void {
    this.#leaving.clear();
    for (const stored of this.#kernel.store.list(namespaces)) this.#learn(stored);
  }

  #observe({ collection, type, object }: Change): void {
    if (collection === namespaces) {
      if (type === "DELETED") this.#leaving.delete(object.name);
      else this.#learn(object);
    } else if (type === "DELETED" && this.#leaving.has(object.namespace)) {
      this.#kernel.background.soon(() => this.#settle(object.namespace));
    }
  }

  #learn(object: Stored): void {
    if (this.#leaving.has(object.name) || parse(object).metadata.deletionTimestamp === undefined) return;
    this.#leaving.add(object.name);
    this.#kernel.background.soon(() => this.#empty(object.name));
  }

  #empty(namespace: string): void {
    const { store, registry } = this.#kernel;
    const options = { dryRun: false, propagationPolicy: undefined, preconditions: {}, gracePeriodSeconds: undefined };
    for (const collection of store.collections()) {
      const kind = registry.ofCollection(collection);
      if (!kind?.resource.namespaced) continue;
      for (const stored of [...store.list(collection, namespace)]) removeStored({ kernel: this.#kernel, kind }, stored, options);
    }
    this.#settle(namespace);
  }

  #settle(namespace: string): void {
    const { store, registry } = this.#kernel;
    const stored = store.get(namespaces, namespace);
    if (!stored || holdsAnything(this.#kernel, namespace)) return;
    const kind = registry.ofCollection(namespaces)!;
    const object = parse(stored);
    const spec = object["spec"] as { finalizers?: string[] } | undefined;
    const finalizers = (spec?.finalizers ?? []).filter((finalizer) => finalizer !== ownFinalizer);
    const next = { ...object, spec: { ...spec, finalizers } } as KubeObject;
    if (finalizers.length === 0 && (object.metadata.finalizers ?? []).length === 0) {
      store.remove(namespaces, stored.key, (resourceVersion) => toStored(kind, next, resourceVersion));
    } else if (spec?.finalizers?.includes(ownFinalizer)) {
      store.put(namespaces, (resourceVersion) => toStored(kind, next, resourceVersion));
    }
  }
}

function holdsAnything({ store, registry }: Kernel, namespace: string): boolean {
  return store.collections().some((collection) => {
    if (!registry.ofCollection(collection)?.resource.namespaced) return false;
    return !store.list(collection, namespace).next().done;
  });
}
