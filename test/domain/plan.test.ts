import { describe, expect, it } from "vitest";
import type { AccessPointStatus } from "../../src/api/accesspoint.ts";
import { accessPointStatus } from "../../src/api/accesspoint.ts";
import { FLEET } from "../placement/builders.ts";
import { makeCredential, tlsSecret } from "../support/tls.ts";
import { FakeHub } from "./hub.ts";

const MEMBERS = FLEET.filter(({ zone }) => zone !== "rno");
const NAMES = ["lvs-1", "lvs-2", "slc-1", "slc-2"];

const spec = (weight: number, rollout: object = { stages: [{ name: "all" }] }, clusters = NAMES) => ({
  templates: [
    {
      scope: "Cluster",
      manifest: {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "web" },
        spec: { weight: `weight-${weight}` },
      },
    },
  ],
  placement: { clusters },
  rollout,
});

const service = { manifest: { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { weight: "" } } };

const weights = (hub: FakeHub): Readonly<Record<string, string>> =>
  Object.fromEntries(
    [...hub.clusters].map(([name, { live }]) => [name, live.map((object) => (object["spec"] as { weight: string }).weight).join()]),
  );

const all = (weight: number) => Object.fromEntries(NAMES.map((name) => [name, `weight-${weight}`]));
const condition = ({ conditions }: AccessPointStatus, type: string) => {
  const found = conditions?.find((each) => each.type === type);
  return `${found?.status} ${found?.reason}`;
};

describe("whole passes", () => {
  it("deliver a revision everywhere, and then have nothing to do", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    const status = hub.settle();
    expect(weights(hub)).toEqual(all(10));
    expect(status).toMatchObject({ updated: "4/4", ready: "4/4", currentRevision: status.updateRevision });
    expect(condition(status, "RolloutCompleted")).toBe("True Completed");
    expect(accessPointStatus.safeParse(status).error).toBeUndefined();
  });

  it("go one cluster at a time", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    hub.settle();
    hub.edit(spec(50));
    const seen = new Set<string>();
    for (let round = 0; round < 30; round++) {
      hub.pass();
      seen.add(
        Object.values(weights(hub))
          .map((text) => text.slice("weight-".length))
          .join(" "),
      );
    }
    expect([...seen]).toEqual(["50 10 10 10", "50 50 10 10", "50 50 50 10", "50 50 50 50"]);
  });

  describe("with an override that is bound to a stage", () => {
    const stages = [{ name: "canary", clusters: ["lvs-1"], after: [{ type: "Approval" }] }, { name: "rest" }];
    const bound = (path: string, rollout: object = { stages }) => ({
      ...spec(100, rollout),
      overrides: [
        {
          name: "ten",
          stages: ["canary"],
          target: { kind: "VirtualService" },
          jsonPatch: [{ op: "replace", path, value: "weight-10" }],
        },
      ],
    });
    const before = { stages: [{ name: "all" }] };

    it("give the canary what the step has, and then what all end with", () => {
      const hub = new FakeHub(MEMBERS, spec(0, before));
      hub.settle();
      hub.edit(bound("/spec/weight"));
      const status = hub.settle();
      expect(weights(hub)).toEqual({ ...all(0), "lvs-1": "weight-10" });
      expect(condition(status, "AwaitingApproval")).toBe("True GateOpen");
      expect(status).toMatchObject({ updated: "0/4", ready: "4/4" });
      expect(status.clusters?.[0]).toMatchObject({ name: "lvs-1", stage: "canary", variantStage: "canary" });
      expect(accessPointStatus.safeParse(status).error).toBeUndefined();

      hub.decisions = [
        {
          name: "yes",
          revision: status.updateRevision!,
          stage: "canary",
          gate: "After",
          decision: "Approve",
          refused: false,
          createdAt: "2026-01-01T00:00:00Z",
        },
      ];
      const seen = new Set<string>();
      for (let round = 0; round < 30; round++) {
        hub.pass();
        seen.add(
          Object.values(weights(hub))
            .map((text) => text.slice("weight-".length))
            .join(" "),
        );
      }
      expect([...seen]).toEqual(["100 0 0 0", "100 100 0 0", "100 100 100 0", "100 100 100 100"]);
      expect(hub.settle()).toMatchObject({ updated: "4/4", currentRevision: status.updateRevision });
      expect(JSON.stringify(hub.status?.clusters)).not.toContain("variantStage");
    });

    it("refuse what cannot be rendered for a step before anything is touched", () => {
      const hub = new FakeHub(MEMBERS, spec(0, before));
      hub.settle();
      hub.edit(bound("/spec/nothing"));
      const status = hub.settle();
      expect(weights(hub)).toEqual(all(0));
      expect(condition(status, "Accepted")).toBe("False OverrideFailed");
      expect(status.conditions?.find(({ type }) => type === "Accepted")?.message).toBe(
        "spec.overrides: override ten, jsonPatch[0] (replace /spec/nothing) on VirtualService/web for clusters lvs-1, lvs-2, slc-1, slc-2 in stage canary: this path does not exist in the object",
      );
    });

    it("go back from a step without steps", () => {
      const hub = new FakeHub(MEMBERS, bound("/spec/weight", before));
      expect(condition(hub.settle(), "Accepted")).toBe("False UnknownStage");
      hub.edit(spec(0, before));
      hub.settle();
      hub.edit(bound("/spec/weight"));
      hub.settle();
      hub.edit(spec(0, { stages }));
      hub.settle();
      expect(weights(hub)).toEqual(all(0));
      expect(condition(hub.status!, "RolloutCompleted")).toBe("True Completed");
    });
  });

  it("stop at a cluster that refuses, and leave the others as they are", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    hub.settle();
    hub.refusals.set("slc-1", "weight-50");
    hub.edit(spec(50));
    const status = hub.settle();
    expect(weights(hub)).toEqual({ "lvs-1": "weight-50", "lvs-2": "weight-50", "slc-1": "weight-10", "slc-2": "weight-10" });
    expect(condition(status, "RolloutCompleted")).toBe("False MaxFailuresBreached");
    expect(status.failedRevision).toBe(status.updateRevision);
  });

  it("roll back what they touched, when that was asked for, and keep the revision that it needs", () => {
    const rollout = { stages: [{ name: "all" }], onFailure: "Rollback" };
    const hub = new FakeHub(MEMBERS, { ...spec(10, rollout), revisionHistoryLimit: 1 });
    const first = hub.settle().currentRevision;
    hub.refusals.set("slc-1", "weight-50");
    hub.edit({ ...spec(50, rollout), revisionHistoryLimit: 1 });
    const status = hub.settle();
    expect(weights(hub)).toEqual(all(10));
    expect(condition(status, "RolloutCompleted")).toBe("False RolledBack");
    expect(status.rollout?.returned).toEqual(["slc-1", "lvs-2", "lvs-1"]);
    expect(status.clusters?.map(({ revision, phase }) => `${revision} ${phase}`)).toEqual(NAMES.map(() => `${first} Ready`));
    expect(hub.revisions.map(({ name }) => name)).toContain(first);
    expect(accessPointStatus.safeParse(status).error).toBeUndefined();
  });

  it("do not try a revision again that was rolled back, until somebody asks for it", () => {
    const rollout = { stages: [{ name: "all" }], onFailure: "Rollback" };
    const hub = new FakeHub(MEMBERS, spec(10, rollout));
    hub.settle();
    hub.refusals.set("slc-1", "weight-50");
    hub.edit(spec(50, rollout));
    const failed = hub.settle().updateRevision!;
    hub.refusals.clear();
    expect(weights(hub)).toEqual(all(10));
    hub.settle();
    expect(weights(hub)).toEqual(all(10));
    hub.requests = { retry: failed };
    expect(condition(hub.settle(), "RolloutCompleted")).toBe("True Completed");
    expect(weights(hub)).toEqual(all(50));
  });

  it("go on after a retry once the refusal is mended", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    hub.settle();
    hub.refusals.set("slc-1", "weight-50");
    hub.edit(spec(50));
    const failed = hub.settle().updateRevision!;
    hub.refusals.clear();
    hub.requests = { retry: failed };
    hub.settle();
    expect(weights(hub)).toEqual(all(50));
  });

  it("tell a cluster in the pass of the retry that it is to try anew: the next one would still see what failed before", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    hub.settle();
    hub.refusals.set("slc-1", "weight-50");
    hub.edit(spec(50));
    hub.requests = { retry: hub.settle().updateRevision! };
    const { status, assignments } = hub.pass();
    const entry = status.clusters?.find(({ name }) => name === "slc-1");
    expect(entry?.startedAt).toBe(new Date(hub.now).toISOString());
    expect(assignments.get("slc-1")?.startedAt).toBe(entry?.startedAt);
  });

  it("remove what left the placement last, and forget it then", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    hub.settle();
    hub.edit(spec(50, undefined, NAMES.slice(0, 3)));
    const order: string[] = [];
    for (let round = 0; round < 30; round++) {
      hub.decisions = [
        {
          name: "ok",
          revision: hub.status?.updateRevision ?? "",
          stage: "canary",
          gate: "After",
          decision: "Approve",
          refused: false,
          createdAt: "2026-01-01T00:00:00Z",
        },
      ];
      hub.pass();
      const now = Object.values(weights(hub)).join(" ");
      if (order.at(-1) !== now) order.push(now);
    }
    expect(order.at(-2)).toBe("weight-50 weight-50 weight-50 weight-10");
    expect(order.at(-1)).toBe("weight-50 weight-50 weight-50 ");
    expect(hub.status?.clusters?.map(({ name }) => name)).toEqual(NAMES.slice(0, 3));
  });

  it("find and remove what a crash left in a cluster that nobody remembers", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    hub.settle();
    hub.edit(spec(10, undefined, NAMES.slice(0, 3)));
    hub.status = { ...hub.status!, clusters: hub.status!.clusters!.filter(({ name }) => name !== "slc-2") };
    hub.settle();
    expect(weights(hub)["slc-2"]).toBe("");
  });

  it("a wrong name in the placement removes nothing", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    hub.settle();
    hub.edit(spec(10, undefined, ["lvs-1", "lvs-2", "slc-1", "slc-9"]));
    const status = hub.settle();
    expect(weights(hub)["slc-2"]).toBe("weight-10");
    expect(condition(status, "Scheduled")).toBe("False ClusterNotFound");
  });

  it("nor does a wrong zone", () => {
    const hub = new FakeHub(MEMBERS, { ...spec(10), placement: { zones: ["lvs", "slc"] } });
    hub.settle();
    hub.edit({ ...spec(10), placement: { zones: ["lvs", "slcc"] } });
    const status = hub.settle();
    expect(weights(hub)).toEqual(all(10));
    expect(status.conditions?.find(({ type }) => type === "Scheduled")).toMatchObject({
      status: "False",
      reason: "ZoneNotFound",
      message: 'spec.placement.zones[1]: no MemberCluster is in zone "slcc"; did you mean "slc"?',
    });
  });

  it("but a cluster that is taken out of the fleet goes, be its zone named or not, and be nobody else well", () => {
    const hub = new FakeHub(MEMBERS, { ...spec(10), placement: { zones: ["lvs", "slc"] } });
    hub.settle();
    const slc = MEMBERS.map((member) => (member.zone === "slc" ? { ...member, detaching: true } : member));
    hub.withMembers(slc).settle();
    expect(weights(hub)).toEqual({ ...all(10), "slc-1": "", "slc-2": "" });
    const left = slc.filter(({ zone }) => zone === "lvs");
    hub.withMembers(left).settle();
    expect(condition(hub.status!, "Scheduled")).toBe("False ZoneNotFound");
    hub.refusals.set("lvs-1", "weight-10");
    const status = hub
      .withMembers(left.map((member) => (member.name === "lvs-2" ? { ...member, detaching: true } : member)))
      .settle();
    expect(status.clusters?.map(({ name, phase }) => `${name} ${phase}`)).toEqual(["lvs-1 Failed"]);
    expect(weights(hub)["lvs-2"]).toBe("");
  });

  it("the Primary of a zone that is a target is none of those that were left out", () => {
    const zoned = { ...spec(10, undefined, ["lvs-2"]), templates: spec(10).templates.map(({ manifest }) => ({ manifest })) };
    const { placement, clusters } = new FakeHub(MEMBERS, zoned).settle();
    expect(clusters?.map(({ name }) => name)).toEqual(["lvs-1"]);
    expect(placement).toEqual({
      selected: ["lvs-2"],
      zones: [{ name: "lvs", primary: "lvs-1" }],
      notSelected: [{ reason: "NotNamed", count: 2, clusters: ["slc-1", "slc-2"] }],
    });
  });

  describe("an override that changes nothing", () => {
    const change = { jsonPatch: [{ op: "replace", path: "/spec/weight", value: "weight-20" }] };
    const told = (who: object, target: object = { kind: "VirtualService" }, more: object = {}) => {
      const overrides = [{ name: "o", ...who, target, ...change }];
      const { conditions } = new FakeHub(MEMBERS, { ...spec(10), overrides, ...more }).settle();
      const { status, reason, message } = conditions!.find(({ type }) => type === "Accepted")!;
      return `${status} ${reason}: ${message}`;
    };
    const warning = (text: string) => `True ValidWithWarnings: spec.overrides[0]${text}`;
    const zonal = { templates: [{ ...spec(10).templates[0], scope: "AvailabilityZone" }] };

    it.each<[string, string, string]>([
      ["none, where it concerns a target", told({ zones: ["slc"] }), "True Valid: the specification is valid"],
      [
        "a zone in which nobody is",
        told({ zones: ["slcc", "lvs"] }),
        warning('.zones[0]: override o: no MemberCluster is in zone "slcc"; did you mean "slc"?'),
      ],
      [
        "a cluster that is not there",
        told({ clusters: ["lvs-9"] }),
        warning('.clusters[0]: override o: there is no MemberCluster "lvs-9"; did you mean "lvs-1"?'),
      ],
      [
        "clusters that are no targets",
        told({ zones: ["slc"] }, undefined, { placement: { zones: ["lvs"] } }),
        warning(": override o: it has no effect, because no target of the placement is selected by it"),
      ],
      [
        "clusters that do not get the object",
        told({ clusters: ["slc-2"] }, undefined, { ...zonal, templates: [...zonal.templates, service] }),
        warning(
          ": override o: it has no effect: what it changes does not go to slc-2; of scope AvailabilityZone are objects of a zone's Primary",
        ),
      ],
    ])("is told: %s", (_, found, expected) => expect(found).toBe(expected));
  });

  it("say that a zone's Primary is not Ready, zone by zone, and move nothing for it", () => {
    const zoned = spec(10).templates.map((template) => ({ ...template, scope: "AvailabilityZone" }));
    const hub = new FakeHub(MEMBERS, { ...spec(10), templates: zoned });
    hub.settle();
    const before = weights(hub);
    const { selected, zones } = hub.status!.placement!;
    hub.silent.set("slc-1", "2026-01-01T00:00:00Z");
    const status = hub.settle();
    expect(status.conditions?.find(({ type }) => type === "Scheduled")).toMatchObject({
      status: "False",
      reason: "PrimaryNotReady",
      message:
        "spec.placement: slc-1, the Primary of zone slc, is not Ready since 2026-01-01T00:00:00Z: no answer; what the zone has stays as it is",
    });
    expect(status.placement).toMatchObject({ selected, zones });
    expect(weights(hub)).toEqual(before);
    expect(before).toEqual({ "lvs-1": "weight-10", "lvs-2": "", "slc-1": "weight-10", "slc-2": "" });
    hub.silent.clear();
    expect(condition(hub.settle(), "Scheduled")).toBe("True Placed");
  });

  it("refuse to turn a DestinationRule to another host while routes name its subsets; under another name it goes", () => {
    const istio = (kind: string, name: string, content: object) => ({
      scope: "Cluster",
      manifest: { apiVersion: "networking.istio.io/v1", kind, metadata: { name }, spec: content },
    });
    const bundle = (host: string, rule = "web", subset: object = { subset: "v1" }) => ({
      ...spec(0),
      templates: [
        istio("VirtualService", "web", { hosts: ["web"], http: [{ route: [{ destination: { host, ...subset } }] }] }),
        istio("DestinationRule", rule, { host, subsets: [{ name: "v1" }] }),
      ],
    });
    const hub = new FakeHub(MEMBERS, bundle("web"));
    const first = hub.settle();
    hub.edit(bundle("shop"));
    const refused = hub.settle();
    expect(condition(refused, "Accepted")).toBe("False HostChangedInPlace");
    expect(refused.conditions?.find(({ type }) => type === "Accepted")?.message).toBe(
      "spec.templates[1].manifest.spec.host: DestinationRule web turns from host web to shop, and subsets that VirtualService web routes to would be gone before it is changed: give the new one another metadata.name, so that both are there while the routes move",
    );
    expect(refused.clusters?.map(({ revision }) => revision)).toEqual(NAMES.map(() => first.updateRevision));
    hub.edit(bundle("shop", "shop"));
    expect(condition(hub.settle(), "RolloutCompleted")).toBe("True Completed");

    const unbound = new FakeHub(MEMBERS, bundle("web", "web", {}));
    unbound.settle();
    unbound.edit(bundle("shop", "web", {}));
    expect(condition(unbound.settle(), "RolloutCompleted")).toBe("True Completed");
  });

  describe("a zone that is held", () => {
    const zonal = (weight: number, soak?: string) => ({
      ...spec(weight, {
        stages: [
          { name: "canary", clusters: ["lvs-1"], ...(soak ? { soak } : {}), after: [{ type: "Approval" }] },
          { name: "rest" },
        ],
      }),
      templates: [{ ...spec(weight).templates[0], scope: "AvailabilityZone" }],
    });
    const secondPrimary = { ...MEMBERS[0]!, name: "zzz-1" };
    const written = (hub: FakeHub) => [...hub.clusters].filter(([, { live }]) => live.length > 0).map(([name]) => name);

    it.each([
      ["for a second Primary", [...MEMBERS, secondPrimary]],
      ["for a cordoned Primary", MEMBERS.map((member) => (member.name === "lvs-1" ? { ...member, unschedulable: true } : member))],
    ])("%s does not let a rollout pass its canary over", (_, members) => {
      const hub = new FakeHub(members, zonal(10));
      const { rollout, updated, conditions } = hub.settle();
      expect(written(hub)).toEqual([]);
      expect(rollout).toMatchObject({ phase: "Progressing", stage: "canary" });
      expect(rollout?.message).toBe("waiting for lvs-1: zone lvs is held, condition Scheduled says why");
      expect(updated?.startsWith("0/")).toBe(true);
      expect(condition({ conditions }, "Scheduled")).toMatch(/^False (SeveralPrimaries|ClusterUnschedulable)$/);
      expect(condition({ conditions }, "RolloutCompleted")).toBe("False InProgress");
    });

    it("keeps the steps of its clusters, however late it is freed", () => {
      const hub = new FakeHub(MEMBERS, { ...zonal(0), rollout: { stages: [{ name: "all" }] } });
      hub.settle();
      const held = hub.withMembers([...MEMBERS, secondPrimary]);
      held.edit({
        ...zonal(100),
        overrides: [
          {
            name: "ten",
            stages: ["canary"],
            target: { kind: "VirtualService" },
            jsonPatch: [{ op: "replace", path: "/spec/weight", value: "weight-10" }],
          },
        ],
      });
      held.settle();
      const freed = held.withMembers(MEMBERS);
      const { rollout, clusters } = freed.settle();
      expect(rollout).toMatchObject({ phase: "AwaitingApproval", stage: "canary" });
      expect(weights(freed)["lvs-1"]).toBe("weight-10");
      expect(clusters?.[0]).toMatchObject({ name: "lvs-1", variantStage: "canary" });
      const again = freed.withMembers([...MEMBERS, secondPrimary]);
      expect(again.settle().rollout?.stages?.[0]).toMatchObject({ stepping: ["lvs-1"] });
      expect(weights(again)["lvs-1"]).toBe("weight-10");
    });

    it("holds a soak, and the approval after it, and goes on where it was", () => {
      const hub = new FakeHub(MEMBERS, zonal(10, "1m"));
      for (let round = 0; round < 8; round++) hub.pass();
      expect(hub.status?.rollout?.phase).toBe("Soaking");
      const held = hub.withMembers([...MEMBERS, secondPrimary]);
      for (let round = 0; round < 200; round++) held.pass();
      expect(held.status?.rollout).toMatchObject({ phase: "Progressing", stage: "canary" });
      expect(written(held)).toEqual(["lvs-1"]);
      const freed = held.withMembers(MEMBERS);
      for (let round = 0; round < 80; round++) freed.pass();
      expect(freed.status?.rollout?.phase).toBe("AwaitingApproval");
      expect(written(freed)).toEqual(["lvs-1"]);
    });
  });

  it("tell of every certificate that expires, also of those that status has no room for", async () => {
    const names = Array.from({ length: 20 }, (_, index) => `tls-${index}`);
    const servers = names.map((credentialName, index) => ({
      port: { number: 443, name: `https-${index}`, protocol: "HTTPS" },
      hosts: ["shop.example.com"],
      tls: { mode: "SIMPLE", credentialName },
    }));
    const gateway = {
      apiVersion: "networking.istio.io/v1",
      kind: "Gateway",
      metadata: { name: "web" },
      spec: { selector: { istio: "edge" }, servers },
    };
    const hub = new FakeHub(MEMBERS, {
      templates: [{ scope: "Cluster", manifest: gateway }],
      placement: { clusters: ["lvs-1"] },
      rollout: { stages: [{ name: "all" }] },
      traffic: { certificates: { namespace: "shop" } },
    });
    const credential = await makeCredential({ now: new Date(hub.now), until: 60 });
    hub.others = names.map((name) => tlsSecret("shop", name, credential));
    const [cluster] = hub.settle().clusters!;
    expect([cluster?.certificates?.length, cluster?.omittedCertificates]).toEqual([16, 4]);
    hub.now += 61 * 86_400_000;
    const expired = hub.pass().notes.filter(({ reason }) => reason === "CertificateExpired");
    expect(expired).toHaveLength(20);
  });

  it("a specification that is refused moves nothing", () => {
    const hub = new FakeHub(MEMBERS, spec(10));
    hub.settle();
    const overrides = [{ name: "o", target: { kind: "VirtualService" }, jsonPatch: [{ op: "remove", path: "/spec/nothing" }] }];
    hub.edit({ ...spec(50), overrides });
    const status = hub.settle();
    expect(weights(hub)).toEqual(all(10));
    expect(condition(status, "Accepted")).toBe("False OverrideFailed");
    expect(status.ready).toBe("4/4");
  });
});
