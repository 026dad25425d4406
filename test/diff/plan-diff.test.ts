import { describe, expect, it } from "vitest";
import type { StageStatus } from "../../src/api/accesspoint.ts";
import { accessPointSpec, accessPointStatus } from "../../src/api/accesspoint.ts";
import { wordsOf } from "../../src/domain/diff/words.ts";
import { diffObject } from "../../src/domain/diff.ts";
import type { Manifest } from "../../src/domain/manifest.ts";
import { type Content, planDiff } from "../../src/domain/plan/plan-diff.ts";
import { type Rendered, render } from "../../src/domain/render.ts";
import { FakeHub } from "../domain/hub.ts";
import { FLEET, member } from "../placement/builders.ts";

const istio = (kind: string, spec: object) => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name: "checkout" },
  spec,
});
const route = (weight: number, hosts = ["shop.example.com"]) =>
  istio("VirtualService", {
    hosts,
    http: [
      {
        match: [{ uri: { prefix: "/v2" } }],
        route: [
          { destination: { host: "checkout", subset: "v1" }, weight: 100 - weight },
          { destination: { host: "checkout", subset: "v2" }, weight },
        ],
      },
    ],
  });
const gateway = (credentialName: string) =>
  istio("Gateway", {
    selector: { istio: "ingress" },
    servers: [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: ["*"], tls: { mode: "SIMPLE", credentialName } }],
  });
const service = { apiVersion: "v1", kind: "Service", metadata: { name: "checkout" }, spec: { ports: [{ port: 80 }] } };

const subsets = istio("DestinationRule", {
  host: "checkout",
  subsets: [
    { name: "v1", labels: { version: "v1" } },
    { name: "v2", labels: { version: "v2" } },
  ],
});

const rendered = (...manifests: readonly object[]): Rendered => {
  const templates = manifests.map((manifest) => ({ scope: "Cluster", manifest }));
  const spec = accessPointSpec.parse({ templates, placement: { clusters: ["lvs-1"] } });
  const owner = { namespace: "shop", name: "checkout", uid: "uid-1" };
  return render(spec, { member: member("lvs-1"), placed: true, zonePrimary: true }, owner);
};
const known = (...manifests: readonly object[]): Content => ({ state: "Known", rendered: rendered(...manifests) });
const stage = (name: string, clusters: readonly string[]): StageStatus =>
  ({ name, clusters: [...clusters], phase: "Pending", maxConcurrency: 1, maxFailures: 0, progressDeadline: "10m" }) as StageStatus;

describe("a change in words", () => {
  const words = (before: object, after: object) => (diffObject(before as Manifest, after as Manifest)?.changes ?? []).map(wordsOf);

  it.each<[string, object, object, readonly string[]]>([
    ["a weight", route(10), route(50), ["/v2 checkout v1 weight 90 → 50", "/v2 checkout v2 weight 10 → 50"]],
    ["a host more", route(10), route(10, ["shop.example.com", "pay.example.com"]), ["host added pay.example.com"]],
    ["a host less", route(10, ["a", "b"]), route(10, ["a"]), ["host removed b"]],
    [
      "a certificate",
      gateway("checkout-tls"),
      gateway("checkout-tls-2027"),
      ["port 443 certificate checkout-tls → checkout-tls-2027"],
    ],
    [
      "a route more is named, not quoted",
      istio("VirtualService", { http: [] }),
      istio("VirtualService", { http: [{ match: [{ uri: { prefix: "/v3" } }] }] }),
      ["/v3 added"],
    ],
    [
      "what is large has changed",
      istio("EnvoyFilter", { patch: [{ a: 1 }] }),
      istio("EnvoyFilter", { patch: { b: 2 } }),
      ["patch changed"],
    ],
  ])("%s", (_, before, after, expected) => expect(words(before, after)).toEqual(expected));
});

describe("what a rollout changes", () => {
  const names = Array.from({ length: 12 }, (_, index) => `slc-${index + 1}`);

  it("tells clusters in which the same changes as one, stage by stage, and counts", () => {
    const [old, now] = [known(service, route(10)), known(service, route(50), gateway("tls"))];
    const difference = planDiff([stage("canary", ["lvs-1"]), stage("rest", names)], {
      before: (cluster) => (cluster === "slc-12" ? { state: "Nothing" } : old),
      after: () => now,
    });
    const weights = "/v2 checkout v1 weight 90 → 50; /v2 checkout v2 weight 10 → 50";
    expect(difference).toEqual({
      diff: [
        { stage: "canary", cluster: "lvs-1", object: "VirtualService/checkout", summary: weights },
        { stage: "canary", cluster: "lvs-1", object: "Gateway/checkout", summary: "is created" },
        { stage: "rest", cluster: "slc-1 and 10 more", object: "VirtualService/checkout", summary: weights },
        { stage: "rest", cluster: "slc-1 and 11 more", object: "Gateway/checkout", summary: "is created" },
        { stage: "rest", cluster: "slc-12", object: "Service/checkout", summary: "is created" },
        { stage: "rest", cluster: "slc-12", object: "VirtualService/checkout", summary: "is created" },
      ],
      changes: [
        { clusters: 1, created: 1, updated: 1, removed: 0 },
        { clusters: 12, created: 14, updated: 11, removed: 0 },
      ],
    });
  });

  it("tells what goes, and what cannot be told", () => {
    const { diff, changes } = planDiff([stage("all", ["a", "b", "c"])], {
      before: (cluster) =>
        cluster === "c" ? { state: "Unknown", why: "revision x is no longer kept" } : known(service, route(10)),
      after: () => known(service),
    });
    expect(diff).toEqual([
      { stage: "all", cluster: "a, b", object: "VirtualService/checkout", summary: "is removed" },
      { stage: "all", cluster: "c", object: "all objects", summary: "cannot be compared: revision x is no longer kept" },
    ]);
    expect(changes).toEqual([{ clusters: 3, created: 0, updated: 0, removed: 2 }]);
  });

  it("says nothing where nothing changes", () => {
    const same = known(service);
    expect(planDiff([stage("all", ["a"])], { before: () => same, after: () => same })).toEqual({
      changes: [{ clusters: 0, created: 0, updated: 0, removed: 0 }],
    });
  });

  it("compares every pair of renderings once, however many clusters there are", () => {
    const [old, now] = [rendered(route(10)), rendered(route(50))];
    let reads = 0;
    const counted = {
      ...now,
      get objects() {
        reads++;
        return now.objects;
      },
    };
    planDiff(
      [
        stage(
          "all",
          Array.from({ length: 500 }, (_, index) => `c${index}`),
        ),
      ],
      {
        before: () => ({ state: "Known", rendered: old }),
        after: () => ({ state: "Known", rendered: counted }),
      },
    );
    expect(reads).toBe(1);
  });

  it("is capped, and says how much was left out", () => {
    const many = Array.from({ length: 40 }, (_, index) => ({ ...service, metadata: { name: `s${index}` } }));
    const { diff, omittedDiffs } = planDiff([stage("all", ["a"])], {
      before: () => ({ state: "Nothing" }),
      after: () => known(...many),
    });
    expect([diff?.length, omittedDiffs]).toEqual([30, 10]);
  });

  it("goes on from what an earlier stage gave", () => {
    const { diff } = planDiff([{ ...stage("ten", ["a"]), stepping: ["a"] }, stage("all", ["a"])], {
      before: () => known(route(0)),
      after: (_, step) => known(route(step === "ten" ? 10 : 100)),
    });
    expect(diff?.map(({ summary }) => summary.split("; ")[1])).toEqual([
      "/v2 checkout v2 weight 0 → 10",
      "/v2 checkout v2 weight 10 → 100",
    ]);
  });
});

describe("in a pass", () => {
  const spec = (weight: number) => ({
    // What the route refers to is there, so that it can be verified.
    templates: [service, subsets, route(weight)].map((manifest) => ({ scope: "Cluster", manifest })),
    placement: { clusters: ["lvs-1", "lvs-2", "slc-1"] },
  });
  const members = FLEET.filter(({ zone }) => zone !== "rno");
  const approve = (hub: FakeHub) => {
    hub.decisions = [
      {
        name: `ok-${hub.now}`,
        revision: hub.status!.updateRevision!,
        stage: "canary",
        gate: "After",
        decision: "Approve",
        refused: false,
        createdAt: new Date(hub.now).toISOString(),
      },
    ];
  };

  it("it stands in status from the beginning of the rollout to its end, and the approval says how much it decides on", () => {
    const hub = new FakeHub(members, spec(10));
    hub.settle();
    approve(hub);
    hub.settle();
    hub.edit(spec(50));
    hub.pass();
    const planned = hub.status?.rollout?.diff;
    expect(planned).toEqual([
      {
        stage: "canary",
        cluster: "lvs-1",
        object: "VirtualService/checkout",
        summary: "/v2 checkout v1 weight 90 → 50; /v2 checkout v2 weight 10 → 50",
      },
      {
        stage: "rest",
        cluster: "lvs-2, slc-1",
        object: "VirtualService/checkout",
        summary: "/v2 checkout v1 weight 90 → 50; /v2 checkout v2 weight 10 → 50",
      },
    ]);
    const waiting = hub.settle();
    const message = `stage canary is verified: revision ${waiting.updateRevision} needs a RolloutApproval for stage canary; what follows changes 2 objects in 2 clusters (status.rollout.diff)`;
    expect(waiting.rollout?.message).toBe(message);
    expect(waiting.conditions?.find(({ type }) => type === "AwaitingApproval")).toMatchObject({ status: "True", message });
    expect(waiting.rollout?.diff).toEqual(planned);
    approve(hub);
    const done = hub.settle();
    expect(done.rollout).toMatchObject({ phase: "Completed", diff: planned });
    expect(accessPointStatus.safeParse(done).error).toBeUndefined();
  });

  it("tells which objects another label changes, although what they were made from is no longer known", () => {
    const overrides = [
      {
        name: "gold",
        clusterSelector: { matchLabels: { tier: "gold" } },
        target: { kind: "Service" },
        jsonPatch: [{ op: "replace", path: "/spec/ports/0/port", value: 8080 }],
      },
    ];
    const hub = new FakeHub(members, { ...spec(10), overrides, rollout: { stages: [{ name: "all" }] } });
    hub.settle();
    const relabelled = members.map((member) => (member.name === "lvs-1" ? { ...member, labels: { tier: "iron" } } : member));
    hub.edit({ ...spec(50), overrides, rollout: { stages: [{ name: "all" }] } });
    hub.withMembers(relabelled).pass();
    const weights = "/v2 checkout v1 weight 90 → 50; /v2 checkout v2 weight 10 → 50";
    expect(hub.status?.rollout?.diff).toEqual([
      {
        stage: "all",
        cluster: "lvs-1",
        object: "Service/checkout",
        summary: "is changed; what it has was made from labels or other facts that the cluster no longer has",
      },
      { stage: "all", cluster: "lvs-1, lvs-2, slc-1", object: "VirtualService/checkout", summary: weights },
    ]);
    expect(hub.status?.rollout?.stages?.[0]?.changes).toEqual({ clusters: 3, created: 0, updated: 4, removed: 0 });

    const silent = new FakeHub(members, { ...spec(10), overrides, rollout: { stages: [{ name: "all" }] } });
    silent.settle();
    silent.silent.set("lvs-1", "2026-01-01T00:00:00Z");
    silent.edit({ ...spec(50), overrides, rollout: { stages: [{ name: "all" }] } });
    silent.withMembers(relabelled).pass();
    expect(silent.status?.rollout?.diff?.find(({ cluster }) => cluster === "lvs-1")?.summary).toMatch(/^cannot be compared: /);
  });
});
