import type { PlacementStatus } from "../../api/accesspoint.ts";
import type { Finding } from "../finding.ts";
import { boundStages, OverrideError } from "../overrides.ts";
import { type Handover, type Placement, place } from "../placement.ts";
import { checkTransition } from "../preflight/transition.ts";
import { type Bundle, InvalidRenderingError } from "../render.ts";
import { outdated } from "../rollout/entries.ts";
import type { State } from "../rollout/model.ts";
import { UnknownVariableError } from "../variables.ts";
import { ClusterJudge, type Variants } from "./cluster-judge.ts";
import type { OwnRevision, Scope } from "./scope.ts";

/** Which clusters are to have what, and how each of them can be looked at. */
export interface Survey {
  readonly placement: Placement;
  readonly refused: readonly Finding[];
  /** By cluster; empty when something is refused. */
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
  const refused = [...wanted.findings, ...transitions(scope, wanted, bundles)];
  const variants = refused.length > 0 ? new Map<string, Variants>() : renderAll(scope, wanted.bundle, placement, refused);
  return { placement, refused, variants, clusters: new ClusterJudge(scope, placement, bundles) };
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

/** Renders the wanted revision for every target, as in the end and as in every stage on the way; what cannot be rendered is added to the findings. */
function renderAll(scope: Scope, bundle: Bundle, { targets }: Placement, findings: Finding[]): ReadonlyMap<string, Variants> {
  const variants = new Map<string, Variants>();
  for (const target of targets) {
    try {
      const { variant } = scope.render(bundle, target);
      const bound = boundStages(bundle.overrides ?? [], target.member);
      const steps = new Map(bound.map((stage) => [stage, scope.render(bundle, target, stage).variant]));
      variants.set(target.member.name, { variant, ...(steps.size > 0 ? { steps } : {}) });
    } catch (error) {
      if (error instanceof OverrideError)
        findings.push({ reason: "OverrideFailed", field: "spec.overrides", message: error.message });
      else if (error instanceof UnknownVariableError)
        findings.push({ reason: "UnknownVariable", field: error.field, message: error.message });
      else if (error instanceof InvalidRenderingError) findings.push(...error.findings);
      else throw error;
    }
  }
  return variants;
}
