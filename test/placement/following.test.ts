import { describe, expect, it } from "vitest";
import type { PlacementStatus } from "../../src/api/accesspoint.ts";
import type { Reading } from "../../src/domain/placement/following.ts";
import { findingsOf, placed } from "./builders.ts";

const leader = (name: string) => ({ apiVersion: "types.kubefed.io/v1beta1", kind: "FederatedDeployment", name });
const at = (...clusters: readonly string[]): Reading => ({ state: "Placed", clusters });
const gone: Reading = { state: "LeaderNotFound", message: "there is no FederatedDeployment a" };
const known = (...clusters: readonly string[]): PlacementStatus => ({
  selected: [...clusters],
  following: [{ ...leader("a"), state: "Following", clusters: [...clusters] }],
});

interface Case {
  readonly title: string;
  readonly readings: readonly Reading[];
  readonly before?: PlacementStatus;
  readonly placement?: object;
  readonly selected: readonly string[];
  readonly states: readonly string[];
  readonly findings?: readonly string[];
  readonly holdsRemoval?: boolean;
}

const cases: readonly Case[] = [
  { title: "one leader", readings: [at("lvs-1", "slc-2")], selected: ["lvs-1", "slc-2"], states: ["Following"] },
  {
    title: "two leaders: their union",
    readings: [at("lvs-1"), at("slc-2", "lvs-1")],
    selected: ["lvs-1", "slc-2"],
    states: ["Following", "Following"],
  },
  {
    title: "a leader that selects by labels",
    readings: [{ state: "Placed", clusters: [], selector: { matchLabels: { env: "test" } } }],
    selected: ["rno-1"],
    states: ["Following"],
  },
  {
    title: "other fields narrow what the leader says",
    readings: [at("lvs-1", "slc-2")],
    placement: { zones: ["slc"] },
    selected: ["slc-2"],
    states: ["Following"],
  },
  {
    title: "a leader moves: what it said before does not count",
    readings: [at("slc-1")],
    before: known("lvs-1"),
    selected: ["slc-1"],
    states: ["Following"],
  },
  {
    title: "what was read of the same object in another way is not what this one said",
    readings: [gone],
    before: {
      selected: ["lvs-1"],
      following: [{ ...leader("a"), clustersPath: "$.spec.names", state: "Following", clusters: ["lvs-1"] }],
    },
    selected: [],
    states: ["Held"],
    findings: ["LeaderNotFound"],
    holdsRemoval: true,
  },
  {
    title: "a leader that was never read stays named as the cause",
    readings: [{ state: "Loading" }],
    before: { selected: [], following: [{ ...leader("a"), state: "Held", message: "not read", clusters: [] }] },
    selected: [],
    states: ["Held"],
    findings: ["LeaderUnreadable"],
    holdsRemoval: true,
  },
  {
    title: "a leader that is gone holds what it said last",
    readings: [gone],
    before: known("lvs-1"),
    selected: ["lvs-1"],
    states: ["Held"],
    findings: ["LeaderNotFound"],
  },
  {
    title: "a leader that is held stays held, pass after pass",
    readings: [gone],
    before: { ...known("lvs-1"), following: [{ ...leader("a"), state: "Held", clusters: ["lvs-1"] }] },
    selected: ["lvs-1"],
    states: ["Held"],
    findings: ["LeaderNotFound"],
  },
  {
    title: "a kind that is not served holds",
    readings: [{ state: "LeaderKindMissing", message: "no such kind" }],
    before: known("lvs-1"),
    selected: ["lvs-1"],
    states: ["Held"],
    findings: ["LeaderKindMissing"],
  },
  {
    title: "a leader that cannot be read holds",
    readings: [{ state: "LeaderUnreadable", message: "forbidden" }],
    before: known("lvs-1"),
    selected: ["lvs-1"],
    states: ["Held"],
    findings: ["LeaderUnreadable"],
  },
  {
    title: "a leader that names no cluster holds: an empty answer wipes nothing",
    readings: [at()],
    before: known("lvs-1"),
    selected: ["lvs-1"],
    states: ["Held"],
    findings: ["LeaderUndecided"],
  },
  {
    title: "a selector that matches nothing holds as well",
    readings: [{ state: "Placed", clusters: [], selector: { matchLabels: { env: "none" } } }],
    before: known("lvs-1"),
    selected: ["lvs-1"],
    states: ["Held"],
    findings: ["LeaderUndecided"],
  },
  {
    title: "one of two is gone: the other goes on, the lost one holds",
    readings: [gone, at("slc-1")],
    before: known("lvs-1"),
    selected: ["lvs-1", "slc-1"],
    states: ["Held", "Following"],
    findings: ["LeaderNotFound"],
  },
  {
    title: "right after a start what is stored counts, silently",
    readings: [{ state: "Loading" }],
    before: known("lvs-1"),
    selected: ["lvs-1"],
    states: ["Following"],
  },
  {
    title: "never known: nothing is placed and nothing removed",
    readings: [gone],
    selected: [],
    states: ["Held"],
    findings: ["LeaderNotFound"],
    holdsRemoval: true,
  },
  {
    title: "never known beside one that is: nothing is removed either",
    readings: [at("lvs-1"), { state: "Loading" }],
    selected: ["lvs-1"],
    states: ["Following", "Held"],
    findings: ["LeaderUnreadable"],
    holdsRemoval: true,
  },
  {
    title: "a cluster that is not registered is reported, the others count",
    readings: [at("lvs-1", "ams-1")],
    selected: ["lvs-1"],
    states: ["Following"],
    findings: ["LeaderClusterNotFound"],
  },
  {
    title: "only clusters that are not registered: nothing is given up for them",
    readings: [at("ams-1")],
    before: known("lvs-1"),
    selected: [],
    states: ["Following"],
    findings: ["LeaderClusterNotFound"],
    holdsRemoval: true,
  },
];

describe("following", () => {
  it.each(cases)("$title", ({ readings, before, placement = {}, selected, states, findings = [], holdsRemoval = false }) => {
    const follow = readings.map((_, index) => leader(index === 0 ? "a" : "b"));
    const result = placed({ ...placement, follow }, { readings, ...(before && { before }) });
    expect({
      selected: result.status.selected,
      states: result.status.following?.map(({ state }) => state),
      findings: findingsOf(result),
      holdsRemoval: result.holdRemoval !== undefined,
    }).toEqual({ selected, states, findings, holdsRemoval });
  });

  it("says where the last known clusters come from", () => {
    expect(placed({ follow: [leader("a")] }, { readings: [gone], before: known("lvs-1", "lvs-2") }).findings[0]).toEqual({
      reason: "LeaderNotFound",
      field: "spec.placement.follow[0]",
      message: "there is no FederatedDeployment a; the clusters last known from it still count: lvs-1, lvs-2",
    });
  });

  it("counts clusters that no leader names", () => {
    expect(placed({ follow: [leader("a")] }, { readings: [at("lvs-1")] }).status.notSelected).toEqual([
      { reason: "NotFollowed", count: 5, clusters: ["lvs-2", "rno-1", "rno-2", "slc-1", "slc-2"] },
    ]);
  });
});
