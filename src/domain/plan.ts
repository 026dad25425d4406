import type { AccessPoint, AccessPointStatus, ClusterStatus, PlacementStatus } from "../api/accesspoint.ts";
import { capped } from "./caps.ts";
import { type ClusterView, type Inspection, inspect } from "./cluster.ts";
import { updateConditions } from "./conditions.ts";
import { describeFindings, type Finding } from "./finding.ts";
import type { Desired } from "./manifest.ts";
import { OverrideError } from "./overrides.ts";
import type { Reading } from "./placement/following.ts";
import { handedOver, remembered } from "./placement/handover.ts";
import { type Handover, type Placement, place, type Target } from "./placement.ts";
import { checkBundle } from "./preflight/bundle.ts";
import { type Bundle, InvalidRenderingError, type Rendered } from "./render.ts";
import { bundleOf, prunable, type Revision, revisionName } from "./revision.ts";
import { advance } from "./rollout/advance.ts";
import { outdated } from "./rollout/entries.ts";
import type { Decision, Entry, Health, LeavingView, Next, Requests, State, TargetView } from "./rollout/model.ts";
import { compare, type Member } from "./selection.ts";
import { judgeConditions } from "./status.ts";
import { UnknownVariableError } from "./variables.ts";

/** Everything that one pass over one AccessPoint looks at, gathered before it decides. */
export interface Scope {
  readonly accessPoint: AccessPoint;
  readonly members: readonly Member[];
  /** What the objects say that spec.placement.follow names, in its order; none where nothing is followed. */
  readonly readings?: readonly Reading[];
  readonly view: (cluster: string) => ClusterView;
  /** Names of the clusters that are known to hold objects of this AccessPoint. */
  readonly holders: readonly string[];
  /** Kept revisions of this AccessPoint. */
  readonly revisions: readonly Revision[];
  readonly decisions: readonly Decision[];
  readonly requests: Requests;
  readonly now: Date;
  /** For how long the controller has been watching without interruption, by a clock that nobody sets. Milliseconds. */
  readonly watchedMs: number;
  /** `ownRevision` of the AccessPoint, possibly remembered. */
  readonly own: OwnRevision;
  /** `render`, possibly remembered. */
  readonly render: (bundle: Bundle, target: Target) => Rendered;
}

/** The revision that a specification makes, and what is wrong with it whatever clusters it goes to. */
export interface OwnRevision {
  readonly name: string;
  readonly bundle: Bundle;
  readonly findings: readonly Finding[];
}

export const ownRevision = ({ metadata, spec }: Pick<AccessPoint, "metadata" | "spec">): OwnRevision => ({
  name: revisionName(metadata.name, spec),
  bundle: bundleOf(spec),
  findings: checkBundle(spec, metadata.namespace ?? ""),
});

/** What one cluster is to have. */
export interface Assignment {
  readonly revision: string;
  /** When the cluster was given it, or told to try it anew: what failed before then is forgotten. */
  readonly startedAt?: string;
  readonly objects: readonly Desired[];
  readonly sync: Bundle["sync"];
}

/** What one pass decides. */
export interface Plan {
  readonly status: AccessPointStatus;
  /** To be stored before status. */
  readonly newRevision?: Revision;
  readonly prune: readonly Revision[];
  /** To be handed to the clusters once status is stored. A cluster without an assignment is left as it is. */
  readonly assignments: ReadonlyMap<string, Assignment>;
  readonly verdicts: Next["verdicts"];
  readonly notes: Next["notes"];
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
  const { placement, refused, variants, clusters } =
    done.length > 0 ? survey(scope, wanted, occupied, handedOver(status?.placement ?? { selected: [] }, done)) : first;
  const next: Next =
    refused.length > 0
      ? { state: held(before, refused), removing: new Set(), findings: [], verdicts: [], notes: [] }
      : withHeldZones(before, placement, scope.members, (state) =>
          advance(state, {
            now,
            watchedMs: scope.watchedMs,
            revision: wanted.name,
            settings: spec.rollout,
            targets: placement.targets.map((target) =>
              clusters.targetView(target, variants.get(target.member.name)!, before.entries.get(target.member.name)),
            ),
            leaving: leaving(scope, placement, before, clusters),
            ...(placement.holdRemoval ? { holdRemoval: placement.holdRemoval } : {}),
            known: scope.members.map(({ name }) => name),
            decisions: scope.decisions,
            requests: scope.requests,
          }),
        );

  const { state } = next;
  const assignments = new Map<string, Assignment>();
  const reported = clusterNames(next, placement).map((name) =>
    clusters.report(name, state.entries.get(name), next.removing.has(name), stageOf(state, name), assignments),
  );
  const updated = reported.filter(
    ({ name, revision, phase }) => isTarget(placement, name) && revision === wanted.name && phase === "Ready",
  );
  const ready = reported.filter(({ name, phase }) => isTarget(placement, name) && phase === "Ready");
  const desired = placement.targets.length;
  const used = new Set([...state.entries.values()].flatMap(({ revision, previousRevision }) => [revision, previousRevision]));
  for (const name of [state.currentRevision, state.updateRevision, state.failedRevision, wanted.name, spec.rollout.rollbackTo])
    used.add(name);
  const isNew = refused.length === 0 && !scope.revisions.some(({ name }) => name === wanted.name);

  return {
    status: capped({
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
      conditions: updateConditions(
        status?.conditions,
        judgeConditions({
          refused,
          unplaced: [...next.findings, ...placement.findings],
          rollout: state.rollout,
          updateRevision: state.updateRevision,
          paused: spec.rollout.paused,
          targets: desired,
          clusters: reported,
          drifted: clusters.drifted,
        }),
        metadata.generation,
        now,
      ),
    }),
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
    verdicts: next.verdicts,
    notes: next.notes,
    ...(next.wakeAt ? { wakeAt: next.wakeAt } : {}),
  };
}

/** While the specification is refused nothing moves; where nothing was begun yet, the phase says so. */
const held = (state: State, refused: readonly Finding[]): State =>
  state.rollout?.stages ? state : { ...state, rollout: { phase: "Preflight", message: describeFindings(refused) } };

/** Which clusters are to have what, and how each of them can be looked at. */
interface Survey {
  readonly placement: Placement;
  readonly refused: readonly Finding[];
  /** By cluster; empty when something is refused. */
  readonly variants: ReadonlyMap<string, string>;
  readonly clusters: ClusterJudge;
}

function survey(scope: Scope, wanted: OwnRevision, occupied: ReadonlySet<string>, before: PlacementStatus | undefined): Survey {
  const { metadata, spec } = scope.accessPoint;
  const placement = place(spec, scope.members, occupied, {
    ...(before ? { before } : {}),
    ...(scope.readings ? { readings: scope.readings } : {}),
    seed: `${metadata.namespace}/${metadata.name}`,
  });
  const refused = [...wanted.findings];
  const variants = refused.length > 0 ? new Map<string, string>() : renderAll(scope, wanted.bundle, placement, refused);
  const bundles = new Map([...scope.revisions.map((r): [string, Bundle] => [r.name, r.bundle]), [wanted.name, wanted.bundle]]);
  return { placement, refused, variants, clusters: new ClusterJudge(scope, placement, bundles) };
}

/** Whether a zone's new Primary is verified on what this revision renders to for it: the earlier one may let go. */
function isTaken({ to }: Handover, { placement, variants, clusters }: Survey, revision: string, { entries }: State): boolean {
  const target = placement.targets.find(({ member }) => member.name === to);
  const variant = variants.get(to);
  const entry = entries.get(to);
  if (!target || variant === undefined || !entry) return false;
  const view = clusters.targetView(target, variant, entry);
  return !outdated(entry, revision, view) && view.reach === "Reachable" && view.health.state === "Verified";
}

/** What the engine kept of earlier passes. */
function stateOf(status: AccessPointStatus | undefined): State {
  const entries = (status?.clusters ?? []).map(
    ({
      phase: _,
      message: __,
      objects: ___,
      gateways: ____,
      routes: _____,
      lastObservedTime: ______,
      omittedGateways: _______,
      ...entry
    }): [string, Entry] => [entry.name, entry],
  );
  return {
    ...(status?.currentRevision ? { currentRevision: status.currentRevision } : {}),
    ...(status?.updateRevision ? { updateRevision: status.updateRevision } : {}),
    ...(status?.failedRevision ? { failedRevision: status.failedRevision } : {}),
    ...(status?.rollout ? { rollout: status.rollout } : {}),
    entries: new Map(entries.filter(([, entry]) => entry.revision !== undefined || entry.skipped)),
  };
}

/** The revision that is to be everywhere: what the specification says, or an earlier one that it asks for. */
function wantedRevision({ accessPoint: { spec }, own, revisions }: Scope): OwnRevision {
  const asked = spec.rollout.rollbackTo;
  if (asked === undefined || asked === own.name) {
    // The kept one where there is one: what was rendered from it is remembered by its identity.
    return { ...own, bundle: revisions.find(({ name }) => name === own.name)?.bundle ?? own.bundle };
  }
  const kept = revisions.find(({ name }) => name === asked);
  if (kept) return { name: kept.name, bundle: kept.bundle, findings: [] };
  const names = revisions.map(({ name }) => name).join(", ");
  const message = `there is no revision ${asked}; kept are ${names || "none"}`;
  return { ...own, findings: [{ reason: "UnknownRevision", field: "spec.rollout.rollbackTo", message }] };
}

/** Renders the wanted revision for every target; what cannot be rendered is added to the findings. */
function renderAll(scope: Scope, bundle: Bundle, { targets }: Placement, findings: Finding[]): ReadonlyMap<string, string> {
  const variants = new Map<string, string>();
  for (const target of targets) {
    try {
      variants.set(target.member.name, scope.render(bundle, target).variant);
    } catch (error) {
      if (error instanceof OverrideError)
        findings.push({ reason: "OverrideFailed", field: "spec.overrides", message: error.message });
      else if (error instanceof UnknownVariableError)
        findings.push({ reason: "UnknownVariable", field: "spec.templates", message: error.message });
      else if (error instanceof InvalidRenderingError) findings.push(...error.findings);
      else throw error;
    }
  }
  return variants;
}

const isTarget = ({ targets }: Placement, name: string): boolean => targets.some(({ member }) => member.name === name);

/** A held zone is out of the rollout's sight: what is kept of its clusters stays as it is. */
function withHeldZones(before: State, placement: Placement, members: readonly Member[], run: (state: State) => Next): Next {
  const held = heldClusters(placement, members);
  const [kept, seen] = [true, false].map((wanted) => [...before.entries].filter(([name]) => held.has(name) === wanted));
  const next = run({ ...before, entries: new Map(seen) });
  return { ...next, state: { ...next.state, entries: new Map([...next.state.entries, ...kept!]) } };
}

/** Clusters that stay as they are with their zone; one that is being detached goes whatever becomes of its zone. */
const heldClusters = ({ heldZones }: Placement, members: readonly Member[]): ReadonlySet<string> =>
  new Set(members.filter(({ zone, detaching }) => heldZones.has(zone) && !detaching).map(({ name }) => name));

/** Clusters that are no targets and yet have an entry, or objects of ours: a crash may have come between the two. */
function leaving(
  { members, view, holders }: Scope,
  placement: Placement,
  { entries }: State,
  clusters: ClusterJudge,
): readonly LeavingView[] {
  const held = heldClusters(placement, members);
  const registered = new Map(members.map((member) => [member.name, member]));
  return [...new Set([...entries.keys(), ...holders])]
    .filter((name) => !isTarget(placement, name))
    .filter((name) => !held.has(name))
    .map((name) => {
      const { reach } = view(name);
      return { name, reach, empty: reach === "Reachable" && clusters.isEmpty(name), gone: !registered.has(name) };
    });
}

const clusterNames = ({ state: { entries }, removing }: Next, { targets }: Placement): readonly string[] =>
  [...new Set([...targets.map(({ member }) => member.name), ...entries.keys(), ...removing])].sort(compare);

const stageOf = ({ rollout }: State, name: string): string | undefined =>
  rollout?.stages?.find(({ clusters }) => clusters.includes(name))?.name;

type Look = Inspection & { readonly assignment?: Assignment };

/** Looks at single clusters; remembers what it saw, because deciding and reporting need the same look. */
class ClusterJudge {
  readonly drifted: string[] = [];
  readonly #scope: Scope;
  readonly #targets: ReadonlyMap<string, Target>;
  readonly #heldZones: ReadonlySet<string>;
  readonly #bundles: ReadonlyMap<string, Bundle>;
  readonly #before: ReadonlyMap<string, ClusterStatus>;
  readonly #looks = new Map<string, Look>();

  constructor(scope: Scope, placement: Placement, bundles: ReadonlyMap<string, Bundle>) {
    this.#scope = scope;
    this.#targets = new Map(placement.targets.map((target) => [target.member.name, target]));
    this.#heldZones = placement.heldZones;
    this.#bundles = bundles;
    this.#before = new Map((scope.accessPoint.status?.clusters ?? []).map((cluster) => [cluster.name, cluster]));
  }

  targetView(target: Target, variant: string, entry: Entry | undefined): TargetView {
    const { reach, unreachableSince } = this.#scope.view(target.member.name);
    const health: Health = entry?.revision ? this.#look(entry).health : { state: "Progressing", message: "not started" };
    const previousVariant = this.#previousVariant(target, entry);
    return {
      target,
      reach,
      ...(unreachableSince ? { unreachableSince } : {}),
      variant,
      ...(previousVariant ? { previousVariant } : {}),
      health,
    };
  }

  /** Only a rollout that is to return needs it, and rendering every cluster twice costs. */
  #previousVariant(target: Target, entry: Entry | undefined): string | undefined {
    if (this.#scope.accessPoint.status?.rollout?.onFailure !== "Rollback") return undefined;
    const bundle = this.#bundles.get(entry?.previousRevision ?? "");
    return bundle && this.#render(bundle, target)?.variant;
  }

  isEmpty(name: string): boolean {
    const { holdings, settled } = this.#scope.view(name);
    const [first] = holdings.own();
    return first === undefined && (settled?.() ?? true);
  }

  /** The cluster's entry in status; what it is to have goes to `assignments`. */
  report(
    name: string,
    entry: Entry | undefined,
    removing: boolean,
    stage: string | undefined,
    assignments: Map<string, Assignment>,
  ): ClusterStatus {
    const view = this.#scope.view(name);
    const member = this.#targets.get(name)?.member;
    const base: ClusterStatus = {
      ...(entry ?? { name, zone: member?.zone, ...(member?.region ? { region: member.region } : {}) }),
      name,
      ...(stage ? { stage } : {}),
      phase: "Pending",
    };
    if (removing) {
      const sync = this.#bundles.get(entry?.revision ?? "")?.sync ?? this.#scope.accessPoint.spec.sync;
      assignments.set(name, { revision: entry?.revision ?? "", objects: [], sync });
    }
    const before = this.#before.get(name);
    if (view.reach === "Connecting") return before ? { ...before, ...base, phase: before.phase } : base;
    if (view.reach === "Unreachable") {
      const { lastObservedTime: _, ...kept } = before ?? base;
      return {
        ...kept,
        ...base,
        phase: "Unreachable",
        message: `not reachable since ${view.unreachableSince}: ${view.unreachableReason ?? "no answer"}`,
        lastObservedTime: view.unreachableSince,
      };
    }
    if (removing) return { ...base, phase: "Removing", message: this.#firstFailure(name) ?? "its objects are being removed" };
    if (!entry?.revision) return base;

    const look = this.#look(entry);
    if (look.assignment) assignments.set(name, look.assignment);
    if (look.drifted) this.drifted.push(name);
    const { health, objects, gateways, routes } = look;
    const phase =
      health.state === "Verified" ? "Ready" : health.state === "Failed" ? "Failed" : look.writing ? "Applying" : "Verifying";
    return {
      ...base,
      phase,
      ...(health.state === "Verified" ? {} : { message: health.message }),
      objects,
      ...(gateways.length ? { gateways } : {}),
      routes,
    };
  }

  #firstFailure(name: string): string | undefined {
    const [failure] = this.#scope.view(name).failures.values();
    return failure && `${failure.kind}/${failure.name}: ${failure.message}`;
  }

  /** How the cluster stands against the revision it was given. */
  #look(entry: Entry): Look {
    const key = `${entry.name} ${entry.revision} ${entry.variant}`;
    const look = this.#looks.get(key) ?? this.#lookAt(entry);
    this.#looks.set(key, look);
    return look;
  }

  #lookAt(entry: Entry): Look {
    const target = this.#targets.get(entry.name);
    const bundle = this.#bundles.get(entry.revision ?? "");
    const unknown = (message: string, before = this.#before.get(entry.name)) => ({
      health: { state: "Progressing", message } as const,
      writing: false,
      objects: before?.objects ?? { total: 0, ready: 0 },
      gateways: before?.gateways ?? [],
      routes: before?.routes ?? { state: "Unknown" as const },
      drifted: false,
    });
    if (!target)
      return unknown(
        this.#heldZones.has(entry.zone ?? "")
          ? `zone ${entry.zone} is held, see condition Scheduled; it stays as it is`
          : "it left the placement and stays as it is until it is cleaned up",
      );
    if (!bundle) return unknown(`revision ${entry.revision} is no longer kept, so that it cannot be compared`);
    const rendered = this.#render(bundle, target);
    if (rendered?.variant !== entry.variant)
      return unknown("what is known of the cluster has changed; it is brought up to date in its turn");
    const verify = this.#scope.accessPoint.status?.rollout?.verify ?? this.#scope.accessPoint.spec.rollout.verify;
    const inspection = inspect(
      rendered!.objects,
      this.#scope.accessPoint.metadata.uid ?? "",
      bundle.sync,
      verify,
      this.#scope.view(entry.name),
    );
    return {
      ...inspection,
      assignment: {
        revision: entry.revision!,
        ...(entry.startedAt ? { startedAt: entry.startedAt } : {}),
        objects: rendered!.objects,
        sync: bundle.sync,
      },
    };
  }

  #render(bundle: Bundle, target: Target): Rendered | undefined {
    try {
      return this.#scope.render(bundle, target);
    } catch (error) {
      if (error instanceof OverrideError || error instanceof UnknownVariableError || error instanceof InvalidRenderingError)
        return undefined;
      throw error;
    }
  }
}
