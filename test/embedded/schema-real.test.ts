import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FieldError, Schema } from "../../src/embedded/schema/schema.ts";
import { validateStructural } from "../../src/embedded/schema/structural.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import type { Cause, RealServer } from "./schema-real.ts";
import { nextToReal, noRealServer, startRealServer } from "./schema-real.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

const definition = (schema: unknown): KubeObject =>
  ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "tries.schema.test" },
    spec: {
      group: "schema.test",
      scope: "Namespaced",
      names: { plural: "tries", singular: "try", kind: "Try", listKind: "TryList" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  }) as unknown as KubeObject;

/** A schema whose spec is the given one. */
const spec = (schema: object): Schema => ({ type: "object", properties: { spec: schema as Schema } });
const field = (schema: object): Schema => spec({ type: "object", properties: { field: schema } });
const rule = (text: string, more: object = {}): Schema =>
  spec({
    type: "object",
    properties: {
      int: { type: "integer" },
      text: { type: "string", maxLength: 10 },
      list: { type: "array", maxItems: 5, items: { type: "object", properties: { x: { type: "integer" } } } },
      map: { type: "object", maxProperties: 5, additionalProperties: { type: "integer" } },
      either: { "x-kubernetes-int-or-string": true },
      free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      any: { "x-kubernetes-preserve-unknown-fields": true },
      time: { type: "string", format: "date-time" },
    },
    "x-kubernetes-validations": [{ rule: text, message: "m", ...more }],
  });
const text = { type: "string" };
const entry = { type: "object", required: ["name"], properties: { name: text, items: { type: "array", items: text } } };

const schemas: readonly (readonly [what: string, schema: unknown])[] = [
  ["a plain schema", field(text)],
  ["no type at the root", { properties: {} }],
  ["another type than object at the root", { type: "string" }],
  ["no type of a field", field({})],
  ["no type of items", field({ type: "array", items: {} })],
  ["a list without items", field({ type: "array" })],
  ["an unknown type", field({ type: "text" })],
  ["the type null", field({ type: "null" })],
  ["additionalProperties at the root", { type: "object", additionalProperties: true }],
  ["properties next to additionalProperties", field({ type: "object", properties: { a: text }, additionalProperties: text })],
  ["additionalProperties without a type", field({ type: "object", additionalProperties: {} })],
  ["nullable at the root", { type: "object", nullable: true }],
  [
    "metadata with more than a name",
    { type: "object", properties: { metadata: { type: "object", properties: { labels: text } } } },
  ],
  ["metadata with a name", { type: "object", properties: { metadata: { type: "object", properties: { name: text } } } }],
  ["metadata with a default", { type: "object", properties: { metadata: { type: "object", default: {} } } }],
  ["metadata that is a text", { type: "object", properties: { metadata: text } }],
  ["kind that is a number", { type: "object", properties: { kind: { type: "integer" } } }],
  ["an embedded resource without properties", field({ type: "object", "x-kubernetes-embedded-resource": true })],
  ["an embedded resource that is a text", field({ type: "string", "x-kubernetes-embedded-resource": true })],
  [
    "an embedded resource with additional properties",
    field({ type: "object", "x-kubernetes-embedded-resource": true, additionalProperties: text }),
  ],
  ["types in alternatives", field({ anyOf: [{ type: "string" }, { type: "integer" }] })],
  [
    "int-or-string as it is usually written",
    field({ "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] }),
  ],
  [
    "int-or-string with more",
    field({ "x-kubernetes-int-or-string": true, allOf: [{ anyOf: [{ type: "integer" }, { type: "string" }] }, { pattern: "a" }] }),
  ],
  ["int-or-string that preserves", field({ "x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true })],
  [
    "alternatives that say all they must not",
    field({
      type: "object",
      properties: { a: text },
      oneOf: [
        {
          title: "t",
          description: "d",
          nullable: true,
          default: {},
          additionalProperties: { minLength: 1 },
          properties: { a: { type: "string" } },
        },
        { not: { "x-kubernetes-list-type": "set", "x-kubernetes-validations": [{ rule: "true" }] } },
      ],
    }),
  ],
  [
    "alternatives about what is not there",
    field({ type: "object", anyOf: [{ required: ["a"], properties: { a: { minLength: 1 } } }, { items: { minLength: 1 } }] }),
  ],
  ["a bad pattern", field({ type: "string", pattern: "[" })],
  ["preserving false", field({ type: "object", "x-kubernetes-preserve-unknown-fields": false })],
  ["unique items", field({ type: "array", items: text, uniqueItems: true })],
  ["a definition", field({ type: "object", definitions: { a: text } })],
  ["a reference", field({ $ref: "#/a" })],
  ["a list type on an object", field({ type: "object", "x-kubernetes-list-type": "set" })],
  ["an unknown list type", field({ type: "array", items: text, "x-kubernetes-list-type": "bag" })],
  ["a map type on a list", field({ type: "array", items: text, "x-kubernetes-map-type": "atomic" })],
  ["an unknown map type", field({ type: "object", "x-kubernetes-map-type": "loose" })],
  ["a set of objects", field({ type: "array", items: { type: "object", properties: {} }, "x-kubernetes-list-type": "set" })],
  ["a set of nullable texts", field({ type: "array", items: { type: "string", nullable: true }, "x-kubernetes-list-type": "set" })],
  ["a map-like list without keys", field({ type: "array", items: entry, "x-kubernetes-list-type": "map" })],
  ["keys without a map-like list", field({ type: "array", items: entry, "x-kubernetes-list-map-keys": ["name"] })],
  ["keys of a set", field({ type: "array", items: text, "x-kubernetes-list-type": "set", "x-kubernetes-list-map-keys": ["name"] })],
  [
    "keys that are not there, are lists, or twice",
    field({
      type: "array",
      items: entry,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["other", "items", "name", "name"],
    }),
  ],
  [
    "keys that may be missing or null",
    field({
      type: "array",
      items: { type: "object", nullable: true, properties: { name: text, kind: { type: "string", nullable: true, default: "a" } } },
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name", "kind"],
    }),
  ],
  [
    "a map-like list of texts",
    field({ type: "array", items: text, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"] }),
  ],
  ["a default of the wrong type", field({ type: "string", default: 5 })],
  ["a default with unknown fields", field({ type: "object", properties: { a: text }, default: { b: 1 } })],
  ["a default that breaks a rule", field({ type: "integer", default: 5, "x-kubernetes-validations": [{ rule: "self < 3" }] })],
  ["a default too long", field({ type: "string", maxLength: 2, default: "abc" })],
  ["a default not in the enum", field({ type: "string", enum: ["a", "b"], default: "c" })],
  ["a good default", field({ type: "object", default: {}, properties: { a: { type: "string", default: "x" } } })],
  ["a rule that holds", rule("self.int > 1")],
  ["a rule about a field that is not there", rule("self.nope > 1")],
  ["a rule that asks for a field that is not there", rule("has(self.nope)")],
  ["a rule that asks for a field of an item that is not there", rule("self.list.all(e, has(e.nope))")],
  ["a rule about a field of an item that is not there", rule("self.list.exists(e, e.nope > 1)")],
  ["a rule that compares what cannot be compared", rule("self.int > 'a'")],
  ["a rule that equates an int and a double", rule("self.int == 1.5")],
  ["a rule that equates a text and an int", rule("self.text == 1")],
  ["a rule about a name nobody knows", rule("nope")],
  ["a rule that calls what nobody knows", rule("nope(1)")],
  ["a rule that calls a method nobody knows", rule("self.text.nope()")],
  ["a rule that calls with the wrong arguments", rule("self.text.substring('a') == 'x'")],
  ["a rule that yields no bool", rule("self.int")],
  ["a rule with a bad pattern", rule("self.text.matches('[')")],
  ["a rule with a bad duration", rule("duration('x') > duration('1s')")],
  ["a rule with a bad timestamp", rule("timestamp('x') > self.time")],
  ["a rule with a mixed list", rule("[1, 'a'].size() == 2")],
  ["a rule with two kinds of results", rule("(self.int > 1 ? 'a' : 1) == 'a'")],
  ["a rule that negates an int", rule("!self.int")],
  ["a rule that takes an int for a bool", rule("self.int && true")],
  ["a rule that looks into a text", rule("self.int in self.text")],
  ["a rule about preserved fields", rule("has(self.free.x)")],
  ["a rule about a field without a type", rule("self.any == 1")],
  ["a rule over two lines", rule("self.int > 1 ||\n self.nope")],
  ["a rule over two lines without a message", rule("self.int > 1 ||\n true", { message: "" })],
  ["a rule with an empty text", rule(" ")],
  ["a message over two lines", rule("true", { message: "a\nb" })],
  ["a blank message", rule("true", { message: " " })],
  ["an unknown reason", rule("true", { reason: "FieldValueOdd" })],
  ["a field path that leads nowhere", rule("true", { fieldPath: ".nope" })],
  ["a field path", rule("true", { fieldPath: ".map['a.b']" })],
  ["a message expression that yields no text", rule("true", { messageExpression: "self.int" })],
  ["a message expression about nothing", rule("true", { messageExpression: "self.nope" })],
  ["a message expression", rule("true", { messageExpression: "'%s is %d'.format([self.text, self.int])" })],
  ["an optional old self that is not used", rule("true", { optionalOldSelf: true })],
  ["an optional old self", rule("oldSelf.hasValue() || self.int > 1", { optionalOldSelf: true })],
  [
    "an optional old self that is looked into",
    rule("oldSelf.optMap(o, o.int < self.int).orValue(true)", { optionalOldSelf: true }),
  ],
  [
    "an old self among items",
    field({ type: "array", maxItems: 3, items: { type: "integer", "x-kubernetes-validations": [{ rule: "self == oldSelf" }] } }),
  ],
  ["cel.bind, which is not there", rule("cel.bind(x, self.int, x > 1)")],
  ["comprehensions over two variables", rule("self.map.all(k, v, k != '' && v > 1)")],
  ["the library at work", rule("isURL(self.text) && self.text.lowerAscii().trim().size() > 2 && self.text.find('[a-z]+') != ''")],
  ["quantities", rule("quantity(self.text).isGreaterThan(quantity('1Gi'))")],
  ["addresses", rule("!isIP(self.text) || ip(self.text).family() == 4 && cidr('10.0.0.0/8').containsIP(self.text)")],
  ["formats", rule("!format.dns1123Label().validate(self.text).hasValue()")],
  ["sets", rule("sets.contains([1, 2], [self.int])")],
  ["either of two types", rule("type(self.either) == int ? self.either > 5 : self.either.endsWith('%')")],
  ["an object compared with null", rule("self.free == null || self == oldSelf")],
];

describe.skipIf(noRealServer)(nextToReal("schemas of custom resources"), () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await startRealServer();
  });
  afterAll(() => server?.stop());

  it.each(schemas)("are judged alike: %s", async (_, schema) => {
    const { body } = await server.request("POST", `${definitions}?dryRun=All`, definition(schema));
    expect(comparable(validateStructural(schema as Schema))).toEqual(comparable(body.details?.causes ?? []));
  });
});

/** Causes in one order; of a rule the first mistake only, and no words of the other side's parsers. */
const comparable = (causes: readonly (Cause | FieldError)[]): string[] =>
  causes
    .map((cause) => `${"reason" in cause ? cause.reason : (cause as FieldError).type} ${cause.field}: ${cause.message}`)
    .map((text) => text.replace(/(syntax error|error parsing regexp): .*/is, "$1").replace(/(ERROR: .*?)\nERROR: .*/s, "$1"))
    .sort();
