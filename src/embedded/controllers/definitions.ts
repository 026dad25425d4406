import type { KubeObject } from "../../kube/resource.ts";
import { trackUpdate } from "../fields/update.ts";
import { type Kernel, timestamp } from "../kernel.ts";
import { cleanupFinalizer, isEstablished, judgeNames, withCondition } from "../kinds/crd.ts";
import { type CustomResourceDefinition, customKinds } from "../kinds/custom.ts";
import { toStored } from "../objects.ts";
import { collectionOf } from "../registry.ts";
import { type Change, parse } from "../store.ts";
import { removeStored } from "../verbs/delete.ts";

export const definitions = "apiextensions.k8s.io/customresourcedefinitions";

/** Serves what CustomResourceDefinitions define, at once, and ends it with them. */
export class Definitions {
  readonly #kernel: Kernel;
  /** Groups and plurals whose definition is on its way out. */
  readonly #leaving = new Set<string>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.store.subscribe((change) => this.#observe(change));
  }

  /** Serves what the store holds, after a restore. */
  reload(): void {
    const { registry, store } = this.#kernel;
    this.#leaving.clear();
    for (const kind of registry.all()) if (kind.custom && kind.schemaRevision > 0) registry.remove(kind.collection);
    for (const stored of store.list(definitions)) {
      const crd = parse(stored) as CustomResourceDefinition;
      if (isEstablished(crd)) this.#serve(crd);
      this.#emptySoon(crd);
    }
  }

  #observe({ collection, type, object }: Change): void {
    if (collection !== definitions) {
      if (type === "DELETED" && this.#leaving.has(collection)) this.#kernel.background.soon(() => this.#settle(collection));
      return;
    }
    const crd = parse(object) as CustomResourceDefinition;
    if (type === "DELETED") {
      this.#kernel.registry.remove(ownCollection(crd));
      return;
    }
    if (crd.metadata.deletionTimestamp !== undefined) {
      this.#emptySoon(crd);
      return;
    }
    // The writer hears of its own write first: conditions follow as writes of their own.
    this.#kernel.background.next(() => this.#judge(crd.metadata.name));
  }

  #emptySoon(crd: CustomResourceDefinition): void {
    const { deletionTimestamp, finalizers = [] } = crd.metadata;
    if (deletionTimestamp !== undefined && finalizers.includes(cleanupFinalizer)) {
      this.#kernel.background.soon(() => this.#empty(crd));
    }
  }

  #judge(name: string): void {
    const crd = this.#current(name);
    if (!crd || crd.metadata.deletionTimestamp !== undefined) return;
    const judged = judgeNames(crd, this.#kernel);
    if (judged !== crd) this.#write(judged, crd);
    else if (!isEstablished(crd) && accepted(crd)) {
      this.#serve(crd);
      const lastTransitionTime = timestamp(this.#kernel.now());
      this.#write(
        withCondition(crd, {
          type: "Established",
          status: "True",
          lastTransitionTime,
          reason: "InitialNamesAccepted",
          message: "the initial names have been accepted",
        }),
        crd,
      );
    } else if (isEstablished(crd)) this.#serve(crd);
  }

  #serve(crd: CustomResourceDefinition): void {
    const { registry } = this.#kernel;
    registry.remove(ownCollection(crd));
    for (const kind of customKinds(crd)) registry.add(kind);
  }

  #empty(crd: CustomResourceDefinition): void {
    const { store, registry } = this.#kernel;
    const collection = ownCollection(crd);
    this.#leaving.add(collection);
    const kind = registry.ofCollection(collection);
    if (kind) {
      const options = { dryRun: false, propagationPolicy: undefined, preconditions: {}, gracePeriodSeconds: undefined };
      for (const stored of [...store.list(collection)]) removeStored({ kernel: this.#kernel, kind }, stored, options);
    }
    this.#settle(collection);
  }

  /** Lets the definition go once its last object has gone. */
  #settle(collection: string): void {
    const { store, registry } = this.#kernel;
    if (store.count(collection) > 0) return;
    for (const stored of [...store.list(definitions)]) {
      const crd = parse(stored) as CustomResourceDefinition;
      if (ownCollection(crd) !== collection || crd.metadata.deletionTimestamp === undefined) continue;
      this.#leaving.delete(collection);
      const finalizers = (crd.metadata.finalizers ?? []).filter((finalizer) => finalizer !== cleanupFinalizer);
      const next = { ...crd, metadata: { ...crd.metadata, finalizers } } as KubeObject;
      const kind = registry.ofCollection(definitions)!;
      if (finalizers.length > 0) store.put(definitions, (resourceVersion) => toStored(kind, next, resourceVersion));
      else store.remove(definitions, stored.key, (resourceVersion) => toStored(kind, crd, resourceVersion));
    }
  }

  #current(name: string): CustomResourceDefinition | undefined {
    const stored = this.#kernel.store.get(definitions, name);
    return stored && (parse(stored) as CustomResourceDefinition);
  }

  #write(next: KubeObject, live: KubeObject): void {
    const { store, registry, now } = this.#kernel;
    const kind = registry.ofCollection(definitions)!;
    const tracked = trackUpdate({
      live,
      next,
      manager: "kube-apiserver",
      subresource: "status",
      schema: kind.schema,
      empty: kind.empty,
      reset: kind.statusReset,
      now: timestamp(now()),
    });
    store.put(definitions, (resourceVersion) => toStored(kind, tracked, resourceVersion));
  }
}

const ownCollection = ({ spec }: CustomResourceDefinition): string =>
  collectionOf({ group: spec.group, plural: spec.names.plural });

const accepted = (crd: KubeObject): boolean =>
  ((crd["status"] as { conditions?: { type: string; status: string }[] }).conditions ?? []).some(
    ({ type, status }) => type === "NamesAccepted" && status === "True",
  );
