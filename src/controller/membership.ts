import type { MemberCluster } from "../api/membercluster.ts";
import { isConcerned, type MemberChange } from "../domain/placement/concern.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Clock } from "../kube/clock.ts";
import type { Hub } from "./hub.ts";
import { toMember, zoneOf } from "./members.ts";

export interface MembershipOptions {
  readonly hub: Pick<Hub, "accessPoints" | "memberClusters">;
  readonly fleet: Pick<Fleet, "get">;
  /** `<namespace>/<name>` of an AccessPoint that is to be looked at. */
  readonly onConcerned: (accessPoint: string) => void;
  readonly clock: Clock;
}

/** Clusters change in bursts; one look at the AccessPoints serves for all of them. Milliseconds. */
const BURST_MS = 20;

/** Turns changes of member clusters into passes over the AccessPoints that they concern, and over no others. */
export class Membership {
  readonly #options: MembershipOptions;
  #changes: MemberChange[] = [];
  #cancel: () => void = () => {};

  constructor(options: MembershipOptions) {
    this.#options = options;
  }

  /** Something changed that decides where AccessPoints go. */
  changed(name: string, { before, after }: { readonly before?: MemberCluster; readonly after?: MemberCluster }): void {
    this.#add({ name, ...(before ? { before: toMember(before) } : {}), ...(after ? { after: toMember(after) } : {}) });
  }

  /** The cluster answers, or stopped to, or more is known of what it holds. */
  standingChanged(name: string): void {
    const cluster = this.#options.hub.memberClusters.get(name)?.object;
    const member = cluster && toMember(cluster);
    this.#add({ name, ...(member ? { before: member, after: member } : {}) });
  }

  stop(): void {
    this.#cancel();
    this.#changes = [];
  }

  #add(change: MemberChange): void {
    if (this.#changes.length === 0) this.#cancel = this.#options.clock.timer(BURST_MS, () => this.#look());
    this.#changes.push(change);
  }

  #look(): void {
    const { hub, fleet, onConcerned } = this.#options;
    const changes = this.#changes;
    this.#changes = [];
    const zone = (name: string) => {
      const cluster = hub.memberClusters.get(name)?.object;
      return cluster && zoneOf(cluster);
    };
    const holds = (name: string, uid = "") => {
      const [first] = fleet.get(name)?.holdings.of(uid).own() ?? [];
      return first !== undefined;
    };
    for (const [key, { object }] of hub.accessPoints.entries()) {
      const concerned = changes.some((change) => isConcerned(object, change, zone) || holds(change.name, object.metadata.uid));
      if (concerned) onConcerned(key);
    }
  }
}
