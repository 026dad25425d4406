import { group, type Step } from "../case.ts";
import { definition } from "../definitions.ts";

const text = { type: "string" };
const whole = { type: "integer" };
const short = (maxLength: number) => ({ ...text, maxLength });
const list = (items: object, maxItems?: number) => ({ type: "array", items, ...(maxItems === undefined ? {} : { maxItems }) });
const map = (additionalProperties: object, maxProperties?: number) => ({
  type: "object",
  additionalProperties,
  ...(maxProperties === undefined ? {} : { maxProperties }),
});
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const withRules = (schema: object, ...rules: readonly (string | object)[]) => ({
  ...schema,
  "x-kubernetes-validations": rules.map((rule) => (typeof rule === "string" ? { rule, message: "no" } : rule)),
});

/** A definition whose objects have such a spec; nothing of it is kept. */
const defined = (spec: object): readonly Step[] => [["POST crd?dryRun=All", definition("costs", {}, object({ spec }))]];
/** Rules about a spec with these fields. */
const about = (properties: object, ...rules: readonly (string | object)[]): readonly Step[] =>
  defined(withRules(object(properties), ...rules));
/** A rule in as many places as make its cost show in the refusal. */
const often = (times: number, properties: object, rule: string): readonly Step[] =>
  defined(list(withRules(object(properties), rule), times));

const numbers = object({ a: list(whole, 1000) });
const pairwise = "self.a.all(x, self.a.exists(y, x == y))";
const counted = (length: number): readonly number[] => Array.from({ length }, (_, i) => i);
/** An object of a kind that is defined so. */
const tried = (schema: object, spec: unknown): readonly Step[] => [
  ["POST crd", definition("costs", {}, object({ spec: schema }))],
  { until: "GET /apis/{ns}.example.com/v1/namespaces/{ns}/costs", code: 200 },
  [
    "POST /apis/{ns}.example.com/v1/namespaces/{ns}/costs?dryRun=All",
    { apiVersion: "{ns}.example.com/v1", kind: "Cost", metadata: { name: "tried" }, spec },
  ],
];

const pairs = object({ a: list(whole, 3), b: list(whole, 50) });

export const ruleCosts = group("rule-costs", {
  "all texts of a list, neither limited": about({ names: list(text) }, "self.names.all(name, name == 'x')"),
  "all texts of a list, both limited": about({ names: list(short(20), 100) }, "self.names.all(name, name == 'x')"),
  "a pattern on a text without a limit": about({ name: text }, "self.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')"),
  "a pattern on every text of a list that is not limited": about(
    { names: list(text) },
    "self.names.all(name, name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$'))",
  ),
  "a pattern on a short text": about({ name: short(63) }, "self.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')"),
  "a loop in a loop": about({ a: list(whole) }, "self.a.all(x, self.a.exists(y, x == y))"),
  "a loop in a loop, limited": about({ a: list(whole, 400) }, "self.a.all(x, self.a.exists(y, x == y))"),
  "a loop in a loop, limited too high": about({ a: list(whole, 1500) }, "self.a.all(x, self.a.exists(y, x == y))"),
  "loops over two lists of one item": often(1000, { all: list(pairs, 40) }, "self.all.all(o, o.a.all(x, o.b.all(y, x == y)))"),
  "loops over two lists of one item, the longer one first": often(
    20_000,
    { all: list(pairs, 40) },
    "self.all.all(o, o.b.all(x, o.a.all(y, x == y)))",
  ),
  "the keys of a map": about({ labels: map(text) }, "self.labels.all(key, key.startsWith('app') && self.labels[key] != '')"),
  "the keys of a map of limited texts": about(
    { labels: map(short(63)) },
    "self.labels.all(key, self.labels[key].contains('abcdefghijklmn'))",
  ),
  "the keys of a limited map": about(
    { labels: map(short(63), 64) },
    "self.labels.all(key, self.labels[key].contains('abcdefghijklmn'))",
  ),
  "keys and values of a map": about({ labels: map(text) }, "self.labels.all(key, value, key != value)"),
  "items that are alike in a list that is not limited": about({ a: list(object({ name: text })) }, "self.a == oldSelf.a"),
  sets: about({ a: list(text), b: list(text) }, "sets.contains(self.a, self.b)"),
  "a message that is too expensive": about(
    { names: list(text) },
    { rule: "self.names.size() < 5", messageExpression: "self.names.map(name, name + '!').join(', ')" },
  ),
  "a message that is cheap": about({ name: short(30) }, { rule: "self.name != 'x'", messageExpression: "'not ' + self.name" }),
  "a rule and its message, both too expensive": about(
    { names: list(text) },
    { rule: "self.names.all(name, name != '')", messageExpression: "self.names.join(', ')" },
    { rule: "self.names.all(name, name.contains('x'))", message: "no" },
  ),
  "many rules, each of them fine": about(
    { names: list(short(10), 50) },
    ...Array.from({ length: 40 }, (_, i) => `self.names.all(x, x != '${i}')`),
  ),
  "many rules, each of them fine, that are too expensive together": about(
    { a: list(whole, 1000) },
    ...Array.from({ length: 14 }, (_, i) => `self.a.all(x, self.a.exists(y, x == y || x > ${i})) || self.a.size() > ${i}`),
  ),
  "many rules that are too expensive together, some of them alone": about(
    { a: list(whole, 1000), b: list(whole, 1400), c: list(whole, 300) },
    ...Array.from({ length: 12 }, () => "self.a.all(x, self.a.exists(y, x == y))"),
    ...Array.from({ length: 3 }, (_, i) => `self.b.all(x, self.b.exists(y, x == y)) || self.c.size() == ${i}`),
    ...Array.from({ length: 8 }, () => "self.c.all(x, self.c.exists(y, x == y))"),
  ),
  "a rule of a text": defined(withRules(short(253), "self.matches('^[a-z]+$')")),
  "a rule of a text among many": defined(list(withRules(short(253), "self.matches('^[a-z]+$')"))),
  "a rule of a text without a limit among many": defined(list(withRules(text, "self.matches('^[a-z]+$')"))),
  "a rule of a text among some": defined(list(withRules(short(253), "self.matches('^[a-z]+$')"), 64)),
  "a rule of a number among many": defined(list(withRules(whole, "self > 1 && self < 5"))),
  "a rule of a number among many in many": defined(list(list(withRules(whole, "self > 1 && self < 5 && self != 3"), 5000), 600)),
  "a rule of what takes room": defined(
    list(
      withRules(
        object(
          { a: text, b: { ...text, default: "x" }, c: whole, d: { type: "boolean" }, e: { ...text, format: "date-time" } },
          { required: ["a", "b", "c", "d", "e"] },
        ),
        "self.a.size() + self.c > 5 && !self.d || self.e > timestamp('2020-01-01T00:00:00Z') || [1, 2, 3, 4, 5].exists(x, x == self.c && [4, 5, 6].all(y, y != x))",
      ),
    ),
  ),
  "a rule in a map": defined(map(withRules(whole, "[1, 2, 3].all(x, x < self)"))),
  "a rule in a map of maps": defined(map(map(withRules(whole, "self > 1 && self < 5"), 1000), 3000)),
  "an enumeration": about(
    { modes: list({ ...text, enum: ["a", "b", "longest"] }, 2500) },
    "self.modes.all(x, self.modes.exists_one(y, x == y))",
  ),
  formats: often(
    900_000,
    {
      at: { ...text, format: "date-time" },
      on: { ...text, format: "date" },
      for: { ...text, format: "duration" },
      raw: { ...text, format: "byte", maxLength: 40 },
    },
    "self.at > self.on && self.__for__ == duration('1s') && self.raw == b'abc' && self.at == self.on",
  ),
  "either of two types": often(
    20,
    { port: { "x-kubernetes-int-or-string": true } },
    "type(self.port) == int ? self.port > 0 : self.port.matches('^[a-z]+$')",
  ),
  "what was before": about({ names: list(text) }, "self.names.all(x, x in oldSelf.names)"),
  "what was before, limited": about({ names: list(short(10), 100) }, "self.names.all(x, x in oldSelf.names)"),
  "what may have been before": about(
    { names: list(text) },
    { rule: "!oldSelf.hasValue() || self.names.all(x, x in oldSelf.value().names)", message: "no", optionalOldSelf: true },
  ),
  "the name of a resource": [
    [
      "POST crd?dryRun=All",
      definition("costs", {}, withRules(object({}), "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')")),
    ],
  ],
  presence: often(2_500_000, { a: text, b: text }, "has(self.a) != has(self.b) && (has(self.a) || has(self.b))"),
  "optional fields": often(30_000, { a: object({ b: short(20) }) }, "self.?a.?b.orValue('x').contains('abcdefghijklm')"),
  "one and a half times too much": often(5_000_000, { a: whole }, "self.a > 1"),
  "two and a quarter times too much": often(7_500_000, { a: whole }, "self.a > 1"),
  "a little more than is allowed": often(3_333_334, { a: whole }, "self.a > 1"),
  "exactly all that is allowed": often(2_500_000, { a: whole, b: whole }, "self.a == self.b"),
  "a definition that becomes too expensive": [
    [
      "POST crd",
      definition(
        "costs",
        {},
        object({ spec: withRules(object({ a: list(whole, 10) }), "self.a.all(x, self.a.exists(y, x == y))") }),
      ),
    ],
    [
      "PATCH crd/costs.{ns}.example.com",
      [{ op: "remove", path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/a/maxItems" }],
      "json",
    ],
  ],
  "two versions": [
    [
      "POST crd?dryRun=All",
      definition("costs", {
        versions: [list(text, 5), list(text)].map((names, i) => ({
          name: `v${i + 1}`,
          served: true,
          storage: i === 0,
          schema: { openAPIV3Schema: object({ spec: withRules(object({ names }), "self.names.all(x, x.contains('x'))") }) },
        })),
      }),
    ],
  ],
  "an evaluation that costs too much": tried(withRules(numbers, pairwise), { a: counted(600) }),
  "an evaluation that costs almost too much": tried(withRules(numbers, pairwise), { a: counted(520) }),
  "nothing is checked after an evaluation that costs too much": tried(
    withRules(object({ ...numbers.properties, b: withRules(whole, "self > 5") }), pairwise, "self.a.size() < 5"),
    { a: counted(600), b: 1 },
  ),
  "what is checked before it is told": tried(withRules(numbers, "self.a.size() < 5", pairwise), { a: counted(600) }),
  "evaluations that cost too much together": tried(withRules(numbers, ...Array.from({ length: 14 }, () => pairwise)), {
    a: counted(500),
  }),
  "evaluations that cost too much together, item by item": tried(
    list(withRules(object({ a: list(whole, 120) }), ...Array.from({ length: 10 }, () => pairwise)), 100),
    Array.from({ length: 40 }, () => ({ a: counted(120) })),
  ),
  "a message that costs too much": tried(
    withRules(numbers, { rule: "self.a.size() < 5", messageExpression: `${pairwise} ? 'yes' : 'no'` }, "self.a.size() < 6"),
    { a: counted(600) },
  ),
  "a rule that does not compile next to one that is too expensive": about(
    { names: list(text) },
    "self.nope",
    "self.names.all(x, x.contains('x'))",
  ),
});
