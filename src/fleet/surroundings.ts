import { SERVICES } from "../api/kinds.ts";
import type { KubeObject, Resource } from "../api/resource.ts";
import {
  covers,
  type Need,
  type Sight,
  type SurroundingFacts,
  type SurroundingKind,
  type Surroundings,
} from "../domain/surroundings.ts";
import { serviceFacts } from "../domain/traffic/service.ts";
import type { KubeClient } from "../kube/client.ts";
import { ForbiddenError, NotFoundError } from "../kube/errors.ts";
import type { Logger } from "../kube/logger.ts";
import { type Change, Reflector } from "../kube/reflector.ts";
import { describeResource } from "./holdings.ts";

/** How a kind is watched and what is kept of it. */
interface Watched<K extends SurroundingKind> {
  readonly resource: Resource;
  readonly facts: (object: KubeObject) => SurroundingFacts[K] | undefined;
  /** Part of the collection that one watch covers; needs with the same scope share it. */
  readonly scope: (need: Need<K>) => { readonly namespace?: string; readonly fieldSelector?: string };
  /** Whether what an object is, or was, answers a need. */
  readonly concerns: (need: Need<K>, facts: SurroundingFacts[K]) => boolean;
}

const WATCHED: { readonly [K in SurroundingKind]: Watched<K> } = {
  Service: {
    resource: SERVICES,
    facts: serviceFacts,
    scope: () => ({}),
    concerns: (need, { selector }) => covers(need.covers ?? {}, selector),
  },
};

type Facts = SurroundingFacts[SurroundingKind];

interface Shelf {
  readonly watched: Watched<SurroundingKind>;
  readonly reflector: Reflector<Facts>;
  /** Needs by the AccessPoint (`<namespace>/<name>`) that has them. */
  readonly needs: Map<string, readonly Need[]>;
}

export interface SurroundingsOptions {
  readonly client: KubeClient;
  readonly logger: Logger;
  /** Something that this AccessPoint (`<namespace>/<name>`) needs was read or changed. */
  readonly onChange: (owner: string) => void;
}

/** What is watched in one member cluster besides our own objects: only what somebody needs, trimmed to facts, each change told to those whom it concerns. */
export class SurroundingsStore implements Surroundings {
  readonly #options: SurroundingsOptions;
  readonly #shelves = new Map<string, Shelf>();

  constructor(options: SurroundingsOptions) {
    this.#options = options;
  }

  /** Watches what an AccessPoint needs from now on, and nothing that it needed before and nobody needs any more. */
  want(owner: string, needs: readonly Need[]): void {
    const byShelf = Map.groupBy(needs, shelfKey);
    for (const [key, shelf] of this.#shelves) {
      if (byShelf.has(key) || !shelf.needs.delete(owner) || shelf.needs.size > 0) continue;
      this.#shelves.delete(key);
      void shelf.reflector.stop();
    }
    for (const [key, some] of byShelf) {
      const shelf = this.#shelves.get(key) ?? this.#open(key, some[0]!);
      shelf.needs.set(owner, some);
    }
  }

  see<K extends SurroundingKind>(need: Need<K>): Sight<SurroundingFacts[K]> {
    const shelf = this.#shelves.get(shelfKey(need));
    if (!shelf) return { state: "Loading" };
    const { synced, lastError } = shelf.reflector.state;
    const title = describeResource(shelf.watched.resource);
    if (lastError instanceof NotFoundError) return { state: "Unserved", message: `the cluster does not serve ${title}` };
    if (lastError instanceof ForbiddenError)
      return { state: "Forbidden", message: `the hub's account may not list and watch ${title}; see deploy/member` };
    if (!synced) return { state: "Loading" };
    const { concerns } = WATCHED[need.kind];
    const objects = [...shelf.reflector.values()] as SurroundingFacts[K][];
    return { state: "Known", objects: objects.filter((facts) => concerns(need, facts)) };
  }

  /** Opens the watches again, after the cluster was away. */
  reconnect(): void {
    for (const { reflector } of this.#shelves.values()) reflector.reconnect();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#shelves.values()].map(({ reflector }) => reflector.stop()));
  }

  #open(key: string, need: Need): Shelf {
    const watched = WATCHED[need.kind] as Watched<SurroundingKind>;
    const { client, logger } = this.#options;
    const reflector = new Reflector<Facts>({
      client,
      logger,
      resource: watched.resource,
      ...watched.scope(need),
      transform: watched.facts,
      onChange: (change) => this.#changed(shelf, change),
      onStateChange: () => this.#tell(shelf, () => true),
    });
    const shelf: Shelf = { watched, reflector, needs: new Map() };
    this.#shelves.set(key, shelf);
    reflector.start();
    return shelf;
  }

  #changed(shelf: Shelf, { type, object, old }: Change<Facts>): void {
    if (!shelf.reflector.state.synced) return;
    if (type !== "deleted" && old && JSON.stringify(old) === JSON.stringify(object)) return;
    const { concerns } = shelf.watched;
    this.#tell(shelf, (need) => concerns(need, object) || (old !== undefined && concerns(need, old)));
  }

  #tell({ needs }: Shelf, isConcerned: (need: Need) => boolean): void {
    for (const [owner, some] of needs) if (some.some(isConcerned)) this.#options.onChange(owner);
  }
}

const shelfKey = (need: Need): string => {
  const { namespace, fieldSelector } = WATCHED[need.kind].scope(need);
  return [need.kind, namespace, fieldSelector].join(" ");
};
