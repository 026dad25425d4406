import { group, type Step } from "../case.ts";

const create = (text: string, query = ""): Step => [`POST cm${query}`, text, "yaml"];
const apply = (text: string, query = ""): Step => [`PATCH cm/a?fieldManager=x${query}`, text, "apply"];
/** How one scalar is read shows where a text is expected. */
const reading = (scalar: string): Step => apply(`apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: ${scalar}\n`);
const readings = (...scalars: readonly string[]): Step[] => scalars.map(reading);

export const yaml = group("yaml", {
  "booleans are those of YAML 1.1": readings(
    ...["y", "Y", "yes", "Yes", "YES", "yEs", "on", "On", "ON", "true", "True", "TRUE", "tRUE"],
    ...["n", "N", "no", "No", "NO", "nO", "off", "Off", "OFF", "false", "False", "FALSE"],
  ),
  "whole numbers are those of YAML 1.1": readings(
    ...["0", "-0", "12", "+1", "-1", "012", "0o14", "-014", "08", "0x10", "0X1f", "-0x1", "+0x1", "0b11", "-0b1"],
    ...["1_000", "1__0", "0_12", "_1", "0x", "0b2", "1:20", "190:20:30"],
  ),
  "numbers with a fraction": readings(
    ...["1.5", "1.50", ".5", "-.5", "5.", "1e3", "1E3", "1e", "1_000.5", "09.5", "1e400", "-1.25e-2"],
    ...[".inf", "-.Inf", "+.INF", ".nan", "inf", "nan"],
  ),
  "what else a scalar is": readings(
    ...["~", "null", "Null", "NULL", "nULL", "''", '""', "2001-01-01", "2001-01-01T00:00:00Z", "=", "'it''s'", '"\\u00fc"'],
    ...["a #c", "a#c", "|\n    text", ">\n    text", "[a, y]", "{b: y}", "&a b"],
  ),
  "tags say what a scalar is": readings(
    "!!str 12",
    "!!str yes",
    "!!int '12'",
    "!!float 3",
    "!!binary aGk=",
    "!mine x",
    "!!bool 'yes'",
  ),
  "what is broken is refused": [create("a: b: c"), create("'"), create("[a"), apply("a: b: c"), apply("[a")],
  "what is no object is refused": [create("- a"), create("a"), apply("- a"), apply("a"), apply("12")],
  "nothing is an object of nothing": [create(""), create("# nothing"), apply(""), apply("# nothing"), create("---\n---\n")],
  "numbers that JSON does not have": [create("metadata: {name: a}\ndata: {k: .inf}"), apply("data: {k: -.inf}")],
  "a key that comes twice counts with its last value": [
    create("metadata:\n  name: a\n  name: b\n"),
    create("metadata: {name: c}\ndata: {k: v, k: w}\nmore: 1\nmore: 2\n"),
    create("metadata: {name: d}\ndata: {k: v, k: w}\n", "?fieldValidation=Ignore"),
    apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: v\n  k: w\n"),
    apply('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},\n"data":{"k":"v","k":"w"}}'),
    apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v, k: w}\n", "&fieldValidation=Ignore"),
  ],
  "strictly, a key comes once": [
    create("metadata: {name: a}\ndata: {k: v, k: w}\nmore: 1\nmore: 2\n", "?fieldValidation=Strict"),
    apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v, k: w, k: x}\n", "&fieldValidation=Strict"),
    [
      "POST wd?fieldValidation=Strict",
      "apiVersion: contract.example.com/v1\nkind: Widget\nmetadata: {name: w}\nspec:\n  size: 1\n  size: 2\n  more: 1\n",
      "yaml",
    ],
  ],
  "only the first document counts": [
    create("metadata: {name: a}\n---\nmetadata: {name: b}\n"),
    create("---\nmetadata: {name: c}\n"),
    create("metadata: {name: d}\n---\na: b: c\n"),
    apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\nkind: Nonsense\n"),
  ],
  "anchors, aliases and merges": [
    create("metadata:\n  name: a\n  labels: {a: &x b, c: *x}\n  annotations: &y {k: v}\ndata: {<<: *y, l: w}\n"),
    apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: &l {a: b}, annotations: {<<: *l, c: d}}\n"),
  ],
  "a merge beside keys of its own": [
    ...["", "?fieldValidation=Strict"].map((query) =>
      create(
        "metadata:\n  name: a\n  labels: &l {a: b, c: d}\n  annotations:\n    <<: *l\n    a: own\ndata:\n  a: before\n  <<: *l\n",
        query,
      ),
    ),
    create("metadata:\n  name: b\n  labels: &l {a: b}\n  annotations: &m {c: d, a: e}\ndata:\n  <<: [*l, *m]\n  c: own\n"),
    create("metadata:\n  name: c\n  labels: &l {a: b}\ndata:\n  <<: *l\n  <<: *l\n"),
    create("metadata:\n  name: g\n  labels:\n    a: b\n  labels:\n    c: d\n    c: e\ndata: {a: &l {b: c}, a: *l}\n"),
    create("metadata:\n  name: d\ndata:\n  <<: {a: b}\n  '<<': c\n"),
    create("metadata:\n  name: e\ndata:\n  <<: a\n"),
    ...["a", "f"].flatMap((name) =>
      ["&force=true", "&force=true&fieldValidation=Strict"].map((query) =>
        apply(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, labels: &l {a: b}}\ndata:\n  <<: *l\n  a: own\n`, query),
      ),
    ),
  ],
  "keys become texts": [apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {1: a, 0x10: b, true: c, no: d}\n")],
  "options of a deletion": [
    create("metadata: {name: a}"),
    ["DELETE cm/a", "propagationPolicy: Background\npropagationPolicy: Orphan\ngracePeriodSeconds: 010\n", "yaml"],
  ],
});
