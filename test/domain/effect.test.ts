import { describe, expect, it } from "vitest";
import { accessPointSpec } from "../../src/api/accesspoint.ts";
import type { Condition } from "../../src/api/meta.ts";
import { settingsWithoutEffect } from "../../src/domain/preflight/effect.ts";
import { warningNotes } from "../../src/domain/status.ts";
import { FLEET } from "../placement/builders.ts";
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
  ])("%s", (_, spec, expected) => {
    const found = settingsWithoutEffect(accessPointSpec.parse(spec));
    expect(found.map(({ field, message }) => `${field}: ${message}`)).toEqual(expected);
  });

  it("are told in Accepted and by one Event", () => {
    const told: string[] = [];
    const hub = new FakeHub(FLEET, bundle([service()], { traffic: pooled }));
    const accepted = () => hub.status?.conditions?.find(({ type }) => type === "Accepted");
    const passes = (count: number) => {
      for (let round = 0; round < count; round++)
        for (const { reason, message } of hub.pass().notes) if (reason === "ValidWithWarnings") told.push(message);
    };
    passes(5);
    const message = "spec.traffic.vip.pool: the bundle has no Service of type LoadBalancer, so that it has no effect";
    expect(accepted()).toMatchObject({ status: "True", reason: "ValidWithWarnings", message });
    expect(told).toEqual([message]);
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
