import { group, type Step } from "../case.ts";
import { definition } from "../definitions.ts";

const text = { type: "string" };
const whole = { type: "integer" };

/** Versions are converted by nothing but their apiVersion. */
const version = (name: string, spec: object, more: object = {}) => ({
  name,
  served: true,
  storage: name === "v1",
  subresources: { status: {} },
  schema: {
    openAPIV3Schema: {
      type: "object",
      // Alike schemas would be put in a place of their own.
      description: name,
      properties: {
        spec: { type: "object", properties: spec },
        status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
      },
    },
  },
  ...more,
});

const entry = (fields: object) => ({ type: "object", required: ["k"], properties: { k: text, v: text, ...fields } });
const v1 = version("v1", {
  both: text,
  old: { type: "string", default: "as of old" },
  oldOnly: text,
  typed: text,
  list: { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["k"], items: entry({}) },
});
const v2 = version("v2", {
  both: text,
  fresh: { type: "string", default: "brand new" },
  newOnly: text,
  typed: whole,
  list: { type: "array", items: entry({ w: text }) },
});
const v3 = version("v3", { both: text, old: text, oldOnly: text, typed: text, list: { type: "array", items: entry({}) } });

const things = (at: string): string => `/apis/{ns}.example.com/${at}/namespaces/{ns}/things`;
const thing = (at: string, spec: unknown, metadata: object = {}) => ({
  apiVersion: `{ns}.example.com/${at}`,
  kind: "Thing",
  metadata: { name: "t", ...metadata },
  spec,
});
const get = (at: string): Step => [`GET ${things(at)}/t`];
const post = (at: string, spec: unknown): Step => [`POST ${things(at)}`, thing(at, spec)];
const merge = (at: string, patch: object): Step => [`PATCH ${things(at)}/t`, patch, "merge"];
const apply = (manager: string, at: string, spec: unknown): Step => [
  `PATCH ${things(at)}/t?force=true&fieldManager=${manager}`,
  thing(at, spec),
  "apply",
];

const served: readonly Step[] = [
  ["POST crd", definition("things", { versions: [v1, v2, v3] })],
  ...["v1", "v2", "v3"].map((at): Step => ({ until: `GET ${things(at)}`, code: 200 })),
];
/** Number of the first step after those. */
const first = served.length;

const redefined = (...versions: readonly object[]): Step => ["PATCH crd/things.{ns}.example.com", { spec: { versions } }, "merge"];

/**
 * Until a changed definition is what is served: a new version comes along with every change. That an old version is gone
 * says less: kube-apiserver refuses that by the definition itself, while the others are for a moment served as before.
 */
const since = (at: string): Step => ({ until: `GET ${things(at)}`, code: 200 });
const later = (at: string) => version(at, { both: text });

export const versions = group(
  "versions",
  Object.fromEntries(
    Object.entries<readonly Step[]>({
      "each shows what it knows of what the storage version holds": [
        post("v1", { both: "b", oldOnly: "o" }),
        get("v1"),
        get("v2"),
        get("v3"),
        [`GET ${things("v2")}`],
      ],
      "what the storage version does not know is not kept": [
        post("v2", { both: "b", newOnly: "n" }),
        get("v1"),
        get("v2"),
        get("v3"),
      ],
      "nor in a dry run": [
        [`POST ${things("v2")}?dryRun=All`, thing("v2", { both: "b", newOnly: "n" })],
        post("v1", { both: "b" }),
        [`PATCH ${things("v2")}/t?dryRun=All`, { spec: { both: "c", newOnly: "n" } }, "merge"],
      ],
      "a value of a type that the storage version does not know": [
        post("v2", { typed: 5 }),
        get("v1"),
        merge("v1", { spec: { both: "x" } }),
        merge("v2", { spec: { both: "y" } }),
        apply("a", "v1", { both: "z" }),
      ],
      "the storage version's defaults are those that count": [
        post("v3", { both: "b" }),
        get("v1"),
        get("v3"),
        merge("v3", { spec: { both: "c" } }),
      ],
      "a write through another version drops what that does not know": [
        post("v1", { both: "b", oldOnly: "o" }),
        merge("v2", { spec: { both: "c" } }),
        get("v1"),
      ],
      "a patch of what is not kept writes again and again": [
        post("v1", { both: "b" }),
        merge("v2", { spec: { newOnly: "n" } }),
        get("v2"),
        merge("v2", { spec: { newOnly: "n" } }),
      ],
      "an update through another version": [
        post("v1", { both: "b", oldOnly: "o" }),
        [`PUT ${things("v2")}/t`, thing("v2", { both: "b", newOnly: "n" }, { resourceVersion: `{rv:${first}}` })],
        get("v1"),
      ],
      "an apply through another version": [
        apply("a", "v1", { both: "b" }),
        apply("b", "v2", { newOnly: "n" }),
        apply("b", "v2", { both: "c" }),
        get("v1"),
        apply("c", "v3", { both: "d" }),
        apply("a", "v1", { oldOnly: "q" }),
        apply("a", "v2", { both: "e" }),
      ],
      "an apply that begins with another version": [
        apply("a", "v2", { both: "b", newOnly: "n" }),
        get("v1"),
        apply("a", "v2", { both: "b", newOnly: "m" }),
        apply("b", "v1", { oldOnly: "o" }),
      ],
      "an apply that changes nothing writes nothing": [
        apply("a", "v2", { both: "b" }),
        apply("a", "v2", { both: "b" }),
        apply("a", "v2", {}),
      ],
      "an apply to a list that merges in one version and not in the other": [
        post("v1", { both: "b", list: [{ k: "a", v: "1" }] }),
        apply("x", "v2", { list: [{ k: "a", v: "2", w: "z" }] }),
        apply("x", "v2", { list: [{ k: "a", v: "2" }] }),
        get("v1"),
      ],
      "a watch through another version": [
        post("v1", { both: "b", oldOnly: "o" }),
        merge("v1", { spec: { both: "c" } }),
        [`DELETE ${things("v2")}/t`],
        { watch: `${things("v2")}?resourceVersion={rv:${first}}&timeoutSeconds=2`, events: 2 },
      ],
      "the status through another version": [
        post("v1", { both: "b", oldOnly: "o" }),
        [`PATCH ${things("v2")}/t/status`, { status: { a: 1 } }, "merge"],
        get("v1"),
        [`PATCH ${things("v2")}/t/status?fieldManager=x`, { ...thing("v2", undefined), status: { b: 1 } }, "apply"],
      ],
      "managers of a version that is no longer served": [
        apply("a", "v3", { both: "b" }),
        redefined(v1, v2, { ...v3, served: false }, later("v4")),
        since("v4"),
        [`PATCH ${things("v1")}/t?fieldManager=b`, thing("v1", { both: "c" }), "apply"],
        apply("b", "v1", { oldOnly: "o" }),
      ],
      "managers of a version that is gone": [
        apply("a", "v3", { both: "b" }),
        redefined(v1, v2, later("v4")),
        since("v4"),
        apply("b", "v1", { oldOnly: "o" }),
        merge("v1", { spec: { oldOnly: "p" } }),
      ],
      "another storage version": [
        post("v1", { oldOnly: "o" }),
        redefined({ ...v1, storage: false }, { ...v2, storage: true }, later("v4")),
        since("v4"),
        get("v1"),
        get("v2"),
        merge("v1", { metadata: { labels: { a: "b" } } }),
        get("v1"),
        get("v2"),
      ],
      "a change of nothing moves an object to the storage version": [
        post("v1", { both: "b" }),
        redefined({ ...v1, storage: false }, { ...v2, storage: true }, later("v4")),
        since("v4"),
        merge("v1", {}),
        merge("v1", {}),
      ],
      "a change of nothing writes a new default": [
        post("v1", { both: "b" }),
        redefined(version("v1", { both: text, later: { type: "string", default: "later" } }), later("v4")),
        since("v4"),
        get("v1"),
        merge("v1", {}),
        merge("v1", {}),
      ],
      "a change of nothing drops what is no longer known": [
        post("v1", { both: "b", oldOnly: "o" }),
        redefined(version("v1", { both: text }), later("v4")),
        since("v4"),
        get("v1"),
        merge("v1", {}),
        merge("v1", {}),
      ],
    }).map(([name, steps]) => [name, [...served, ...steps]]),
  ),
);
