import type { AccessPoint } from "../api/accesspoint.ts";
import { ACCESS_POINTS, CLEANUP_FINALIZER, CONTROLLER_REVISIONS, FIELD_MANAGER, ROLLOUT_APPROVALS } from "../api/kinds.ts";
import type { RolloutApproval } from "../api/rolloutapproval.ts";
import type { ClusterView } from "../domain/cluster.ts";
import { conditionNotes, updateConditions } from "../domain/conditions.ts";
import type { OwnRevision, Scope } from "../domain/plan/scope.ts";
import { type Plan, plan } from "../domain/plan.ts";
import { refusedStatus, undecidedStatus } from "../domain/refused.ts";
import { kindsOf } from "../domain/render.ts";
import { ownerOf, type Revision, toControllerRevision } from "../domain/revision.ts";
import type { Decision, Verdict } from "../domain/rollout/model.ts";
import { ConflictError, NotFoundError } from "../kube/errors.ts";
import type { Requeue } from "../kube/queue.ts";
import { cleanUp } from "./cleanup.ts";
import type { AccessPointContext } from "./context.ts";
import { replaceStatus } from "./patch.ts";
import { requestsOf } from "./requests.ts";
import { writeStatus } from "./write-status.ts";

/** One pass over one AccessPoint: observe → plan → persist what is intended → hand out the work → report. */
export async function reconcileAccessPoint(
  key: string,
  context: AccessPointContext,
  signal: AbortSignal,
): Promise<Requeue | undefined> {
  const { hub, clock } = context;
  const accessPoint = hub.accessPoints.get(key)?.object;
  if (!accessPoint || accessPoint.metadata.deletionTimestamp) context.leaders.follow(key, []);
  if (!accessPoint) return answerOrphans(key, context, signal);
  if (accessPoint.metadata.deletionTimestamp) return cleanUp(accessPoint, context, signal);
  if (!accessPoint.metadata.finalizers?.includes(CLEANUP_FINALIZER)) return addFinalizer(accessPoint, context, signal);

  const now = new Date(clock.now());
  const specification = await orSaid(() => context.specifications.read(accessPoint), accessPoint, context, now, signal);
  if (!specification.valid) {
    const refused = refusedStatus(accessPoint, specification.findings, now);
    const soon = await writeStatus(accessPoint, refused, context, signal);
    if (!soon) tell(conditionNotes(accessPoint.status?.conditions, refused.conditions), accessPoint, context);
    return soon;
  }

  const { reports, onReport } = context;
  const { spec, own } = specification;
  const observed = { ...reports.whole(accessPoint), spec };
  const next = await orSaid(() => plan(observe(observed, own, context, now)), accessPoint, context, now, signal);
  if (next.newRevision) await keepRevision(next.newRevision, accessPoint, context, signal);
  const soon = await writeStatus(accessPoint, next.status, context, signal);
  if (soon?.unstored) return soon;
  await answerApprovals(next, accessPoint, context, signal);
  handOut(next, accessPoint, context);
  if (!soon) tell(next.notes, accessPoint, context);
  if (!soon) context.gates.tend(observed, { ...next.status, clusters: [...next.clusters] }, next.checks);
  if (!soon && reports.keep(accessPoint.metadata.uid ?? "", next.status, next.clusters)) onReport(key);
  await prune(next.prune, accessPoint, context, signal);
  return soon ?? requeueAt(next, now);
}

function tell(notes: Plan["notes"], accessPoint: AccessPoint, { events }: AccessPointContext): void {
  for (const { type, reason, message } of notes) events.record({ regarding: accessPoint, type, reason, note: message });
}

/**
 * What `decide` decides. Whatever it throws is a mistake of ours, and only this AccessPoint's trouble: it is said where people look,
 * and thrown on, to be logged and tried again.
 */
async function orSaid<T>(
  decide: () => T,
  accessPoint: AccessPoint,
  context: AccessPointContext,
  now: Date,
  signal: AbortSignal,
): Promise<T> {
  try {
    return decide();
  } catch (error) {
    const status = undecidedStatus(accessPoint, error instanceof Error ? error.message : String(error), now);
    const { message: note = "" } = status.conditions?.find(({ reason }) => reason === "InternalError") ?? {};
    await writeStatus(accessPoint, status, context, signal);
    if (!accessPoint.status?.conditions?.some(({ message }) => message === note))
      context.events.record({ regarding: accessPoint, type: "Warning", reason: "InternalError", note });
    throw error;
  }
}

function observe(
  accessPoint: AccessPoint,
  own: OwnRevision,
  { hub, fleet, leaders, rendered, vips, names, clock, watchingSince, gates }: AccessPointContext,
  now: Date,
): Scope {
  const { metadata } = accessPoint;
  const uid = metadata.uid ?? "";
  const owner = ownerOf(accessPoint);
  const key = `${metadata.namespace}/${metadata.name}`;
  const revisions = hub.revisionsOf(uid);
  const kinds = [accessPoint.spec, ...revisions.map(({ bundle }) => bundle)].flatMap(kindsOf);
  fleet.require(kinds);
  const views = new Map<string, ClusterView>();
  return {
    accessPoint,
    members: hub.members,
    readings: leaders.follow(key, accessPoint.spec.placement.follow ?? [], accessPoint.status?.placement?.following),
    view: (cluster) => {
      const view = views.get(cluster) ?? fleet.view(cluster, uid, kinds);
      views.set(cluster, view);
      return view;
    },
    holders: fleet.holders(uid),
    revisions,
    sharedVips: vips.sharedBy(key),
    decisions: hub
      .approvalsFor(key)
      .filter(({ metadata }) => !metadata.deletionTimestamp)
      .map(toDecision),
    answers: gates.answers(uid),
    requests: requestsOf(metadata),
    now,
    watchedMs: clock.monotonic() - watchingSince,
    own,
    platform: rendered.platform,
    names: names.given(key),
    render: (bundle, target, stage) => rendered.render(bundle, target, owner, stage),
    sketch: (made) => rendered.sketch(made),
  };
}

function toDecision({ metadata, spec, status }: RolloutApproval): Decision {
  const accepted = status?.conditions?.find(({ type }) => type === "Accepted");
  const by = metadata.managedFields?.[0]?.manager;
  return {
    name: metadata.name,
    revision: spec.revision,
    stage: spec.stage,
    gate: spec.gate,
    decision: spec.decision,
    ...(spec.plan ? { plan: spec.plan } : {}),
    ...(spec.reason ? { reason: spec.reason } : {}),
    ...(by ? { by } : {}),
    ...(accepted?.status === "True" && status?.plan ? { acceptedFor: status.plan } : {}),
    refused: accepted?.status === "False",
    createdAt: metadata.creationTimestamp ?? "",
  };
}

async function addFinalizer(
  accessPoint: AccessPoint,
  { hub }: AccessPointContext,
  signal: AbortSignal,
): Promise<Requeue | undefined> {
  const { name, namespace, resourceVersion, finalizers = [] } = accessPoint.metadata;
  const body = { metadata: { resourceVersion, finalizers: [...finalizers, CLEANUP_FINALIZER] } };
  try {
    hub.accessPoints.observe(
      await hub.client.patch(ACCESS_POINTS, name, namespace, body, "merge", { fieldManager: FIELD_MANAGER, signal }),
    );
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
  // What was written comes back as a change and starts the next pass.
  return undefined;
}

/** Revisions are stored before any status names them. */
async function keepRevision(
  revision: Revision,
  accessPoint: AccessPoint,
  { hub }: AccessPointContext,
  signal: AbortSignal,
): Promise<void> {
  try {
    hub.revisions.observe(
      await hub.client.create(CONTROLLER_REVISIONS, toControllerRevision(revision, ownerOf(accessPoint)), {
        fieldManager: FIELD_MANAGER,
        signal,
      }),
    );
  } catch (error) {
    // An earlier pass created it and its answer was lost; the watch will bring it.
    if (!(error instanceof ConflictError)) throw error;
  }
}

/** What clusters are to have goes to them only after status says so. */
function handOut({ assignments, needs }: Plan, { metadata }: AccessPoint, { hub, fleet }: AccessPointContext): void {
  const key = `${metadata.namespace}/${metadata.name}`;
  // Gone while this pass ran, and forgotten: nothing may be remembered of it anew.
  if (hub.accessPoints.get(key)?.object.metadata.uid !== metadata.uid) return;
  fleet.want(key, needs);
  for (const [cluster, assignment] of assignments) fleet.get(cluster)?.deliverer.assign(metadata.uid ?? "", key, assignment);
}

async function answerApprovals(
  { verdicts, status }: Plan,
  accessPoint: AccessPoint,
  context: AccessPointContext,
  signal: AbortSignal,
): Promise<void> {
  const { hub, clock } = context;
  for (const verdict of verdicts) {
    const approval = hub.approvals.get(`${accessPoint.metadata.namespace}/${verdict.name}`)?.object;
    if (approval) await answer(approval, verdict, status.rollout?.plan, context, new Date(clock.now()), signal);
  }
}

async function answer(
  approval: RolloutApproval,
  { status, reason, message }: Omit<Verdict, "name">,
  plan: string | undefined,
  { hub, events }: AccessPointContext,
  now: Date,
  signal: AbortSignal,
): Promise<void> {
  const { generation } = approval.metadata;
  const next = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: updateConditions(approval.status?.conditions, [{ type: "Accepted", status, reason, message }], generation, now),
    ...(status === "True" ? { acceptedAt: approval.status?.acceptedAt ?? now.toISOString(), ...(plan ? { plan } : {}) } : {}),
  };
  await replaceStatus(hub.client, hub.approvals, ROLLOUT_APPROVALS, approval, next, signal);
  if (status === "False") events.record({ regarding: approval, type: "Warning", reason, note: message });
}

/** Decisions on an AccessPoint that is not there. */
async function answerOrphans(key: string, context: AccessPointContext, signal: AbortSignal): Promise<undefined> {
  for (const approval of context.hub.approvalsFor(key)) {
    if (approval.status?.conditions?.some(({ status }) => status !== "Unknown")) continue;
    const message = `there is no AccessPoint ${approval.spec.accessPoint} in namespace ${approval.metadata.namespace}`;
    await answer(
      approval,
      { status: "Unknown", reason: "AccessPointNotFound", message },
      undefined,
      context,
      new Date(context.clock.now()),
      signal,
    );
  }
}

async function prune(
  revisions: readonly Revision[],
  { metadata }: AccessPoint,
  { hub }: AccessPointContext,
  signal: AbortSignal,
): Promise<void> {
  for (const { name } of revisions) {
    try {
      await hub.client.delete(CONTROLLER_REVISIONS, name, metadata.namespace, { signal });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
}

const requeueAt = ({ wakeAt }: Plan, now: Date): Requeue | undefined =>
  wakeAt ? { requeueAfterMs: Math.max(1, wakeAt.getTime() - now.getTime()) } : undefined;
