import type { Resource } from "../api/resource.ts";
import type { Need, Sight, SurroundingFacts, SurroundingKind, Surroundings } from "../domain/surroundings.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import { ForbiddenError, NotFoundError } from "../kube/errors.ts";
import type { Logger } from "../kube/logger.ts";
import { type Change, Reflector } from "../kube/reflector.ts";
import { describeResource } from "./holdings.ts";
import type { Prober, Probes } from "./probes.ts";
import { WATCHED, type Watched, type WatchedKind } from "./watched-kinds.ts";
import { Index } from "./word-index.ts";

type Facts = SurroundingFacts[WatchedKind];

interface Shelf {
  readonly watched: Watched<WatchedKind>;
  readonly reflector: Reflector<Facts>;
  /** What was read, by its words. */
  readonly objects: Index<Facts>;
  /** Needs by their words, each with the AccessPoint (`<namespace>/<name>`) that has it. */
  readonly needs: Index<Wanted>;
  readonly byOwner: Map<string, readonly Wanted[]>;
  /** Set while nobody needs it; called, it stays. */
  keep?: () => void;
  /** Ends the wait for a watch that fails to come back. */
  cancelPatience: () => void;
}

interface Wanted {
  readonly owner: string;
  readonly need: Need<WatchedKind>;
}

/** A watch that nobody needs any more stays open for so long: AccessPoints come and go, and what they need is often the same. Milliseconds. */
const LINGER_MS = 60_000;
/** For so long what was read counts although the watch fails; milliseconds. */
const PATIENCE_MS = 30_000;

export interface SurroundingsOptions {
  readonly prober: Prober;
  readonly client: KubeClient;
  readonly logger: Logger;
  /** Something that this AccessPoint (`<namespace>/<name>`) needs was read or changed. */
  readonly onChange: (owner: string) => void;
  /** The resource in a version that the cluster serves. */
  readonly served: (resource: Resource) => Resource;
  /** For so long what was read counts although the cluster fails to tell it; milliseconds, default 30,000. */
  readonly patienceMs?: number;
  readonly clock?: Clock;
}

/** What is watched in one member cluster besides our own objects: only what somebody needs, trimmed to facts, each change told to those whom it concerns. */
export class SurroundingsStore implements Surroundings {
  readonly #options: SurroundingsOptions;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  readonly #probes: Probes;
  readonly #shelves = new Map<string, Shelf>();
  /** Keys of the shelves that an AccessPoint needs something of. */
  readonly #shelvesOf = new Map<string, ReadonlySet<string>>();

  constructor(options: SurroundingsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
    this.#probes = options.prober.join();
  }

  /** Watches what an AccessPoint needs from now on, and, after a while, no longer what nobody needs. */
  want(owner: string, needs: readonly Need[]): void {
    this.#probes.want(
      owner,
      needs.flatMap(({ probe }) => probe ?? []),
    );
    const byShelf = Map.groupBy(needs.filter(isWatched), shelfKey);
    for (const key of this.#shelvesOf.get(owner) ?? []) {
      const shelf = this.#shelves.get(key)!;
      if (byShelf.has(key)) continue;
      this.#replace(shelf, owner, []);
      if (shelf.byOwner.size === 0) this.#closeSoon(key, shelf);
    }
    if (byShelf.size > 0) this.#shelvesOf.set(owner, new Set(byShelf.keys()));
    else this.#shelvesOf.delete(owner);
    for (const [key, some] of byShelf) {
      const shelf = this.#shelves.get(key) ?? this.#open(key, some[0]!);
      shelf.keep?.();
      this.#replace(shelf, owner, some);
    }
  }

  see<K extends SurroundingKind>(need: Need<K>): Sight<SurroundingFacts[K]> {
    if (need.probe) return this.#probes.see(need.probe) as Sight<SurroundingFacts[K]>;
    return this.#seeWatched(need as unknown as Need<WatchedKind>) as Sight<SurroundingFacts[K]>;
  }

  #seeWatched<K extends WatchedKind>(need: Need<K>): Sight<SurroundingFacts[K]> {
    const shelf = this.#shelves.get(shelfKey(need));
    if (!shelf) return { state: "Loading" };
    const { synced, lastError, failingSince } = shelf.reflector.state;
    const title = describeResource(shelf.watched.resource);
    const { answers, granted } = WATCHED[need.kind];
    if (lastError instanceof NotFoundError) return { state: "Unserved", message: `the cluster does not serve ${title}` };
    if (lastError instanceof ForbiddenError)
      return {
        state: "Forbidden",
        message: `the hub's account may not read ${granted?.(need) ?? `${title} (verbs list and watch); see deploy/member`}`,
      };
    if (lastError && failingSince !== undefined && failingSince + this.#patienceMs <= this.#clock.now()) {
      const since = `${new Date(failingSince).toISOString().slice(0, 19)}Z`;
      return { state: "Failing", message: `${title} has not been readable since ${since}: ${lastError.message}` };
    }
    if (!synced) return { state: "Loading" };
    const found = new Set(asked(shelf, need).flatMap((word) => [...shelf.objects.get(word)])) as Set<SurroundingFacts[K]>;
    return { state: "Known", objects: [...found].filter((facts) => answers?.(need, facts) ?? true) };
  }

  /** Opens the watches again, after the cluster was away. */
  reconnect(): void {
    for (const { reflector } of this.#shelves.values()) reflector.reconnect();
  }

  async stop(): Promise<void> {
    this.#probes.leave();
    const shelves = [...this.#shelves.values()];
    for (const { keep, cancelPatience } of shelves) {
      keep?.();
      cancelPatience();
    }
    await Promise.all(shelves.map(({ reflector }) => reflector.stop()));
  }

  #open(key: string, need: Need<WatchedKind>): Shelf {
    const watched = WATCHED[need.kind] as unknown as Watched<WatchedKind>;
    const { client, logger } = this.#options;
    let told = "";
    const reflector = new Reflector<Facts>({
      client,
      logger,
      clock: this.#clock,
      resource: this.#options.served(watched.resource),
      ...watched.part(need),
      transform: watched.facts,
      onChange: (change) => this.#changed(shelf, change),
      onStateChange: ({ synced, lastError, failingSince }) => {
        // That a watch was opened after its list changes nothing for anybody.
        const news = `${synced} ${lastError?.message ?? ""}`;
        if (news !== told) this.#tellAll(shelf);
        told = news;
        shelf.cancelPatience();
        if (failingSince === undefined) return;
        const leftMs = failingSince + this.#patienceMs - this.#clock.now();
        if (leftMs > 0) shelf.cancelPatience = this.#clock.timer(leftMs, () => this.#tellAll(shelf));
      },
    });
    const shelf: Shelf = {
      watched,
      reflector,
      objects: new Index(),
      needs: new Index(),
      byOwner: new Map(),
      cancelPatience: () => {},
    };
    this.#shelves.set(key, shelf);
    reflector.start();
    return shelf;
  }

  #tellAll({ byOwner }: Shelf): void {
    for (const owner of byOwner.keys()) this.#options.onChange(owner);
  }

  #closeSoon(key: string, shelf: Shelf): void {
    const cancel = this.#clock.timer(LINGER_MS, () => {
      shelf.cancelPatience();
      this.#shelves.delete(key);
      void shelf.reflector.stop();
    });
    shelf.keep = () => {
      cancel();
      delete shelf.keep;
    };
  }

  #replace(shelf: Shelf, owner: string, some: readonly Need<WatchedKind>[]): void {
    const { needs, byOwner } = shelf;
    const before = byOwner.get(owner);
    if (before && JSON.stringify(before.map(({ need }) => need)) === JSON.stringify(some)) return;
    for (const wanted of before ?? []) needs.delete(asked(shelf, wanted.need), wanted);
    const after = some.map((need): Wanted => ({ owner, need }));
    for (const wanted of after) needs.add(asked(shelf, wanted.need), wanted);
    if (after.length > 0) byOwner.set(owner, after);
    else byOwner.delete(owner);
  }

  #changed(shelf: Shelf, { type, object, old }: Change<Facts>): void {
    const wordsOf = (facts: Facts) => shelf.watched.words?.(facts) ?? [""];
    const before = type === "deleted" ? object : old;
    if (before) shelf.objects.delete(wordsOf(before), before);
    if (type !== "deleted") shelf.objects.add(wordsOf(object), object);
    if (!shelf.reflector.state.synced) return;
    if (type === "modified" && JSON.stringify(old) === JSON.stringify(object)) return;
    const owners = new Set([before, object].flatMap((facts) => (facts ? this.#concerned(shelf, facts, wordsOf(facts)) : [])));
    for (const owner of owners) this.#options.onChange(owner);
  }

  #concerned({ watched, needs }: Shelf, facts: Facts, words: readonly string[]): readonly string[] {
    return words
      .flatMap((word) => [...needs.get(word)])
      .filter(({ need }) => watched.answers?.(need, facts) ?? true)
      .map(({ owner }) => owner);
  }
}

const isWatched = (need: Need): need is Need<WatchedKind> => need.kind !== "Probe";

const asked = ({ watched }: Shelf, need: Need<WatchedKind>): readonly string[] => watched.asked?.(need) ?? [""];

const shelfKey = (need: Need<WatchedKind>): string => {
  const { namespace, labelSelector, fieldSelector } = WATCHED[need.kind].part(need as never);
  return [need.kind, namespace, labelSelector, fieldSelector].join(" ");
};
