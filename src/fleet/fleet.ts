import type { KubeConfig } from "@kubernetes/client-node";
import type { MemberReadyReason } from "../api/conditions.ts";
import type { Resource } from "../api/resource.ts";
import type { ClusterView } from "../domain/cluster.ts";
import { type Need, NO_SURROUNDINGS } from "../domain/surroundings.ts";
import type { RequestInfo } from "../kube/client.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import type { Logger } from "../kube/logger.ts";
import type { DriftNews } from "./deliverer.ts";
import { describeResource, kindKey } from "./holdings.ts";
import { Member, type ProbeOptions, type Standing } from "./member.ts";
import { Prober } from "./probes.ts";

export interface FleetOptions {
  readonly logger: Logger;
  readonly probe?: ProbeOptions;
  /** Networks in which VIPs may be probed, as CIDR; see probes.ts for what there is by default. */
  readonly probeNetworks?: readonly string[];
  /** Something of this AccessPoint (`<namespace>/<name>`) changed in a member; `writing`: more is about to. */
  readonly onObject: (owner: string, writing: boolean) => void;
  readonly onDrift?: (owner: string, news: DriftNews) => void;
  /** A cluster's standing changed. */
  readonly onStanding: (cluster: string) => void;
  readonly onRequest?: (cluster: string, info: RequestInfo) => void;
  readonly clock?: Clock;
}

/** All member clusters that the hub is connected to, or knows why it is not. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #prober: Prober;
  readonly #members = new Map<string, { readonly member: Member; readonly credentials: string }>();
  /** Clusters without a usable way to reach them. */
  readonly #problems = new Map<string, Standing>();
  /** Kinds that some revision consists of. */
  readonly #kinds = new Map<string, Resource>();

  constructor(options: FleetOptions) {
    this.#options = options;
    const { clock = systemClock, probeNetworks, onObject } = options;
    this.#prober = new Prober({
      clock,
      ...(probeNetworks ? { networks: probeNetworks } : {}),
      onChange: (owner) => onObject(owner, false),
    });
  }

  /**
   * Connects to a cluster, or keeps the connection when the credentials are the same.
   *
   * @param credentials Names the version of the credentials: another one means another connection.
   */
  async connect(name: string, kubeConfig: KubeConfig, credentials: string): Promise<void> {
    const existing = this.#members.get(name);
    if (existing?.credentials === credentials) return;
    const { logger, probe, onObject, onDrift, onStanding, onRequest, clock } = this.#options;
    const member = new Member({
      name,
      kubeConfig,
      logger,
      prober: this.#prober,
      ...(probe ? { probe } : {}),
      onObject,
      ...(onDrift ? { onDrift } : {}),
      onStanding: () => onStanding(name),
      ...(onRequest ? { onRequest: (info: RequestInfo) => onRequest(name, info) } : {}),
      ...(clock ? { clock } : {}),
    });
    this.#problems.delete(name);
    this.#members.set(name, { member, credentials });
    member.start();
    await existing?.member.stop();
  }

  /** There is no way to the cluster: an existing connection ends, because its credentials are no longer what the platform says. */
  async fail(name: string, reason: MemberReadyReason, message: string, now: string): Promise<void> {
    const since = this.#problems.get(name)?.since ?? this.get(name)?.standing.lastProbe ?? now;
    await this.disconnect(name);
    this.#problems.set(name, { reach: "Unreachable", reason, message, since });
  }

  async disconnect(name: string): Promise<void> {
    const existing = this.#members.get(name);
    this.#members.delete(name);
    this.#problems.delete(name);
    await existing?.member.stop();
  }

  /** The version of the credentials that the cluster is connected with. */
  credentialsOf(name: string): string | undefined {
    return this.#members.get(name)?.credentials;
  }

  get(name: string): Member | undefined {
    return this.#members.get(name)?.member;
  }

  *members(): Generator<Member> {
    for (const { member } of this.#members.values()) yield member;
  }

  standing(name: string): Standing {
    return (
      this.#problems.get(name) ??
      this.get(name)?.standing ?? { reach: "Connecting", reason: "Connecting", message: "no connection yet" }
    );
  }

  /** Starts watching kinds in every member; what was started stays. */
  require(resources: Iterable<Resource>): void {
    for (const resource of resources) this.#kinds.set(kindKey(resource), resource);
  }

  /** One cluster as one AccessPoint sees it that consists of these kinds. */
  view(name: string, uid: string, kinds: readonly Resource[]): ClusterView {
    const standing = this.standing(name);
    const member = this.get(name);
    if (!member || standing.reach !== "Reachable") {
      return {
        reach: standing.reach,
        ...(standing.reach === "Unreachable" && standing.since ? { unreachableSince: standing.since } : {}),
        ...(standing.reach === "Unreachable" ? { unreachableReason: standing.message } : {}),
        holdings: member?.holdings.of(uid) ?? NOTHING,
        surroundings: member?.surroundings ?? NO_SURROUNDINGS,
        failures: new Map(),
      };
    }
    member.require(this.#kinds.values());
    const loading = [...this.#kinds.keys()].some((kind) => member.holdings.state(kind) === "Loading");
    const hidden = kinds.find((kind) => HIDDEN.includes(member.holdings.state(kindKey(kind))));
    return {
      reach: loading ? "Connecting" : "Reachable",
      holdings: member.holdings.of(uid),
      surroundings: member.surroundings,
      failures: member.deliverer.failures(uid),
      drifts: member.deliverer.drifts(uid),
      settled: () => member.deliverer.settled(uid) && !hidden,
      ...(hidden ? { hidden: `${describeResource(hidden)} cannot be read there, so that it is not known what is left` } : {}),
    };
  }

  /** Names of the clusters that are known to hold objects of an AccessPoint. */
  holders(uid: string): readonly string[] {
    return [...this.members()].filter(({ holdings }) => holdings.holds(uid)).map(({ name }) => name);
  }

  /**
   * What an AccessPoint (`<namespace>/<name>`) depends on in the members besides its own objects; nothing in one that is not named.
   * One that cannot be reached keeps what it was asked for.
   */
  want(owner: string, needs: ReadonlyMap<string, readonly Need[]>): void {
    for (const member of this.members())
      if (member.standing.reach === "Reachable") member.surroundings.want(owner, needs.get(member.name) ?? []);
  }

  /** An AccessPoint is no more: what is left of it anywhere stays as it is. */
  forget(uid: string, owner: string): void {
    for (const member of this.members()) {
      member.deliverer.unassign(uid);
      member.surroundings.want(owner, []);
    }
  }

  async stop(): Promise<void> {
    await this.#prober.stop();
    await Promise.all([...this.#members.keys()].map((name) => this.disconnect(name)));
  }
}

/** States in which objects of a kind may be there without being seen. */
const HIDDEN: readonly string[] = ["Denied", "Failing"];

const NOTHING = { get: () => undefined, own: () => [], accepted: () => undefined };
