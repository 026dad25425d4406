import type { AccessPoint } from "../../api/accesspoint.ts";
import { withoutMarks } from "../../domain/diff/live.ts";
import type { Finding } from "../../domain/finding.ts";
import type { Manifest } from "../../domain/manifest.ts";
import type { Reading } from "../../domain/placement/following.ts";
import { place, type Target } from "../../domain/placement.ts";
import { checkBundle } from "../../domain/preflight/bundle.ts";
import { checkRollout } from "../../domain/preflight/rollout.ts";
import { render } from "../../domain/render.ts";
import { findingOf, RenderError } from "../../domain/render-error.ts";
import { ownerOf } from "../../domain/revision.ts";
import type { Member } from "../../domain/selection.ts";

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
  /** What the controller would refuse or report. */
  readonly findings: readonly Finding[];
}

/**
 * What each cluster gets of an AccessPoint, by the same code that the controller runs.
 *
 * @param stage As clusters have it on their way, in this stage. Default: as they have it in the end.
 */
export function bundlesOf(
  accessPoint: AccessPoint,
  members: readonly Member[],
  readings: readonly Reading[],
  stage?: string,
): Bundles {
  const { metadata, spec, status } = accessPoint;
  const key = `${metadata.namespace}/${metadata.name}`;
  const occupied = new Set((status?.clusters ?? []).filter(({ revision }) => revision).map(({ name }) => name));
  const before = status?.placement;
  const placement = place(spec, members, occupied, { readings, seed: key, ...(before ? { before } : {}) });
  const findings = [...checkBundle(spec, metadata.namespace ?? ""), ...checkRollout(spec), ...placement.findings];
  const deliveries = placement.targets.flatMap((target): readonly Delivery[] => {
    try {
      const { objects, refused } = render(spec, target, ownerOf(accessPoint), undefined, stage);
      findings.push(...refused.map((fault) => findingOf(fault, [target.member.name], stage)));
      const inOrder = objects.toSorted((a, b) => a.rank - b.rank);
      return [{ target, manifests: inOrder.map(({ manifest }) => withoutMarks(manifest)) }];
    } catch (error) {
      if (!(error instanceof RenderError)) throw error;
      findings.push(...error.faults.map((fault) => findingOf(fault, [target.member.name], stage)));
      return [];
    }
  });
  return { accessPoint: key, deliveries, findings };
}
