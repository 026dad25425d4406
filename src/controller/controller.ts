import type { KubeConfig } from "@kubernetes/client-node";
import type { FqdnRight } from "../domain/names/rights.ts";
import type { Platform } from "../domain/render.ts";
import { VipIndex } from "../domain/traffic/isolation.ts";
import type { DriftNews } from "../fleet/deliverer.ts";
import { Fleet } from "../fleet/fleet.ts";
import type { ProbeOptions } from "../fleet/member.ts";
import { HostPolicy } from "../integrations/gates/hosts.ts";
import { Leaders } from "../integrations/leaders.ts";
import { Profiles } from "../integrations/profiles.ts";
import { createClient, type KubeClient } from "../kube/client.ts";
import { type Clock, systemClock } from "../kube/clock.ts";
import { EventRecorder } from "../kube/events.ts";
import type { Logger } from "../kube/logger.ts";
import { WorkQueue } from "../kube/queue.ts";
import { reconcileAccessPoint } from "./accesspoints.ts";
import { GateChecks } from "./gates.ts";
import { Hub } from "./hub.ts";
import { reconcileMemberCluster } from "./memberclusters.ts";
import { clustersOf } from "./members.ts";
import { Membership } from "./membership.ts";
import type { Metrics } from "./metrics.ts";
import { Names } from "./names.ts";
import { RenderCache } from "./render-cache.ts";
import { Reports } from "./reports.ts";
import { SpecificationCache } from "./specifications.ts";
import { WriteBudget } from "./write-budget.ts";

export interface ControllerOptions {
  readonly hub: KubeConfig;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Which replica this is, for Events. Default "". */
  readonly instance?: string;
  /** Member kubeconfigs may run programs. Default false. */
  readonly allowExec?: boolean;
  /** Hosts that gates may call (--gate-hosts); default none is named. */
  readonly gateHosts?: readonly string[];
  readonly probe?: ProbeOptions;
  /** Networks in which VIPs may be probed, as CIDR. */
  readonly probeNetworks?: readonly string[];
  /** What AccessPoints may do; default `DEFAULT_PLATFORM`. */
  readonly platform?: Platform;
  /** AccessPoints that are looked at at once; default 8. */
  readonly concurrency?: number;
  /** `HOST:PORT` of a name server that is asked whether it answers what NameServices say. Default: none is asked. */
  readonly resolver?: string;
  /** Which namespaces may claim which names with NameServices (--fqdn-namespaces); default: all may claim all. */
  readonly fqdnRights?: readonly FqdnRight[];
  readonly clock?: Clock;
}

/** The objects of an AccessPoint are observed one after the other; one look serves for several. Milliseconds. */
const OBJECTS_MS = 5;
/** A look costs by the clusters that it goes over: where there are many it waits for more to be seen. Milliseconds a cluster. */
const CLUSTER_MS = 0.2;
/** After a write of its own a pass looks once more, together with what the write led to. Milliseconds. */
const OWN_MS = 25;
/** While a cluster is being written, looking only tells how far it has come: the end of the writing is told by itself. Milliseconds. */
const PROGRESS_MS = 250;

const DRIFT_EVENTS = {
  Repaired: { reason: "DriftRepaired", outcome: "it was written again" },
  Left: { reason: "DriftFound", outcome: "it is left as it is, as sync.whenDrifted says" },
  Contested: {
    reason: "DriftContested",
    outcome: "that comes as often as it is written again, so that it is left alone ever longer; see status.clusters",
  },
} as const satisfies Record<DriftNews["end"], object>;

/** The controller: what the hub and the members tell becomes keys, keys become passes. */
export class Controller {
  readonly #client: KubeClient;
  readonly #hub: Hub;
  readonly #fleet: Fleet;
  readonly #membership: Membership;
  readonly #leaders: Leaders;
  readonly #profiles: Profiles;
  readonly #gates: GateChecks;
  readonly #names: Names;
  readonly #events: EventRecorder;
  readonly #accessPoints: WorkQueue;
  readonly #memberClusters: WorkQueue;
  readonly #stopping = new AbortController();
  readonly #clock: Clock;
  #synced = false;
  /** Monotonic milliseconds. */
  #watchingSince = 0;

  constructor(options: ControllerOptions) {
    const { logger, metrics, clock = systemClock } = options;
    this.#clock = clock;
    this.#client = createClient(options.hub, { maxConcurrency: 8, clock, ...(metrics ? { onRequest: metrics.hubRequest } : {}) });
    this.#events = new EventRecorder({ client: this.#client, instance: options.instance ?? "", logger, clock });
    this.#fleet = new Fleet({
      logger,
      clock,
      ...(options.probe ? { probe: options.probe } : {}),
      ...(options.probeNetworks ? { probeNetworks: options.probeNetworks } : {}),
      ...(metrics ? { onRequest: metrics.memberRequest } : {}),
      onObject: (owner, writing) => this.#addAccessPoint(owner, (writing ? PROGRESS_MS : OBJECTS_MS) + this.#patience(owner)),
      onDrift: (owner, news) => this.#tellDrift(owner, news),
      onStanding: (cluster) => {
        this.#addMemberCluster(cluster);
        this.#membership.standingChanged(cluster);
      },
    });
    const budget = new WriteBudget(clock);
    const vips = new VipIndex();
    const reports = new Reports();
    const reported = (key: string) => {
      const found = this.#hub.accessPoints.get(key)?.object;
      return found && reports.whole(found);
    };
    const onReport = (key: string) => {
      this.#names.accessPointChanged(key);
      for (const concerned of vips.update(key, reported(key))) this.#addAccessPoint(concerned);
    };
    this.#hub = new Hub(
      this.#client,
      {
        onAccessPoint: (key, own) => {
          this.#addAccessPoint(key, own ? OWN_MS : 0);
          onReport(key);
        },
        onAccessPointGone: (uid, key) => {
          this.#fleet.forget(uid, key);
          this.#gates.forget(uid);
          budget.forget(uid);
          reports.forget(uid);
        },
        onMemberCluster: (name, change) => {
          this.#addMemberCluster(name);
          if (!change) return;
          this.#membership.changed(name, change);
          this.#names.memberChanged(name, change);
        },
        onApproval: (key) => this.#addAccessPoint(key),
        onSecret: (key) => this.#addBySecret(key),
      },
      logger,
    );
    this.#membership = new Membership({
      hub: this.#hub,
      fleet: this.#fleet,
      onConcerned: (key) => this.#addAccessPoint(key),
      clock,
    });
    this.#leaders = new Leaders({
      client: this.#client,
      members: () => clustersOf(this.#hub.members, this.#fleet),
      onChange: (key) => this.#addAccessPoint(key),
      logger,
      clock,
    });
    this.#profiles = new Profiles({ client: this.#client, onChange: (profile) => this.#addByProfile(profile), logger, clock });
    this.#gates = new GateChecks({
      hub: this.#client,
      fleet: this.#fleet,
      hosts: new HostPolicy(options.gateHosts),
      clock,
      logger,
      onAnswer: (key) => this.#addAccessPoint(key),
    });
    this.#names = new Names({
      client: this.#client,
      hub: this.#hub,
      accessPoint: reported,
      events: this.#events,
      onNamed: (accessPoint) => this.#addAccessPoint(accessPoint),
      logger,
      clock,
      ...(options.resolver ? { resolver: options.resolver } : {}),
      ...(options.fqdnRights ? { fqdnRights: options.fqdnRights } : {}),
      ...(metrics ? { onRun: metrics.pass("NameService") } : {}),
    });
    const shared = { hub: this.#hub, fleet: this.#fleet, events: this.#events, logger, clock };
    const rendered = new RenderCache(options.platform);
    const specifications = new SpecificationCache();
    this.#accessPoints = new WorkQueue({
      run: (key, signal) => {
        const watchingSince = this.#watchingSince;
        return reconcileAccessPoint(
          key,
          {
            ...shared,
            leaders: this.#leaders,
            gates: this.#gates,
            names: this.#names,
            rendered,
            vips,
            reports,
            onReport,
            specifications,
            budget,
            watchingSince,
          },
          signal,
        );
      },
      concurrency: options.concurrency ?? 8,
      logger,
      clock,
      ...(metrics ? { onRun: metrics.pass("AccessPoint") } : {}),
    });
    this.#memberClusters = new WorkQueue({
      run: (name, signal) =>
        reconcileMemberCluster(name, { ...shared, profiles: this.#profiles, allowExec: options.allowExec ?? false }, signal),
      concurrency: 8,
      logger,
      clock,
      ...(metrics ? { onRun: metrics.pass("MemberCluster") } : {}),
    });
    metrics?.observe({
      fleet: this.#fleet,
      hub: this.#hub,
      nameServices: () => this.#names.values(),
      depth: () => ({
        AccessPoint: this.#accessPoints.depth,
        MemberCluster: this.#memberClusters.depth,
        NameService: this.#names.depth,
      }),
    });
  }

  /** Everything on the hub was read once, and passes run. */
  get ready(): boolean {
    return this.#synced;
  }

  /** Resolves when the hub's objects were read and passes have begun. */
  async start(): Promise<void> {
    await this.#hub.start(this.#stopping.signal);
    this.#watchingSince = this.#clock.monotonic();
    this.#synced = true;
    for (const [name] of this.#hub.memberClusters.entries()) this.#memberClusters.add(name);
    this.#addAll();
    this.#names.start();
  }

  /** Starts nothing any more and resolves when nothing runs. What was begun in members stays; the next start goes on from there. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#synced = false;
    this.#membership.stop();
    await Promise.all([this.#accessPoints.stop(), this.#memberClusters.stop()]);
    await Promise.all([this.#leaders.stop(), this.#gates.stop(), this.#profiles.stop(), this.#names.stop()]);
    await this.#hub.stop();
    await this.#fleet.stop();
    await this.#events.stop();
    await this.#client.close();
  }

  /** Before everything was read nothing may be decided: a cluster that is not known yet would look like one that left. */
  #addAccessPoint(key: string, delayMs = 0): void {
    if (this.#synced) this.#accessPoints.add(key, delayMs);
  }

  #patience(key: string): number {
    return CLUSTER_MS * (this.#hub.accessPoints.get(key)?.object.status?.clusters?.length ?? 0);
  }

  #addMemberCluster(name: string): void {
    if (this.#synced) this.#memberClusters.add(name);
  }

  #addAll(): void {
    for (const [key] of this.#hub.accessPoints.entries()) this.#accessPoints.add(key);
  }

  #tellDrift(owner: string, { cluster, object, deed, end }: DriftNews): void {
    const accessPoint = this.#hub.accessPoints.get(owner)?.object;
    if (!accessPoint) return;
    const { reason, outcome } = DRIFT_EVENTS[end];
    this.#events.record({ regarding: accessPoint, type: "Warning", reason, note: `${object} in ${cluster} ${deed}; ${outcome}` });
  }

  /** `<namespace>/<name>`, or `<namespace>/` for all of them. */
  #addByProfile(key: string): void {
    for (const { metadata, spec } of this.#hub.memberClusters.values()) {
      const { clusterProfileRef: named } = spec.access;
      if (named && (key === `${named.namespace}/` || key === `${named.namespace}/${named.name}`))
        this.#addMemberCluster(metadata.name);
    }
  }

  #addBySecret(key: string): void {
    for (const { metadata, spec } of this.#hub.memberClusters.values()) {
      const { kubeconfigSecretRef: named, clusterProfileRef: profile } = spec.access;
      const concerned = named ? `${named.namespace}/${named.name}` === key : profile && key.startsWith(`${profile.namespace}/`);
      if (concerned) this.#addMemberCluster(metadata.name);
    }
  }
}
