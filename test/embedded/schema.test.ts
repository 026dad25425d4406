import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecodeError } from "../../src/embedded/schema/decode.ts";
import { applyDefaults } from "../../src/embedded/schema/default.ts";
import { validateMetadata } from "../../src/embedded/schema/metadata.ts";
import { prune } from "../../src/embedded/schema/prune.ts";
import type { FieldError, Schema, ValidationRule } from "../../src/embedded/schema/schema.ts";
import { validateStructural } from "../../src/embedded/schema/structural.ts";
import { schemaValidator } from "../../src/embedded/schema/validate.ts";
import type { KubeObject } from "../../src/kube/resource.ts";

const text: Schema = { type: "string" };
const integer: Schema = { type: "integer" };

const object = (properties: Record<string, Schema>, more: Schema = {}): Schema => ({ type: "object", properties, ...more });
const root = (spec: Schema): Schema => object({ spec });
const thing = (spec: unknown, metadata: object = {}) =>
  ({ apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "one", ...metadata }, spec }) as unknown as KubeObject;

const told = (errors: readonly FieldError[]) => errors.map(({ field, message }) => `${field}: ${message}`);
const problems = (schema: Schema, value: unknown, old?: unknown) =>
  told(schemaValidator(root(schema)).validate({ spec: value }, old === undefined ? {} : { old: { spec: old } }));

describe("pruning", () => {
  const schema = root(
    object({
      name: text,
      list: { type: "array", items: object({ a: text }) },
      map: { type: "object", additionalProperties: object({ b: text }) },
      open: object({ known: object({ c: text }) }, { "x-kubernetes-preserve-unknown-fields": true }),
      resource: { type: "object", "x-kubernetes-embedded-resource": true, properties: { spec: object({ d: text }) } },
    }),
  );

  it("drops what the schema does not know, and tells what", () => {
    const spec = {
      name: "x",
      foo: 1,
      list: [{ a: "1", bar: 2 }],
      map: { k: { b: "1", baz: 3 } },
      open: { any: { thing: 1 }, known: { c: "1", lost: 1 } },
      resource: { apiVersion: "v1", kind: "K", metadata: { name: "n" }, spec: { d: "1", e: 2 }, status: {} },
    };
    const { value, unknown } = prune(schema, thing(spec));
    expect(value["spec"]).toEqual({
      name: "x",
      list: [{ a: "1" }],
      map: { k: { b: "1" } },
      open: { any: { thing: 1 }, known: { c: "1" } },
      resource: { apiVersion: "v1", kind: "K", metadata: { name: "n" }, spec: { d: "1" } },
    });
    expect(unknown).toEqual([
      "spec.foo",
      "spec.list[0].bar",
      "spec.map.k.baz",
      "spec.open.known.lost",
      "spec.resource.spec.e",
      "spec.resource.status",
    ]);
  });

  it("reads metadata as its Go type, and refuses what cannot be read", () => {
    const { value, unknown } = prune(schema, thing({}, { labels: { a: "b" }, foo: 1, creationTimestamp: null }));
    expect(value.metadata).toEqual({ name: "one", labels: { a: "b" } });
    expect(unknown).toEqual(["metadata.foo"]);
    expect(() => prune(schema, thing({}, { labels: { a: 1 } }))).toThrow(DecodeError);
  });

  it("twice is pruning once, and mutates nothing", () => {
    const keys = fc.constantFrom("name", "list", "map", "open", "resource", "a", "b", "known", "spec", "metadata", "kind");
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom("x", 1, true),
        fc.array(tie("tree"), { maxLength: 3 }),
        fc.dictionary(keys, tie("tree")),
      ),
    }));
    fc.assert(
      fc.property(tree, (spec) => {
        const before = JSON.stringify(spec);
        const once = tryPrune(thing(spec));
        expect(JSON.stringify(spec)).toBe(before);
        if (!once) return;
        const again = prune(schema, once);
        expect(again.value).toEqual(once);
        expect(again.unknown).toEqual([]);
      }),
    );
  });

  function tryPrune(value: KubeObject): KubeObject | undefined {
    try {
      return prune(schema, value).value;
    } catch (error) {
      if (error instanceof DecodeError) return undefined;
      throw error;
    }
  }
});

describe("defaults", () => {
  const schema = root(
    object({
      size: { ...integer, default: 1 },
      nested: object({ a: { ...text, default: "x" } }, { default: {} }),
      absent: object({ b: { ...text, default: "y" } }),
      list: { type: "array", items: object({ c: { ...text, default: "z" } }) },
      nullable: { ...text, nullable: true, default: "n" },
      map: { type: "object", additionalProperties: { ...text, default: "m" } },
    }),
  );

  it("fill what is absent inside what is there", () => {
    expect(applyDefaults(schema, { spec: { list: [{}], map: { k: null } } })).toEqual({
      spec: { size: 1, nested: { a: "x" }, list: [{ c: "z" }], nullable: "n", map: { k: "m" } },
    });
  });

  it("fill nulls, unless null is allowed", () => {
    expect(applyDefaults(schema, { spec: { size: null, nullable: null } })).toMatchObject({ spec: { size: 1, nullable: null } });
  });

  it("are copies: who changes an object changes no schema", () => {
    const list = [1];
    const filled = applyDefaults(object({ list: { type: "array", items: integer, default: list } }), {}) as { list?: number[] };
    expect(filled.list).toEqual([1]);
    expect(filled.list).not.toBe(list);
  });

  it("twice are defaults once, and mutate nothing", () => {
    const spec = fc.record(
      { size: fc.option(fc.integer()), nested: fc.constant({}), absent: fc.constant({}), list: fc.array(fc.constant({})) },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(spec, (value) => {
        const before = JSON.stringify(value);
        const once = applyDefaults(schema, { spec: value });
        expect(JSON.stringify(value)).toBe(before);
        expect(applyDefaults(schema, once)).toEqual(once);
      }),
    );
  });
});

describe("validation says", () => {
  const cases: readonly (readonly [what: string, schema: Schema, value: unknown, errors: readonly string[]])[] = [
    [
      "a wrong type",
      object({ a: integer }),
      { a: "x" },
      ['spec.a: Invalid value: "string": spec.a in body must be of type integer: "string"'],
    ],
    ["what is missing", object({ a: text }, { required: ["a"] }), {}, ["spec.a: Required value"]],
    [
      "what is not among the choices",
      object({ a: { ...text, enum: ["x", "y"] } }),
      { a: "z" },
      ['spec.a: Unsupported value: "z": supported values: "x", "y"'],
    ],
    [
      "what is too large",
      object({ a: { ...integer, maximum: 3 } }),
      { a: 4 },
      ["spec.a: Invalid value: 4: spec.a in body should be less than or equal to 3"],
    ],
    [
      "what does not match",
      object({ a: { ...text, pattern: "^a+$" } }),
      { a: "b" },
      ["spec.a: Invalid value: \"b\": spec.a in body should match '^a+$'"],
    ],
    ["what is too long", object({ a: { ...text, maxLength: 1 } }), { a: "ab" }, ["spec.a: Too long: may not be more than 1 byte"]],
    [
      "what is too short, a pair of surrogates being one character",
      object({ a: { ...text, minLength: 2, maxLength: 2 }, b: { ...text, minLength: 2, maxLength: 2 } }),
      { a: "😀", b: "😀😀" },
      ['spec.a: Invalid value: "😀": spec.a in body should be at least 2 chars long'],
    ],
    ["too many items", { type: "array", maxItems: 1, items: text }, ["a", "b"], ["spec: Too many: 2: must have at most 1 item"]],
    [
      "a member of a set twice",
      { type: "array", "x-kubernetes-list-type": "set", items: text },
      ["a", "a"],
      ['spec[1]: Duplicate value: "a"'],
    ],
    [
      "a key twice",
      { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items: object({ k: text }) },
      [{ k: "a" }, { k: "a" }],
      ['spec[1]: Duplicate value: {"k":"a"}'],
    ],
    [
      "null where there may be none",
      object({ a: text }),
      { a: null },
      ['spec.a: Invalid value: "null": spec.a in body must be of type string: "null"'],
    ],
    [
      "which format is not met",
      object({ a: { ...text, format: "date-time" } }),
      { a: "x" },
      ['spec.a: Invalid value: "x": spec.a in body must be of type date-time: "x"'],
    ],
  ];
  it.each(cases)("%s", (_, schema, value, errors) => {
    expect(problems(schema, value)).toEqual(errors);
  });

  it("nothing of what was there before and did not change", () => {
    const schema = object({ short: { ...text, maxLength: 1 }, other: text });
    expect(problems(schema, { short: "ab", other: "y" }, { short: "ab", other: "x" })).toEqual([]);
    expect(problems(schema, { short: "ac", other: "y" }, { short: "ab", other: "x" })).toEqual([
      "spec.short: Too long: may not be more than 1 byte",
    ]);
  });

  it("how long a name may be", () => {
    const rules = { namespaced: false };
    expect(told(validateMetadata(thing({}, { name: "a".repeat(253) }), rules))).toEqual([]);
    expect(told(validateMetadata(thing({}, { name: "a".repeat(254) }), rules))).toEqual([
      expect.stringMatching(/must be no more than 253 characters$/),
    ]);
  });

  it("what metadata may not be", () => {
    const rules = { namespaced: true };
    expect(told(validateMetadata(thing({}, { name: "A", namespace: "n", labels: { "a b": "c" } }), rules))).toEqual([
      expect.stringMatching(/^metadata.name: Invalid value: "A": a lowercase RFC 1123 subdomain/),
      expect.stringMatching(/^metadata.labels: Invalid value: "a b": name part must consist/),
    ]);
    const old = thing({}, { namespace: "n", uid: "1", resourceVersion: "1" });
    const next = thing({}, { namespace: "n", uid: "2", resourceVersion: "1" });
    expect(told(validateMetadata(next, rules, old))).toEqual(['metadata.uid: Invalid value: "2": field is immutable']);
  });
});

describe("a rule", () => {
  const ruled = (rule: ValidationRule, properties: Record<string, Schema> = { min: integer, max: integer }): Schema =>
    object(properties, { "x-kubernetes-validations": [rule] });

  it("is asked, and answers in its own words", () => {
    const schema = ruled({ rule: "self.min <= self.max", message: "min above max" });
    expect(problems(schema, { min: 1, max: 2 })).toEqual([]);
    expect(problems(schema, { min: 3, max: 2 })).toEqual(["spec: Invalid value: min above max"]);
  });

  it("computes its words, its reason and its field", () => {
    const schema = ruled({
      rule: "self.min <= self.max",
      messageExpression: "'at most ' + string(self.max)",
      reason: "FieldValueForbidden",
      fieldPath: ".min",
    });
    expect(problems(schema, { min: 3, max: 2 })).toEqual(["spec.min: Forbidden: at most 2"]);
  });

  it("of a transition is asked on update alone", () => {
    const schema = ruled({ rule: "self.min >= oldSelf.min", message: "may not shrink" });
    expect(problems(schema, { min: 1 })).toEqual([]);
    expect(problems(schema, { min: 1 }, { min: 2 })).toEqual(["spec: Invalid value: may not shrink"]);
  });

  it("with an optional old value is asked always", () => {
    const schema = ruled({ rule: "oldSelf.hasValue() || self.min == 0", optionalOldSelf: true, message: "starts at none" });
    expect(problems(schema, { min: 1 })).toEqual(["spec: Invalid value: starts at none"]);
    expect(problems(schema, { min: 1 }, { min: 0 })).toEqual([]);
  });

  it.each([
    ["self.text.matches('^a') && self.text.lowerAscii() == 'abc'", true],
    ["self.text.split('b') == ['a', 'c'] && self.text.substring(1, 2) == 'b'", true],
    ["self.list.all(x, x > 0) && self.list.exists_one(x, x == 2) && self.list.sum() == 6", true],
    ["has(self.missing) || self.list.map(x, x * 2) == [2, 4, 6]", true],
    ["duration('1h') > duration('59m') && timestamp('2026-01-01T00:00:00Z').getFullYear() == 2026", true],
    ["quantity('1Gi').isGreaterThan(quantity('1000Mi')) && isQuantity('x') == false", true],
    ["url('https://a.b:1/c').getPort() == '1' && ip('1.2.3.4').family() == 4 && cidr('10.0.0.0/8').containsIP('10.1.2.3')", true],
    ["sets.contains(['a', 'b'], ['a']) && 'abc'.find('b.') == 'bc'", true],
    ["self.list.size() == 2", false],
  ])("knows %s", (rule, holds) => {
    const schema = ruled({ rule, message: "no" }, { text, list: { type: "array", items: integer }, missing: text });
    expect(problems(schema, { text: "abc", list: [1, 2, 3] })).toEqual(holds ? [] : ["spec: Invalid value: no"]);
  });
});

describe("a definition is refused for", () => {
  const cases: readonly (readonly [what: string, schema: Schema, error: string | RegExp])[] = [
    ["no type", object({ a: {} }), /spec.validation.openAPIV3Schema.properties\[a\].type: Required value/],
    [
      "a default that does not fit",
      object({ a: { ...integer, default: "x" } }),
      /properties\[a\].default: Invalid value: "string"/,
    ],
    [
      "a rule that does not compile",
      object({}, { "x-kubernetes-validations": [{ rule: "self.x > 1" }] }),
      /rule: Invalid value: .*undefined field 'x'/,
    ],
    ["a pattern that is none", object({ a: { ...text, pattern: "(" } }), /properties\[a\].pattern: Invalid value: "\("/],
    [
      "a list map without keys",
      object({ a: { type: "array", "x-kubernetes-list-type": "map", items: object({}) } }),
      /x-kubernetes-list-map-keys: Required value/,
    ],
  ];
  it.each(cases)("%s", (_, schema, error) => {
    expect(told(validateStructural(schema)).join("\n")).toMatch(error);
  });
});
