import type { PlacementStatus } from "../../api/accesspoint.ts";
import type { Finding } from "../finding.ts";
import { boundStages } from "../overrides.ts";
import { type Handover, type Placement, place } from "../placement.ts";
import { overridesWithoutEffect } from "../preflight/selectors.ts";
import { checkTransition } from "../preflight/transition.ts";
import type { Bundle } from "../render.ts";
import { type Complaint, RenderError, saidOnce } from "../render-error.ts";
import { outdated } from "../rollout/entries.ts";
import type { State } from "../rollout/model.ts";
import { ClusterJudge, type Variants } from "./cluster-judge.ts";
import type { OwnRevision, Scope } from "./scope.ts";

/** Which clusters are to have what, and how each of them can be looked at. */
export interface Survey {
  readonly placement: Placement;
  readonly refused: readonly Finding[];
  /** What is written and has no effect, or may not be taken by clusters. */
  readonly warnings: readonly Finding[];
  /** By cluster; of no use when something is refused. */
  readonly variants: ReadonlyMap<string, Variants>;
  readonly clusters: ClusterJudge;
}

export function survey(
  scope: Scope,
  wanted: OwnRevision,
  occupied: ReadonlySet<string>,
  before: PlacementStatus | undefined,
): Survey {
  const { metadata, spec } = scope.accessPoint;
  const placement = place(spec, scope.members, occupied, {
    ...(before ? { before } : {}),
    ...(scope.readings ? { readings: scope.readings } : {}),
    seed: `${metadata.namespace}/${metadata.name}`,
  });
  const bundles = new Map([...scope.revisions.map((r): [string, Bundle] => [r.name, r.bundle]), [wanted.name, wanted.bundle]]);
  const clusters = new ClusterJudge(scope, placement, bundles);
  const unfit = [...wanted.findings, ...transitions(scope, wanted, bundles)];
  if (unfit.length > 0) return { placement, refused: unfit, warnings: [], variants: new Map(), clusters };
  const { variants, refused, warnings } = renderAll(scope, wanted, placement);
  const idle = wanted.name === scope.own.name ? overridesWithoutEffect(wanted.bundle, placement, scope.members) : [];
  return { placement, variants, refused, warnings: [...idle, ...warnings], clusters };
}

/** What cannot follow on what clusters have now. Going back to what was there before is not refused: it is what helps. */
function transitions(
  { accessPoint: { spec, status } }: Scope,
  wanted: OwnRevision,
  bundles: ReadonlyMap<string, Bundle>,
): readonly Finding[] {
  if (spec.rollout.rollbackTo !== undefined) return [];
  const running = new Set((status?.clusters ?? []).map(({ revision }) => revision));
  const findings = [...running].flatMap((name = "") => {
    const bundle = name === wanted.name ? undefined : bundles.get(name);
    return bundle ? checkTransition(bundle, wanted.bundle) : [];
  });
  return [...new Map(findings.map((finding) => [finding.message, finding])).values()];
}

/** Whether a zone's new Primary is verified on what this revision renders to for it: the earlier one may let go. */
export function isTaken(
  { to }: Handover,
  { placement, variants, clusters }: Survey,
  revision: string,
  { entries }: State,
): boolean {
  const target = placement.targets.find(({ member }) => member.name === to);
  const rendered = variants.get(to);
  const entry = entries.get(to);
  if (!target || rendered === undefined || !entry) return false;
  const view = clusters.targetView(target, rendered, entry);
  return !outdated(entry, revision, view) && view.reach === "Reachable" && view.health.state === "Verified";
}

/** The revision that is to be everywhere: what the specification says, or an earlier one that it asks for. */
export function wantedRevision({ accessPoint: { spec }, own, revisions }: Scope): OwnRevision {
  const asked = spec.rollout.rollbackTo;
  if (asked === undefined || asked === own.name) return own;
  const kept = revisions.find(({ name }) => name === asked);
  if (kept) return { name: kept.name, bundle: kept.bundle, findings: [] };
  const names = revisions.map(({ name }) => name).join(", ");
  const message = `there is no revision ${asked}; kept are ${names || "none"}`;
  return { ...own, findings: [{ reason: "UnknownRevision", field: "spec.rollout.rollbackTo", message }] };
}

interface Rendering {
  /** By cluster. */
  readonly variants: ReadonlyMap<string, Variants>;
  readonly refused: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Where so much is wrong, no further clusters are looked at. */
const MAX_FAULTS = 2000;

/**
 * Renders the wanted revision for every target, as in the end and as in every stage on the way, and says what is wrong with it. A
 * revision that is gone back to is not held against the schemas: clusters took it.
 */
function renderAll(scope: Scope, { name: revision, bundle }: OwnRevision, { targets }: Placement): Rendering {
  const variants = new Map<string, Variants>();
  const refused: Complaint[] = [];
  const doubted: Complaint[] = [];
  for (const target of targets) {
    if (refused.reduce((sum, { faults }) => sum + faults.length, 0) >= MAX_FAULTS) break;
    const { name: cluster } = target.member;
    const variantIn = (stage?: string): string => {
      const at = { cluster, ...(stage === undefined ? {} : { stage }) };
      try {
        const rendered = scope.render(bundle, target, stage);
        if (revision === scope.own.name && rendered.refused.length > 0) refused.push({ faults: rendered.refused, ...at });
        doubted.push({ faults: rendered.doubted, ...at });
        return rendered.variant;
      } catch (error) {
        if (!(error instanceof RenderError)) throw error;
        refused.push({ faults: error.faults, ...at });
        return "";
      }
    };
    const variant = variantIn();
    const steps = new Map(boundStages(bundle.overrides ?? [], target.member).map((stage) => [stage, variantIn(stage)]));
    variants.set(cluster, { variant, ...(steps.size > 0 ? { steps } : {}) });
  }
  return { variants, refused: saidOnce(refused), warnings: saidOnce(doubted) };
}
