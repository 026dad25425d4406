import type { KubeObject } from "../kube/resource.ts";
import { apiVersionOf } from "../kube/resource.ts";
import type { MetaVersion, View } from "./http/negotiate.ts";
import type { Kernel } from "./kernel.ts";
import { read, readText } from "./objects.ts";
import type { ServedKind } from "./registry.ts";
import type { Matcher } from "./selectors.ts";
import type { Change, ChangeType, Stored } from "./store.ts";
import { partialOf, rowOf, table } from "./table.ts";

/** One watch: whom to tell about which objects in which form. */
export interface Subscription {
  readonly kind: ServedKind;
  /** "" for all. */
  readonly namespace: string;
  readonly matches: Matcher;
  readonly view: View;
  readonly metaVersion: MetaVersion;
  /** includeObject of a table. */
  readonly include: string | null;
  /** The namespace and the user agent that faults are matched with. */
  readonly agent: string;
  /** Changes up to this resourceVersion are none of its business, even where it is yet to come. */
  readonly after: number;
  /** Whether it was told something already: only the first Table says what its columns are. */
  told: boolean;
  readonly send: (frame: Buffer) => void;
}

/** Passes every change on to the watches it concerns, serialised once for all that want the same form. */
export class Watches {
  readonly #kernel: Kernel;
  readonly #byCollection = new Map<string, Set<Subscription>>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    kernel.store.subscribe((change) => this.#tell(change));
  }

  get count(): number {
    return [...this.#byCollection.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** @returns stops it */
  add(subscription: Subscription): () => void {
    const { collection } = subscription.kind;
    const found = this.#byCollection.get(collection) ?? new Set();
    this.#byCollection.set(collection, found.add(subscription));
    return () => {
      found.delete(subscription);
    };
  }

  /**
   * Tells a watch of a change, if it concerns it.
   * @param frames what others were told of the same change
   */
  deliver(subscription: Subscription, change: Change, frames: Frame[] = []): void {
    const type = seenAs(subscription, change);
    if (type !== undefined) this.#send(subscription, type, lastSeen(type, change), frames);
  }

  /** Tells a watch of an object that is there when it begins. */
  introduce(subscription: Subscription, object: Stored): void {
    if (subscription.matches(object)) this.#send(subscription, "ADDED", object, []);
  }

  /** Once, unless a fault has it otherwise. */
  #send(subscription: Subscription, type: ChangeType, object: Stored, frames: Frame[]): void {
    const times = this.#kernel.faults.deliveries(subscription, object);
    if (times === 0) return;
    let frame = frames.find((made) => fits(made, type, subscription));
    if (!frame) {
      frame = eventFrame(this.#kernel, subscription, type, object);
      frames.push(frame);
    }
    subscription.told = true;
    for (let time = 0; time < times; time++) subscription.send(frame.bytes);
  }

  #tell(change: Change): void {
    const subscriptions = this.#byCollection.get(change.collection);
    if (!subscriptions) return;
    const frames: Frame[] = [];
    // What cannot be shown to one is no reason to fail whose write it was, or to leave out the others.
    for (const subscription of subscriptions) this.#kernel.background.run(() => this.deliver(subscription, change, frames));
  }
}

/** What ceases to match a selector goes as it was, at the version of the change. */
function lastSeen(type: ChangeType, { type: actual, object, previous }: Change): Stored {
  if (type !== "DELETED" || actual === "DELETED" || !previous) return object;
  const at = (resourceVersion: number): string => `"resourceVersion":"${resourceVersion}"`;
  const json = previous.json.replace(at(previous.resourceVersion), at(object.resourceVersion));
  return { ...previous, resourceVersion: object.resourceVersion, json };
}

/** An object that comes to match a selector is added, one that ceases to is deleted. */
function seenAs(subscription: Subscription, { resourceVersion, type, object, previous }: Change): ChangeType | undefined {
  const { namespace, matches } = subscription;
  if (resourceVersion <= subscription.after) return undefined;
  if (namespace !== "" && object.namespace !== namespace) return undefined;
  const before = previous !== undefined && matches(previous);
  const after = type !== "DELETED" && matches(object);
  if (after) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}

/** A line of a watch, for all that want the same form. */
interface Frame extends Pick<Subscription, "kind" | "view" | "metaVersion" | "include" | "told"> {
  readonly type: ChangeType;
  readonly bytes: Buffer;
}

function fits(frame: Frame, type: ChangeType, { kind, view, metaVersion, include, told }: Subscription): boolean {
  return (
    frame.type === type &&
    frame.kind === kind &&
    frame.view === view &&
    frame.metaVersion === metaVersion &&
    frame.include === include &&
    (frame.told === told || view !== "table")
  );
}

function eventFrame(kernel: Kernel, subscription: Subscription, type: ChangeType, object: Stored): Frame {
  const { kind, view, metaVersion, include, told } = subscription;
  const bytes = Buffer.from(`{"type":"${type}","object":${bodyOf(kernel, subscription, object)}}\n`);
  return { kind, view, metaVersion, include, told, type, bytes };
}

function bodyOf(kernel: Kernel, subscription: Subscription, object: Stored): string {
  const { kind, view, metaVersion } = subscription;
  switch (view) {
    case "object":
      return readText(kind, object);
    case "partial":
    case "partialList":
      return JSON.stringify(partialOf(read(kind, object), metaVersion));
    case "table":
      return JSON.stringify(tableOf(kernel, subscription, read(kind, object)));
  }
}

function tableOf(kernel: Kernel, { kind, include, metaVersion, told }: Subscription, object: KubeObject): unknown {
  const { resourceVersion } = object.metadata;
  const whole = table(kind, [rowOf(kind, object, { now: kernel.now(), include, metaVersion })], { resourceVersion }, metaVersion);
  return told ? { ...whole, columnDefinitions: null } : whole;
}

/** Tells how far the server is; `initialEventsEnd` after the objects that were there at the start. */
export function bookmarkFrame(
  kernel: Kernel,
  subscription: Subscription,
  resourceVersion: number,
  initialEventsEnd = false,
): Buffer {
  const { kind, view, metaVersion } = subscription;
  const metadata = {
    resourceVersion: String(resourceVersion),
    ...(initialEventsEnd && { annotations: { "k8s.io/initial-events-end": "true" } }),
  } as unknown as KubeObject["metadata"];
  const type = { kind: kind.resource.kind, apiVersion: apiVersionOf(kind.resource) };
  const object =
    view === "object"
      ? { ...type, metadata }
      : view === "partial"
        ? partialOf({ ...type, metadata }, metaVersion)
        : tableOf(kernel, subscription, { ...kind.empty, ...type, metadata });
  subscription.told = true;
  return Buffer.from(`${JSON.stringify({ type: "BOOKMARK", object })}\n`);
}
