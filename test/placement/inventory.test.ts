import { describe, expect, it } from "vitest";
import type { MemberClusterStatus } from "../../src/api/membercluster.ts";
import { type Answer, locate, needsNodes, placeIn } from "../../src/domain/inventory.ts";
import { readProfile } from "../../src/integrations/clusterprofile.ts";

const says = (facts: object): Answer => ({ state: "Read", facts, remarks: [] });
const pending: Answer = { state: "Pending", message: "not read yet" };
const broken: Answer = { state: "Unreadable", message: "there is no ClusterProfile inventory/ams" };
const split: Answer = { state: "Read", facts: {}, remarks: ["its nodes do not agree: a, b"] };
const was = (zone: string, from: "Spec" | "ClusterProfile" | "Nodes"): MemberClusterStatus => ({ zone, sources: { zone: from } });

describe("where a cluster stands", () => {
  interface Case {
    readonly title: string;
    readonly spec?: { zone?: string; region?: string };
    readonly profile?: Answer;
    readonly nodes?: Answer;
    readonly before?: MemberClusterStatus;
    readonly zone: string | undefined;
    readonly from?: string;
    readonly reason: string;
  }
  const cases: readonly Case[] = [
    {
      title: "spec wins over all",
      spec: { zone: "a" },
      profile: says({ zone: "b" }),
      nodes: says({ zone: "c" }),
      before: was("d", "Nodes"),
      zone: "a",
      from: "Spec",
      reason: "Known",
    },
    {
      title: "the profile wins over the nodes",
      profile: says({ zone: "b" }),
      nodes: says({ zone: "c" }),
      zone: "b",
      from: "ClusterProfile",
      reason: "Known",
    },
    {
      title: "the nodes, where the profile is silent",
      profile: says({}),
      nodes: says({ zone: "c" }),
      zone: "c",
      from: "Nodes",
      reason: "Known",
    },
    { title: "the nodes, without a profile", nodes: says({ zone: "c" }), zone: "c", from: "Nodes", reason: "Known" },
    {
      title: "the nodes, where there is no such profile and never was",
      profile: broken,
      nodes: says({ zone: "c" }),
      zone: "c",
      from: "Nodes",
      reason: "Known",
    },
    {
      title: "a changed source is followed",
      nodes: says({ zone: "c" }),
      before: was("d", "Nodes"),
      zone: "c",
      from: "Nodes",
      reason: "Known",
    },
    {
      title: "spec no longer says it, the nodes do",
      nodes: says({ zone: "c" }),
      before: was("d", "Spec"),
      zone: "c",
      from: "Nodes",
      reason: "Known",
    },
    {
      title: "after a restart nothing moves before the profile was read",
      profile: pending,
      nodes: says({ zone: "c" }),
      before: was("b", "ClusterProfile"),
      zone: "b",
      from: "ClusterProfile",
      reason: "Known",
    },
    {
      title: "after a restart nothing moves before the nodes were read",
      nodes: pending,
      before: was("c", "Nodes"),
      zone: "c",
      from: "Nodes",
      reason: "Known",
    },
    {
      title: "a deleted profile holds what it said",
      profile: broken,
      nodes: says({ zone: "c" }),
      before: was("b", "ClusterProfile"),
      zone: "b",
      from: "ClusterProfile",
      reason: "ZoneHeld",
    },
    {
      title: "nodes that no longer agree hold what they said",
      nodes: split,
      before: was("c", "Nodes"),
      zone: "c",
      from: "Nodes",
      reason: "ZoneHeld",
    },
    { title: "nodes that do not agree name no zone", nodes: split, zone: undefined, reason: "ZoneUnknown" },
    { title: "nothing was read", profile: pending, nodes: pending, zone: undefined, reason: "ZoneUnknown" },
    { title: "nobody says anything", profile: says({}), nodes: says({}), zone: undefined, reason: "ZoneUnknown" },
  ];
  it.each(cases)("$title", ({ spec = {}, profile, nodes = pending, before, zone, from, reason }) => {
    const located = locate(spec, profile, nodes, before);
    expect({ zone: located.facts.zone, from: located.facts.sources?.zone, reason: located.reason }).toEqual({ zone, from, reason });
  });

  it("says why, in sentences", () => {
    const message = (profile: Answer | undefined, nodes: Answer, before?: MemberClusterStatus) =>
      locate({}, profile, nodes, before).message;
    expect(message(broken, split)).toBe(
      "there is no ClusterProfile inventory/ams; its nodes do not agree: a, b; set spec.zone, or mend that",
    );
    expect(message(undefined, says({}))).toBe("nothing names a zone; set spec.zone, or mend that");
    expect(message(undefined, split, { ...was("c", "Nodes"), region: "eu" })).toBe(
      "zone c of region eu still counts: its nodes do not agree: a, b",
    );
  });

  it("takes zone and region from where each is said", () => {
    const { facts } = locate({ zone: "a" }, says({ labels: { tier: "gold" } }), says({ zone: "c", region: "eu" }), undefined);
    expect(facts).toEqual({ zone: "a", region: "eu", labels: { tier: "gold" }, sources: { zone: "Spec", region: "Nodes" } });
  });

  it("forgets labels with the profile that is no longer named, and keeps them while it cannot be read", () => {
    const before = { zone: "a", labels: { tier: "gold" } };
    expect(locate({ zone: "a" }, undefined, pending, before).facts.labels).toBeUndefined();
    expect(locate({ zone: "a" }, broken, pending, before).facts.labels).toEqual({ tier: "gold" });
    expect(locate({ zone: "a" }, pending, pending, before).facts.labels).toEqual({ tier: "gold" });
    expect(locate({ zone: "a" }, says({ labels: {} }), pending, before).facts.labels).toBeUndefined();
  });

  it("asks the nodes only when nothing else says it", () => {
    expect(needsNodes({ zone: "a", region: "r" }, undefined)).toBe(false);
    expect(needsNodes({ zone: "a" }, undefined)).toBe(true);
    expect(needsNodes({ zone: "a" }, says({ region: "r" }))).toBe(false);
    expect(needsNodes({}, pending)).toBe(false);
    expect(needsNodes({}, broken)).toBe(true);
  });
});

describe("a ClusterProfile", () => {
  const profile = (labels: Record<string, string>, properties: unknown) => ({
    apiVersion: "multicluster.x-k8s.io/v1alpha1",
    kind: "ClusterProfile",
    metadata: { name: "ams", labels },
    status: { properties },
  });

  it("says zone, region and labels by its labels and properties; labels win", () => {
    const { facts } = readProfile(
      profile({ tier: "gold", "topology.kubernetes.io/zone": "ams" }, [
        { name: "location", value: "eu-west" },
        { name: "tier", value: "silver" },
        { name: "node-count", value: "12" },
        { name: "about the cluster", value: "no label" },
        { name: "notes", value: "a sentence, which is no label's value" },
      ]),
    );
    expect(facts).toEqual({
      zone: "ams",
      region: "eu-west",
      labels: { location: "eu-west", "node-count": "12", tier: "gold", "topology.kubernetes.io/zone": "ams" },
    });
  });

  it.each([undefined, null, "text", [null, 7, {}, { name: 1, value: "x" }]])("with properties %j says nothing", (properties) => {
    expect(readProfile(profile({}, properties)).facts).toEqual({ labels: {} });
  });

  it("with a value that is no zone's name says so", () => {
    expect(placeIn({ zone: "Rack 7" })).toEqual({
      state: "Read",
      facts: {},
      remarks: ['zone "Rack 7" is no name of a zone (a-z, 0-9 and -)'],
    });
  });
});
