import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accessPointSpec } from "../../src/api/accesspoint.ts";
import { checkRollout } from "../../src/domain/preflight/rollout.ts";
import { type Bundle, render } from "../../src/domain/render.ts";
import { RenderError } from "../../src/domain/render-error.ts";
import { revisionName } from "../../src/domain/revision.ts";
import type { Member } from "../../src/domain/selection.ts";
import { FLEET, member } from "../placement/builders.ts";

const route = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "web" },
  spec: { hosts: ["web.example.com"], http: [{ route: [{ destination: { host: "web" }, weight: 10 }] }] },
};
const gateway = { apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name: "web" }, spec: { servers: [] } };

const specOf = (overrides: readonly object[], templates: readonly object[] = [route, gateway]) =>
  accessPointSpec.parse({
    templates: templates.map((manifest) => ({ manifest, scope: "Cluster" })),
    placement: { clusterSelector: {} },
    overrides,
  });

const OWNER = { namespace: "shop", name: "web", uid: "u" };

/** Specs of what one cluster has, by kind. */
function rendered(overrides: readonly object[], cluster: Member, templates?: readonly object[]): Readonly<Record<string, unknown>> {
  const { objects } = render(specOf(overrides, templates), { member: cluster, placed: true, zonePrimary: true }, OWNER);
  return Object.fromEntries(objects.map(({ manifest }) => [manifest.kind, manifest["spec"]]));
}
const failure = (overrides: readonly object[], cluster: Member = member("lvs-1"), templates?: readonly object[]): string => {
  try {
    rendered(overrides, cluster, templates);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it was rendered");
};

const target = { kind: "VirtualService", name: "web" };
const hosts = (name: string, who: object = {}) => ({ name, ...who, target, mergePatch: { spec: { hosts: [name] } } });
const WEIGHT = "/spec/http/0/route/0/weight";
const patch = (...jsonPatch: readonly object[]) => ({ name: "patch", target, jsonPatch });

describe("an override that is bound to stages", () => {
  const bound = { ...patch({ op: "replace", path: WEIGHT, value: 90 }), clusters: ["lvs-1"], stages: ["canary", "half"] };
  const weightIn = (stage: string | undefined, cluster = "lvs-1") => {
    const { objects } = render(
      specOf([bound]),
      { member: member(cluster), placed: true, zonePrimary: true },
      OWNER,
      undefined,
      stage,
    );
    const spec = objects.find(({ manifest }) => manifest.kind === "VirtualService")?.manifest["spec"] as typeof route.spec;
    return spec.http[0]?.route[0]?.weight;
  };

  it.each([
    ["counts in one of them", "canary", "lvs-1", 90],
    ["and in another", "half", "lvs-1", 90],
    ["in no other stage", "rest", "lvs-1", 10],
    ["nor in the end", undefined, "lvs-1", 10],
    ["and for no other cluster", "canary", "lvs-2", 10],
  ])("%s", (_, stage, cluster, weight) => {
    expect(weightIn(stage, cluster)).toBe(weight);
  });

  const findings = (stages: readonly string[], rollout: object = {}) =>
    checkRollout(accessPointSpec.parse({ ...specOf([{ ...bound, stages }]), rollout })).map(
      ({ reason, field, message }) => `${reason} ${field}: ${message}`,
    );

  it("names stages that the rollout has", () => {
    expect(findings(["canary", "rest"])).toEqual([]);
    expect(findings(["half"], { stages: [{ name: "half" }] })).toEqual([]);
    expect(findings(["canary", "hlaf"], { stages: [{ name: "half" }, { name: "canary" }] })).toEqual([
      'UnknownStage spec.overrides[0].stages: override patch is bound to stage "hlaf", which the rollout does not have; its stages are half, canary',
    ]);
    expect(findings(["half"])).toEqual([
      'UnknownStage spec.overrides[0].stages: override patch is bound to stage "half", which the rollout does not have; its stages are canary, rest, because spec.rollout.stages is not set',
    ]);
  });

  it("that fails names the stage", () => {
    const wrong = { ...patch({ op: "remove", path: "/spec/nothing" }), stages: ["canary"] };
    expect(() =>
      render(specOf([wrong]), { member: member("lvs-1"), placed: true, zonePrimary: true }, OWNER, undefined, "canary"),
    ).toThrow("for cluster lvs-1 in stage canary: this path does not exist in the object");
  });
});

describe("whom an override concerns", () => {
  const changed = (who: object): readonly string[] =>
    FLEET.filter((cluster) => JSON.stringify(rendered([hosts("changed", who)], cluster)).includes("changed")).map(
      ({ name }) => name,
    );

  it.each([
    { who: {}, clusters: FLEET.map(({ name }) => name) },
    { who: { clusters: ["lvs-2"] }, clusters: ["lvs-2"] },
    { who: { zones: ["slc", "rno"] }, clusters: ["rno-1", "rno-2", "slc-1", "slc-2"] },
    { who: { regions: ["us-mountain"] }, clusters: ["rno-1", "rno-2"] },
    { who: { clusterSelector: { matchLabels: { env: "prod" } } }, clusters: ["lvs-1", "lvs-2", "slc-1"] },
    { who: { zones: ["lvs"], clusterSelector: { matchLabels: { tier: "gold" } } }, clusters: ["lvs-1"] },
    { who: { clusters: ["lvs-1", "slc-1"], regions: ["us-west"], zones: ["slc"] }, clusters: ["slc-1"] },
    { who: { clusters: ["lvs-1"], zones: ["slc"] }, clusters: [] },
    { who: { clusters: [], zones: [], regions: [] }, clusters: FLEET.map(({ name }) => name) },
    { who: { clusters: [], zones: ["slc"] }, clusters: ["slc-1", "slc-2"] },
  ])("$who", ({ who, clusters }) => expect(changed(who)).toEqual(clusters));
});

describe("what an override does", () => {
  const weights = (overrides: readonly object[], cluster = member("lvs-1")) =>
    (rendered(overrides, cluster)["VirtualService"] as { http: { route: { weight?: number }[] }[] }).http[0]!.route.map(
      ({ weight }) => weight,
    );

  it("in list order, the last one wins", () => {
    expect(rendered([hosts("first"), hosts("second")], member("lvs-1"))["VirtualService"]).toMatchObject({ hosts: ["second"] });
    expect(rendered([hosts("second"), hosts("first")], member("lvs-1"))["VirtualService"]).toMatchObject({ hosts: ["first"] });
  });

  it("a later one sees what an earlier one made", () => {
    const add = { ...patch({ op: "add", path: "/spec/http/0/route/-", value: { weight: 1 } }), name: "one" };
    expect(weights([add, patch({ op: "replace", path: "/spec/http/0/route/1/weight", value: 2 })])).toEqual([10, 2]);
  });

  it("every operation of RFC 6902", () => {
    expect(weights([patch({ op: "test", path: WEIGHT, value: 10 }, { op: "replace", path: WEIGHT, value: 20 })])).toEqual([20]);
    expect(weights([patch({ op: "copy", from: "/spec/http/0/route/0", path: "/spec/http/0/route/-" })])).toEqual([10, 10]);
    expect(weights([patch({ op: "remove", path: WEIGHT })])).toEqual([undefined]);
    expect(weights([patch({ op: "move", from: "/spec/http/0/route/0", path: "/spec/http/0/route/0" })])).toEqual([10]);
  });

  it("a merge patch merges objects, replaces lists and removes by null", () => {
    const override = { name: "merge", target, mergePatch: { spec: { http: null, gateways: ["a"], hosts: ["x"] } } };
    expect(rendered([override], member("lvs-1"))["VirtualService"]).toEqual({ hosts: ["x"], gateways: ["a"] });
  });

  it("only the objects that it names", () => {
    const override = { name: "gateways", target: { kind: "Gateway" }, mergePatch: { spec: { selector: { x: "y" } } } };
    expect(rendered([override], member("lvs-1"))).toEqual({
      VirtualService: route.spec,
      Gateway: { servers: [], selector: { x: "y" } },
    });
  });

  it("variables of the target in templates and in overrides; a literal stays", () => {
    const cluster = member("lvs-2", { labels: { "example.com/rack": "r7" } });
    const text = "${cluster.name} ${cluster.zone} ${cluster.region} ${cluster.labels['example.com/rack']} $${cluster.name}";
    const templated = { ...route, spec: { hosts: ["${cluster.name}.example.com"] } };
    const result = rendered([{ name: "v", target, mergePatch: { spec: { gateways: [text] } } }], cluster, [templated]);
    expect(result["VirtualService"]).toEqual({ hosts: ["lvs-2.example.com"], gateways: ["lvs-2 lvs us-west r7 ${cluster.name}"] });
  });

  it("does not touch the revision that it came from", () => {
    const spec = specOf([patch({ op: "replace", path: WEIGHT, value: 99 })]);
    const before = JSON.stringify(spec);
    render(spec, { member: member("lvs-1"), placed: true, zonePrimary: true }, OWNER);
    expect(JSON.stringify(spec)).toBe(before);
  });

  it("makes another revision", () => {
    expect(revisionName("web", specOf([hosts("a")]))).not.toBe(revisionName("web", specOf([hosts("b")])));
    expect(revisionName("web", specOf([hosts("a"), hosts("b")]))).not.toBe(revisionName("web", specOf([hosts("b"), hosts("a")])));
  });
});

describe("an operation without its value, which kubectl drops where it is null", () => {
  it.each(["add", "replace", "test"])("is refused: %s", (op) => {
    expect(() => specOf([patch({ op, path: "/spec/hosts" })])).toThrow(
      "add, replace and test need a value; kubectl apply drops value: null, so use op remove, or kubectl apply --server-side",
    );
    expect(() => specOf([patch({ op, path: "/spec/hosts", value: null })])).not.toThrow();
  });
});

describe("a mistake names override, cluster, object and path", () => {
  it.each([
    [
      "a path that does not exist",
      patch({ op: "replace", path: "/spec/tcp/0/route", value: 1 }),
      "override patch, jsonPatch[0] (replace /spec/tcp/0/route) on VirtualService/web for cluster lvs-1: this path does not exist in the object",
    ],
    [
      "a member that is not there to be replaced",
      patch({ op: "replace", path: "/spec/exportTo", value: [] }),
      "override patch, jsonPatch[0] (replace /spec/exportTo) on VirtualService/web for cluster lvs-1: this path does not exist in the object",
    ],
    [
      "nothing to remove",
      patch({ op: "remove", path: "/spec/gateways" }),
      "override patch, jsonPatch[0] (remove /spec/gateways) on VirtualService/web for cluster lvs-1: this path does not exist in the object",
    ],
    [
      "a list that is shorter",
      patch({ op: "add", path: "/spec/http/7", value: {} }),
      "override patch, jsonPatch[0] (add /spec/http/7) on VirtualService/web for cluster lvs-1: the list is shorter than that",
    ],
    [
      "an index that is none",
      patch({ op: "add", path: "/spec/http/first", value: {} }),
      "override patch, jsonPatch[0] (add /spec/http/first) on VirtualService/web for cluster lvs-1: an index of a list is a number, or - for its end",
    ],
    [
      "a test that fails",
      patch({ op: "replace", path: WEIGHT, value: 10 }, { op: "test", path: WEIGHT, value: 11 }),
      "override patch, jsonPatch[1] (test /spec/http/0/route/0/weight) on VirtualService/web for cluster lvs-1: the value there is not 11",
    ],
    [
      "nothing to copy from",
      patch({ op: "copy", from: "/spec/tcp", path: "/spec/tls" }),
      "override patch, jsonPatch[0] (copy /spec/tls) on VirtualService/web for cluster lvs-1: there is nothing at /spec/tcp",
    ],
    [
      "an end without an object",
      patch({ op: "remove", path: "" }),
      "override patch, jsonPatch[0] (remove the whole object) on VirtualService/web for cluster lvs-1: it leaves no object",
    ],
    [
      "null in the place of the object",
      patch({ op: "replace", path: "", value: null }),
      "override patch, jsonPatch[0] (replace the whole object) on VirtualService/web for cluster lvs-1: it leaves no object",
    ],
    [
      "a list in the place of the object",
      patch({ op: "replace", path: "", value: [] }),
      "override patch on VirtualService/web for cluster lvs-1: it leaves no object with metadata.name",
    ],
    [
      "its spec in the place of the object",
      patch({ op: "move", from: "/spec", path: "" }),
      "override patch on VirtualService/web for cluster lvs-1: it leaves no object with metadata.name",
    ],
    [
      "no metadata",
      { name: "patch", target, mergePatch: { metadata: null } },
      "override patch on VirtualService/web for cluster lvs-1: it leaves no object with metadata.name",
    ],
    [
      "a name that is none",
      patch({ op: "replace", path: "/metadata/name", value: 7 }),
      "override patch on VirtualService/web for cluster lvs-1: it leaves no object with metadata.name",
    ],
    [
      "the object inside of itself",
      patch({ op: "move", from: "", path: "/spec/http" }),
      "override patch, jsonPatch[0] (move /spec/http) on VirtualService/web for cluster lvs-1: nothing can be moved into itself",
    ],
    [
      "copies of copies",
      patch(...Array.from({ length: 100 }, () => ({ op: "copy", from: "/spec", path: "/spec/http/-" }))),
      "override patch, jsonPatch[12] (copy /spec/http/-) on VirtualService/web for cluster lvs-1: overrides copy more than 512 KiB",
    ],
    [
      "more levels than an object has",
      patch(...Array.from({ length: 100 }, () => ({ op: "copy", from: "/spec", path: "/spec/x" }))),
      "override patch on VirtualService/web for cluster lvs-1: it nests the object deeper than 100 levels",
    ],
  ])("%s", (_, override, message) => expect(failure([override])).toBe(`spec.overrides: ${message}`));

  it.each([
    [
      "a label that the cluster does not have",
      "${cluster.labels['rack']}",
      "override v, spec.hosts[0] of VirtualService/web for cluster lvs-1: ${cluster.labels['rack']}: its MemberCluster has no label rack",
    ],
    [
      "a label between quotes that are none",
      '${cluster.labels["rack"]}',
      'override v, spec.hosts[0] of VirtualService/web for cluster lvs-1: ${cluster.labels["rack"]}: there is ${cluster.name}, ${cluster.zone}, ${cluster.region} and ${cluster.labels[\'key\']}; write $${cluster.labels["rack"]} for the text itself',
    ],
    [
      "a variable that does not exist",
      "${cluster.rack}",
      "override v, spec.hosts[0] of VirtualService/web for cluster lvs-1: ${cluster.rack}: there is ${cluster.name}, ${cluster.zone}, ${cluster.region} and ${cluster.labels['key']}; write $${cluster.rack} for the text itself",
    ],
  ])("%s", (_, text, message) =>
    expect(failure([{ name: "v", target, mergePatch: { spec: { hosts: [text] } } }])).toBe(`spec.overrides: ${message}`),
  );

  it("the last one that changes the place", () => {
    const wrong = hosts("wrong", {});
    const text = { ...wrong, mergePatch: { spec: { hosts: ["${cluster.rack}"] } } };
    const beside = { name: "beside", target, mergePatch: { spec: { gateways: ["${cluster.rack}"] } } };
    expect(failure([hosts("first"), text, beside])).toContain("override wrong, spec.hosts[0]");
    expect(failure([beside, text, hosts("last")])).toContain("override beside, spec.gateways[0]");
  });

  it("or the template, where the variable is written there", () => {
    const unset = "${cluster.labels['rack']}";
    const templated = { ...route, spec: { http: [{ route: [{ destination: { host: unset } }] }] } };
    const elsewhere = { name: "v", target, mergePatch: { spec: { hosts: ["x"] } } };
    expect(failure([elsewhere], undefined, [templated])).toBe(
      "spec.templates: template virtualservice-web, spec.http[0].route[0].destination.host of VirtualService/web for cluster lvs-1: ${cluster.labels['rack']}: its MemberCluster has no label rack",
    );
    const annotated = { ...route, metadata: { name: "web", annotations: { "example.com/a": unset } } };
    expect(failure([elsewhere], undefined, [annotated])).toContain("metadata.annotations['example.com/a'] of VirtualService/web");
  });

  it.each([
    [
      "another namespace",
      { metadata: { namespace: "other" } },
      "override bad, metadata.namespace of VirtualService/web for cluster lvs-1: VirtualService/web is for namespace other",
    ],
    [
      "a kind that is not delivered",
      { kind: "Pod", apiVersion: "v1" },
      "override bad, apiVersion of VirtualService/web for cluster lvs-1: v1 has no kind Pod that an AccessPoint delivers",
    ],
    [
      "an owner",
      { metadata: { ownerReferences: [] } },
      "override bad, metadata.ownerReferences of VirtualService/web for cluster lvs-1: ",
    ],
    [
      "a mark of ours",
      { metadata: { labels: { "accesspoint.dev/uid": "x" } } },
      "override bad, metadata.labels['accesspoint.dev/uid'] of VirtualService/web for cluster lvs-1: ",
    ],
    ["no kind", { kind: null }, "override bad, kind of VirtualService/web for cluster lvs-1: a manifest has kind"],
    ["status", { status: {} }, "override bad, status of VirtualService/web for cluster lvs-1: "],
    [
      "a name that is none",
      { metadata: { name: "Web" } },
      'override bad, metadata.name of VirtualService/web for cluster lvs-1: "Web" is not a name for a VirtualService',
    ],
  ])("what is rendered is checked again: %s", (_, mergePatch, message) => {
    expect(failure([{ name: "bad", target, mergePatch }])).toContain(message);
  });

  it("whatever an override does, it is rendered, or a person is told what to mend", () => {
    const pointer = fc.constantFrom(
      "",
      "/metadata",
      "/metadata/name",
      "/metadata/labels",
      "/spec",
      "/spec/http",
      "/spec/http/0",
      "/spec/x",
      "/kind",
    );
    const value = fc.constantFrom<unknown>(null, "x", 7, [], {}, { name: "web" }, "${cluster.name}", { x: "${" });
    const operation = fc.record({
      op: fc.constantFrom("add", "remove", "replace", "move", "copy", "test"),
      path: pointer,
      from: pointer,
      value,
    });
    const merge = fc.record({ metadata: value, spec: value, kind: value, __proto__: value }, { requiredKeys: [] });
    const change = fc.oneof(
      fc.array(operation, { minLength: 1, maxLength: 4 }).map((jsonPatch) => ({ name: "any", target, jsonPatch })),
      merge.map((mergePatch) => ({ name: "any", target, mergePatch })),
    );
    const traffic = {
      vip: { pool: "edge", loadBalancerClass: "a/b" },
      certificates: { issuerRef: { kind: "ClusterIssuer", name: "ca" } },
    };
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { type: "LoadBalancer" } };
    const at = { member: member("lvs-1", { loadBalancer: "MetalLB" }), placed: true, zonePrimary: true };
    fc.assert(
      fc.property(fc.constantFrom(route, gateway, service), fc.array(change, { maxLength: 2 }), (template, changes) => {
        const overrides = changes.map((each) => ({ ...each, target: { kind: template.kind } }));
        const bundle = { ...specOf([], [template]), overrides, traffic } as unknown as Bundle;
        try {
          render(bundle, at, OWNER);
        } catch (error) {
          if (!(error instanceof RenderError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("a text of nothing but openings costs no more than its length", () => {
    const many = { ...route, spec: { hosts: ["${".repeat(200_000)] } };
    expect(rendered([], member("lvs-1"), [many])["VirtualService"]).toEqual(many.spec);
  });

  it("variables that make too much of little are refused", () => {
    const long = member("lvs-1", { labels: { a: "x".repeat(63) } });
    const many = { ...route, spec: { hosts: Array.from({ length: 2000 }, () => "${cluster.labels['a']}".repeat(20)) } };
    expect(failure([], long, [many])).toBe(
      "spec.templates: the bundle, with overrides and variables, for cluster lvs-1: it is 2467 KiB, and at most 2048 KiB are delivered: split it into several AccessPoints",
    );
  });

  it("two objects that become one", () => {
    const other = { ...route, metadata: { name: "api" } };
    const rename = { name: "rename", target: { ...target, name: "api" }, mergePatch: { metadata: { name: "web" } } };
    expect(failure([rename], member("lvs-1"), [route, other])).toBe(
      "spec.overrides: override rename, VirtualService/api for cluster lvs-1: VirtualService/web stands in the bundle twice; the first is virtualservice-web: remove one of them",
    );
  });
});
