import type { FollowingStatus, Leader } from "../api/accesspoint.ts";
import type { KubeObject } from "../api/resource.ts";
import { lastKnown, type Reading } from "../domain/placement/following.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import type { Logger } from "../kube/logger.ts";
import { type Presence, presenceOf, whereItRuns } from "./discover.ts";
import { LeaderWatch } from "./leader-watch.ts";

/** A registered member cluster. */
export interface ClusterAccess {
  readonly name: string;
  /** Absent while there is no connection. */
  readonly client?: KubeClient;
}

export interface DiscoveryOptions {
  readonly members: () => Iterable<ClusterAccess>;
  readonly onChange: (accessPoint: string) => void;
  readonly logger: Logger;
  readonly clock: Clock;
}

interface Found {
  readonly name: string;
  readonly presence: Presence;
}

/** One kind in one namespace, in every member. */
interface Search {
  readonly watches: Map<string, { readonly client: KubeClient; readonly watch: LeaderWatch<Found> }>;
  readonly followers: Map<string, ReadonlySet<string>>;
}

/** What is known of a workload in a cluster where its kind cannot be watched. */
const UNSEEN = { Loading: "Unknown", LeaderKindMissing: "Unserved", LeaderUnreadable: "Unreadable" } as const satisfies Readonly<
  Record<string, Presence>
>;

/** Workloads looked for in the members: watched in each of them, for as long as some AccessPoint follows one of that kind. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  readonly #searches = new Map<string, Search>();
  readonly #used = new Map<string, ReadonlySet<string>>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  get watches(): number {
    return [...this.#searches.values()].reduce((sum, { watches }) => sum + watches.size, 0);
  }

  /** What each of the leaders says now; see Leaders.follow. */
  follow(accessPoint: string, leaders: readonly Leader[], before: readonly FollowingStatus[]): readonly Reading[] {
    const namespace = accessPoint.split("/")[0]!;
    const idOf = ({ apiVersion, kind }: Leader) => [apiVersion, kind, namespace].join(" ");
    const wanted = Map.groupBy(leaders, idOf);
    for (const [id, same] of wanted) {
      const search = this.#searches.get(id) ?? { watches: new Map(), followers: new Map() };
      this.#searches.set(id, search);
      search.followers.set(accessPoint, new Set(same.map(({ name }) => name)));
      this.#cover(search, same[0]!, namespace);
    }
    for (const id of this.#used.get(accessPoint) ?? []) if (!wanted.has(id)) this.#leave(id, accessPoint);
    if (wanted.size > 0) this.#used.set(accessPoint, new Set(wanted.keys()));
    else this.#used.delete(accessPoint);

    return leaders.map((leader) => {
      const { name } = leader;
      const last = lastKnown(leader, before);
      const seen = new Map<string, Presence>();
      for (const { name } of this.#options.members()) seen.set(name, "Unknown");
      for (const [cluster, { watch }] of this.#searches.get(idOf(leader))!.watches) {
        const found = [...watch.values()].find((object) => object.name === name);
        seen.set(cluster, watch.state.state === "Ready" ? (found?.presence ?? "Absent") : UNSEEN[watch.state.state]);
      }
      return whereItRuns(leader, seen, last?.clusters ?? []);
    });
  }

  async stop(): Promise<void> {
    for (const id of [...this.#searches.keys()]) this.#end(id);
    await Promise.all(this.#stopping);
  }

  /** Watches in every member that can be asked now; a connection that was made anew means another watch. */
  #cover({ watches, followers }: Search, { apiVersion, kind }: Leader, namespace: string): void {
    const { members, onChange, logger, clock } = this.#options;
    const present = new Map([...members()].map(({ name, client }) => [name, client]));
    for (const [cluster, { client, watch }] of watches) {
      if (present.get(cluster) === client) continue;
      watches.delete(cluster);
      this.#stopLater(watch);
    }
    for (const [cluster, client] of present) {
      if (!client || watches.has(cluster)) continue;
      const watch = new LeaderWatch<Found>({
        client,
        apiVersion,
        kind,
        namespace,
        transform: (object: KubeObject) => ({ name: object.metadata.name, presence: presenceOf(object) }),
        onObject: (now, before) => {
          if (now?.presence === before?.presence) return;
          const name = (now ?? before)!.name;
          for (const [accessPoint, names] of followers) if (names.has(name)) onChange(accessPoint);
        },
        onState: () => {
          for (const accessPoint of followers.keys()) onChange(accessPoint);
        },
        clock,
        logger,
      });
      watches.set(cluster, { client, watch });
    }
  }

  #leave(id: string, accessPoint: string): void {
    const search = this.#searches.get(id);
    search?.followers.delete(accessPoint);
    if (search?.followers.size === 0) this.#end(id);
  }

  #end(id: string): void {
    for (const { watch } of this.#searches.get(id)?.watches.values() ?? []) this.#stopLater(watch);
    this.#searches.delete(id);
  }

  #stopLater(watch: LeaderWatch<Found>): void {
    const stopped = watch.stop().finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
  }
}
