import type { AccessPoint } from "../../api/accesspoint.ts";
import { withoutMarks } from "../../domain/diff/live.ts";
import type { Finding } from "../../domain/finding.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { Reading } from "../../domain/placement/following.ts";
import { place, type Target } from "../../domain/placement.ts";
import { checkBundle } from "../../domain/preflight/bundle.ts";
import { checkGates } from "../../domain/preflight/gates.ts";
import { checkRollout } from "../../domain/preflight/rollout.ts";
import { type Bundle, render } from "../../domain/render.ts";
import { type Complaint, type Fault, RenderError, saidOnce } from "../../domain/render-error.ts";
import { ownerOf } from "../../domain/revision.ts";
import { makePlan } from "../../domain/rollout/plan.ts";
import type { Member } from "../../domain/selection.ts";
import type { Gathered } from "./gather.ts";

/** What one cluster gets of one AccessPoint. */
export interface Delivery {
  readonly target: Target;
  /** In the order in which they are written; without our marks. */
  readonly manifests: readonly Manifest[];
}

export interface Bundles {
  /** `<namespace>/<name>`. */
  readonly accessPoint: string;
  readonly deliveries: readonly Delivery[];
  /** Nothing is taken from a cluster without a delivery: it may only seem to have left. */
  readonly holds: (cluster: string) => boolean;
  /** What becomes of objects that are there already, and of those that are no longer wanted. */
  readonly sync: AccessPoint["spec"]["sync"];
  /** What the controller would refuse or report. */
  readonly findings: readonly Finding[];
}

/** The bundles of everything that was gathered, in its order. */
export const allBundles = ({ accessPoints, members, readings, revision }: Gathered, stage?: string): Promise<readonly Bundles[]> =>
  Promise.all(
    accessPoints.map(async (accessPoint) =>
      bundlesOf(accessPoint, members, await readings(accessPoint), await revision(accessPoint), stage),
    ),
  );

/**
 * What each cluster gets of an AccessPoint, by the same code that the controller runs.
 *
 * @param revision What is rolled out instead of the specification, or why that is not known.
 * @param stage As clusters have it on their way, in this stage. Default: as they have it in the end.
 */
export function bundlesOf(
  accessPoint: AccessPoint,
  members: readonly Member[],
  readings: readonly Reading[],
  revision?: Bundle | Finding,
  stage?: string,
): Bundles {
  const { metadata, spec, status } = accessPoint;
  const key = `${metadata.namespace}/${metadata.name}`;
  const occupied = new Set((status?.clusters ?? []).filter(({ revision }) => revision).map(({ name }) => name));
  const before = status?.placement;
  const placement = place(spec, members, occupied, { readings, seed: key, ...(before ? { before } : {}) });
  const stages = makePlan(spec.rollout, placement.targets, members);
  const refusals = [
    ...checkBundle(spec, metadata.namespace ?? ""),
    ...checkRollout(spec),
    ...checkGates(spec.rollout),
    ...placement.findings,
    ...("findings" in stages ? stages.findings : []),
    ...(revision && "message" in revision ? [revision] : []),
  ];
  const bundle = revision && "templates" in revision ? revision : spec;
  const complaints: Complaint[] = [];
  const complain = (faults: readonly Fault[], cluster: string) =>
    void complaints.push({ faults, cluster, ...(stage === undefined ? {} : { stage }) });
  const deliveries = placement.targets.flatMap((target): readonly Delivery[] => {
    try {
      const { objects, refused } = render(bundle, target, ownerOf(accessPoint), undefined, stage);
      complain(refused, target.member.name);
      const inOrder = objects.toSorted((a, b) => a.rank - b.rank);
      return [{ target, manifests: inOrder.map(({ manifest }) => withoutMarks(manifest)) }];
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      complain(error.faults, target.member.name);
      return [];
    }
  });
  const findings = [...refusals, ...saidOnce(complaints)];
  const zones = new Map(members.map(({ name, zone }) => [name, zone]));
  const isRefused = findings.length > placement.findings.length;
  const holds = (cluster: string) =>
    isRefused || placement.holdRemoval !== undefined || placement.heldZones.has(zones.get(cluster) ?? "");
  return { accessPoint: key, deliveries, findings, holds, sync: bundle.sync };
}
