import type { AccessPoint, AccessPointStatus, ClusterStatus, Sync } from "../api/accesspoint.ts";
import { accessPointSpec } from "../api/accesspoint.ts";
import { ACCESS_POINTS, CLEANUP_FINALIZER, DELIVERABLE, FIELD_MANAGER } from "../api/kinds.ts";
import type { Resource } from "../api/resource.ts";
import { kindsOf } from "../domain/render.ts";
import { checkId } from "../domain/rollout/checks.ts";
import { deleteJob, jobName } from "../integrations/gates/job.ts";
import { ConflictError, NotFoundError } from "../kube/errors.ts";
import type { Requeue } from "../kube/queue.ts";
import type { AccessPointContext } from "./context.ts";
import { writeStatus } from "./write-status.ts";

/** While a cluster cannot be reached: how often to look whether it has been taken out of the fleet. Milliseconds. */
const LOOK_AGAIN_MS = 30_000;

/**
 * One pass over an AccessPoint that is being deleted: its objects leave every cluster in the order of removal, then it may go.
 * A cluster that cannot be reached holds it, until it answers or its MemberCluster is deleted.
 */
export async function cleanUp(
  accessPoint: AccessPoint,
  context: AccessPointContext,
  signal: AbortSignal,
): Promise<Requeue | undefined> {
  const { hub, fleet, events, clock } = context;
  const { metadata, status } = accessPoint;
  if (!metadata.finalizers?.includes(CLEANUP_FINALIZER)) return undefined;
  const uid = metadata.uid ?? "";
  const owner = `${metadata.namespace}/${metadata.name}`;
  const sync = syncOf(accessPoint);
  context.gates.forget(uid);
  const kinds = kindsToRemove(accessPoint, context);
  fleet.require(kinds);

  const known = new Map((status?.clusters ?? []).map((cluster) => [cluster.name, cluster]));
  const left: ClusterStatus[] = [];
  for (const name of [...new Set([...known.keys(), ...fleet.holders(uid)])].sort()) {
    if (!hub.memberClusters.get(name)) continue;
    const view = fleet.view(name, uid, kinds);
    const entry = known.get(name) ?? { name, phase: "Removing" as const };
    if (view.reach === "Connecting") {
      left.push(entry);
      continue;
    }
    if (view.reach === "Unreachable") {
      left.push({
        ...entry,
        phase: "Unreachable",
        message: `not reachable since ${view.unreachableSince}: its objects are removed when it answers; deleting its MemberCluster gives them up`,
      });
      continue;
    }
    // Also where nothing is seen: what was about to be created, or is being created, must not come after the look.
    fleet.get(name)?.deliverer.assign(uid, owner, { revision: entry.revision ?? "", objects: [], sync });
    if (!isEmpty(view.holdings) || !(view.settled?.() ?? true)) {
      const [failure] = fleet.get(name)?.deliverer.failures(uid).values() ?? [];
      left.push({
        ...entry,
        phase: "Removing",
        message: failure ? `${failure.kind}/${failure.name}: ${failure.message}` : (view.hidden ?? "its objects are being removed"),
      });
    }
  }

  if (left.length > 0) {
    for (const { name, message = "" } of left.filter(({ phase }) => phase === "Unreachable")) {
      events.record({ regarding: accessPoint, type: "Warning", reason: "CleanupBlocked", note: `cluster ${name} is ${message}` });
    }
    const next: AccessPointStatus = { ...status, clusters: left };
    const soon = await writeStatus(accessPoint, next, context, signal);
    return soon ?? { requeueAfterMs: LOOK_AGAIN_MS };
  }
  await removeJobs(accessPoint, context, signal);
  context.specifications.forget(uid);
  events.record({
    regarding: accessPoint,
    type: "Normal",
    reason: "CleanedUp",
    note: `nothing of it is left in any cluster${sync.whenRemoved === "Orphan" ? " under its name: its objects stay, without its marks" : ""}`,
  });
  context.logger.info("access point cleaned up", {
    accessPoint: owner,
    seconds: Math.round((clock.now() - Date.parse(metadata.deletionTimestamp ?? "")) / 1000),
  });
  await removeFinalizer(accessPoint, context, signal);
  return undefined;
}

/** Jobs of gates that may still be in members; on the hub they go with their owner, and everywhere after their time. */
async function removeJobs(
  { metadata, status }: AccessPoint,
  { fleet, logger }: AccessPointContext,
  signal: AbortSignal,
): Promise<void> {
  const { name, namespace = "", uid = "" } = metadata;
  const { rollout } = status ?? {};
  for (const stage of rollout?.stages ?? []) {
    for (const [index, gate] of (stage.gates ?? []).entries()) {
      if (gate.job?.runIn !== "Clusters" || !gate.since) continue;
      const check = { id: checkId(rollout!, stage.name, index, gate), stage: stage.name };
      await Promise.all(
        stage.clusters.map(async (cluster) => {
          const member = fleet.get(cluster);
          const job = jobName(name, uid, check, cluster);
          if (member?.standing.reach !== "Reachable") return;
          await deleteJob(member.client, job, namespace, signal).catch((error: unknown) =>
            logger.warn("a gate's Job could not be removed; its ttl ends it", { cluster, job, error }),
          );
        }),
      );
    }
  }
}

const isEmpty = ({ own }: { readonly own: () => Iterable<unknown> }): boolean => {
  for (const _ of own()) return false;
  return true;
};

/** How objects are to leave. A specification that does not fit the schema can still say Orphan, and must not be taken for Delete. */
function syncOf({ spec }: AccessPoint): Sync {
  const parsed = accessPointSpec.safeParse(spec);
  if (parsed.success) return parsed.data.sync;
  const whenRemoved =
    (spec as { sync?: { whenRemoved?: unknown } } | undefined)?.sync?.whenRemoved === "Orphan" ? "Orphan" : "Delete";
  return { whenAlreadyExists: "Fail", whenDrifted: "Report", whenRemoved, createNamespace: false };
}

function kindsToRemove({ metadata, spec }: AccessPoint, { hub }: AccessPointContext): readonly Resource[] {
  const parsed = accessPointSpec.safeParse(spec);
  const revisions = hub.revisionsOf(metadata.uid ?? "").flatMap(({ bundle }) => kindsOf(bundle));
  return [...revisions, ...(parsed.success ? kindsOf(parsed.data) : DELIVERABLE)];
}

async function removeFinalizer({ metadata }: AccessPoint, { hub }: AccessPointContext, signal: AbortSignal): Promise<void> {
  const { name, namespace, resourceVersion, finalizers = [] } = metadata;
  const body = { metadata: { resourceVersion, finalizers: finalizers.filter((finalizer) => finalizer !== CLEANUP_FINALIZER) } };
  try {
    await hub.client.patch(ACCESS_POINTS, name, namespace, body, "merge", { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    // Changed meanwhile, in which case the change starts another pass; or gone already.
    if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
  }
}
