import type { AccessPoint, AccessPointStatus, ClusterStatus, Sync } from "../api/accesspoint.ts";
import { accessPointSpec } from "../api/accesspoint.ts";
import { ACCESS_POINTS, CLEANUP_FINALIZER, DELIVERABLE, FIELD_MANAGER } from "../api/kinds.ts";
import type { ObjectMeta, Resource } from "../api/resource.ts";
import { kindsOf } from "../domain/render.ts";
import { removeJobs } from "../integrations/gates/job-access.ts";
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
  const emptied: string[] = [];
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
    } else emptied.push(name);
  }
  if (mayHaveJobs(accessPoint)) await removeGateJobs(metadata, emptied, context, signal);

  if (left.length > 0) {
    for (const { name, message = "" } of left.filter(({ phase }) => phase === "Unreachable")) {
      events.record({ regarding: accessPoint, type: "Warning", reason: "CleanupBlocked", note: `cluster ${name} is ${message}` });
    }
    const next: AccessPointStatus = { ...status, clusters: left };
    const soon = await writeStatus(accessPoint, next, context, signal);
    return soon ?? { requeueAfterMs: LOOK_AGAIN_MS };
  }
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

/** Jobs of gates leave clusters with the last object, whichever run they were of; those on the hub go with their owner. */
async function removeGateJobs(
  metadata: ObjectMeta,
  clusters: readonly string[],
  { fleet, logger }: AccessPointContext,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    clusters.map(async (cluster) => {
      const member = fleet.get(cluster);
      if (member?.standing.reach !== "Reachable") return;
      await removeJobs(member.client, metadata, signal).catch((error: unknown) =>
        logger.warn("Jobs of gates could not be removed; their ttl ends them", { cluster, error }),
      );
    }),
  );
}

/** Whether a gate is told of, in the specification or in the last run, that runs Jobs in clusters. */
function mayHaveJobs({ spec, status }: AccessPoint): boolean {
  const { data } = accessPointSpec.safeParse(spec);
  const wanted = (data?.rollout.stages ?? []).flatMap(({ before = [], after = [] }) => [...before, ...after]);
  const begun = (status?.rollout?.stages ?? []).flatMap(({ gates = [] }) => gates);
  return [...wanted, ...begun].some(({ job }) => job?.runIn === "Clusters");
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
