import { type AccessPoint, accessPoint } from "../../src/api/accesspoint.ts";
import { type MemberCluster, memberCluster } from "../../src/api/membercluster.ts";
import type { Manifest } from "../../src/domain/manifest.ts";
import { type Placement, place } from "../../src/domain/placement.ts";
import { render } from "../../src/domain/render.ts";
import type { Member } from "../../src/domain/selection.ts";
import { readYaml, yamlFiles } from "./documents.ts";

export const examples = yamlFiles("examples");

/** The clusters of examples/member-clusters.yaml. */
export const members: readonly Member[] = readYaml("examples/member-clusters.yaml").documents.map((document) => {
  const { metadata, spec } = memberCluster.parse(document) as unknown as MemberCluster;
  const { zone, region, role, unschedulable } = spec;
  return {
    name: metadata.name,
    zone: zone ?? "",
    ...(region && { region }),
    role,
    labels: metadata.labels ?? {},
    unschedulable,
    detaching: false,
  };
});

/** Every AccessPoint of the examples, with defaults filled in. */
export const accessPoints: readonly AccessPoint[] = examples.flatMap(({ documents }) =>
  documents.filter(({ kind }) => kind === "AccessPoint").map((document) => accessPoint.parse(document) as unknown as AccessPoint),
);

export const placementOf = ({ spec }: AccessPoint): Placement => place(spec, members, new Set());

export interface Delivery {
  readonly cluster: string;
  readonly zonePrimary: boolean;
  /** As they are written to the cluster. */
  readonly manifests: readonly Manifest[];
}

/** What each target receives of an AccessPoint on the examples' fleet: templates, overrides and variables as the controller takes them. */
export function deliveries(point: AccessPoint): readonly Delivery[] {
  const { name, namespace = "" } = point.metadata;
  return placementOf(point).targets.map((target) => ({
    cluster: target.member.name,
    zonePrimary: target.zonePrimary,
    manifests: render(point.spec, target, { namespace, name, uid: `uid-of-${name}` }).objects.map(({ manifest }) => manifest),
  }));
}
