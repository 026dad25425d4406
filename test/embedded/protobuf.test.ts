import fc from "fast-check";
import type protobuf from "protobufjs";
import { describe, expect, test } from "vitest";
import { decodeObject } from "../../src/embedded/http/body.ts";
import { envelopeMessage, messageOf } from "../../src/embedded/protobuf/messages/index.ts";

const media = "application/vnd.kubernetes.protobuf";

type Fields = Record<string, unknown>;

/** What a client of Go would send. `fields` are those of the message: times, quantities and bytes as protobuf has them. */
function sealed(apiVersion: string, kind: string, fields: Fields): Buffer {
  const type = messageOf(apiVersion, kind)!;
  return enveloped(apiVersion, kind, type.encode(type.fromObject(fields)).finish());
}

function enveloped(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const envelope = envelopeMessage.fromObject({ typeMeta: { apiVersion, kind }, raw });
  return Buffer.concat([Buffer.from("k8s\0"), envelopeMessage.encode(envelope).finish()]);
}

const read = (body: Buffer, kind: string): unknown => decodeObject(body, media, { group: "", version: "v1", kind }).object;

describe("what is sent in protobuf is what it is in JSON", () => {
  test.each<[sentence: string, apiVersion: string, kind: string, sent: Fields, json: Fields]>([
    [
      "a time has whole seconds",
      "v1",
      "Namespace",
      { metadata: { deletionTimestamp: { seconds: 1_700_000_000, nanos: 5 } } },
      { metadata: { deletionTimestamp: "2023-11-14T22:13:20Z" } },
    ],
    [
      "the zero time is null",
      "v1",
      "Namespace",
      { metadata: { creationTimestamp: {} } },
      { metadata: { creationTimestamp: null } },
    ],
    [
      "1970 is a time",
      "v1",
      "Namespace",
      { metadata: { creationTimestamp: { seconds: 0, nanos: 0 } } },
      { metadata: { creationTimestamp: "1970-01-01T00:00:00Z" } },
    ],
    [
      "numbers of 64 bits",
      "v1",
      "Namespace",
      { metadata: { generation: 2 ** 40, deletionGracePeriodSeconds: -1 } },
      { metadata: { generation: 2 ** 40, deletionGracePeriodSeconds: -1 } },
    ],
    ["bytes are base64", "v1", "Secret", { data: { a: Buffer.from([0, 255]) } }, { data: { a: "AP8=" } }],
    ["a key may be any text", "v1", "ConfigMap", { data: { constructor: "x", "": "ä" } }, { data: { constructor: "x", "": "ä" } }],
    ["a number where a text may be", "v1", "Service", port({ type: 0, intVal: 8080, strVal: "" }), port(8080)],
    ["a text where a number may be", "v1", "Service", port({ type: 1, intVal: 0, strVal: "web" }), port("web")],
    [
      "what points to false is not nothing",
      "v1",
      "ServiceAccount",
      { automountServiceAccountToken: false },
      { automountServiceAccountToken: false },
    ],
    [
      "a set of fields is JSON",
      "v1",
      "ConfigMap",
      { metadata: { managedFields: [{ fieldsV1: { raw: Buffer.from('{"f:data":{}}') } }] } },
      { metadata: { managedFields: [{ fieldsV1: { "f:data": {} } }] } },
    ],
    ["a quantity is a text", "apps/v1", "Deployment", limits({ string: "100m" }), limits("100m")],
    [
      "microseconds",
      "coordination.k8s.io/v1",
      "Lease",
      { spec: { renewTime: { seconds: 1_700_000_000, nanos: 5_999 }, acquireTime: {} } },
      { spec: { renewTime: "2023-11-14T22:13:20.000005Z", acquireTime: null } },
    ],
    [
      "what is inline in Go is no field",
      "v1",
      "Pod",
      { spec: { volumes: [{ name: "a", volumeSource: { emptyDir: { medium: "Memory" } } }] } },
      { spec: { volumes: [{ name: "a", emptyDir: { medium: "Memory" } }] } },
    ],
    [
      "an extension is JSON, or nothing",
      "apps/v1",
      "ControllerRevision",
      { data: { raw: Buffer.from('{"a":1}') } },
      { data: { a: 1 } },
    ],
    ["no extension", "apps/v1", "ControllerRevision", { data: { raw: Buffer.alloc(0) } }, { data: null }],
    [
      "a definition's schema",
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      schema({
        ref: "x",
        default: { raw: Buffer.from("[1]") },
        xKubernetesPreserveUnknownFields: true,
        additionalProperties: { allows: true },
        items: { schema: { type: "string" } },
        properties: { a: { additionalProperties: { schema: { type: "string" } }, items: { jSONSchemas: [{ type: "string" }] } } },
        dependencies: { a: { property: ["b"] }, c: { schema: { type: "string" } } },
      }),
      schema({
        $ref: "x",
        default: [1],
        "x-kubernetes-preserve-unknown-fields": true,
        additionalProperties: true,
        items: { type: "string" },
        properties: { a: { additionalProperties: { type: "string" }, items: [{ type: "string" }] } },
        dependencies: { a: ["b"], c: { type: "string" } },
      }),
    ],
    [
      "kinds of the same name in two groups",
      "events.k8s.io/v1",
      "Event",
      { note: "x", series: { count: 2 } },
      { note: "x", series: { count: 2 } },
    ],
    [
      "options of a deletion, of any group",
      "v1",
      "DeleteOptions",
      { dryRun: ["All"], gracePeriodSeconds: 0 },
      { dryRun: ["All"], gracePeriodSeconds: 0 },
    ],
  ])("%s", (_, apiVersion, kind, sent, json) => {
    expect(read(sealed(apiVersion, kind, sent), kind)).toEqual({ apiVersion, kind, ...json });
  });

  /** As `kubectl create configmap a --from-literal=k=v` 1.32 sends it, byte by byte. */
  test("a body of kubectl", () => {
    const sent = "azhzAAoPCgJ2MRIJQ29uZmlnTWFwEhsKEQoBYRIAGgAiACoAMgA4AEIAEgYKAWsSAXYaACIA";
    expect(read(Buffer.from(sent, "base64"), "ConfigMap")).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "a",
        generateName: "",
        namespace: "",
        selfLink: "",
        uid: "",
        resourceVersion: "",
        generation: 0,
        creationTimestamp: null,
      },
      data: { k: "v" },
    });
  });
});

function port(targetPort: unknown): Fields {
  return { spec: { ports: [{ port: 80, targetPort }] } };
}

function schema(openAPIV3Schema: Fields): Fields {
  return { spec: { versions: [{ name: "v1", schema: { openAPIV3Schema } }] } };
}

function limits(cpu: unknown): Fields {
  return { spec: { template: { spec: { containers: [{ resources: { limits: { cpu } } }] } } } };
}

/** Objects of a message, field by field as it is described, but for those that JSON writes in another way. */
function objectsOf(type: protobuf.Type, depth = 0): fc.Arbitrary<Fields> {
  const plain = type.fieldsArray.filter((field) => isPlain(field) && (depth < 5 || !field.resolvedType));
  return fc.record(Object.fromEntries(plain.map((field) => [field.name, valuesOf(field, depth)])), { requiredKeys: [] });
}

const otherwise = ["Time", "MicroTime", "Quantity", "IntOrString", "FieldsV1", "RawExtension"];
const isPlain = ({ type, resolvedType, options }: protobuf.Field): boolean =>
  type !== "bytes" && !otherwise.includes(resolvedType?.name ?? "") && !options?.["(inline)"];

function valuesOf(field: protobuf.Field, depth: number): fc.Arbitrary<unknown> {
  const one = oneOf(field, depth);
  // A list or map without entries is not sent.
  if (field.map) return fc.dictionary(fc.string(), one, { minKeys: 1, maxKeys: 3, noNullPrototype: true });
  return field.repeated ? fc.array(one, { minLength: 1, maxLength: 3 }) : one;
}

function oneOf({ type, resolvedType }: protobuf.Field, depth: number): fc.Arbitrary<unknown> {
  if (resolvedType) return objectsOf(resolvedType as protobuf.Type, depth + 1);
  if (type === "bool") return fc.boolean();
  if (type === "int32") return fc.integer();
  return type === "int64" ? fc.maxSafeInteger() : fc.string({ unit: "grapheme" });
}

test.each([
  ["v1", "Namespace"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "Service"],
  ["v1", "ServiceAccount"],
  ["v1", "DeleteOptions"],
  ["apps/v1", "Deployment"],
  ["batch/v1", "Job"],
  ["v1", "Pod"],
  ["v1", "Node"],
  ["v1", "Event"],
  ["discovery.k8s.io/v1", "EndpointSlice"],
  ["events.k8s.io/v1", "Event"],
  ["rbac.authorization.k8s.io/v1", "ClusterRole"],
])("whatever a client writes into %s %s is read", (apiVersion, kind) => {
  fc.assert(
    fc.property(objectsOf(messageOf(apiVersion, kind)!), (fields) => {
      expect(read(sealed(apiVersion, kind, fields), kind)).toEqual({ apiVersion, kind, ...fields });
    }),
    { numRuns: 50 },
  );
});

test("a field that the kind does not have is dropped, as it is by whoever is older than its client", () => {
  const unknown = Buffer.from([15 * 8 + 2, 1, 120]);
  const inside = Buffer.from([10, unknown.length, ...unknown]);
  const sent = enveloped("v1", "ConfigMap", Buffer.concat([unknown, inside]));
  expect(read(sent, "ConfigMap")).toEqual({ apiVersion: "v1", kind: "ConfigMap", metadata: {} });
});

describe("what cannot be read is refused", () => {
  const configMap = sealed("v1", "ConfigMap", { data: { k: "v" } });
  test.each<[sentence: string, body: Buffer, code: number, message: RegExp]>([
    ["no envelope", Buffer.from("{}"), 400, /must be of type ConfigMap\): provided data does not appear/],
    ["nothing", Buffer.alloc(0), 400, /empty data \(<empty>\)$/],
    ["half an envelope", configMap.subarray(0, -1), 400, /unexpected EOF/],
    ["half an object", enveloped("v1", "ConfigMap", Buffer.from([10, 5])), 400, /^ConfigMap in version "v1" .*: unexpected EOF$/],
    ["a wire type that does not exist", enveloped("v1", "ConfigMap", Buffer.from([15])), 400, /^ConfigMap in version "v1" cannot/],
    [
      "a year of six digits",
      sealed("v1", "ConfigMap", { metadata: { creationTimestamp: { seconds: 10 ** 13 } } }),
      400,
      /year outside/,
    ],
    [
      "a set of fields that is none",
      sealed("v1", "ConfigMap", { metadata: { managedFields: [{ fieldsV1: { raw: Buffer.from("{") } }] } }),
      400,
      /fieldsV1 is no JSON/,
    ],
    [
      "a kind that there is not",
      enveloped("v1", "Nonsense", Buffer.alloc(0)),
      400,
      /^Nonsense in version "v1" .*: no kind "Nonsense" is registered for version "v1"/,
    ],
    ["a kind of another version", enveloped("v2", "ConfigMap", Buffer.alloc(0)), 400, /no kind "ConfigMap" is registered/],
    [
      "an extension that is no JSON",
      sealed("apps/v1", "ControllerRevision", { data: { raw: Buffer.from("{") } }),
      400,
      /is no JSON/,
    ],
  ])("%s", (_, body, code, message) => {
    expect(() => read(body, "ConfigMap")).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });
});
