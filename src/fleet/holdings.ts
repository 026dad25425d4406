import { CERTIFICATES, DELIVERABLE, UID_LABEL, written } from "../api/kinds.ts";
import { apiVersionOf, type KubeObject, type Resource } from "../api/resource.ts";
import type { Accepted, Found, Holdings } from "../domain/delivery.ts";
import { type ObjectKey, objectKey } from "../domain/manifest.ts";
import { type Observed, observe } from "../domain/observed.ts";
import type { KubeClient } from "../kube/client.ts";
import { ForbiddenError, NotFoundError } from "../kube/errors.ts";
import type { Logger } from "../kube/logger.ts";
import { type Change, Reflector } from "../kube/reflector.ts";
import { isServed } from "./served.ts";

type KindKey = string;

/** Identifies a kind across versions. */
export const kindKey = ({ group, kind }: Pick<Resource, "group" | "kind">): KindKey => `${kind}.${group}`;

interface Shelf {
  readonly resource: Resource;
  readonly reflector: Reflector<Observed>;
}

export interface StoreOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  /** An object of this AccessPoint changed: its uid and `<namespace>/<name>`. */
  readonly onChange: (uid: string, owner: string) => void;
  /** An object of the AccessPoint with this uid is not seen any more. */
  readonly onGone: (uid: string, key: ObjectKey) => void;
  /** A kind became readable, or ceased to be served. */
  readonly onKindChange: () => void;
  /** A kind that was not served is, and has been read. */
  readonly onKindServed: () => void;
}

/**
 * Everything in one member cluster that carries our mark, trimmed to what is compared. One reflector a kind, started when a
 * revision first needs the kind. The mark is our own label: app.kubernetes.io/managed-by is one that other tools write, too.
 */
export class HoldingsStore {
  readonly #options: StoreOptions;
  readonly #shelves = new Map<KindKey, Shelf>();
  /** Keys by the uid of the AccessPoint they belong to. */
  readonly #byOwner = new Map<string, Set<ObjectKey>>();
  readonly #accepted = new Map<ObjectKey, Accepted>();
  /** What objects were written from whose mark of that somebody took off: they are not ones that another manifest made. */
  readonly #marks = new Map<ObjectKey, string>();
  readonly #unserved = new Set<KindKey>();

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** Starts watching a kind, if that has not been done. */
  require(resource: Resource): void {
    const key = kindKey(resource);
    if (this.#shelves.has(key)) return;
    const reflector = new Reflector<Observed>({
      client: this.#options.client,
      resource,
      labelSelector: UID_LABEL,
      isAskedFor: ({ metadata: { labels } }) => labels?.[UID_LABEL] !== undefined,
      transform: markedOnly,
      onChange: (change) => this.#changed(resource, change),
      onStateChange: () => this.#stateChanged(key),
      logger: this.#options.logger,
    });
    this.#shelves.set(key, { resource, reflector });
    reflector.start();
  }

  /**
   * Whether the kind was read completely once; "Unserved": the cluster does not know it. "Denied": the credentials may not read it.
   * "Failing": it has not been read yet, because the cluster fails to tell it. The last two are said of kinds that few AccessPoints
   * need: the cluster can be worked with all the same.
   */
  state(kind: KindKey): "Ready" | "Loading" | "Unserved" | "Denied" | "Failing" {
    const shelf = this.#shelves.get(kind);
    const state = shelf?.reflector.state;
    if (state?.lastError instanceof NotFoundError) return "Unserved";
    if (state?.lastError && shelf && !isBasic(shelf.resource)) {
      if (state.lastError instanceof ForbiddenError) return "Denied";
      if (!state.synced) return "Failing";
    }
    return state?.synced ? "Ready" : "Loading";
  }

  /** What the cluster has, as one AccessPoint sees it. */
  of(uid: string): Holdings {
    return {
      get: (key) => this.#get(key),
      own: () => this.#own(uid),
      accepted: (key) => this.#accepted.get(key),
    };
  }

  /** Whether anything of an AccessPoint is here. */
  holds(uid: string): boolean {
    return this.#byOwner.has(uid);
  }

  /** How many AccessPoints have objects here. */
  get owners(): number {
    return this.#byOwner.size;
  }

  /**
   * Takes over the API server's answer to a write of ours, so that the next look does not see older data. Returns the digest of
   * the fields that are ours.
   */
  written(answer: KubeObject, wanted: string): string {
    const resource = written(answer.apiVersion, answer.kind);
    const shelf = resource && this.#shelves.get(kindKey(resource));
    const { ownedDigest: stored } = shelf?.reflector.observe(answer) ?? observe(answer);
    if (!shelf) return stored;
    const key = objectKey(shelf.resource, answer.metadata.namespace ?? "", answer.metadata.name);
    if (stored === wanted) this.#accepted.delete(key);
    else this.#accepted.set(key, { wanted, stored });
    return stored;
  }

  /** Opens the watches again, after the cluster was away. */
  reconnect(): void {
    for (const { reflector } of this.#shelves.values()) reflector.reconnect();
  }

  /**
   * A kind that cannot be read although the cluster answers: refused to credentials that are to read it in every member, which is
   * clear at once, or failing for longer than `patienceMs`. With the last error, and since when, in milliseconds since the epoch.
   */
  unreadable(now: number, patienceMs: number): { readonly error: Error; readonly since: number | undefined } | undefined {
    for (const { resource, reflector } of this.#shelves.values()) {
      if (!isBasic(resource)) continue;
      const { lastError, lastActivity, failingSince } = reflector.state;
      if (lastError instanceof ForbiddenError) return { error: lastError, since: lastActivity };
      // A kind that is not served is no failure of the cluster.
      if (!lastError || lastError instanceof NotFoundError || failingSince === undefined) continue;
      if (failingSince + patienceMs <= now) return { error: lastError, since: failingSince };
    }
    return undefined;
  }

  /** Some kind of Istio's that a revision needs is not served. */
  get missesKinds(): boolean {
    for (const kind of this.#unserved) if (kind !== CERTIFICATE) return true;
    return false;
  }

  /** Certificates are to be issued, and cert-manager is not there. */
  get missesCertificates(): boolean {
    return this.#unserved.has(CERTIFICATE);
  }

  /** Objects of a kind that the cluster does not serve any more, in no version, are gone with it. */
  async dropUnserved(options: { readonly signal: AbortSignal; readonly timeoutMs: number }): Promise<void> {
    for (const kind of this.#unserved) {
      const shelf = this.#shelves.get(kind);
      if (shelf && shelf.reflector.size > 0 && !(await isServed(this.#options.client, shelf.resource, options)))
        shelf.reflector.forget();
    }
  }

  /** Looks at once whether kinds that were not served are now. */
  lookForKinds(): void {
    for (const kind of this.#unserved) this.#shelves.get(kind)?.reflector.reconnect();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#shelves.values()].map(({ reflector }) => reflector.stop()));
  }

  #stateChanged(kind: KindKey): void {
    const state = this.state(kind);
    if (state === "Unserved") this.#unserved.add(kind);
    if (state === "Ready" && this.#unserved.delete(kind)) this.#options.onKindServed();
    this.#options.onKindChange();
  }

  #get(key: ObjectKey): Found | undefined {
    const slash = key.indexOf("/");
    const shelf = this.#shelves.get(key.slice(0, slash));
    const entry = shelf?.reflector.get(key.slice(slash + 1));
    if (!shelf || !entry) return undefined;
    const { object, resourceVersion: version, confirmed } = entry;
    const mark = object.writtenDigest ? undefined : this.#marks.get(key);
    return { object: mark ? { ...object, writtenDigest: mark } : object, resource: shelf.resource, version, confirmed };
  }

  *#own(uid: string): Generator<readonly [ObjectKey, Found]> {
    for (const key of this.#byOwner.get(uid) ?? []) {
      const found = this.#get(key);
      if (found) yield [key, found];
    }
  }

  #changed(resource: Resource, { type, object, old, confirmed }: Change<Observed>): void {
    const key = objectKey(resource, object.namespace, object.name);
    if (old && old.ownerUid !== object.ownerUid) this.#disown(old.ownerUid, key);
    if (type === "deleted" || object.writtenDigest) this.#marks.delete(key);
    else if (old?.writtenDigest) this.#marks.set(key, old.writtenDigest);
    if (type === "deleted") {
      this.#disown(object.ownerUid, key);
      this.#accepted.delete(key);
      this.#options.onGone(object.ownerUid, key);
    } else {
      const keys = this.#byOwner.get(object.ownerUid) ?? new Set();
      this.#byOwner.set(object.ownerUid, keys.add(key));
    }
    // What our own writes answered is known to who wrote it; passes look at what was observed.
    if (!confirmed) return;
    this.#options.onChange(object.ownerUid, object.owner);
    if (old && old.owner !== object.owner) this.#options.onChange(old.ownerUid, old.owner);
  }

  #disown(uid: string, key: ObjectKey): void {
    const keys = this.#byOwner.get(uid);
    keys?.delete(key);
    if (keys?.size === 0) this.#byOwner.delete(uid);
  }
}

/** An object whose label others wrote is none that is known to be ours: it is met when ours is written again. */
function markedOnly(object: KubeObject): Observed | undefined {
  const observed = observe(object);
  return observed.ownerUid ? observed : undefined;
}

const CERTIFICATE = kindKey(CERTIFICATES);

/** Kinds that templates hold; the right to the others is given where it is wanted. */
const isBasic = ({ group, kind }: Resource): boolean =>
  DELIVERABLE.some((resource) => resource.group === group && resource.kind === kind);

/** "virtualservices of networking.istio.io/v1", for messages. */
export const describeResource = (resource: Resource): string => `${resource.kind} (${apiVersionOf(resource)})`;
