import type { AccessPoint } from "../api/accesspoint.ts";
import { ACCESS_POINTS, CONTROLLER_REVISIONS, MEMBER_CLUSTERS, ROLLOUT_APPROVALS, SECRETS, UID_LABEL } from "../api/kinds.ts";
import type { MemberCluster } from "../api/membercluster.ts";
import type { KubeObject, ObjectMeta, Resource } from "../api/resource.ts";
import type { RolloutApproval } from "../api/rolloutapproval.ts";
import { fromControllerRevision, type Revision } from "../domain/revision.ts";
import type { Member } from "../domain/selection.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Logger } from "../kube/logger.ts";
import { type Change, Reflector } from "../kube/reflector.ts";
import { toMember } from "./members.ts";
import { askers, REQUEST_ANNOTATIONS } from "./requests.ts";

/** A revision and the uid of the AccessPoint that it belongs to. */
export interface OwnedRevision {
  readonly uid: string;
  readonly namespace: string;
  readonly revision: Revision;
}

export interface HubListeners {
  /** `own`: what was seen is a write of this process, which knows of it already. */
  readonly onAccessPoint: (key: string, own: boolean) => void;
  /** An AccessPoint is no more, however it went; another one may have its name. */
  readonly onAccessPointGone: (uid: string, key: string) => void;
  /** `change`: something that decides where AccessPoints go, not only status. */
  readonly onMemberCluster: (name: string, change?: { readonly before?: MemberCluster; readonly after?: MemberCluster }) => void;
  /** `<namespace>/<name>` of the AccessPoint that is decided on. */
  readonly onApproval: (accessPoint: string) => void;
  /** `<namespace>/<name>` of the Secret. */
  readonly onSecret: (key: string) => void;
}

/** The CRDs may be installed after the controller was started. Milliseconds. */
const MISSING_CRD_RETRY_MS = 3000;
/** Until it is said that something seems to be missing. Milliseconds. */
const PATIENCE_MS = 5000;

/** What the hub holds, as far as it is used: AccessPoints, members, decisions, revisions, and which Secrets changed. */
export class Hub {
  readonly client: KubeClient;
  readonly accessPoints: Reflector<AccessPoint>;
  readonly memberClusters: Reflector<MemberCluster>;
  readonly approvals: Reflector<RolloutApproval>;
  readonly revisions: Reflector<OwnedRevision>;
  readonly #secrets = new Map<string, Reflector<{ readonly version: string }>>();
  readonly #approvalsOf = new Map<string, Set<string>>();
  readonly #revisionsOf = new Map<string, Set<string>>();
  readonly #listeners: HubListeners;
  readonly #logger: Logger;
  #members: readonly Member[] | undefined;

  constructor(client: KubeClient, listeners: HubListeners, logger: Logger) {
    this.client = client;
    this.#listeners = listeners;
    this.#logger = logger;
    this.accessPoints = this.#reflect(ACCESS_POINTS, trimmed<AccessPoint>, ({ key, type, object, old, confirmed }) => {
      const before = type === "deleted" ? object : old;
      if (before?.metadata.uid && (type === "deleted" || before.metadata.uid !== object.metadata.uid))
        listeners.onAccessPointGone(before.metadata.uid, key);
      if (confirmed) listeners.onAccessPoint(key, old?.metadata.resourceVersion === object.metadata.resourceVersion);
    });
    this.memberClusters = this.#reflect(MEMBER_CLUSTERS, trimmed<MemberCluster>, ({ key, type, object, old }) => {
      this.#members = undefined;
      if (type === "deleted") listeners.onMemberCluster(key, { before: object });
      else if (!old) listeners.onMemberCluster(key, { after: object });
      else if (placementFacts(object) !== placementFacts(old)) listeners.onMemberCluster(key, { before: old, after: object });
      else listeners.onMemberCluster(key);
    });
    this.approvals = this.#reflect(ROLLOUT_APPROVALS, trimmed<RolloutApproval>, (change) => this.#approvalChanged(change));
    this.revisions = this.#reflect(CONTROLLER_REVISIONS, ownedRevision, (change) => this.#revisionChanged(change), UID_LABEL);
  }

  async start(signal: AbortSignal): Promise<void> {
    const all = [this.accessPoints, this.memberClusters, this.approvals, this.revisions];
    for (const reflector of all) reflector.start();
    const patience = setTimeout(() => {
      const missing = all.flatMap(({ state }) => (state.synced ? [] : [state.lastError?.message ?? "no answer yet"]));
      this.#logger.warn("waiting for the hub; are the CRDs installed (fap crds | kubectl apply -f -)?", { missing });
    }, PATIENCE_MS);
    signal.addEventListener("abort", () => clearTimeout(patience), { once: true });
    await Promise.all(all.map((reflector) => reflector.whenSynced(signal)));
    clearTimeout(patience);
  }

  async stop(): Promise<void> {
    const all = [this.accessPoints, this.memberClusters, this.approvals, this.revisions, ...this.#secrets.values()];
    await Promise.all(all.map((reflector) => reflector.stop()));
  }

  /** The registered clusters as placement sees them: one list for all passes until a cluster changes. */
  get members(): readonly Member[] {
    this.#members ??= [...this.memberClusters.values()].map(toMember);
    return this.#members;
  }

  /** Decisions on one AccessPoint. */
  approvalsFor(accessPoint: string): readonly RolloutApproval[] {
    return [...(this.#approvalsOf.get(accessPoint) ?? [])].flatMap((key) => this.approvals.get(key)?.object ?? []);
  }

  /** Revisions of one AccessPoint, by its uid. */
  revisionsOf(uid: string): readonly Revision[] {
    return [...(this.#revisionsOf.get(uid) ?? [])].flatMap((key) => this.revisions.get(key)?.object.revision ?? []);
  }

  /** The version of a Secret, as far as it is known; its content is not kept. Watches the Secrets of its namespace from now on. */
  secretVersion(namespace: string, name: string): string | undefined {
    const known = this.#secrets.get(namespace);
    if (known) return known.get(`${namespace}/${name}`)?.object.version;
    const reflector = new Reflector<{ readonly version: string }>({
      client: this.client,
      resource: SECRETS,
      namespace,
      transform: ({ metadata }) => ({ version: metadata.resourceVersion ?? "" }),
      onChange: ({ key }) => this.#listeners.onSecret(key),
      logger: this.#logger,
    });
    this.#secrets.set(namespace, reflector);
    reflector.start();
    return undefined;
  }

  #reflect<T>(
    resource: Resource,
    transform: (object: KubeObject) => T | undefined,
    onChange: (change: Change<T>) => void,
    labelSelector?: string,
  ) {
    return new Reflector<T>({
      client: this.client,
      resource,
      transform,
      onChange,
      logger: this.#logger,
      missingRetryMs: MISSING_CRD_RETRY_MS,
      ...(labelSelector ? { labelSelector } : {}),
    });
  }

  #approvalChanged({ key, type, object }: Change<RolloutApproval>): void {
    const accessPoint = `${object.metadata.namespace}/${object.spec.accessPoint}`;
    index(this.#approvalsOf, accessPoint, key, type === "deleted");
    this.#listeners.onApproval(accessPoint);
  }

  #revisionChanged({ key, type, object }: Change<OwnedRevision>): void {
    index(this.#revisionsOf, object.uid, key, type === "deleted");
  }
}

const placementFacts = ({ metadata, spec, status }: MemberCluster): string =>
  JSON.stringify([metadata.labels, metadata.deletionTimestamp, spec, status?.zone, status?.region, status?.labels]);

/** Puts a key into a group of an index, or takes it out. */
export function index(map: Map<string, Set<string>>, group: string, key: string, removed: boolean): void {
  const keys = map.get(group) ?? new Set();
  if (removed) keys.delete(key);
  else keys.add(key);
  if (keys.size > 0) map.set(group, keys);
  else map.delete(group);
}

/** Without what nobody here reads: managedFields (except who wrote it first, and who set what is asked), kubectl's last-applied copy. */
export function trimmed<T>(object: KubeObject): T {
  const { annotations = {}, managedFields, ...metadata } = object.metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => REQUEST_ANNOTATIONS.includes(key)));
  const creator = managedFields?.find(({ subresource }) => !subresource);
  const meta: ObjectMeta = {
    ...metadata,
    annotations: kept,
    managedFields: [...(creator?.manager ? [{ manager: creator.manager }] : []), ...askers(managedFields ?? [])],
  };
  return { ...object, metadata: meta } as unknown as T;
}

function ownedRevision(object: KubeObject): OwnedRevision | undefined {
  const uid = object.metadata.labels?.[UID_LABEL];
  const revision = fromControllerRevision(object);
  return uid && revision ? { uid, namespace: object.metadata.namespace ?? "", revision } : undefined;
}
