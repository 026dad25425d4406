import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DecodeError } from "../../src/embedded/schema/decode.ts";
import { applyDefaults } from "../../src/embedded/schema/default.ts";
import { validateMetadata } from "../../src/embedded/schema/metadata.ts";
import { prune } from "../../src/embedded/schema/prune.ts";
import type { FieldError, Schema } from "../../src/embedded/schema/schema.ts";
import { schemaValidator } from "../../src/embedded/schema/validate.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import type { Cause, RealServer } from "./schema-real.ts";
import { installCrd, nextToReal, noRealServer, startRealServer } from "./schema-real.ts";

const text: Schema = { type: "string" };
const number: Schema = { type: "integer" };
const rules = (...all: NonNullable<Schema["x-kubernetes-validations"]>): Pick<Schema, "x-kubernetes-validations"> => ({
  "x-kubernetes-validations": all,
});

const schema: Schema = {
  type: "object",
  required: ["spec"],
  properties: {
    metadata: { type: "object", properties: { name: { type: "string", maxLength: 20 } } },
    spec: {
      type: "object",
      required: ["need"],
      properties: {
        need: text,
        int: { type: "integer", minimum: 1, maximum: 10, multipleOf: 2 },
        int32: { type: "integer", format: "int32" },
        double: { type: "number", minimum: 0, exclusiveMinimum: true, maximum: 1.5, exclusiveMaximum: true, format: "double" },
        bool: { type: "boolean" },
        text: { type: "string", minLength: 2, maxLength: 4, pattern: "^[a-z]+$" },
        enum: { type: "string", enum: ["a", "b"] },
        numbers: { type: "integer", enum: [1, 2] },
        nullable: { type: "string", nullable: true },
        defaulted: { type: "string", default: "x" },
        time: { type: "string", format: "date-time" },
        date: { type: "string", format: "date" },
        duration: { type: "string", format: "duration" },
        byte: { type: "string", format: "byte" },
        ipv4: { type: "string", format: "ipv4" },
        cidr: { type: "string", format: "cidr" },
        uri: { type: "string", format: "uri" },
        email: { type: "string", format: "email" },
        hostname: { type: "string", format: "hostname" },
        uuid: { type: "string", format: "uuid" },
        mac: { type: "string", format: "mac" },
        odd: { type: "string", format: "odd" },
        short: { type: "string", format: "k8s-short-name" },
        list: { type: "array", minItems: 1, maxItems: 3, items: text },
        set: { type: "array", "x-kubernetes-list-type": "set", maxItems: 5, items: text },
        entries: {
          type: "array",
          maxItems: 5,
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name", "port"],
          items: {
            type: "object",
            required: ["name"],
            properties: {
              name: text,
              port: { type: "integer", default: 1 },
              size: { type: "integer", ...rules({ rule: "self >= oldSelf", message: "may not shrink" }) },
            },
          },
        },
        map: { type: "object", minProperties: 1, maxProperties: 2, additionalProperties: { type: "integer", minimum: 1 } },
        either: { "x-kubernetes-int-or-string": true },
        eitherBound: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }], pattern: "^[0-9]+%$" },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { known: number } },
        embedded: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
        one: {
          type: "object",
          properties: { a: text, b: text },
          oneOf: [{ required: ["a"] }, { required: ["b"] }],
        },
        any: {
          type: "object",
          properties: { a: text, b: number },
          anyOf: [{ properties: { a: { minLength: 3 } }, required: ["a"] }, { properties: { b: { minimum: 5 } } }],
        },
        all: {
          type: "object",
          properties: { a: text },
          allOf: [{ required: ["a"] }, { properties: { a: { maxLength: 1 } } }],
          not: { properties: { a: { enum: ["z"] } } },
        },
        fixed: { type: "string", maxLength: 10, ...rules({ rule: "self == oldSelf", message: "is immutable" }) },
        ruled: {
          type: "object",
          properties: {
            min: number,
            max: number,
            names: { type: "array", maxItems: 4, items: { type: "string", maxLength: 8 } },
            labels: { type: "object", maxProperties: 4, additionalProperties: { type: "string", maxLength: 8 } },
            when: { type: "string", format: "date-time" },
            every: { type: "string", format: "duration" },
            amount: { type: "string", maxLength: 8 },
            port: { "x-kubernetes-int-or-string": true },
            "a-b": number,
            bytes: { type: "string", format: "byte", maxLength: 16 },
          },
          ...rules(
            {
              rule: "!has(self.min) || !has(self.max) || self.min <= self.max",
              messageExpression: "'min %d is above max %d'.format([self.min, self.max])",
              fieldPath: ".min",
            },
            {
              rule: "!has(self.names) || self.names.all(n, n.startsWith('n'))",
              reason: "FieldValueForbidden",
              message: "names begin with n",
            },
            { rule: "!has(self.names) || self.names[0] != 'nope'" },
            { rule: "!has(self.labels) || self.labels['need'] == 'x'", message: "need a label" },
            { rule: "!has(self.labels) || self.labels.all(k, k.size() < 6)", reason: "FieldValueDuplicate" },
            { rule: "!has(self.when) || self.when > timestamp('2024-01-01T00:00:00Z')", reason: "FieldValueRequired" },
            { rule: "!has(self.every) || self.every >= duration('1m')" },
            { rule: "!has(self.amount) || quantity(self.amount).isLessThan(quantity('1Gi'))" },
            { rule: "!has(self.port) || (type(self.port) == int ? self.port > 0 : self.port.matches('^[a-z]+$'))" },
            { rule: "!has(self.a__dash__b) || 10 / self.a__dash__b > 1" },
            { rule: "!has(self.bytes) || self.bytes.size() < 4" },
            {
              rule: "oldSelf.hasValue() || !has(self.max) || self.max < 100",
              optionalOldSelf: true,
              message: "too large for a new one",
            },
          ),
        },
      },
    },
    status: {
      type: "object",
      properties: {
        ready: { type: "boolean" },
        count: { type: "integer", minimum: 0 },
        phase: { type: "string", maxLength: 9, ...rules({ rule: "self != 'Broken'" }) },
      },
    },
  },
};

const crd = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "checks.schema.test" },
  spec: {
    group: "schema.test",
    scope: "Namespaced",
    names: { plural: "checks", singular: "check", kind: "Check", listKind: "CheckList" },
    versions: [{ name: "v1", served: true, storage: true, subresources: { status: {} }, schema: { openAPIV3Schema: schema } }],
  },
} as unknown as KubeObject;

const collection = "/apis/schema.test/v1/namespaces/default/checks";

function check(spec: object | undefined, more: object = {}): KubeObject {
  const metadata = { name: "one", namespace: "default" };
  return { apiVersion: "schema.test/v1", kind: "Check", metadata, ...(spec && { spec }), ...more } as unknown as KubeObject;
}

const fields = (fields: object): object => ({ need: "x", ...fields });

const specs: readonly (readonly [what: string, spec: object | undefined])[] = [
  ["nothing wrong", fields({ int: 2, text: "abc", list: ["a"], map: { a: 1 } })],
  ["no spec", undefined],
  ["what is required missing", {}],
  ["wrong types all over", fields({ int: "a", double: "b", bool: 1, text: 5, list: {}, map: [], either: true, one: "x" })],
  ["a spec that is a list", [] as object],
  ["null where it is not allowed", fields({ list: [null], map: { a: null } })],
  ["null where it is allowed", fields({ nullable: null, defaulted: null })],
  ["numbers out of bounds", fields({ int: 11, double: 1.5 })],
  ["numbers below their bounds", fields({ int: -3, double: 0 })],
  ["a fraction for an integer", fields({ int: 1.5 })],
  ["a number too large for int32", fields({ int32: 3000000000 })],
  ["a text too short and one too long", fields({ text: "a", enum: "c", numbers: 3 })],
  ["a text too long", fields({ text: "abcde" })],
  ["a text that does not match", fields({ text: "AB" })],
  [
    "texts without their formats",
    fields({
      time: "x",
      date: "2020-13-01",
      duration: "x",
      byte: "?",
      ipv4: "1.2.3",
      cidr: "1.2.3.4",
      uri: "a b",
      email: "@",
      hostname: "-",
      uuid: "1",
      mac: "z",
      odd: "x",
      short: "A",
    }),
  ],
  [
    "texts with their formats",
    fields({
      time: "2024-01-01T00:00:00Z",
      date: "2020-12-01",
      duration: "1h2m",
      byte: "YWJj",
      ipv4: "1.2.3.4",
      cidr: "1.2.3.0/24",
      uri: "https://a/b",
      email: "a@b.c",
      hostname: "a.example",
      uuid: "123e4567-e89b-12d3-a456-426614174000",
      mac: "00:11:22:33:44:55",
      short: "abc",
    }),
  ],
  ["too few and too many", fields({ list: [], map: {} })],
  ["too many", fields({ list: ["a", "b", "c", "d"], map: { a: 1, b: 1, c: 0 } })],
  ["duplicates", fields({ set: ["a", "b", "a", "a"], entries: [{ name: "a" }, { name: "a", port: 1 }, { name: "b" }] })],
  ["entries without what is required", fields({ entries: [{ port: 1 }] })],
  ["either of two types", fields({ either: 5, eitherBound: "5%" })],
  ["either of two types, wrongly", fields({ either: 1.5, eitherBound: "x" })],
  ["a preserved field of the wrong type", fields({ free: { known: "x", other: [1] } })],
  [
    "an embedded resource that is none",
    fields({ embedded: { apiVersion: "a/b/c", kind: "-", metadata: { name: "..", labels: { "a b": "-" } } } }),
  ],
  ["an embedded resource without a kind", fields({ embedded: {} })],
  ["none of the alternatives", fields({ one: {}, any: { a: "x", b: 1 } })],
  ["two of one alternative", fields({ one: { a: "x", b: "y" } })],
  ["not all", fields({ all: { a: "zz" } })],
  ["none of all", fields({ all: {} })],
  ["what must not be", fields({ all: { a: "z" } })],
  [
    "rules broken",
    fields({
      ruled: {
        min: 3,
        max: 2,
        names: ["a"],
        labels: { a: "b" },
        when: "2020-01-01T00:00:00Z",
        every: "1s",
        amount: "2Gi",
        port: 0,
        bytes: "YWJjZA==",
      },
    }),
  ],
  [
    "rules that fail to say",
    fields({ ruled: { names: [], labels: { toolong: "x", need: "x" }, amount: "?", port: "A", "a-b": 0 } }),
  ],
  [
    "rules kept",
    fields({
      ruled: {
        min: 1,
        max: 2,
        names: ["n"],
        labels: { need: "x" },
        when: "2024-02-01T00:00:00Z",
        every: "2m",
        amount: "1Mi",
        port: "http",
        "a-b": 2,
      },
    }),
  ],
  ["too large for a new one", fields({ ruled: { max: 200 } })],
  ["a rule next to what is wrong", fields({ int: "x", ruled: { min: 3, max: 2 } })],
  ["a rule next to a number out of bounds", fields({ int: 11, ruled: { min: 3, max: 2 } })],
];

const changes: readonly (readonly [what: string, before: object, after: object])[] = [
  ["nothing", fields({ fixed: "a" }), fields({ fixed: "a" })],
  ["what is immutable", fields({ fixed: "a" }), fields({ fixed: "b" })],
  [
    "what may not shrink",
    fields({
      entries: [
        { name: "a", size: 5 },
        { name: "b", size: 1 },
      ],
    }),
    fields({
      entries: [
        { name: "b", size: 2 },
        { name: "a", size: 4 },
      ],
    }),
  ],
  ["a new entry", fields({ entries: [{ name: "a", size: 5 }] }), fields({ entries: [{ name: "b", size: 2 }] })],
  ["an old one that is large", fields({ ruled: { max: 99 } }), fields({ ruled: { max: 200 } })],
  ["a bound broken", fields({ int: 2 }), fields({ int: 12, text: "abc" })],
];

describe.skipIf(noRealServer)(nextToReal("custom resources"), () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startRealServer();
    await installCrd(server, crd);
  });
  afterAll(() => server?.stop());

  const validator = schemaValidator(schema);
  const judge = (sent: KubeObject, old?: KubeObject): readonly (FieldError | string)[] => {
    try {
      const object = applyDefaults(schema, prune(schema, sent).value);
      return [...validateMetadata(object, { namespaced: true }, old), ...validator.validate(object, old && { old })];
    } catch (error) {
      if (error instanceof DecodeError) return [error.message];
      throw error;
    }
  };

  it.each(specs)("are judged alike with %s", async (_, spec) => {
    const { body } = await server.request("POST", `${collection}?dryRun=All`, check(spec));
    expect(comparable(judge(check(spec)))).toEqual(comparable(body.details?.causes ?? []));
  });

  it.each(changes)("are judged alike when changed: %s", async (_, before, after) => {
    const created = await server.request("POST", collection, check(before));
    expect(created.status).toBe(201);
    const old = created.body;
    const next = { ...old, spec: after } as unknown as KubeObject;
    const { body } = await server.request("PUT", `${collection}/one`, next);
    await server.request("DELETE", `${collection}/one`);
    expect(comparable(judge(next, old))).toEqual(comparable(body.details?.causes ?? []));
  });

  it.each([
    ["of the wrong type", { ready: "x", count: -1 }],
    ["that breaks a rule", { phase: "Broken" }],
    ["that is fine", { ready: true, count: 1, phase: "Done" }],
  ])("are judged alike with a status %s", async (_, status) => {
    const { body: old } = await server.request("POST", collection, check({ need: "x" }));
    const next = { ...old, status } as unknown as KubeObject;
    const { body } = await server.request("PUT", `${collection}/one/status`, next);
    await server.request("DELETE", `${collection}/one`);
    expect(comparable(validator.validateStatus(next, old))).toEqual(comparable(body.details?.causes ?? []));
  });
});

/** Causes in one order, each once: the API server repeats what two of its layers find. */
const comparable = (causes: readonly (Cause | FieldError | string)[]): readonly string[] =>
  [
    ...new Set(
      causes.map((cause) =>
        typeof cause === "string"
          ? cause
          : `${"reason" in cause ? cause.reason : (cause as FieldError).type} ${cause.field}: ${cause.message}`,
      ),
    ),
  ].sort();
