import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/api/resource.ts";
import { comparable, withoutMarks } from "../../src/domain/diff/live.ts";
import { changeText, diffObject, summarise } from "../../src/domain/diff.ts";
import type { Manifest } from "../../src/domain/manifest.ts";

const of = (kind: string, spec: object, metadata: object = {}): Manifest => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name: "checkout", ...metadata },
  spec,
});
const to = (subset: string, weight?: number) => ({
  destination: { host: "checkout", subset },
  ...(weight !== undefined && { weight }),
});
const http = (...routes: readonly object[]) => of("VirtualService", { http: routes });
const at = (prefix: string, ...route: readonly object[]) => ({ match: [{ uri: { prefix } }], route });

const changes = (before: Manifest, after: Manifest): readonly string[] =>
  (diffObject(before, after)?.changes ?? []).map(changeText);

describe("what changes, in the words of those who know Istio", () => {
  it.each<[string, Manifest, Manifest, readonly string[]]>([
    ["nothing", http(at("/v2", to("v2", 10))), http(at("/v2", to("v2", 10))), []],
    ["the order of members is nothing", of("Gateway", { a: 1, b: 2 }), of("Gateway", { b: 2, a: 1 }), []],
    [
      "weights, by route and destination",
      http(at("/v2", to("v1", 90), to("v2", 10))),
      http(at("/v2", to("v1", 50), to("v2", 50))),
      ["/v2 checkout v1 weight 90 → 50", "/v2 checkout v2 weight 10 → 50"],
    ],
    ["a weight that is new", http(at("/v2", to("v2"))), http(at("/v2", to("v2", 50))), ["/v2 checkout v2 weight + 50"]],
    [
      "a route that is new",
      http({ route: [to("v1")] }),
      http(at("/v2", to("v2")), { route: [to("v1")] }),
      ['/v2 + {"match":[{"uri":{"prefix":"/v2"}}],"route":[{"destination":{"host":"checkout","subset":"v2"}}]}'],
    ],
    ["a route that goes", http(at("/v2"), at("/v1")), http(at("/v1")), ['/v2 − {"match":[{"uri":{"prefix":"/v2"}}],"route":[]}']],
    ["routes in another order", http(at("/a"), at("/b")), http(at("/b"), at("/a")), ['order ["/a","/b"] → ["/b","/a"]']],
    [
      "a route that has a name",
      http({ name: "canary", timeout: "1s" }),
      http({ name: "canary", timeout: "2s" }),
      ["canary timeout 1s → 2s"],
    ],
    [
      "the route for everything",
      http({ route: [to("v1")], timeout: "1s" }),
      http({ route: [to("v1")], timeout: "2s" }),
      ["any path timeout 1s → 2s"],
    ],
    [
      "exact, by header",
      http({ match: [{ uri: { exact: "/x" }, headers: { user: { exact: "me" } } }], timeout: "1s" }),
      http({ match: [{ uri: { exact: "/x" }, headers: { user: { exact: "me" } } }], timeout: "2s" }),
      ["=/x user==me timeout 1s → 2s"],
    ],
    [
      "hosts, as a set",
      of("VirtualService", { hosts: ["a", "b"] }),
      of("VirtualService", { hosts: ["a", "c"] }),
      ["hosts − b", "hosts + c"],
    ],
    [
      "a subset's labels",
      of("DestinationRule", { subsets: [{ name: "v2", labels: { version: "v2" } }] }),
      of("DestinationRule", { subsets: [{ name: "v2", labels: { version: "v3" } }] }),
      ["subsets v2 labels version v2 → v3"],
    ],
    [
      "a gateway's server, by its port",
      of("Gateway", { servers: [{ port: { number: 443 }, tls: { mode: "SIMPLE" } }] }),
      of("Gateway", { servers: [{ port: { number: 443 }, tls: { mode: "MUTUAL" } }] }),
      ["servers port 443 tls mode SIMPLE → MUTUAL"],
    ],
    [
      "an address",
      of("WorkloadEntry", { address: "10.0.0.1" }),
      of("WorkloadEntry", { address: "10.0.0.2" }),
      ["address 10.0.0.1 → 10.0.0.2"],
    ],
    [
      "two items of one label",
      http(at("/v2", to("v2", 1)), at("/v2", to("v2", 2))),
      http(at("/v2", to("v2", 1)), at("/v2", to("v2", 3))),
      ["/v2 (2) checkout v2 weight 2 → 3"],
    ],
    [
      "a label of the object",
      of("Gateway", {}, { labels: { a: "1" } }),
      of("Gateway", {}, { labels: { a: "2" } }),
      ["labels a 1 → 2"],
    ],
    ["a type that changes", of("Gateway", { a: [1] }), of("Gateway", { a: "1" }), ["a [1] → 1"]],
  ])("%s", (_, before, after, expected) => expect(changes(before, after)).toEqual(expected));

  it("objects that come and go", () => {
    expect(diffObject(undefined, http())).toEqual({ type: "create", object: "VirtualService/checkout", changes: [] });
    expect(diffObject(http(), undefined)).toEqual({ type: "delete", object: "VirtualService/checkout", changes: [] });
    expect(diffObject(undefined, undefined)).toBeUndefined();
  });

  it("fits on one line", () => {
    const before = http(at("/v2", to("v1", 90), to("v2", 10)));
    expect(summarise(diffObject(before, http(at("/v2", to("v1", 90), to("v2", 50))))!)).toBe(
      "VirtualService/checkout: /v2 checkout v2 weight 10 → 50",
    );
    const many = of("Gateway", { a: 1, b: 1, c: 1, d: 1 });
    expect(summarise(diffObject(many, of("Gateway", { a: 2, b: 2, c: 2, d: 2 }))!)).toBe(
      "Gateway/checkout: a 1 → 2; b 1 → 2; c 1 → 2; and 1 more",
    );
  });

  it("long values are cut", () => {
    const [text] = changes(of("Gateway", { a: "x" }), of("Gateway", { a: "y".repeat(500) }));
    expect(text).toHaveLength("a x → ".length + 120);
  });
});

describe("a live object next to what it is to be", () => {
  const wanted = (spec: object): Manifest => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", labels: { app: "web" } },
    spec,
  });
  const live = (spec: object, fieldsV1: object): KubeObject => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "web",
      namespace: "shop",
      uid: "u",
      labels: { app: "web", "accesspoint.dev/uid": "u", "app.kubernetes.io/managed-by": "federated-accesspoint", other: "x" },
      managedFields: [{ manager: "federated-accesspoint", operation: "Apply", fieldsV1 } as never],
    },
    spec,
  });
  const ports = (port: number, more: object = {}) => ({ ports: [{ port, ...more }] });

  it("what the API server filled in is nothing", () => {
    const object = live(
      { ...ports(80, { protocol: "TCP", targetPort: 80 }), clusterIP: "10.0.0.1", type: "ClusterIP" },
      { "f:spec": { "f:selector": {} } },
    );
    expect(diffObject(comparable(object, wanted(ports(80))), wanted(ports(80)))).toBeUndefined();
  });

  it("a value that somebody else changed is seen", () => {
    const object = live({ ...ports(80), externalName: "b" }, { "f:spec": { "f:selector": {} } });
    const want = wanted({ ...ports(80), externalName: "a" });
    expect(diffObject(comparable(object, want), want)?.changes.map(changeText)).toEqual(["externalName b → a"]);
  });

  it("a field of ours that is no longer wanted is seen", () => {
    const object = live({ ...ports(80), externalName: "a" }, { "f:spec": { "f:externalName": {} } });
    expect(diffObject(comparable(object, wanted(ports(80))), wanted(ports(80)))?.changes.map(changeText)).toEqual([
      "externalName − a",
    ]);
  });

  it("marks of ours are left out", () => {
    const marked = {
      ...wanted({}),
      metadata: { name: "web", labels: { "accesspoint.dev/uid": "u" }, annotations: { "accesspoint.dev/owner": "x", a: "b" } },
    };
    expect(withoutMarks(marked).metadata).toEqual({ name: "web", annotations: { a: "b" } });
  });
});
