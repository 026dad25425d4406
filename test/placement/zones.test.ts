import { describe, expect, it } from "vitest";
import { type Asked, findingsOf, fleetWith, member, placed, targetsOf } from "./builders.ts";

interface Case extends Asked {
  readonly title: string;
  readonly placement: object;
  readonly targets: readonly string[];
  readonly held?: readonly string[];
  readonly findings?: readonly string[];
}

const BOTH = ["AvailabilityZone", "Cluster"] as const;
const ZONE = ["AvailabilityZone"] as const;
const taint = (effect: "NoSchedule" | "NoExecute") => ({ taints: [{ key: "power", effect }] });
const swapped = fleetWith({ "lvs-1": { role: "Remote" }, "lvs-2": { role: "Primary" } });
const zones = (primary: string) => ({ selected: ["lvs-1", "lvs-2"], zones: [{ name: "lvs", primary }] });

const cases: readonly Case[] = [
  { title: "zone-scoped: the Primary alone", placement: { zones: ["lvs"] }, scopes: ZONE, targets: ["lvs-1 zone+cluster"] },
  {
    title: "zone-scoped: the Primary of a zone that holds only a placed Remote",
    placement: { clusters: ["lvs-2"] },
    scopes: ZONE,
    targets: ["lvs-1 zone"],
  },
  {
    title: "cluster-scoped: every placed cluster and no Primary beside it",
    placement: { clusters: ["lvs-2"] },
    scopes: ["Cluster"],
    targets: ["lvs-2 cluster"],
  },
  {
    title: "both: the Primary beside the placed Remote",
    placement: { clusters: ["lvs-2"] },
    scopes: BOTH,
    targets: ["lvs-1 zone", "lvs-2 cluster"],
  },
  {
    title: "both: every zone by itself, by zone, then name",
    placement: { clusters: ["slc-2", "lvs-1"] },
    scopes: BOTH,
    targets: ["lvs-1 zone+cluster", "slc-1 zone", "slc-2 cluster"],
  },
  {
    title: "no Primary: the zone is held, the others go on",
    placement: { zones: ["lvs", "slc"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": { role: "Remote" } }),
    targets: ["slc-1 zone+cluster", "slc-2 cluster"],
    held: ["lvs"],
    findings: ["NoPrimary"],
  },
  {
    title: "two Primaries: the zone is held, none is guessed",
    placement: { zones: ["lvs"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-2": { role: "Primary" } }),
    targets: [],
    held: ["lvs"],
    findings: ["SeveralPrimaries"],
  },
  {
    title: "a zone without a Primary does not matter to cluster-scoped templates",
    placement: { zones: ["lvs"] },
    scopes: ["Cluster"],
    fleet: fleetWith({ "lvs-1": { role: "Remote" } }),
    targets: ["lvs-1 cluster", "lvs-2 cluster"],
  },
  {
    title: "a Primary that is being detached is none",
    placement: { clusters: ["lvs-2"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": { detaching: true } }),
    targets: [],
    held: ["lvs"],
    findings: ["NoPrimary"],
  },
  {
    title: "a cordoned Primary takes nothing new",
    placement: { clusters: ["lvs-2"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": { unschedulable: true } }),
    targets: [],
    held: ["lvs"],
    findings: ["ClusterUnschedulable"],
  },
  {
    title: "a cordoned Primary keeps what it has",
    placement: { clusters: ["lvs-2"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": { unschedulable: true } }),
    occupied: ["lvs-1"],
    targets: ["lvs-1 zone", "lvs-2 cluster"],
  },
  {
    title: "a NoSchedule taint on the Primary holds the zone",
    placement: { clusters: ["lvs-2"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": taint("NoSchedule") }),
    targets: [],
    held: ["lvs"],
    findings: ["ClusterTainted"],
  },
  {
    title: "a NoSchedule taint on the Primary leaves what is there",
    placement: { clusters: ["lvs-2"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": taint("NoSchedule") }),
    occupied: ["lvs-1"],
    targets: ["lvs-1 zone", "lvs-2 cluster"],
  },
  {
    title: "a NoExecute taint on the Primary empties the zone",
    placement: { clusters: ["lvs-2", "slc-2"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": taint("NoExecute") }),
    occupied: ["lvs-1", "lvs-2"],
    targets: ["slc-1 zone", "slc-2 cluster"],
    findings: ["ClusterTainted"],
  },
  {
    title: "a tolerated taint on the Primary does nothing",
    placement: { clusters: ["lvs-2"], tolerations: [{ operator: "Exists" }] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": taint("NoExecute") }),
    targets: ["lvs-1 zone", "lvs-2 cluster"],
  },
  {
    title: "roles change: both have the zone's objects until the new Primary is verified",
    placement: { zones: ["lvs"] },
    scopes: BOTH,
    fleet: swapped,
    occupied: ["lvs-1", "lvs-2"],
    before: zones("lvs-1"),
    targets: ["lvs-1 zone+cluster", "lvs-2 zone+cluster"],
  },
  {
    title: "roles changed and the new Primary is verified: the earlier one lets go",
    placement: { zones: ["lvs"] },
    scopes: BOTH,
    fleet: swapped,
    occupied: ["lvs-1", "lvs-2"],
    before: zones("lvs-2"),
    targets: ["lvs-1 cluster", "lvs-2 zone+cluster"],
  },
  {
    title: "roles change before anything was delivered: no handover",
    placement: { zones: ["lvs"] },
    scopes: BOTH,
    fleet: swapped,
    before: zones("lvs-1"),
    targets: ["lvs-1 cluster", "lvs-2 zone+cluster"],
  },
  {
    title: "an earlier Primary that is not placed is no target: it is cleaned up last",
    placement: { clusters: ["lvs-2"] },
    scopes: BOTH,
    fleet: swapped,
    occupied: ["lvs-1", "lvs-2"],
    before: zones("lvs-1"),
    targets: ["lvs-2 zone+cluster"],
  },
  {
    title: "an earlier Primary that moved to another zone hands nothing over",
    placement: { zones: ["lvs", "slc"] },
    scopes: BOTH,
    fleet: fleetWith({ "lvs-1": { zone: "slc", role: "Remote" }, "lvs-2": { role: "Primary" } }),
    occupied: ["lvs-1", "lvs-2"],
    before: zones("lvs-1"),
    targets: ["lvs-2 zone+cluster", "lvs-1 cluster", "slc-1 zone+cluster", "slc-2 cluster"],
  },
];

describe("which targets a placement has", () => {
  it.each(cases)("$title", ({ placement, targets, held = [], findings = [], title: _, ...asked }) => {
    const result = placed(placement, asked);
    expect({ targets: targetsOf(result), held: [...result.heldZones], findings: findingsOf(result) }).toEqual({
      targets,
      held,
      findings,
    });
  });
});

describe("what is remembered of zones", () => {
  it("their Primaries", () => {
    expect(placed({ zones: ["lvs", "slc"] }, { scopes: ZONE }).status.zones).toEqual([
      { name: "lvs", primary: "lvs-1" },
      { name: "slc", primary: "slc-1" },
    ]);
  });

  it("the earlier Primary while a zone is held, so that a change of roles in two steps is still one", () => {
    const fleet = fleetWith({ "lvs-2": { role: "Primary" } });
    expect(placed({ zones: ["lvs"] }, { scopes: ZONE, fleet, before: zones("lvs-1") }).status.zones).toEqual(zones("lvs-1").zones);
  });

  it("says from where to where a zone is handed over", () => {
    const result = placed({ zones: ["lvs"] }, { scopes: BOTH, fleet: swapped, occupied: ["lvs-1"], before: zones("lvs-1") });
    expect(result.handovers).toEqual([{ zone: "lvs", from: "lvs-1", to: "lvs-2" }]);
  });

  it("names every Primary of a zone that has several", () => {
    const fleet = [member("lvs-1"), member("lvs-2", { role: "Primary" })];
    expect(placed({ zones: ["lvs"] }, { scopes: ZONE, fleet }).findings[0]?.message).toBe(
      "zone lvs has 2 Primaries (lvs-1, lvs-2); it must have exactly one",
    );
  });
});
