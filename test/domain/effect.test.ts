import { describe, expect, it } from "vitest";
import { accessPointSpec } from "../../src/api/accesspoint.ts";
import type { Condition } from "../../src/api/meta.ts";
import { settingsWithoutEffect } from "../../src/domain/preflight/effect.ts";
import { warningNotes } from "../../src/domain/status.ts";
import { FLEET, member } from "../placement/builders.ts";
import { FakeHub } from "./hub.ts";

const gateway = { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name: "web" }, spec: {} };
const service = (type?: string) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web" },
  spec: { ...(type ? { type } : {}), ports: [{ port: 80 }] },
});
const bundle = (manifests: readonly object[], more: object = {}) => ({
  templates: manifests.map((manifest) => ({ manifest })),
  placement: { zones: ["lvs"] },
  ...more,
});
const issuing = { certificates: { issuerRef: { name: "ca" } } };
const pooled = { vip: { pool: "edge" } };
const override = (selection: object, mergePatch: object = {}) => ({
  overrides: [{ name: "some", target: { kind: "Service" }, mergePatch, ...selection }],
});

describe("settings without effect", () => {
  it.each<[string, object, readonly string[]]>([
    ["none, where nothing is set", bundle([service()]), []],
    [
      "an issuer without a Gateway",
      bundle([service()], { traffic: issuing }),
      ["spec.traffic.certificates.issuerRef: the bundle has no Gateway, so that it has no effect"],
    ],
    ["not with one", bundle([gateway], { traffic: issuing }), []],
    [
      "a probe, VIPs and their isolation without a Gateway",
      bundle([service()], { traffic: { probe: { port: 80 }, vip: { services: [{ name: "x" }], isolationGroup: "g" } } }),
      ["vip.services", "vip.isolationGroup", "probe"].map(
        (field) => `spec.traffic.${field}: the bundle has no Gateway, so that it has no effect`,
      ),
    ],
    [
      "a pool without a load balancer",
      bundle([gateway, service("NodePort")], { traffic: pooled }),
      ["spec.traffic.vip.pool: the bundle has no Service of type LoadBalancer, so that it has no effect"],
    ],
    ["not with one", bundle([service("LoadBalancer")], { traffic: pooled }), []],
    [
      "not with one that an override makes",
      bundle([service()], { traffic: pooled, ...override({}, { spec: { type: "LoadBalancer" } }) }),
      [],
    ],
    [
      "a zone of the placement",
      bundle([service()], { placement: { zones: ["lvs", "slx"], regions: ["us-west", "mars"] } }),
      [
        'spec.placement.zones: no MemberCluster is in zone slx; did you mean "slc"?',
        "spec.placement.regions: no MemberCluster is in region mars; known are us-mountain, us-west",
      ],
    ],
    [
      "what an override names",
      bundle([service()], override({ clusters: ["lvs-1", "lvs-7"], zones: ["nowhere"] })),
      [
        'spec.overrides[some].clusters: there is no MemberCluster lvs-7; did you mean "lvs-1"?',
        "spec.overrides[some].zones: no MemberCluster is in zone nowhere; known are lvs, rno, slc",
      ],
    ],
    [
      "what a stage names",
      bundle([service()], { rollout: { stages: [{ name: "canary", zones: ["lsv"] }, { name: "rest" }] } }),
      ['spec.rollout.stages[canary].zones: no MemberCluster is in zone lsv; did you mean "lvs"?'],
    ],
    ["not a cluster that Scheduled tells of", bundle([service()], { placement: { clusters: ["lvs-7"] } }), []],
  ])("%s", (_, spec, expected) => {
    const found = settingsWithoutEffect(accessPointSpec.parse(spec), FLEET);
    expect(found.map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
  });

  it("nothing is said of names while none is known", () => {
    const spec = accessPointSpec.parse(bundle([service()], { placement: { zones: ["slx"], regions: ["mars"] } }));
    expect(settingsWithoutEffect(spec, [])).toEqual([]);
    expect(settingsWithoutEffect(spec, [{ ...member("lvs-1"), zone: "", region: "us" }]).map(({ field }) => field)).toEqual([
      "spec.placement.regions",
    ]);
  });

  it("are told in Accepted and by one Event, and go with what they wait for", () => {
    const told: string[] = [];
    const hub = new FakeHub(FLEET, bundle([service()], { placement: { zones: ["lvs", "fra"] } }));
    const accepted = () => hub.status?.conditions?.find(({ type }) => type === "Accepted");
    const passes = (count: number) => {
      for (let round = 0; round < count; round++)
        for (const { reason, message } of hub.pass().notes) if (reason === "ValidWithWarnings") told.push(message);
    };
    passes(5);
    const message = "spec.placement.zones: no MemberCluster is in zone fra; known are lvs, rno, slc";
    expect(accepted()).toMatchObject({ status: "True", reason: "ValidWithWarnings", message });
    expect(told).toEqual([message]);
    hub.withMembers([...FLEET, member("fra-1")]);
    passes(2);
    expect(accepted()).toMatchObject({ status: "True", reason: "Valid" });
    expect(told).toHaveLength(1);
  });

  it("are told again where the specification makes others, not where the fleet does", () => {
    const accepted = (message: string, observedGeneration: number): readonly Condition[] => [
      { type: "Accepted", status: "True", reason: "ValidWithWarnings", message, observedGeneration, lastTransitionTime: "" },
    ];
    expect(warningNotes(accepted("a", 1), accepted("b", 1))).toEqual([]);
    expect(warningNotes(accepted("a", 1), accepted("a", 2))).toEqual([]);
    expect(warningNotes(accepted("a", 1), accepted("b", 2))).toMatchObject([{ type: "Warning", message: "b" }]);
    expect(warningNotes(undefined, undefined)).toEqual([]);
  });
});
