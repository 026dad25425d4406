import { describe, expect, it } from "vitest";
import { pathText } from "../../src/domain/field-path.ts";
import type { Manifest } from "../../src/domain/manifest.ts";
import { misfitsOf } from "../../src/domain/preflight/schemas.ts";
import { manifests } from "../e2e/checkout.ts";

const object = (kind: string, spec: unknown, metadata: object = {}): Manifest =>
  ({
    apiVersion: kind === "Service" ? "v1" : "networking.istio.io/v1",
    kind,
    metadata: { name: "web", ...metadata },
    spec,
  }) as Manifest;
const service = (spec: object) => object("Service", { ports: [{ port: 80 }], ...spec });
const port = (more: object) => service({ ports: [{ port: 80, ...more }] });
const http = (rule: object) => object("VirtualService", { http: [rule] });
const rule = (spec: object) => object("DestinationRule", { host: "web", ...spec });

const found = (manifest: Manifest): readonly string[] =>
  misfitsOf(manifest).map(({ path, message, mayFit }) => `${pathText(path)} ${message}${mayFit ? ", perhaps" : ""}`);

describe("what does not fit the schema of its kind", () => {
  it.each<[string, Manifest, readonly string[]]>([
    ["a port that there is not", port({ port: 70_000 }), ["spec.ports[0].port must be at most 65535, and is 70000"]],
    ["no port", port({ port: 0 }), ["spec.ports[0].port must be at least 1, and is 0"]],
    ["a port that is left out", service({ ports: [{ name: "http" }] }), ["spec.ports[0].port is required"]],
    ["a port as text", port({ port: "80" }), ['spec.ports[0].port must be number, and is "80"']],
    [
      "a target that is neither port nor name",
      port({ targetPort: "a-name-that-is-too-long" }),
      [
        'spec.ports[0].targetPort must be a port from 1 to 65535, or the name of one, of at most 15 characters, and is "a-name-that-is-too-long"',
      ],
    ],
    [
      "a port's name in upper case",
      port({ name: "HTTP" }),
      ['spec.ports[0].name must be lower case letters, digits and -, and is "HTTP"'],
    ],
    ["ports that are no list", service({ ports: {} }), ["spec.ports must be array, and is {}"]],
    ["a number to select by", service({ selector: { app: 7 } }), ["spec.selector.app must be string, and is 7"]],
    ["no spec at all", object("Service", "spec"), ['spec must be object, and is "spec"']],
    [
      "what a newer cluster may take",
      service({ type: "Anycast" }),
      ['spec.type is none of ClusterIP, NodePort, LoadBalancer, ExternalName, and is "Anycast", perhaps'],
    ],
    ["a number as a label", object("Gateway", {}, { labels: { n: 5 } }), ["metadata.labels.n must be string, and is 5"]],
    [
      "a label's value with a space",
      object("Service", {}, { labels: { n: "a b" } }),
      ['metadata.labels.n must be letters, digits, -, _ and ., with a letter or digit at both ends, and is "a b"'],
    ],
    [
      "an annotation's key that is none",
      object("Service", {}, { annotations: { "a b": "c" } }),
      [
        "metadata.annotations['a b'] is not a key: a name of letters, digits, -, _ and ., with a prefix where it has one, and is \"c\"",
      ],
    ],
    [
      "a weight as text",
      http({ route: [{ destination: { host: "web" }, weight: "ten" }] }),
      ['spec.http[0].route[0].weight must be integer, and is "ten"'],
    ],
    ["a route to nowhere", http({ route: [{ weight: 1 }] }), ["spec.http[0].route[0].destination is required"]],
    [
      "two ways to match",
      http({ match: [{ uri: { exact: "/a", prefix: "/b" } }] }),
      ["spec.http[0].match[0].uri has fields that exclude each other: it may have only one of exact, prefix"],
    ],
    [
      "three ways to be consistent",
      rule({ trafficPolicy: { loadBalancer: { consistentHash: { useSourceIp: true, httpHeaderName: "a" } } } }),
      [
        "spec.trafficPolicy.loadBalancer.consistentHash has fields that exclude each other: it may have only one of useSourceIp, httpHeaderName",
      ],
    ],
    ["a rule for nobody", object("DestinationRule", {}), ["spec.host is required"]],
    ["a negative number", object("WorkloadEntry", { address: "10.0.0.1", weight: -1 }), ["spec.weight must be >= 0, and is -1"]],
    [
      "an algorithm that a newer Istio may know",
      rule({ trafficPolicy: { loadBalancer: { simple: "ROUND_ROBBIN" } } }),
      [
        'spec.trafficPolicy.loadBalancer.simple is none of UNSPECIFIED, LEAST_CONN, RANDOM, PASSTHROUGH, ROUND_ROBIN, LEAST_REQUEST, and is "ROUND_ROBBIN", perhaps',
      ],
    ],
    ["fields that a newer Istio may know", http({ nextYear: { of: ["anything"] }, name: "a" }), []],
    ["fields that a newer Kubernetes may know", port({ nextYear: 7 }), []],
    [
      "what is null, which API servers leave out",
      http({ timeout: null, route: [{ destination: { host: "web" }, weight: null }] }),
      [],
    ],
    ["what is null in a Service", service({ selector: null, type: null, clusterIP: null }), []],
  ])("%s", (_, manifest, expected) => expect(found(manifest)).toEqual(expected));

  it.each([
    ["items", object("VirtualService", { hosts: Array(200_000).fill(1) })],
    ["lists", object("VirtualService", { http: Array(400).fill({ headers: { request: { remove: Array(500).fill(1) } } }) })],
    ["keys", object("Gateway", { selector: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1])) })],
    ["selectors", service({ selector: Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1])) })],
  ])("of very many wrong %s the first are told, soon", (_, manifest) => {
    expect(found(manifest)).toHaveLength(20);
  });

  it.each(["v1", "v1beta1", "v1alpha3"])("nothing in what people write, in version %s", (version) => {
    const all = manifests().map((manifest) => {
      const apiVersion = String(manifest["apiVersion"]).replace(/\/v1$/, `/${version}`);
      return { ...manifest, apiVersion } as unknown as Manifest;
    });
    expect(all.flatMap(found)).toEqual([]);
  });
});
