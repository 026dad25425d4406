/**
 * Following: objects that say where an application runs, on the hub (sources.ts: one file a project) or in the members
 * (discovery.ts). Exactly what some AccessPoint follows is watched, for as long as one does.
 */
import type { FollowingStatus, Leader } from "../api/accesspoint.ts";
import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";
import type { KubeClient } from "../kube/client.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import type { Logger } from "../kube/logger.ts";
import { type ClusterAccess, Discovery } from "./discovery.ts";
import { LeaderWatch } from "./leader-watch.ts";
import type { Source } from "./source.ts";
import { sourceOf } from "./sources.ts";

export interface LeadersOptions {
  /** The hub. */
  readonly client: KubeClient;
  /** All registered member clusters. */
  readonly members: () => Iterable<ClusterAccess>;
  /** What an AccessPoint (`<namespace>/<name>`) follows says something else than before. */
  readonly onChange: (accessPoint: string) => void;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** What is kept of an object that may be followed. */
interface Said {
  readonly names: readonly string[];
  readonly reading: Reading;
}

interface Watched {
  readonly watch: LeaderWatch<Said>;
  /** AccessPoints, and the names that each of them follows here. */
  readonly followers: Map<string, ReadonlySet<string>>;
}

/** All leaders of all AccessPoints. */
export class Leaders {
  readonly #options: LeadersOptions;
  readonly #clock: Clock;
  readonly #watched = new Map<string, Watched>();
  readonly #discovery: Discovery;
  /** The watches that each AccessPoint uses. */
  readonly #used = new Map<string, ReadonlySet<string>>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(options: LeadersOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const { members, onChange, logger } = options;
    this.#discovery = new Discovery({ members, onChange, logger, clock: this.#clock });
  }

  /** How many kinds in how many namespaces are watched, members included. */
  get watches(): number {
    return this.#watched.size + this.#discovery.watches;
  }

  /**
   * What each leader of an AccessPoint says now; a change will be told. Replaces what the AccessPoint followed before.
   *
   * @param accessPoint `<namespace>/<name>`; leaders are in its namespace.
   * @param before status.placement.following: where a discovered workload ran before.
   */
  follow(accessPoint: string, leaders: readonly Leader[], before: readonly FollowingStatus[] = []): readonly Reading[] {
    const namespace = accessPoint.split("/")[0]!;
    const onHub = leaders.map((leader) => (leader.discover ? undefined : sourceOf(leader)));
    const sources = onHub.filter((source) => source !== undefined);
    const names = new Map([...Map.groupBy(sources, (source) => idOf(source, namespace))]);
    for (const [id, same] of names) {
      const watched = this.#watched.get(id) ?? this.#start(id, same[0]!, namespace);
      watched.followers.set(accessPoint, new Set(same.map(({ name }) => name)));
    }
    for (const id of this.#used.get(accessPoint) ?? []) if (!names.has(id)) this.#leave(id, accessPoint);
    if (names.size > 0) this.#used.set(accessPoint, new Set(names.keys()));
    else this.#used.delete(accessPoint);
    const discovered = this.#discovery.follow(
      accessPoint,
      leaders.filter(({ discover }) => discover !== undefined),
      before,
    );
    let next = 0;
    return leaders.map((leader, index) => {
      const source = onHub[index];
      return source ? read(this.#watched.get(idOf(source, namespace))!.watch, source, leader) : discovered[next++]!;
    });
  }

  async stop(): Promise<void> {
    await this.#discovery.stop();
    await Promise.all([...[...this.#watched.values()].map(({ watch }) => watch.stop()), ...this.#stopping]);
  }

  #start(id: string, source: Source, namespace: string): Watched {
    const { client, logger, onChange } = this.#options;
    const followers: Watched["followers"] = new Map();
    const watch = new LeaderWatch<Said>({
      client,
      apiVersion: source.apiVersion,
      kind: source.kind,
      namespace,
      transform: (object: KubeObject) => ({ names: source.names(object), reading: source.read(object) }),
      onObject: (now, before) => {
        if (JSON.stringify(now) === JSON.stringify(before)) return;
        const concerned = [...(now?.names ?? []), ...(before?.names ?? [])];
        for (const [accessPoint, names] of followers) if (concerned.some((name) => names.has(name))) onChange(accessPoint);
      },
      onState: () => {
        for (const accessPoint of followers.keys()) onChange(accessPoint);
      },
      clock: this.#clock,
      logger,
    });
    const watched = { watch, followers };
    this.#watched.set(id, watched);
    return watched;
  }

  /** The last one to leave ends the watch. */
  #leave(id: string, accessPoint: string): void {
    const watched = this.#watched.get(id);
    watched?.followers.delete(accessPoint);
    if (!watched || watched.followers.size > 0) return;
    this.#watched.delete(id);
    const stopped = watched.watch.stop().finally(() => this.#stopping.delete(stopped));
    this.#stopping.add(stopped);
  }
}

const idOf = ({ apiVersion, kind, variant = "" }: Source, namespace: string): string =>
  [apiVersion, kind, namespace, variant].join(" ");

/** What the objects of that name say together; one that does not say anything (yet) is no reason to forget the others. */
function read(watch: LeaderWatch<Said>, { name }: Source, { kind, name: title }: Leader): Reading {
  const { state } = watch;
  if (state.state === "LeaderKindMissing" || state.state === "LeaderUnreadable") return state;
  if (state.state === "Loading") return { state: "Loading" };
  const readings = [...watch.values()].filter(({ names }) => names.includes(name)).map(({ reading }) => reading);
  return together(readings) ?? { state: "LeaderNotFound", message: `there is no ${kind} ${title} in this namespace` };
}

/** What several objects that stand for one leader say; undefined where there is none. */
export function together(readings: readonly Reading[]): Reading | undefined {
  const placed = readings.filter((reading) => reading.state === "Placed");
  if (placed.length <= 1) return placed[0] ?? readings[0];
  return { state: "Placed", clusters: placed.flatMap(({ clusters }) => clusters) };
}
