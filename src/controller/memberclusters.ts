import { DETACH_FINALIZER, FIELD_MANAGER, MEMBER_CLUSTERS, SECRETS } from "../api/kinds.ts";
import { type MemberCluster, type MemberClusterStatus, memberClusterSpec } from "../api/membercluster.ts";
import { updateConditions } from "../domain/conditions.ts";
import { type Answer, type Located, locate, needsNodes } from "../domain/inventory.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { KubeconfigError, readKubeconfig } from "../fleet/kubeconfig.ts";
import { findProfileSecret, type SecretReference } from "../integrations/clusterprofile.ts";
import type { Profiles } from "../integrations/profiles.ts";
import type { Clock } from "../kube/clock.ts";
import { ConflictError, ForbiddenError, NotFoundError } from "../kube/errors.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Logger } from "../kube/logger.ts";
import type { Requeue } from "../kube/queue.ts";
import type { Hub } from "./hub.ts";
import { replaceStatus } from "./patch.ts";

export interface MemberClusterContext {
  readonly hub: Hub;
  readonly fleet: Fleet;
  readonly profiles: Profiles;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Kubeconfigs may run programs. */
  readonly allowExec: boolean;
}

/** How often an unchanged standing is confirmed in status. Milliseconds. */
const CONFIRM_MS = 600_000;
/** A cluster that cannot be reached does not hold its own removal for longer. Milliseconds. */
const DETACH_PATIENCE_MS = 300_000;

/** One pass over one MemberCluster: connect it as its Secret says, report how it stands; when it is deleted, let it go once it is empty. */
export async function reconcileMemberCluster(
  name: string,
  context: MemberClusterContext,
  signal: AbortSignal,
): Promise<Requeue | undefined> {
  const { hub, fleet } = context;
  const cluster = hub.memberClusters.get(name)?.object;
  if (!cluster) {
    await fleet.disconnect(name);
    return undefined;
  }
  if (cluster.metadata.deletionTimestamp) return detach(cluster, context, signal);
  if (!cluster.metadata.finalizers?.includes(DETACH_FINALIZER)) {
    await patchFinalizers(cluster, [...(cluster.metadata.finalizers ?? []), DETACH_FINALIZER], context, signal);
    return undefined;
  }
  const retry = await connect(cluster, context, signal);
  return report(cluster, retry, context, signal);
}

/** Names of the AccessPoints that have, or are to have, objects in the cluster. */
const accessPointsIn = (hub: Hub, name: string): readonly string[] =>
  [...hub.accessPoints.values()]
    .filter(({ status }) => status?.clusters?.some((entry) => entry.name === name && entry.revision !== undefined))
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

/** Connects to the cluster. Returns how long to wait before another try where no change of an object will tell. */
async function connect(cluster: MemberCluster, context: MemberClusterContext, signal: AbortSignal): Promise<number | undefined> {
  const { hub, fleet, clock, allowExec } = context;
  const { name } = cluster.metadata;
  const now = new Date(clock.now());
  try {
    const spec = memberClusterSpec.parse(cluster.spec);
    const reference = await secretOf(spec.access, context, signal);
    const version = hub.secretVersion(reference.namespace, reference.name);
    // A connection that was made from this very version of the Secret needs no look at it.
    if (version && fleet.credentialsOf(name) === credentialsId(reference, version)) return undefined;
    const secret = await readSecret(context, reference, signal);
    const config = readKubeconfig(secret.text, allowExec, now);
    const registered = { at: cluster.metadata.creationTimestamp ?? "", identity: cluster.status?.clusterID };
    await fleet.connect(name, config, credentialsId(reference, secret.version), registered);
    return undefined;
  } catch (error) {
    if (!(error instanceof KubeconfigError)) throw error;
    await fleet.fail(name, error.reason, error.message, now.toISOString());
    return error.reason === "SecretForbidden" ? 60_000 : undefined;
  }
}

/** The Secret that is named, or the one beside the ClusterProfile that is named. */
async function secretOf(
  { kubeconfigSecretRef, clusterProfileRef }: MemberCluster["spec"]["access"],
  { hub }: MemberClusterContext,
  signal: AbortSignal,
): Promise<SecretReference> {
  if (kubeconfigSecretRef) return kubeconfigSecretRef;
  if (!clusterProfileRef)
    throw new KubeconfigError("SecretNotFound", "spec.access names neither kubeconfigSecretRef nor clusterProfileRef");
  // Starts the watch that tells when the Secret comes or changes.
  hub.secretVersion(clusterProfileRef.namespace, clusterProfileRef.name);
  try {
    const secret = await findProfileSecret(hub.client, clusterProfileRef, signal);
    if ("found" in secret) return secret.found;
    throw new KubeconfigError("SecretNotFound", secret.problem);
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    const message = `the controller may not list Secrets in namespace ${clusterProfileRef.namespace}: give it get, list and watch there`;
    throw new KubeconfigError("SecretForbidden", message, { cause: error });
  }
}

const credentialsId = ({ namespace, name, key }: SecretReference, version: string): string =>
  `${namespace}/${name}/${key}@${version}`;

async function readSecret(
  { hub }: MemberClusterContext,
  { namespace, name, key }: SecretReference,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly version: string }> {
  const at = `Secret ${namespace}/${name}`;
  try {
    const secret = await hub.client.get(SECRETS, name, namespace, { signal });
    const data = secret["data"] as Readonly<Record<string, string>> | undefined;
    const value = data?.[key];
    if (value === undefined) {
      const keys = Object.keys(data ?? {});
      throw new KubeconfigError(
        "SecretNotFound",
        `${at} has no key ${key}; ${keys.length ? `it has ${keys.slice(0, 5).join(", ")}` : "it is empty"}`,
      );
    }
    const text = Buffer.from(value, "base64").toString("utf8");
    if (text.trim() === "")
      throw new KubeconfigError("KubeconfigInvalid", `${at}, key ${key}, is empty; it should hold a kubeconfig`);
    return { text, version: secret.metadata.resourceVersion ?? "" };
  } catch (error) {
    if (error instanceof NotFoundError)
      throw new KubeconfigError("SecretNotFound", `${at} does not exist; it should hold a kubeconfig under the key ${key}`);
    if (error instanceof ForbiddenError)
      throw new KubeconfigError(
        "SecretForbidden",
        `the controller may not read ${at}: give it get, list and watch on Secrets there`,
      );
    throw error;
  }
}

async function report(
  cluster: MemberCluster,
  retryMs: number | undefined,
  context: MemberClusterContext,
  signal: AbortSignal,
): Promise<Requeue | undefined> {
  const { hub, fleet, events, clock } = context;
  const { name, generation } = cluster.metadata;
  const { reach, reason, message, lastProbe, kubernetesVersion, istio } = fleet.standing(name);
  const before = cluster.status;
  const now = new Date(clock.now());
  const silent = reason === "ClusterUnreachable" || reason === "Connecting" || reason === "ApiServerError";
  const status = reach === "Reachable" ? "True" : silent ? "Unknown" : "False";
  const old = before?.conditions?.find(({ type }) => type === "Ready");
  const located = whereItStands(cluster, context);
  const conditions = updateConditions(
    before?.conditions,
    [
      { type: "Ready", status, reason, message },
      {
        type: "Located",
        status: located.reason === "Known" ? "True" : "False",
        reason: located.reason,
        message: located.message,
      },
    ],
    generation,
    now,
  );
  const changed =
    old?.status !== status ||
    old.reason !== reason ||
    old.message !== message ||
    before?.observedGeneration !== generation ||
    before?.kubernetesVersion !== kubernetesVersion;
  const due = Date.parse(before?.lastProbeTime ?? "1970-01-01T00:00:00Z") + CONFIRM_MS <= now.getTime();
  const next: MemberClusterStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions,
    ...identified(fleet.identityOf(name) ?? before?.clusterID),
    ...(kubernetesVersion
      ? { kubernetesVersion }
      : before?.kubernetesVersion
        ? { kubernetesVersion: before.kubernetesVersion }
        : {}),
    ...((changed || due) && lastProbe
      ? { lastProbeTime: lastProbe }
      : before?.lastProbeTime
        ? { lastProbeTime: before.lastProbeTime }
        : {}),
    ...located.facts,
    ...(istio ? { istio } : before?.istio ? { istio: before.istio } : {}),
  };
  const soon = await replaceStatus(hub.client, hub.memberClusters, MEMBER_CLUSTERS, cluster, next, signal);
  if (!soon && old && old.status !== status) {
    events.record({ regarding: cluster, type: status === "True" ? "Normal" : "Warning", reason, note: message });
  }
  return soon ?? { requeueAfterMs: Math.min(retryMs ?? CONFIRM_MS, CONFIRM_MS) };
}

const identified = (clusterID: string | undefined): Pick<MemberClusterStatus, "clusterID"> => (clusterID ? { clusterID } : {});

/** Zone, region and labels that count: from spec, the ClusterProfile, or the nodes. */
function whereItStands({ metadata, spec, status }: MemberCluster, { fleet, profiles }: MemberClusterContext): Located {
  const { clusterProfileRef } = spec.access;
  const profile = clusterProfileRef && profiles.read(clusterProfileRef);
  const unasked: Answer = { state: "Pending", message: "its nodes cannot be asked, because there is no connection" };
  const nodes = fleet.get(metadata.name)?.location(needsNodes(spec, profile)) ?? unasked;
  return locate(spec, profile, nodes, status);
}

/** AccessPoints leave a MemberCluster that is being deleted; what cannot be reached is given up after a while. */
async function detach(cluster: MemberCluster, context: MemberClusterContext, signal: AbortSignal): Promise<Requeue | undefined> {
  const { hub, fleet, events, clock } = context;
  const { name, deletionTimestamp, finalizers = [] } = cluster.metadata;
  if (!finalizers.includes(DETACH_FINALIZER)) return undefined;
  const left = accessPointsIn(hub, name);
  const waited = clock.now() - Date.parse(deletionTimestamp ?? "");
  const reachable = fleet.standing(name).reach === "Reachable";
  if (left.length > 0 && (reachable || waited < DETACH_PATIENCE_MS)) {
    const shown = left.slice(0, 5).join(", ");
    events.record({
      regarding: cluster,
      type: "Normal",
      reason: "Detaching",
      note: `${shown}${left.length > 5 ? ` and ${left.length - 5} more` : ""} leave the cluster first`,
    });
    return { requeueAfterMs: reachable ? 1000 : Math.max(1000, DETACH_PATIENCE_MS - waited) };
  }
  if (left.length > 0) {
    events.record({
      regarding: cluster,
      type: "Warning",
      reason: "LeftBehind",
      note: `the cluster cannot be reached: objects of ${left.length} AccessPoints stay in it`,
    });
  }
  await patchFinalizers(
    cluster,
    finalizers.filter((finalizer) => finalizer !== DETACH_FINALIZER),
    context,
    signal,
  );
  return undefined;
}

async function patchFinalizers(
  { metadata }: MemberCluster,
  finalizers: readonly string[],
  { hub }: MemberClusterContext,
  signal: AbortSignal,
): Promise<void> {
  const body = { metadata: { resourceVersion: metadata.resourceVersion, finalizers } };
  try {
    hub.memberClusters.observe(
      await hub.client.patch(MEMBER_CLUSTERS, metadata.name, undefined, body, "merge", { fieldManager: FIELD_MANAGER, signal }),
    );
  } catch (error) {
    // Changed meanwhile, in which case the change starts another pass; or gone already.
    if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
  }
}
