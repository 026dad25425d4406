import { describe, expect, it } from "vitest";
import { type Asked, FLEET, findingsOf, fleetWith, member, placed, reasonsOf } from "./builders.ts";

interface Case extends Asked {
  readonly title: string;
  readonly placement: object;
  readonly selected: readonly string[];
  readonly reasons?: readonly string[];
  readonly findings?: readonly string[];
}

const ALL = FLEET.map(({ name }) => name);
const taint = (effect: "NoSchedule" | "NoExecute", value?: string) => ({
  taints: [{ key: "maintenance", effect, ...(value && { value }) }],
});
const tainted = fleetWith({ "lvs-2": taint("NoSchedule", "yes") });
const evicting = fleetWith({ "lvs-2": taint("NoExecute", "yes") });
const cordoned = fleetWith({ "lvs-2": { unschedulable: true } });
const expression = (key: string, operator: string, values?: readonly string[]) => ({
  clusterSelector: { matchExpressions: [{ key, operator, ...(values && { values }) }] },
});
const without = (...names: readonly string[]) => ALL.filter((name) => !names.includes(name));

const cases: readonly Case[] = [
  // Clusters whose zone nobody knows
  {
    title: "a cluster whose zone is not known is left out",
    fleet: fleetWith({ "rno-2": { zone: "" } }),
    placement: { clusterSelector: {} },
    selected: without("rno-2"),
    reasons: ["1 ZoneUnknown: rno-2"],
  },
  {
    title: "a cluster whose zone is not known, named: that is said",
    fleet: fleetWith({ "rno-2": { zone: "" } }),
    placement: { clusters: ["rno-1", "rno-2"] },
    selected: ["rno-1"],
    reasons: ["4 NotNamed: lvs-1, lvs-2, slc-1, slc-2", "1 ZoneUnknown: rno-2"],
    findings: ["ZoneUnknown"],
  },
  // Nothing, names
  { title: "an empty placement selects nothing", placement: {}, selected: [], findings: ["NoClusters"] },
  {
    title: "tolerations alone select nothing",
    placement: { tolerations: [{ operator: "Exists" }] },
    selected: [],
    findings: ["NoClusters"],
  },
  {
    title: "one name",
    placement: { clusters: ["slc-2"] },
    selected: ["slc-2"],
    reasons: ["5 NotNamed: lvs-1, lvs-2, rno-1, rno-2, slc-1"],
  },
  { title: "two names in any order", placement: { clusters: ["slc-2", "lvs-1"] }, selected: ["lvs-1", "slc-2"] },
  {
    title: "a name that is not registered is reported, the others count",
    placement: { clusters: ["lvs-1", "lvs-9"] },
    selected: ["lvs-1"],
    findings: ["ClusterNotFound"],
  },
  { title: "no name at all", placement: { clusters: [] }, selected: [], findings: ["NoClusters"] },
  {
    title: "a cluster that is being detached is no longer there",
    placement: { clusters: ["lvs-1"] },
    fleet: fleetWith({ "lvs-1": { detaching: true } }),
    selected: [],
    findings: ["ClusterNotFound"],
    reasons: ["5 NotNamed: lvs-2, rno-1, rno-2, slc-1, slc-2", "1 Detaching: lvs-1"],
  },
  // Zones, regions
  {
    title: "a zone",
    placement: { zones: ["lvs"] },
    selected: ["lvs-1", "lvs-2"],
    reasons: ["4 OtherZone: rno-1, rno-2, slc-1, slc-2"],
  },
  { title: "two zones", placement: { zones: ["slc", "lvs"] }, selected: ["lvs-1", "lvs-2", "slc-1", "slc-2"] },
  { title: "a zone without clusters", placement: { zones: ["ams"] }, selected: [], findings: ["ZoneNotFound"] },
  {
    title: "a zone and a region that nobody is in, beside others that count",
    placement: { zones: ["lvs", "lvss"], regions: ["us-west", "us-wets"] },
    selected: ["lvs-1", "lvs-2"],
    findings: ["ZoneNotFound", "RegionNotFound"],
  },
  { title: "no zone at all", placement: { zones: [], regions: ["us-west"] }, selected: [], findings: ["NoClusters"] },
  {
    title: "a region",
    placement: { regions: ["us-mountain"] },
    selected: ["rno-1", "rno-2"],
    reasons: ["4 OtherRegion: lvs-1, lvs-2, slc-1, slc-2"],
  },
  { title: "two regions", placement: { regions: ["us-mountain", "us-west"] }, selected: ALL },
  {
    title: "a cluster without a region is in none",
    placement: { regions: ["us-west"] },
    fleet: [...FLEET.slice(0, 1), { name: "x-1", zone: "x", role: "Primary", labels: {}, unschedulable: false, detaching: false }],
    selected: ["lvs-1"],
    reasons: ["1 OtherRegion: x-1"],
  },
  // Fields narrow each other
  { title: "names and zones", placement: { clusters: ["lvs-1", "slc-1"], zones: ["slc"] }, selected: ["slc-1"] },
  {
    title: "zones and regions that exclude each other",
    placement: { zones: ["lvs"], regions: ["us-mountain"] },
    selected: [],
    findings: ["NoClusters"],
  },
  {
    title: "zones and labels",
    placement: { zones: ["lvs", "slc"], clusterSelector: { matchLabels: { env: "prod" } } },
    selected: ["lvs-1", "lvs-2", "slc-1"],
    reasons: ["2 OtherZone: rno-1, rno-2", "1 OtherLabels: slc-2"],
  },
  {
    title: "all four",
    placement: { clusters: ALL, zones: ["lvs"], regions: ["us-west"], clusterSelector: { matchLabels: { tier: "gold" } } },
    selected: ["lvs-1"],
  },
  // Labels
  { title: "an empty selector matches all", placement: { clusterSelector: {} }, selected: ALL },
  { title: "a label", placement: { clusterSelector: { matchLabels: { env: "prod" } } }, selected: ["lvs-1", "lvs-2", "slc-1"] },
  { title: "two labels", placement: { clusterSelector: { matchLabels: { env: "prod", tier: "gold" } } }, selected: ["lvs-1"] },
  {
    title: "a label that no cluster has",
    placement: { clusterSelector: { matchLabels: { env: "none" } } },
    selected: [],
    findings: ["NoClusters"],
  },
  { title: "In", placement: expression("env", "In", ["prod", "test"]), selected: ["lvs-1", "lvs-2", "rno-1", "slc-1"] },
  {
    title: "NotIn holds where the key is absent",
    placement: expression("env", "NotIn", ["prod", "test"]),
    selected: ["rno-2", "slc-2"],
  },
  { title: "Exists", placement: expression("tier", "Exists"), selected: ["lvs-1", "slc-1"] },
  { title: "DoesNotExist", placement: expression("env", "DoesNotExist"), selected: ["rno-2"] },
  {
    title: "labels and expressions together",
    placement: { clusterSelector: { matchLabels: { env: "prod" }, matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] } },
    selected: ["lvs-2"],
  },
  {
    title: "two expressions",
    placement: {
      clusterSelector: {
        matchExpressions: [
          { key: "env", operator: "Exists" },
          { key: "tier", operator: "NotIn", values: ["gold"] },
        ],
      },
    },
    selected: ["lvs-2", "rno-1", "slc-1", "slc-2"],
  },
  {
    title: "a key that every object has is no label",
    placement: expression("toString", "Exists"),
    selected: [],
    findings: ["NoClusters"],
  },
  // Taints
  {
    title: "NoSchedule keeps away",
    placement: { clusterSelector: {} },
    fleet: tainted,
    selected: without("lvs-2"),
    reasons: ["1 Tainted: lvs-2"],
  },
  {
    title: "NoSchedule keeps what is there",
    placement: { clusterSelector: {} },
    fleet: tainted,
    occupied: ["lvs-2"],
    selected: ALL,
  },
  { title: "NoExecute keeps away", placement: { clusterSelector: {} }, fleet: evicting, selected: without("lvs-2") },
  {
    title: "NoExecute removes what is there",
    placement: { clusterSelector: {} },
    fleet: evicting,
    occupied: ["lvs-2"],
    selected: without("lvs-2"),
    reasons: ["1 Tainted: lvs-2"],
  },
  {
    title: "a taint on a cluster that is named is missed",
    placement: { clusters: ["lvs-2"] },
    fleet: tainted,
    selected: [],
    findings: ["ClusterTainted"],
  },
  {
    title: "tolerated by key, value and effect",
    placement: { clusterSelector: {}, tolerations: [{ key: "maintenance", value: "yes", effect: "NoSchedule" }] },
    fleet: tainted,
    selected: ALL,
  },
  {
    title: "tolerated by key and value, every effect",
    placement: { clusterSelector: {}, tolerations: [{ key: "maintenance", value: "yes" }] },
    fleet: evicting,
    selected: ALL,
  },
  {
    title: "tolerated by Exists",
    placement: { clusterSelector: {}, tolerations: [{ key: "maintenance", operator: "Exists" }] },
    fleet: tainted,
    selected: ALL,
  },
  {
    title: "tolerated by Exists without a key",
    placement: { clusterSelector: {}, tolerations: [{ operator: "Exists" }] },
    fleet: evicting,
    selected: ALL,
  },
  {
    title: "not tolerated with another value",
    placement: { clusterSelector: {}, tolerations: [{ key: "maintenance", value: "no" }] },
    fleet: tainted,
    selected: without("lvs-2"),
  },
  {
    title: "Equal without a value is the empty value",
    placement: { clusterSelector: {}, tolerations: [{ key: "maintenance" }] },
    fleet: tainted,
    selected: without("lvs-2"),
  },
  {
    title: "a taint without a value, Equal without a value",
    placement: { clusterSelector: {}, tolerations: [{ key: "maintenance" }] },
    fleet: fleetWith({ "lvs-2": taint("NoSchedule") }),
    selected: ALL,
  },
  {
    title: "Equal without a key tolerates nothing",
    placement: { clusterSelector: {}, tolerations: [{ operator: "Equal" }] },
    fleet: fleetWith({ "lvs-2": taint("NoSchedule") }),
    selected: without("lvs-2"),
  },
  {
    title: "not tolerated with another key",
    placement: { clusterSelector: {}, tolerations: [{ key: "upgrade", operator: "Exists" }] },
    fleet: tainted,
    selected: without("lvs-2"),
  },
  {
    title: "not tolerated with another effect",
    placement: { clusterSelector: {}, tolerations: [{ key: "maintenance", operator: "Exists", effect: "NoExecute" }] },
    fleet: tainted,
    selected: without("lvs-2"),
  },
  {
    title: "one of two taints tolerated is not enough",
    placement: { clusterSelector: {}, tolerations: [{ key: "a", operator: "Exists" }] },
    fleet: fleetWith({
      "lvs-2": {
        taints: [
          { key: "a", effect: "NoSchedule" },
          { key: "b", effect: "NoSchedule" },
        ],
      },
    }),
    selected: without("lvs-2"),
  },
  // Cordon
  {
    title: "a cordoned cluster gets nothing new, and that is said",
    placement: { zones: ["lvs"] },
    fleet: cordoned,
    selected: ["lvs-1"],
    findings: ["ClusterUnschedulable"],
    reasons: ["4 OtherZone: rno-1, rno-2, slc-1, slc-2", "1 Cordoned: lvs-2"],
  },
  {
    title: "a cordoned cluster keeps what it has",
    placement: { zones: ["lvs"] },
    fleet: cordoned,
    occupied: ["lvs-2"],
    selected: ["lvs-1", "lvs-2"],
  },
  {
    title: "a cordoned cluster that only has its zone's objects is not placed anew",
    placement: { zones: ["lvs"] },
    fleet: cordoned,
    occupied: ["lvs-2"],
    before: { selected: ["lvs-1"] },
    selected: ["lvs-1"],
    findings: ["ClusterUnschedulable"],
  },
  // A number of clusters
  { title: "a number alone chooses among all", placement: { numberOfClusters: 6 }, selected: ALL },
  {
    title: "three of six, one in each zone",
    placement: { numberOfClusters: 3 },
    seed: "shop/a",
    selected: ["lvs-1", "rno-2", "slc-1"],
    reasons: ["3 NotNeeded: lvs-2, rno-1, slc-2"],
  },
  {
    title: "another AccessPoint has another choice",
    placement: { numberOfClusters: 3 },
    seed: "shop/b",
    selected: ["lvs-2", "rno-1", "slc-1"],
  },
  {
    title: "those chosen before stay, also where they are not spread",
    placement: { numberOfClusters: 2 },
    before: { selected: ["rno-1", "rno-2"] },
    selected: ["rno-1", "rno-2"],
  },
  {
    title: "what is missing is added where there is least",
    placement: { numberOfClusters: 3, zones: ["lvs", "rno"] },
    before: { selected: ["rno-1", "rno-2"] },
    seed: "shop/a",
    selected: ["lvs-1", "rno-1", "rno-2"],
  },
  {
    title: "a smaller number keeps the spread",
    placement: { numberOfClusters: 2 },
    before: { selected: ["lvs-1", "lvs-2", "rno-1"] },
    seed: "shop/a",
    selected: ["lvs-1", "rno-1"],
  },
  {
    title: "a chosen cluster that no longer qualifies is replaced, the others stay",
    placement: { numberOfClusters: 2 },
    fleet: fleetWith({ "lvs-1": taint("NoExecute") }),
    before: { selected: ["lvs-1", "rno-1"] },
    occupied: ["lvs-1", "rno-1"],
    seed: "shop/a",
    selected: ["rno-1", "slc-1"],
  },
  {
    title: "of several, those that answer go first",
    placement: { numberOfClusters: 3 },
    fleet: fleetWith({ "lvs-1": { silent: true }, "rno-2": { silent: true }, "slc-1": { silent: true } }),
    seed: "shop/a",
    selected: ["lvs-2", "rno-1", "slc-2"],
  },
  {
    title: "one that was chosen and fell silent keeps its place",
    placement: { numberOfClusters: 2 },
    fleet: fleetWith({ "lvs-1": { silent: true } }),
    before: { selected: ["lvs-1", "rno-1"] },
    selected: ["lvs-1", "rno-1"],
  },
  {
    title: "the number is met by silent ones, where there are no others",
    placement: { numberOfClusters: 2, zones: ["lvs"] },
    fleet: fleetWith({ "lvs-1": { silent: true }, "lvs-2": { silent: true } }),
    selected: ["lvs-1", "lvs-2"],
  },
  {
    title: "a zone whose Primary is silent comes last, where it is needed",
    placement: { numberOfClusters: 1, clusters: ["slc-2", "rno-2"] },
    scopes: ["AvailabilityZone"],
    fleet: fleetWith({ "rno-1": { silent: true } }),
    selected: ["slc-2"],
  },
  {
    title: "a cordoned cluster is passed over",
    placement: { numberOfClusters: 2, zones: ["lvs", "rno"] },
    fleet: fleetWith({ "lvs-1": { unschedulable: true }, "lvs-2": { unschedulable: true } }),
    selected: ["rno-1", "rno-2"],
    reasons: ["2 Cordoned: lvs-1, lvs-2", "2 OtherZone: slc-1, slc-2"],
  },
  {
    title: "too few: all that there are, and that is said",
    placement: { numberOfClusters: 3, zones: ["rno"] },
    selected: ["rno-1", "rno-2"],
    findings: ["TooFewClusters"],
  },
  {
    title: "without status, clusters that carry it count as chosen before",
    placement: { numberOfClusters: 1 },
    occupied: ["slc-1"],
    selected: ["slc-1"],
  },
  {
    title: "a zone without a Primary is passed over where there is a choice",
    placement: { numberOfClusters: 2, zones: ["lvs", "slc"] },
    scopes: ["AvailabilityZone"],
    fleet: fleetWith({ "lvs-1": { role: "Remote" } }),
    selected: ["slc-1", "slc-2"],
    reasons: ["2 OtherZone: rno-1, rno-2", "2 ZoneUnusable: lvs-1, lvs-2"],
  },
];

describe("which clusters are placed, and why the others are not", () => {
  it.each(cases)("$title", ({ placement, selected, reasons, findings = [], title: _, ...asked }) => {
    const result = placed(placement, asked);
    expect({
      selected: result.status.selected,
      findings: findingsOf(result),
      ...(reasons && { reasons: reasonsOf(result) }),
    }).toEqual({
      selected,
      findings,
      ...(reasons && { reasons }),
    });
  });

  it("tells every member once", () => {
    for (const { placement, selected: _, ...asked } of cases) {
      const { status, targets } = placed(placement, asked);
      // The Primary of a zone is not left out, though it was not selected itself.
      const primaries = targets.filter((target) => !target.placed).length;
      const told = status.selected.length + primaries + (status.notSelected ?? []).reduce((sum, { count }) => sum + count, 0);
      expect(told).toBe((asked.fleet ?? FLEET).length);
    }
  });

  it("caps names, not counts", () => {
    const fleet = Array.from({ length: 300 }, (_, index) => member(`z${index}-1`));
    const { status } = placed({ clusters: ["z0-1"] }, { fleet });
    expect(status.notSelected).toMatchObject([{ reason: "NotNamed", count: 299 }]);
    expect(status.notSelected?.[0]?.clusters).toHaveLength(20);
  });

  it("says what to do about a name that is almost right", () => {
    expect(placed({ clusters: ["lvs-9"] }).findings[0]?.message).toBe('there is no MemberCluster "lvs-9"; did you mean "lvs-1"?');
  });

  it("explains an empty result by counts", () => {
    expect(placed({ zones: ["lvs"], clusterSelector: { matchLabels: { env: "x" } } }).findings[0]?.message).toBe(
      "none of the 6 member clusters matches: 4 OtherZone (rno-1, rno-2, slc-1, …), 2 OtherLabels (lvs-1, lvs-2)",
    );
  });

  it("explains a choice", () => {
    expect(placed({ numberOfClusters: 4 }, { seed: "shop/a" }).status.message).toBe(
      "4 of 6 clusters that qualify, spread over the zones: 1 in rno, 1 in slc, 2 in lvs; clusters that were chosen before stay",
    );
  });

  it("holds removal for a name that is not registered", () => {
    expect(placed({ clusters: ["lvs-9"] }).holdRemoval).toContain("lvs-9");
    expect(placed({ clusters: ["lvs-1"] }).holdRemoval).toBeUndefined();
  });
});
