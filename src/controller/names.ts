import type { AccessPoint } from "../api/accesspoint.ts";
import { NAME_SERVICES } from "../api/kinds.ts";
import type { MemberCluster } from "../api/membercluster.ts";
import type { NameService } from "../api/nameservice.ts";
import { type Claim, claimedName, claimOf } from "../domain/names/claims.ts";
import { type GivenName, namesGiven } from "../domain/names/given.ts";
import type { FqdnRight } from "../domain/names/rights.ts";
import { compare, isNamed } from "../domain/selection.ts";
import { DnsEndpoints } from "../integrations/external-dns.ts";
import { NameResolver } from "../integrations/resolver.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import { NotFoundError } from "../kube/errors.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Logger } from "../kube/logger.ts";
import { type Run, WorkQueue } from "../kube/queue.ts";
import { type Change, Reflector } from "../kube/reflector.ts";
import { type Hub, index, trimmed } from "./hub.ts";
import { toMember } from "./members.ts";
import { reconcileNameService } from "./nameservices.ts";

export interface NamesOptions {
  readonly client: KubeClient;
  readonly hub: Hub;
  /** An AccessPoint (`<namespace>/<name>`) with all that is known of its clusters. */
  readonly accessPoint: (key: string) => AccessPoint | undefined;
  readonly events: EventRecorder;
  /** An AccessPoint (`<namespace>/<name>`) is called otherwise than before. */
  readonly onNamed: (accessPoint: string) => void;
  readonly logger: Logger;
  readonly clock: Clock;
  /** `HOST:PORT` of a name server that is asked what it answers. */
  readonly resolver?: string;
  /** Which namespaces may claim which names (--fqdn-namespaces); absent: all may claim all. */
  readonly fqdnRights?: readonly FqdnRight[];
  readonly onRun?: (run: Run) => void;
}

/** Until the CRD is looked for again on a hub that was not given it. Milliseconds. */
const MISSING_CRD_RETRY_MS = 10_000;

/** Turns changes of NameServices, and of what they lead to, into passes over the NameServices that they concern. */
export class Names {
  readonly #nameServices: Reflector<NameService>;
  readonly #endpoints: DnsEndpoints;
  readonly #queue: WorkQueue;
  /** NameServices by the AccessPoints that they lead to, and by the FQDN that they claim. */
  readonly #byAccessPoint = new Map<string, Set<string>>();
  readonly #byName = new Map<string, Set<string>>();
  readonly #onNamed: NamesOptions["onNamed"];
  /** AccessPoints that were asked for before their names were known. */
  readonly #early = new Set<string>();

  constructor({ client, hub, accessPoint, events, onNamed, logger, clock, resolver, fqdnRights, onRun }: NamesOptions) {
    this.#onNamed = onNamed;
    this.#nameServices = new Reflector<NameService>({
      client,
      resource: NAME_SERVICES,
      transform: trimmed<NameService>,
      onChange: (change) => this.#changed(change),
      // Before all are known nobody can say who was first to name an FQDN.
      onStateChange: ({ synced }) => {
        if (synced) this.#addAll();
        if (!this.#known) return;
        for (const accessPoint of this.#early) onNamed(accessPoint);
        this.#early.clear();
      },
      missingRetryMs: MISSING_CRD_RETRY_MS,
      logger,
      clock,
    });
    this.#endpoints = new DnsEndpoints({
      client,
      onChange: (key) => this.#add(key),
      onState: () => this.#addAll(),
      logger,
      clock,
    });
    const context = {
      client,
      nameServices: this.#nameServices,
      accessPoint,
      member: (name: string) => {
        const found = hub.memberClusters.get(name)?.object;
        return found && toMember(found);
      },
      members: () => hub.members,
      rivals: (key: string) => this.#rivals(key),
      rights: fqdnRights,
      endpoints: this.#endpoints,
      ...(resolver ? { resolver: new NameResolver(resolver, clock) } : {}),
      events,
      clock,
    };
    this.#queue = new WorkQueue({
      run: (key, signal) => reconcileNameService(key, context, signal),
      concurrency: 4,
      logger,
      clock,
      ...(onRun ? { onRun } : {}),
    });
  }

  /** All NameServices. */
  values(): Iterable<NameService> {
    return this.#nameServices.values();
  }

  /** What NameServices call an AccessPoint (`<namespace>/<name>`); undefined: that is not known yet. */
  given(accessPoint: string): readonly GivenName[] | undefined {
    if (this.#known)
      return [...(this.#byAccessPoint.get(accessPoint) ?? [])].sort(compare).flatMap((key) => this.#givenBy(key, accessPoint));
    this.#early.add(accessPoint);
    return undefined;
  }

  /** Where the hub has no NameServices, nothing has a name. */
  get #known(): boolean {
    const { synced, lastError } = this.#nameServices.state;
    return synced || lastError instanceof NotFoundError;
  }

  #givenBy(key: string, accessPoint: string): readonly GivenName[] {
    const nameService = this.#nameServices.get(key)?.object;
    return nameService ? namesGiven(nameService, accessPoint) : [];
  }

  /** NameServices that wait for a pass. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** To be called when the hub's AccessPoints and members are known: what is not known would look like what is not there. */
  start(): void {
    this.#nameServices.start();
  }

  /** @param key `<namespace>/<name>` of an AccessPoint that is new, changed or gone. */
  accessPointChanged(key: string): void {
    for (const concerned of this.#byAccessPoint.get(key) ?? []) this.#add(concerned);
  }

  /** Something of a member cluster changed that decides whether it takes traffic, or where it lies. */
  memberChanged(name: string, { before, after }: { readonly before?: MemberCluster; readonly after?: MemberCluster }): void {
    const states = [before, after].flatMap((each) => (each ? [toMember(each)] : []));
    for (const [key, { object }] of this.#nameServices.entries()) {
      const targets = object.status?.targets ?? [];
      const led = targets.some(({ cluster }) => cluster === name) || (object.status?.omittedTargets ?? 0) > 0;
      const { targets: named, provider } = object.spec;
      const places = [
        ...named.flatMap(({ zone }) => zone ?? []).map((zone) => ({ zones: [zone] })),
        ...(provider?.aws?.locations ?? []),
      ];
      if (led || places.some((each) => states.some((member) => isNamed(each, member)))) this.#add(key);
    }
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
    await this.#endpoints.stop();
    await this.#nameServices.stop();
  }

  #changed({ key, type, object, old }: Change<NameService>): void {
    this.#place(key, old ?? (type === "deleted" ? object : undefined), type === "deleted" ? undefined : object);
    this.#add(key);
  }

  /** Who claims a name, or no longer does, concerns all that claim it. */
  #place(key: string, before: NameService | undefined, after: NameService | undefined): void {
    for (const accessPoint of accessPointsOf(before)) index(this.#byAccessPoint, accessPoint, key, true);
    for (const accessPoint of accessPointsOf(after)) index(this.#byAccessPoint, accessPoint, key, false);
    for (const accessPoint of new Set([...accessPointsOf(before), ...accessPointsOf(after)])) {
      const [had, has] = [before, after].map((each) => JSON.stringify(each ? namesGiven(each, accessPoint) : []));
      if (had !== has) this.#onNamed(accessPoint);
    }
    const [was, is] = [before && claimedName(before), after && claimedName(after)];
    if (was !== undefined) index(this.#byName, was, key, true);
    if (is !== undefined) index(this.#byName, is, key, false);
    if (was === is && before?.metadata.uid === after?.metadata.uid) return;
    for (const name of [was, is]) for (const rival of this.#byName.get(name ?? "") ?? []) this.#add(rival);
  }

  #rivals(key: string): readonly Claim[] {
    const nameService = this.#nameServices.get(key)?.object;
    const name = nameService && claimedName(nameService);
    return [...(this.#byName.get(name ?? "") ?? [])]
      .filter((rival) => rival !== key)
      .flatMap((rival) => {
        const found = this.#nameServices.get(rival)?.object;
        return found ? [claimOf(found)] : [];
      });
  }

  #add(key: string): void {
    if (this.#nameServices.state.synced) this.#queue.add(key);
  }

  #addAll(): void {
    for (const [key] of this.#nameServices.entries()) this.#add(key);
  }
}

const accessPointsOf = (nameService: NameService | undefined): readonly string[] =>
  (nameService?.spec?.targets ?? []).flatMap(({ accessPoint }) =>
    accessPoint === undefined ? [] : [`${nameService?.metadata.namespace}/${accessPoint}`],
  );
