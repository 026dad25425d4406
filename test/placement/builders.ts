import type { AccessPointSpec, PlacementSpec } from "../../src/api/accesspoint.ts";
import { accessPointSpec } from "../../src/api/accesspoint.ts";
import { type Placement, type PlacementContext, place } from "../../src/domain/placement.ts";
import type { Member } from "../../src/domain/selection.ts";

/** A member cluster; `lvs-1` stands in zone lvs. */
export const member = (name: string, facts: Partial<Member> = {}): Member => ({
  name,
  zone: name.split("-")[0]!,
  region: "us-west",
  role: name.endsWith("-1") ? "Primary" : "Remote",
  labels: {},
  unschedulable: false,
  detaching: false,
  ...facts,
});

/** Three zones; the first cluster of each is its Primary. */
export const FLEET: readonly Member[] = [
  member("lvs-1", { labels: { env: "prod", tier: "gold" } }),
  member("lvs-2", { labels: { env: "prod" } }),
  member("rno-1", { labels: { env: "test" }, region: "us-mountain" }),
  member("rno-2", { labels: {}, region: "us-mountain" }),
  member("slc-1", { labels: { env: "prod", tier: "silver" } }),
  member("slc-2", { labels: { env: "stage" } }),
];

/** The fleet with changes to some of its clusters. */
export const fleetWith = (changes: Readonly<Record<string, Partial<Member>>>): readonly Member[] =>
  FLEET.map((cluster) => ({ ...cluster, ...changes[cluster.name] }));

export type Scopes = readonly ("AvailabilityZone" | "Cluster")[];

/** A bundle with one template for each of the scopes. */
export function specOf(placement: object, scopes: Scopes = ["Cluster"]): AccessPointSpec {
  const templates = scopes.map((scope, index) => ({
    name: `t${index}`,
    scope,
    manifest: { apiVersion: "v1", kind: "Service", metadata: { name: `s${index}` } },
  }));
  return accessPointSpec.parse({ templates, placement });
}

export interface Asked extends PlacementContext {
  readonly fleet?: readonly Member[];
  readonly scopes?: Scopes;
  readonly occupied?: readonly string[];
}

export const placed = (placement: Partial<PlacementSpec> | object, asked: Asked = {}): Placement => {
  const { fleet = FLEET, scopes, occupied = [], ...context } = asked;
  return place(specOf(placement, scopes), fleet, new Set(occupied), context);
};

/** "lvs-1 zone+cluster" for each target. */
export const targetsOf = ({ targets }: Placement): readonly string[] =>
  targets.map(({ member, placed, zonePrimary }) =>
    [member.name, [...(zonePrimary ? ["zone"] : []), ...(placed ? ["cluster"] : [])].join("+")].join(" "),
  );

/** "2 OtherZone: rno-1, rno-2" for each reason. */
export const reasonsOf = ({ status }: Placement): readonly string[] =>
  (status.notSelected ?? []).map(({ reason, count, clusters }) => `${count} ${reason}: ${clusters.join(", ")}`);

export const findingsOf = ({ findings }: Placement): readonly string[] => findings.map(({ reason }) => reason);
