import type { AccessPointStatus, ClusterStatus } from "../api/accesspoint.ts";
import { capped } from "./caps.ts";
import { conditionNotes, updateConditions } from "./conditions.ts";
import { describeFindings, type Finding } from "./finding.ts";
import { boundStages } from "./overrides.ts";
import { handedOver, remembered } from "./placement/handover.ts";
import type { Placement, Target } from "./placement.ts";
import type { Assignment, ClusterJudge } from "./plan/cluster-judge.ts";
import { planDiff } from "./plan/plan-diff.ts";
import type { Scope } from "./plan/scope.ts";
import { isTaken, survey, wantedRevision } from "./plan/survey.ts";
import { settingsWithoutEffect } from "./preflight/effect.ts";
import type { Bundle } from "./render.ts";
import { prunable, type Revision } from "./revision.ts";
import { advance } from "./rollout/advance.ts";
import { entryOf } from "./rollout/entries.ts";
import type { Entry, LeavingView, Next, State, TargetView } from "./rollout/model.ts";
import { byZoneThenName, compare, type Member } from "./selection.ts";
import { judgeConditions, messageOf, warningNotes } from "./status.ts";
import type { Need } from "./surroundings.ts";
import { certificateNotes, differenceNotes } from "./traffic/certificates/notes.ts";
import { summarise } from "./traffic/certificates/summary.ts";
import { describeShared } from "./traffic/isolation.ts";
import { trafficSummary } from "./traffic/summary.ts";

/** What one pass decides. */
export interface Plan {
  readonly status: AccessPointStatus;
  /** The clusters of status with all that is known of them, whether there is room for it or not. */
  readonly clusters: readonly ClusterStatus[];
  /** To be stored before status. */
  readonly newRevision?: Revision;
  readonly prune: readonly Revision[];
  /** To be handed to the clusters once status is stored. A cluster without an assignment is left as it is. */
  readonly assignments: ReadonlyMap<string, Assignment>;
  /** What has to be watched in clusters besides our own objects; nothing in a cluster that is not named. */
  readonly needs: ReadonlyMap<string, readonly Need[]>;
  readonly verdicts: Next["verdicts"];
  readonly notes: Next["notes"];
  /** What gates ask, once status is stored. */
  readonly checks: Next["checks"];
  readonly wakeAt?: Date;
}

/** observe → **plan** → apply → report: the whole of a pass, without any I/O. */
export function plan(scope: Scope): Plan {
  const { accessPoint, now } = scope;
  const { metadata, spec, status } = accessPoint;
  const before = stateOf(status);
  const occupied = new Set([...before.entries.values()].filter(({ revision }) => revision).map(({ name }) => name));
  const wanted = wantedRevision(scope);
  const first = survey(scope, wanted, occupied, status?.placement);
  const done = first.placement.handovers.filter((handover) => isTaken(handover, first, wanted.name, before));
  const { placement, refused, warnings, variants, clusters } =
    done.length > 0 ? survey(scope, wanted, occupied, handedOver(status?.placement ?? { selected: [] }, done)) : first;
  const awaited = awaitedTargets(placement, scope.members);
  const isTarget = (name: string): boolean => [...placement.targets, ...awaited].some(({ member }) => member.name === name);
  const next: Next =
    refused.length > 0
      ? { state: held(before, refused), removing: new Set(), findings: [], verdicts: [], notes: [], checks: [] }
      : withHeldZones(before, heldBeside(awaited, placement, scope.members), (state) =>
          advance(state, {
            now,
            watchedMs: scope.watchedMs,
            revision: wanted.name,
            settings: spec.rollout,
            changes: (stages) => planDiff(stages, clusters.contents(before.entries, wanted.bundle)),
            targets: [
              ...placement.targets.map((target) =>
                clusters.targetView(target, variants.get(target.member.name)!, before.entries.get(target.member.name)),
              ),
              ...awaited.map((target) => awaitedView(target, before.entries.get(target.member.name), wanted.bundle)),
            ].sort((a, b) => byZoneThenName(a.target.member, b.target.member)),
            leaving: leaving(scope, placement, isTarget, before, clusters),
            ...(placement.holdRemoval ? { holdRemoval: placement.holdRemoval } : {}),
            known: scope.members,
            decisions: scope.decisions,
            ...(scope.answers ? { answers: scope.answers } : {}),
            requests: scope.requests,
          }),
        );

  const { state } = next;
  const assignments = new Map<string, Assignment>();
  const reported = clusterNames(next, [...placement.targets, ...awaited]).map((name) =>
    clusters.report(name, state.entries.get(name), next.removing.has(name), stageOf(state, name), assignments),
  );
  const updated = reported.filter(
    ({ name, revision, variantStage, phase }) =>
      isTarget(name) && revision === wanted.name && variantStage === undefined && phase === "Ready",
  );
  const ready = reported.filter(({ name, phase }) => isTarget(name) && phase === "Ready");
  const desired = placement.targets.length + awaited.length;
  const used = new Set([...state.entries.values()].flatMap(({ revision, previousRevision }) => [revision, previousRevision]));
  for (const name of [state.currentRevision, state.updateRevision, state.failedRevision, wanted.name, spec.rollout.rollbackTo])
    used.add(name);
  const isNew = refused.length === 0 && !scope.revisions.some(({ name }) => name === wanted.name);

  const judged = judgeConditions({
    refused,
    warnings: [...settingsWithoutEffect(spec), ...warnings],
    unplaced: [...next.findings, ...placement.findings, ...silentPrimaries(placement, scope)],
    rollout: state.rollout,
    updateRevision: state.updateRevision,
    paused: spec.rollout.paused,
    rolledBackTo: wanted.name !== scope.own.name,
    targets: desired,
    clusters: reported,
    drifted: clusters.drifted,
    contested: clusters.contested,
    shared: describeShared(scope.sharedVips ?? [], spec.traffic?.vip?.isolationGroup),
  });
  const message = messageOf(state.rollout, judged);
  const reportedStatus = capped({
    ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }),
    ...(state.currentRevision ? { currentRevision: state.currentRevision } : {}),
    ...(state.updateRevision ? { updateRevision: state.updateRevision } : {}),
    ...(state.failedRevision ? { failedRevision: state.failedRevision } : {}),
    clustersDesired: desired,
    clustersUpdated: updated.length,
    clustersReady: ready.length,
    updated: `${updated.length}/${desired}`,
    ready: `${ready.length}/${desired}`,
    ...(state.rollout ? { rollout: state.rollout } : {}),
    placement: remembered(placement.status, placement.handovers),
    clusters: reported,
    ...summaryOf(reported),
    ...(message ? { message } : {}),
    conditions: updateConditions(status?.conditions, judged, metadata.generation, now),
  });
  return {
    status: reportedStatus,
    clusters: reported,
    ...(isNew
      ? {
          newRevision: {
            name: wanted.name,
            number: Math.max(0, ...scope.revisions.map(({ number }) => number)) + 1,
            bundle: wanted.bundle,
          },
        }
      : {}),
    prune: prunable(scope.revisions, used as ReadonlySet<string>, spec.revisionHistoryLimit),
    assignments,
    needs: clusters.needs,
    verdicts: next.verdicts,
    notes: [
      ...conditionNotes(status?.conditions, reportedStatus.conditions),
      ...next.notes,
      ...warningNotes(status?.conditions, reportedStatus.conditions),
      ...certificateNotes(status?.clusters ?? [], reported),
      ...differenceNotes(status?.certificates ?? [], reportedStatus.certificates ?? []),
    ],
    checks: next.checks,
    ...earliest([...(next.wakeAt ? [next.wakeAt] : []), ...clusters.wakeAt]),
  };
}

/** Zones whose Primary cannot be used now: said, and nothing is concluded from it. */
const silentPrimaries = ({ status, heldZones }: Placement, { view }: Scope): readonly Finding[] =>
  (status.zones ?? []).flatMap(({ name, primary }) => {
    const { reach, unreachableSince, unreachableReason } = view(primary);
    if (reach !== "Unreachable" || heldZones.has(name)) return [];
    const message = `${primary}, the Primary of zone ${name}, is not Ready since ${unreachableSince}: ${unreachableReason ?? "no answer"}; what the zone has stays as it is`;
    return [{ reason: "PrimaryNotReady", field: "spec.placement", message }];
  });

/** While the specification is refused nothing moves; where nothing was begun yet, the phase says so. */
const held = (state: State, refused: readonly Finding[]): State =>
  state.rollout?.stages ? state : { ...state, rollout: { phase: "Preflight", message: describeFindings(refused) } };

/** What the engine kept of earlier passes. */
function stateOf(status: AccessPointStatus | undefined): State {
  const entries = (status?.clusters ?? []).map((cluster): [string, Entry] => [cluster.name, entryOf(cluster)]);
  return {
    ...(status?.currentRevision ? { currentRevision: status.currentRevision } : {}),
    ...(status?.updateRevision ? { updateRevision: status.updateRevision } : {}),
    ...(status?.failedRevision ? { failedRevision: status.failedRevision } : {}),
    ...(status?.rollout ? { rollout: status.rollout } : {}),
    entries: new Map(entries.filter(([, entry]) => entry.revision !== undefined || entry.skipped)),
  };
}

function summaryOf(
  clusters: readonly ClusterStatus[],
): Pick<AccessPointStatus, "vip" | "fqdn" | "routes" | "certificates" | "certificateExpiry"> {
  const certificates = summarise(clusters);
  const certificateExpiry = certificates.flatMap(({ notAfter }) => notAfter ?? []).sort()[0];
  return {
    ...trafficSummary(clusters),
    ...(certificates.length ? { certificates: [...certificates] } : {}),
    ...(certificateExpiry ? { certificateExpiry } : {}),
  };
}

const earliest = (times: readonly Date[]): Pick<Plan, "wakeAt"> =>
  times.length > 0 ? { wakeAt: new Date(Math.min(...times.map((time) => time.getTime()))) } : {};

/**
 * Clusters of held zones that would be targets, were it known what they are to have: the rollout waits where their turn is, instead
 * of passing over the stage, and its gates, that they are in.
 */
function awaitedTargets({ heldZones, status }: Placement, members: readonly Member[]): readonly Target[] {
  const selected = new Set(status.selected);
  return members
    .filter(({ zone, detaching }) => heldZones.has(zone) && !detaching)
    .map((member) => ({ member, placed: selected.has(member.name), zonePrimary: member.role === "Primary" }))
    .filter(({ placed, zonePrimary }) => placed || zonePrimary);
}

/** Nothing is concluded of it, and what it has stays as it is. What it goes through is settled for it as for any other. */
function awaitedView(target: Target, entry: Entry | undefined, { overrides = [] }: Bundle): TargetView {
  const { variant = "", variantStage } = entry ?? {};
  const steps = boundStages(overrides, target.member).map((stage) => [stage, stage === variantStage ? variant : ""] as const);
  return {
    target,
    reach: "Connecting",
    held: `zone ${target.member.zone} is held, condition Scheduled says why`,
    variant,
    ...(steps.length > 0 ? { steps: new Map(steps) } : {}),
    health: { state: "Progressing", message: "its zone is held" },
  };
}

/** What is kept of these clusters stays as it is, out of the rollout's sight. */
function withHeldZones(before: State, held: ReadonlySet<string>, run: (state: State) => Next): Next {
  const [kept, seen] = [true, false].map((wanted) => [...before.entries].filter(([name]) => held.has(name) === wanted));
  const next = run({ ...before, entries: new Map(seen) });
  return { ...next, state: { ...next.state, entries: new Map([...next.state.entries, ...kept!]) } };
}

/** Clusters of held zones that nobody waits for. */
function heldBeside(awaited: readonly Target[], placement: Placement, members: readonly Member[]): ReadonlySet<string> {
  const held = new Set(heldClusters(placement, members));
  for (const { member } of awaited) held.delete(member.name);
  return held;
}

/** Clusters that stay as they are with their zone; one that is being detached goes whatever becomes of its zone. */
const heldClusters = ({ heldZones }: Placement, members: readonly Member[]): ReadonlySet<string> =>
  new Set(members.filter(({ zone, detaching }) => heldZones.has(zone) && !detaching).map(({ name }) => name));

/** Clusters that are no targets and yet have an entry, or objects of ours: a crash may have come between the two. */
function leaving(
  { members, view, holders }: Scope,
  placement: Placement,
  isTarget: (name: string) => boolean,
  { entries }: State,
  clusters: ClusterJudge,
): readonly LeavingView[] {
  const held = heldClusters(placement, members);
  const registered = new Map(members.map((member) => [member.name, member]));
  return [...new Set([...entries.keys(), ...holders])]
    .filter((name) => !isTarget(name))
    .filter((name) => !held.has(name))
    .map((name) => {
      const { reach } = view(name);
      const member = registered.get(name);
      const empty = reach === "Reachable" && clusters.isEmpty(name);
      return { name, reach, empty, gone: !member, ...(member?.detaching ? { detaching: true } : {}) };
    });
}

const clusterNames = ({ state: { entries }, removing }: Next, targets: readonly Target[]): readonly string[] =>
  [...new Set([...targets.map(({ member }) => member.name), ...entries.keys(), ...removing])].sort(compare);

/** The stage that the cluster is in: the last one that has begun of those that it goes through, or the first. */
function stageOf({ rollout }: State, name: string): string | undefined {
  const through = (rollout?.stages ?? []).filter(({ clusters }) => clusters.includes(name));
  return (through.findLast(({ phase }) => phase !== "Pending") ?? through[0])?.name;
}
