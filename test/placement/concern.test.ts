import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccessPoint } from "../../src/api/accesspoint.ts";
import type { MemberCluster } from "../../src/api/membercluster.ts";
import { Membership, type MembershipOptions } from "../../src/controller/membership.ts";
import { isConcerned } from "../../src/domain/placement/concern.ts";
import { place } from "../../src/domain/placement.ts";
import type { Member } from "../../src/domain/selection.ts";
import { FakeClock } from "../kube/fake-clock.ts";
import { FLEET, member, specOf, targetsOf } from "./builders.ts";

const MEMBERS = 500;
const ACCESS_POINTS = 2000;

/** Ten zones of fifty clusters, four teams; each AccessPoint is of one zone and one team. */
const cluster = (index: number, labels: Record<string, string> = {}): MemberCluster =>
  ({
    metadata: { name: `c${index}`, labels: { team: `t${index % 4}`, ...labels } },
    spec: { zone: `z${index % 10}`, role: index < 10 ? "Primary" : "Remote", access: {} },
  }) as unknown as MemberCluster;
const factsOf = ({ metadata, spec }: MemberCluster): Member =>
  member(metadata.name, { zone: spec.zone ?? "", role: spec.role, labels: metadata.labels ?? {} });

const fleet = Array.from({ length: MEMBERS }, (_, index) => cluster(index));
const spec = (index: number) =>
  specOf({ zones: [`z${index % 10}`], clusterSelector: { matchLabels: { team: `t${index % 4}` } } }, ["Cluster"]);

/** As they are stored once each of them has had its pass. */
const accessPoints = Array.from({ length: ACCESS_POINTS }, (_, index): [string, { object: AccessPoint }] => {
  const placement = place(spec(index), fleet.map(factsOf), new Set());
  const clusters = placement.targets.map(({ member: { name } }) => ({ name, phase: "Ready" as const }));
  return [
    `shop/a${index}`,
    {
      object: {
        metadata: { name: `a${index}`, namespace: "shop", uid: `${index}` },
        spec: spec(index),
        status: { placement: placement.status, clusters },
      } as unknown as AccessPoint,
    },
  ];
});

describe("a change of one of 500 members is the work of those of 2,000 AccessPoints that it concerns", () => {
  /** AccessPoints that are looked at again. */
  async function lookedAt(change: (membership: Membership) => void): Promise<readonly string[]> {
    const clock = new FakeClock();
    const looked: string[] = [];
    const hub = {
      accessPoints: { entries: () => new Map(accessPoints).entries() },
      memberClusters: { get: (name: string) => ({ object: fleet[Number(name.slice(1))] }) },
    } as unknown as MembershipOptions["hub"];
    const membership = new Membership({ hub, fleet: { get: () => undefined }, onConcerned: (key) => looked.push(key), clock });
    change(membership);
    await clock.advance(1000);
    return looked;
  }
  const selecting = (...pairs: readonly (readonly [zone: number, team: number])[]) =>
    accessPoints
      .map(([key]) => key)
      .filter((key) => pairs.some(([zone, team]) => Number(key.slice(6)) % 10 === zone && Number(key.slice(6)) % 4 === team));

  it("another label: those who selected it, and those who do now", async () => {
    const before = cluster(113);
    const looked = await lookedAt((membership) => membership.changed("c113", { before, after: cluster(113, { team: "t3" }) }));
    expect(looked).toEqual(selecting([3, 1], [3, 3]));
    expect(looked).toHaveLength(200);
  });

  it("a label that nobody selects by: those who have it", async () => {
    const looked = await lookedAt((membership) =>
      membership.changed("c113", { before: cluster(113), after: cluster(113, { rack: "7" }) }),
    );
    expect(looked).toEqual(selecting([3, 1]));
    expect(looked).toHaveLength(100);
  });

  it("it stops answering: those who have it", async () => {
    expect(await lookedAt((membership) => membership.standingChanged("c113"))).toEqual(selecting([3, 1]));
  });

  it("it joins another zone: those that name one of the two, and may have waited for it", async () => {
    const moved = { ...cluster(113), spec: { ...cluster(113).spec, zone: "z4" } };
    const looked = await lookedAt((membership) => membership.changed("c113", { before: cluster(113), after: moved }));
    expect(looked).toEqual(accessPoints.map(([key]) => key).filter((key) => ["3", "4"].includes(key.at(-1)!)));
  });

  it("a burst of changes: each AccessPoint once", async () => {
    const looked = await lookedAt((membership) => {
      for (let index = 0; index < MEMBERS; index++) membership.standingChanged(`c${index}`);
    });
    expect(looked).toHaveLength(new Set(looked).size);
  });
});

it("a zone that came about is the work of those who name it", () => {
  const overrides = [{ name: "o", zones: ["fra"], target: { kind: "Service" }, mergePatch: {} }];
  const naming = { spec: { ...specOf({ clusters: ["lvs-1"] }), overrides }, status: { placement: { selected: [] } } };
  const zoneOf = () => undefined;
  expect(isConcerned(naming, { name: "fra-1", after: member("fra-1") }, zoneOf)).toBe(true);
  expect(isConcerned(naming, { name: "nyc-1", after: member("nyc-1") }, zoneOf)).toBe(false);
});

describe("whoever is not looked at would decide the same", () => {
  const facts = fc.record({
    zone: fc.constantFrom("lvs", "rno", "slc", "ams"),
    region: fc.constantFrom("us-west", "eu-west"),
    role: fc.constantFrom("Primary" as const, "Remote" as const),
    labels: fc.constantFrom({}, { env: "prod" }, { env: "test" }),
    unschedulable: fc.boolean(),
    detaching: fc.boolean(),
    taints: fc.constantFrom([], [{ key: "k", effect: "NoSchedule" as const }], [{ key: "k", effect: "NoExecute" as const }]),
  });
  const placement = fc.oneof(
    fc.record(
      {
        clusters: fc.subarray(["lvs-1", "lvs-2", "slc-2", "new-1"], { minLength: 1 }),
        zones: fc.subarray(["lvs", "rno", "slc", "ams"], { minLength: 1 }),
        regions: fc.subarray(["us-west", "us-mountain", "eu-west"], { minLength: 1 }),
        clusterSelector: fc.constant({ matchLabels: { env: "prod" } }),
        numberOfClusters: fc.integer({ min: 1, max: 5 }),
      },
      { requiredKeys: [] },
    ),
  );
  const scopes = fc.constantFrom(["Cluster"], ["AvailabilityZone"], ["AvailabilityZone", "Cluster"]);

  it("for any placement and any change of a cluster", () => {
    fc.assert(
      fc.property(
        placement,
        scopes,
        fc.constantFrom("lvs-1", "lvs-2", "slc-2", "new-1"),
        facts,
        facts,
        fc.boolean(),
        (placement, scopes, name, old, now, carried) => {
          const others = FLEET.filter((cluster) => cluster.name !== name);
          const [before, after] = [member(name, old), member(name, now)];
          const spec = specOf(placement, scopes as never);
          const first = place(spec, [...others, before], new Set());
          const clusters = first.targets.map(({ member }) => ({ name: member.name, phase: "Ready" as const }));
          const stored = { spec, status: { placement: first.status, clusters } };
          const zoneOf = (cluster: string) => (cluster === name ? after : others.find((other) => other.name === cluster))?.zone;
          fc.pre(!isConcerned(stored, { name, before, after }, zoneOf));

          const occupied = new Set(carried ? clusters.map(({ name }) => name) : []);
          const context = { before: first.status };
          const [was, is] = [before, after].map((cluster) => place(spec, [...others, cluster], occupied, context));
          const decided = (placement: typeof first) => ({
            targets: targetsOf(placement),
            selected: placement.status.selected,
            findings: placement.findings.map(({ reason }) => reason),
          });
          expect(decided(is!)).toEqual(decided(was!));
        },
      ),
      { numRuns: 500 },
    );
  });
});
