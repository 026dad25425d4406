import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Cidr, Ip } from "../../src/embedded/schema/addresses.ts";
import type { BuiltinKind } from "../../src/embedded/schema/builtin/index.ts";
import { builtinKinds, emptyBuiltin, readBuiltin } from "../../src/embedded/schema/builtin/index.ts";
import { applyDefaults } from "../../src/embedded/schema/default.ts";
import { Quantity } from "../../src/embedded/schema/quantity.ts";
import { readTime } from "../../src/embedded/schema/times.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import { apiVersionOf } from "../../src/kube/resource.ts";
import { creations } from "./schema-builtin-cases.ts";

const kindOf = (name: string): BuiltinKind => builtinKinds.find(({ resource }) => `${resource.group}/${resource.kind}` === name)!;

const object = ({ resource }: BuiltinKind, content: object): KubeObject => {
  const { metadata, ...rest } = content as KubeObject;
  const system = { name: "one", ...(resource.namespaced && { namespace: "default" }), uid: "u" };
  return { ...rest, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { ...system, ...metadata } };
};

const complete = (kind: BuiltinKind, read: KubeObject): KubeObject =>
  applyDefaults(kind.schema, kind.applyDefaults?.(read) ?? read);

const read = (kind: BuiltinKind, content: object): KubeObject | undefined => {
  try {
    return readBuiltin(kind, object(kind, content)).value;
  } catch {
    return undefined;
  }
};

const errors = (name: string, content: object, old?: object): readonly string[] => {
  const kind = kindOf(name);
  const before = old && complete(kind, read(kind, old)!);
  const next = complete(kind, read(kind, content)!);
  const found = kind.validate!(kind.prepare?.(next, before) ?? next, before);
  return found.map(({ field, message }) => `${field}: ${message}`);
};

describe("every built-in kind", () => {
  it("is told once", () => {
    const names = builtinKinds.map(({ resource }) => `${resource.group}/${resource.kind}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBe(20);
  });

  it.each(creations)("%s is read and completed once and for all, and left as it was: %s", (name, _, content) => {
    const kind = kindOf(name);
    const before = JSON.stringify(content);
    const first = read(kind, content);
    expect(JSON.stringify(content)).toBe(before);
    if (!first) return;
    const once = complete(kind, first);
    const again = readBuiltin(kind, once);
    expect(again.unknown).toEqual([]);
    expect(complete(kind, again.value)).toEqual(once);
    const prepared = kind.prepare?.(once);
    if (!prepared || kind.validate?.(prepared).length) return;
    expect(kind.prepare!(prepared, prepared)).toEqual(prepared);
  });

  it("starts from what is always there", () => {
    expect(emptyBuiltin(kindOf("/Service"))).toEqual({
      apiVersion: "v1",
      kind: "Service",
      metadata: {},
      spec: {},
      status: { loadBalancer: {} },
    });
    expect(emptyBuiltin(kindOf("/Event"))).toMatchObject({ firstTimestamp: null, eventTime: null, reportingComponent: "" });
  });
});

describe("fields that are not known", () => {
  it.each([
    ["/ConfigMap", { foo: 1, metadata: { bar: 1 } }, ["foo", "metadata.bar"]],
    ["/Service", { spec: { foo: 1, ports: [{ port: 1, bar: 2 }] } }, ["spec.foo", "spec.ports[0].bar"]],
    [
      "apps/Deployment",
      { spec: { template: { spec: { containers: [{ name: "a", foo: 1 }] } } } },
      ["spec.template.spec.containers[0].foo"],
    ],
  ])("of %s are dropped and told", (name, content, unknown) => {
    const kind = kindOf(name);
    expect(readBuiltin(kind, object(kind, content)).unknown).toEqual(unknown);
  });
});

describe("refusals", () => {
  const port = { port: 80 };
  it.each([
    ["/Service", "no ports", { spec: {} }, undefined, ["spec.ports: Required value"]],
    [
      "/Service",
      "a port out of range",
      { spec: { ports: [{ port: 0 }] } },
      undefined,
      [
        "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive",
      ],
    ],
    [
      "/Service",
      "another address",
      { spec: { ports: [port], clusterIP: "10.0.0.2" } },
      { spec: { ports: [port], clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"] } },
      ['spec.clusterIPs[0]: Invalid value: ["10.0.0.2"]: may not change once set'],
    ],
    [
      "/Service",
      "another family",
      { spec: { ports: [port], ipFamilies: ["IPv6"] } },
      undefined,
      ['spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
    ],
    [
      "apiextensions.k8s.io/CustomResourceDefinition",
      "a column that is wrong in all versions",
      {
        metadata: { name: "things.a.b" },
        spec: {
          group: "a.b",
          scope: "Cluster",
          names: { plural: "things", kind: "Thing" },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: { openAPIV3Schema: { type: "object" } },
              additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: "x" }],
            },
          ],
        },
      },
      undefined,
      ['spec.additionalPrinterColumns[0].JSONPath: Invalid value: "x": must be a simple json path starting with .'],
    ],
    ["/Secret", "another type", { type: "a" }, { type: "b" }, ['type: Invalid value: "a": field is immutable']],
    [
      "/ConfigMap",
      "a change of what is immutable",
      { data: { a: "2" }, immutable: true },
      { data: { a: "1" }, immutable: true },
      ["data: Forbidden: field is immutable when `immutable` is set"],
    ],
    [
      "coordination.k8s.io/Lease",
      "no duration",
      { spec: { leaseDurationSeconds: 0 } },
      undefined,
      ["spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"],
    ],
    ["apps/ControllerRevision", "no data", { revision: 1 }, undefined, ["data: Required value: data is mandatory"]],
  ])("of %s for %s", (name, _, content, old, expected) => {
    expect(errors(name, content, old)).toEqual(expected);
  });

  it("of data that is not base64 come before everything else", () => {
    const kind = kindOf("/Secret");
    expect(() => readBuiltin(kind, object(kind, { data: { a: "?" } }))).toThrow("illegal base64 data at input byte 0");
  });
});

it("a Secret in text becomes one in base64", () => {
  const kind = kindOf("/Secret");
  const { value } = readBuiltin(kind, object(kind, { data: { a: "YQ==", b: "Yg==" }, stringData: { b: "B", c: "" } }));
  expect(value["data"]).toEqual({ a: "YQ==", b: "Qg==", c: "" });
  expect(value["stringData"]).toBeUndefined();
});

describe("a Service", () => {
  const kind = kindOf("/Service");
  it("gets its defaults by its type", () => {
    expect(complete(kind, read(kind, { spec: { type: "LoadBalancer", ports: [{ port: 80 }] } })!)["spec"]).toEqual({
      type: "LoadBalancer",
      ports: [{ port: 80, protocol: "TCP", targetPort: 80 }],
      sessionAffinity: "None",
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
      allocateLoadBalancerNodePorts: true,
    });
  });

  it("keeps the address and the node ports that it was given", () => {
    const old = {
      type: "NodePort",
      clusterIP: "10.0.0.1",
      clusterIPs: ["10.0.0.1"],
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
    };
    const before = complete(kind, read(kind, { spec: { ...old, ports: [{ port: 80, nodePort: 30080 }] } })!);
    const next = complete(kind, read(kind, { spec: { type: "NodePort", ports: [{ port: 81 }] } })!);
    expect(kind.prepare!(next, before)["spec"]).toMatchObject({ ...old, ports: [{ port: 81, nodePort: 30080 }] });
  });
});

describe("amounts, addresses and times", () => {
  it.each([
    ["0.5", "500m"],
    ["1000m", "1"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["1000", "1k"],
    ["1.5005Ki", "1536512m"],
    ["1e3", "1e3"],
    ["0", "0"],
    ["-2", "-2"],
    ["100n", "100n"],
  ])("%s is %s", (given, written) => {
    expect(String(Quantity.parse(given))).toBe(written);
  });

  it("of every amount are written in one way only", () => {
    const amount = fc.tuple(fc.integer({ min: -9999, max: 9999 }), fc.constantFrom("", "m", "k", "M", "Ki", "Mi", "Gi", "u"));
    fc.assert(
      fc.property(amount, ([number, suffix]) => {
        const parsed = Quantity.parse(`${number}${suffix}`)!;
        const again = Quantity.parse(String(parsed))!;
        expect(again.nanos).toBe(parsed.nanos);
        expect(String(again)).toBe(String(parsed));
      }),
    );
  });

  it.each([
    ["fd00:0:0:0:0:0:0:1", "fd00::1"],
    ["::", "::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["10.0.0.1", "10.0.0.1"],
  ])("%s is %s", (given, written) => {
    expect(String(Ip.parse(given))).toBe(written);
  });

  it("are no addresses with leading zeros or foreign notations", () => {
    for (const text of ["010.0.0.1", "::ffff:1.2.3.4", "fe80::1%eth0", "1.2.3"]) expect(Ip.parse(text), text).toBeUndefined();
    for (const text of ["10.0.0.0/33", "10.0.0.0/08", "10.0.0.0"]) expect(Cidr.parse(text), text).toBeUndefined();
  });

  it.each([
    ["2026-01-01T01:00:00+01:00", { time: "2026-01-01T00:00:00Z" }],
    ["0000-02-29T00:00:00Z", { time: "0000-02-29T00:00:00Z" }],
    ["2026-02-29T00:00:00Z", { problem: 'parsing time "2026-02-29T00:00:00Z": day out of range' }],
    ["2026-01-01T00:00:00.9Z", { time: "2026-01-01T00:00:00Z" }],
    ["2026-13-01T00:00:00Z", { problem: 'parsing time "2026-13-01T00:00:00Z": month out of range' }],
    ["2026-02-30T00:00:00Z", { problem: 'parsing time "2026-02-30T00:00:00Z": day out of range' }],
    ["2026-01-01T00:00:00Zx", { problem: 'parsing time "2026-01-01T00:00:00Zx": extra text: "x"' }],
    ["x", { problem: 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"' }],
  ])("%s is a time or says why not", (text, expected) => {
    expect(readTime(text, "date-time")).toEqual(expected);
  });
});
