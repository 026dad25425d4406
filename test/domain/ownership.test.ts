import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../src/api/resource.ts";
import { desire, type Manifest } from "../../src/domain/manifest.ts";
import { observe } from "../../src/domain/observed.ts";
import { foreignWrites, ownedFields } from "../../src/domain/ownership.ts";
import { fieldsOf } from "./member.ts";

const OURS = { manager: "federated-accesspoint", operation: "Apply" };

const live = (content: object, fieldsV1: object, others: readonly object[] = []): KubeObject =>
  ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", managedFields: [...others, { ...OURS, fieldsV1 }] },
    ...content,
  }) as unknown as KubeObject;

describe("the fields that we own", () => {
  const ports = [
    { port: 80, protocol: "TCP", name: "http", nodePort: 30080 },
    { port: 443, protocol: "TCP", name: "https", nodePort: 30443 },
  ];

  it.each<[string, object, object, unknown]>([
    ["a member", { spec: { a: 1, b: 2 } }, { "f:spec": { "f:a": {} } }, { spec: { a: 1 } }],
    ["a member that is gone", { spec: { b: 2 } }, { "f:spec": { "f:a": {}, "f:b": {} } }, { spec: { b: 2 } }],
    ["a list as a whole", { spec: { hosts: ["a", "b"] } }, { "f:spec": { "f:hosts": {} } }, { spec: { hosts: ["a", "b"] } }],
    [
      "items by their keys, with the fields of them that are ours",
      { spec: { ports } },
      {
        "f:spec": {
          "f:ports": {
            'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:name": {}, "f:port": {} },
            'k:{"port":8080,"protocol":"TCP"}': { ".": {}, "f:port": {} },
          },
        },
      },
      { spec: { ports: [{ name: "http", port: 80 }] } },
    ],
    [
      "items by their values",
      { metadata: { finalizers: ["a", "b", "c"] } },
      { "f:metadata": { "f:finalizers": { 'v:"a"': {}, 'v:"c"': {}, 'v:"d"': {} } } },
      { metadata: { finalizers: ["a", "c"] } },
    ],
    [
      "items by their positions",
      { spec: { list: ["a", "b", "c"] } },
      { "f:spec": { "f:list": { "i:0": {}, "i:2": {} } } },
      { spec: { list: ["a", "c"] } },
    ],
    [
      "the thing itself and nothing in it",
      { spec: { map: { a: 1 }, list: [1] } },
      { "f:spec": { "f:map": { ".": {} }, "f:list": { ".": {} } } },
      { spec: { map: {}, list: [] } },
    ],
    [
      "a member with a dot in its name",
      { metadata: { labels: { "a.b/c": "d" } } },
      { "f:metadata": { "f:labels": { "f:a.b/c": {} } } },
      { metadata: { labels: { "a.b/c": "d" } } },
    ],
    [
      "a list that became something else",
      { spec: { list: "text" } },
      { "f:spec": { "f:list": { "i:0": {} } } },
      { spec: { list: "text" } },
    ],
  ])("%s", (_, content, fields, expected) => {
    const { metadata = {}, ...rest } = content as { metadata?: object };
    const object = live(rest, fields);
    expect(ownedFields({ ...object, metadata: { ...object.metadata, ...metadata } } as KubeObject)).toEqual(expected);
  });

  it("nothing where we applied nothing", () => {
    expect(ownedFields({ apiVersion: "v1", kind: "Service", metadata: { name: "web" } })).toBeUndefined();
    const updated = live({ spec: { a: 1 } }, {}, [
      { manager: OURS.manager, operation: "Update", fieldsV1: { "f:spec": { "f:a": {} } } },
    ]);
    expect(
      ownedFields({ ...updated, metadata: { ...updated.metadata, managedFields: updated.metadata.managedFields!.slice(0, 1) } }),
    ).toBeUndefined();
  });
});

describe("writes by others", () => {
  const by = (manager: string, time: string, more: object = {}) => ({ manager, operation: "Update", time, ...more });

  it.each<[string, readonly object[], readonly object[]]>([
    ["none", [], []],
    ["our own applies and updates do not count", [by(OURS.manager, "2026-01-01T00:00:00Z")], []],
    ["status does not count", [by("istiod", "2026-01-01T00:00:00Z", { subresource: "status" })], []],
    [
      "the newest first",
      [
        by("kubectl", "2026-01-02T00:00:00Z"),
        by("argo", "2026-01-03T00:00:00Z", { operation: "Apply" }),
        by("helm", "2026-01-01T00:00:00Z"),
      ],
      [
        { manager: "argo", operation: "Apply", time: "2026-01-03T00:00:00Z" },
        { manager: "kubectl", operation: "Update", time: "2026-01-02T00:00:00Z" },
        { manager: "helm", operation: "Update", time: "2026-01-01T00:00:00Z" },
      ],
    ],
    ["one without a name or a time", [{}], [{ manager: "unknown", operation: "Update" }]],
  ])("%s", (_, others, expected) => {
    expect(foreignWrites(live({}, {}, others)).map(({ entry, ...write }) => write)).toEqual(expected);
  });
});

describe("what is kept of an object", () => {
  const manifest: Manifest = {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: {
      name: "web",
      namespace: "shop",
      labels: { "accesspoint.dev/uid": "u", "app.kubernetes.io/managed-by": "federated-accesspoint" },
      annotations: { "accesspoint.dev/owner": "shop/web" },
    },
    spec: { host: "web", subsets: [{ name: "v1" }] },
  };
  const wanted = desire(
    { group: "networking.istio.io", version: "v1", plural: "destinationrules", kind: "DestinationRule", namespaced: true },
    manifest,
  );
  const stored = (change: (object: KubeObject) => unknown = () => {}): KubeObject => {
    const object = structuredClone(wanted.manifest) as unknown as KubeObject;
    object.metadata.managedFields = [{ ...OURS, fieldsV1: fieldsOf(wanted.manifest) }];
    change(object);
    return object;
  };

  it("an object as it was written has the digest of its manifest", () => {
    expect(observe(stored()).ownedDigest).toBe(wanted.digest);
  });

  it.each<[string, (object: KubeObject) => unknown]>([
    [
      "the revision that last wrote it",
      (object) => Object.assign(object.metadata.annotations!, { "accesspoint.dev/revision": "web-2" }),
    ],
    ["fields of others", (object) => Object.assign(object["spec"] as object, { exportTo: ["."] })],
    ["status", (object) => Object.assign(object, { status: { conditions: [] } })],
    ["labels of others", (object) => Object.assign(object.metadata.labels!, { team: "a" })],
  ])("the digest does not depend on %s", (_, change) => {
    expect(observe(stored(change)).ownedDigest).toBe(wanted.digest);
  });

  it.each<[string, (object: KubeObject) => unknown]>([
    ["a field of ours with another value", (object) => Object.assign(object["spec"] as object, { host: "other" })],
    ["a label of ours that is gone", (object) => void delete object.metadata.labels!["app.kubernetes.io/managed-by"]],
    [
      "a field that left our set",
      (object) => void delete (object.metadata.managedFields![0]!.fieldsV1!["f:spec"] as Record<string, unknown>)["f:host"],
    ],
  ])("the digest tells %s", (_, change) => {
    expect(observe(stored(change)).ownedDigest).not.toBe(wanted.digest);
  });

  it("errors of Istio's analysis, and not its warnings", () => {
    const message = (level: string, code: string) => ({ level, type: { code, name: "N" }, documentationUrl: "https://istio.io" });
    const object = stored((each) =>
      Object.assign(each, { status: { validationMessages: [message("WARNING", "IST0001"), message("ERROR", "IST0101")] } }),
    );
    expect(observe(object).errors).toEqual(["IST0101 N: https://istio.io"]);
  });

  it("hostile shapes never make it throw", () => {
    const keys = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "f:spec",
        "f:metadata",
        "f:a",
        ".",
        'k:{"a":1}',
        "k:{",
        "k:null",
        "k:[1]",
        "v:1",
        "v:",
        "i:0",
        "i:x",
        "__proto__",
        "f:__proto__",
      ),
    );
    const fields = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof({ depthSize: "small" }, fc.constant({}), fc.dictionary(keys, tie("node"), { maxKeys: 4 }), fc.jsonValue()),
    })).node;
    const entry = fc.record(
      { manager: fc.constantFrom("federated-accesspoint", "x"), operation: fc.constantFrom("Apply", "Update"), fieldsV1: fields },
      { requiredKeys: [] },
    );
    const value = fc.jsonValue();
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 3 }), value, value, value, (managedFields, spec, status, labels) => {
        const object = { apiVersion: "v1", kind: "Service", metadata: { name: "web", managedFields, labels }, spec, status };
        expect(() => observe(object as unknown as KubeObject)).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});
