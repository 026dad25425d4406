import fc from "fast-check";
import { expect, it } from "vitest";
import type { ClusterStatus } from "../../src/api/accesspoint.ts";
import type { NameServiceStatus } from "../../src/api/nameservice.ts";
import { report } from "../../src/domain/names/report.ts";
import { accessPoint, cluster, decided, member, nameService, type Situation } from "./builders.ts";

const CLUSTERS = ["lvs-1", "slc-1", "rno-1"] as const;
const NOW = new Date("2026-01-03T00:00:00Z");

const vip = fc.constantFrom(
  "10.1.0.1",
  "10.1.0.2",
  "10.2.0.1",
  "2001:db8::1",
  "2001:DB8::2",
  "a.example.net",
  "b.example.net",
  "<html>",
);
const phase = fc.constantFrom<ClusterStatus["phase"][]>(
  "Ready",
  "Ready",
  "Ready",
  "Applying",
  "Verifying",
  "Failed",
  "Unreachable",
  "Removing",
);
const clusterOf = (name: string) =>
  fc
    .record({
      vips: fc.array(vip, { maxLength: 3 }),
      phase,
      state: fc.constantFrom("Ready", "Ready", "Degraded"),
      fqdns: fc.constantFrom(["checkout.example.com"], ["*.example.com"], []),
      dead: fc.boolean(),
    })
    .map(({ vips, phase, state, fqdns, dead }) =>
      cluster(
        name,
        vips,
        { phase },
        { state: vips.length ? state : "Pending", fqdns, paths: dead ? [{ vip: vips[0], healthy: false }] : [] },
      ),
    );

const west = { name: "west", zones: ["lvs", "slc"], awsRegion: "us-west-2" };
const policy = fc.constantFrom<object[]>(
  {},
  { policy: "Locality" },
  { policy: "Ratio" },
  { policy: "Ratio", provider: { aws: {} } },
  { policy: "Locality", provider: { aws: { locations: [west] } } },
  { policy: "Locality", provider: { aws: { locations: [west, { name: "rno", zones: ["rno"], awsRegion: "us-east-2" }] } } },
  {
    policy: "Locality",
    provider: {
      aws: {
        locations: [
          { name: "us", zones: ["lvs"], countryCode: "US" },
          { name: "world", regions: ["us-west"], countryCode: "*" },
        ],
      },
    },
  },
);
const targets = fc.constantFrom<object[][]>(
  [{ accessPoint: "checkout" }],
  [
    { accessPoint: "checkout", ratio: 9 },
    { host: "192.0.2.1", zone: "rno", ratio: 1 },
  ],
  [
    { accessPoint: "checkout", ratio: 0 },
    { host: "192.0.2.1", zone: "rno", ratio: 1 },
  ],
  [{ accessPoint: "checkout" }, { accessPoint: "gone" }],
);

/** What the world is like at one time. */
const moment: fc.Arbitrary<Situation> = fc
  .record({
    clusters: fc.tuple(...CLUSTERS.map(clusterOf)),
    drained: fc.subarray([...CLUSTERS]),
    rival: fc.constantFrom(undefined, undefined, undefined, "2026-01-01T00:00:00Z", "2026-01-09T00:00:00Z"),
    spec: fc.record({ policy, targets }).map(({ policy, targets }) => ({ ...policy, targets })),
    there: fc.constantFrom(true, true, true, true, false),
  })
  .map(({ clusters, drained, rival, spec, there }) => ({
    spec,
    accessPoints: there ? [accessPoint("checkout", clusters)] : [],
    members: CLUSTERS.map((name) =>
      member(name, { taints: drained.includes(name) ? [{ key: "power", effect: "NoExecute" }] : [] }),
    ),
    rivals: rival ? [{ key: "pay/checkout", createdAt: rival }] : [],
  }));

const step = (situation: Situation, status: NameServiceStatus | undefined): NameServiceStatus => {
  const scene = status ? { ...situation, status } : situation;
  const standing = { state: "Stands", read: true, written: false } as const;
  return JSON.parse(JSON.stringify(report(nameService(scene), decided(scene), standing, undefined, NOW))) as NameServiceStatus;
};

it("whatever happens: names are never emptied by an accident, and records are what DNS and Route 53 take", {
  timeout: 120_000,
}, () => {
  fc.assert(
    fc.property(fc.array(moment, { minLength: 1, maxLength: 6 }), (history) => {
      let status: NameServiceStatus | undefined;
      for (const situation of history) {
        const before = status?.records ?? [];
        status = step(situation, status);
        const { records = [], targets = [] } = status;
        const reason = (type: string) => status?.conditions?.find((condition) => condition.type === type)?.reason;
        const withdrawn = reason("Accepted") === "FqdnTaken";

        if (withdrawn) expect(records).toEqual([]);
        else if (before.length > 0) expect(records.length).toBeGreaterThan(0);
        if (reason("Resolved") === "Held") expect(records.map(({ values }) => values)).toEqual(before.map(({ values }) => values));

        const types = new Set(records.map(({ type }) => type));
        expect(types.has("CNAME") && types.size > 1).toBe(false);
        const identities = records.map(({ type, setIdentifier }) => `${type} ${setIdentifier}`);
        expect(new Set(identities).size).toBe(identities.length);
        const withPolicy = records.filter(({ setIdentifier }) => setIdentifier !== undefined);
        expect([0, records.length]).toContain(withPolicy.length);
        for (const { values, type } of records) {
          expect(values.length).toBeGreaterThan(0);
          expect(new Set(values).size).toBe(values.length);
          if (type === "CNAME") expect(values).toHaveLength(1);
        }

        // Everything that is answered is some answered target's, and the other way round.
        if (!withdrawn && reason("Resolved") !== "Held") {
          const answered = targets.filter(({ state }) => state === "Answered").flatMap(({ values }) => values);
          const weighed = records.filter(({ weight }) => weight !== 0);
          for (const { values } of weighed.length > 0 ? weighed : records)
            for (const value of values) expect(answered).toContain(value);
        }

        // A second look at the same world changes no record, and a third one nothing at all.
        const second = step(situation, status);
        expect(second.records).toEqual(status.records);
        expect(step(situation, second)).toEqual(second);
      }
    }),
    { numRuns: 2000 },
  );
});
