import { group } from "../case.ts";
import { widget } from "./custom.ts";
import { configMap } from "./objects.ts";

const base = ["POST cm", configMap("a", { k: "v" }, { labels: { x: "y" } })] as const;

const service = {
  metadata: { name: "s" },
  spec: {
    selector: { app: "a" },
    ports: [
      { name: "http", port: 80 },
      { name: "https", port: 443, targetPort: 8443 },
    ],
  },
};

const deployment = {
  metadata: { name: "d" },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: "a" } },
    template: {
      metadata: { labels: { app: "a" } },
      spec: {
        containers: [
          { name: "c", image: "i:1", env: [{ name: "A", value: "1" }] },
          { name: "d", image: "j:1" },
        ],
      },
    },
  },
};

export const patching = group("patching", {
  "JSON patch: add, replace, remove": [
    base,
    [
      "PATCH cm/a",
      [
        { op: "add", path: "/data/l", value: "w" },
        { op: "replace", path: "/data/k", value: "x" },
        { op: "remove", path: "/metadata/labels/x" },
      ],
      "json",
    ],
  ],
  "JSON patch: move and copy": [
    base,
    [
      "PATCH cm/a",
      [
        { op: "copy", from: "/data/k", path: "/data/l" },
        { op: "move", from: "/data/k", path: "/data/m" },
      ],
      "json",
    ],
  ],
  "JSON patch: a test that holds": [
    base,
    [
      "PATCH cm/a",
      [
        { op: "test", path: "/data/k", value: "v" },
        { op: "add", path: "/data/l", value: "w" },
      ],
      "json",
    ],
  ],
  "JSON patch: a test that does not hold": [base, ["PATCH cm/a", [{ op: "test", path: "/data/k", value: "w" }], "json"]],
  "JSON patch: replace of what is not there": [base, ["PATCH cm/a", [{ op: "replace", path: "/data/zz", value: "w" }], "json"]],
  "JSON patch: removal of what is not there": [base, ["PATCH cm/a", [{ op: "remove", path: "/data/zz" }], "json"]],
  "JSON patch: an addition below what is not there": [
    base,
    ["PATCH cm/a", [{ op: "add", path: "/binaryData/zz", value: "eA==" }], "json"],
  ],
  "JSON patch: an unknown operation": [base, ["PATCH cm/a", [{ op: "mangle", path: "/data/k" }], "json"]],
  "JSON patch: an object is no patch": [base, ["PATCH cm/a", { data: 1 }, "json"]],
  "JSON patch: list elements": [
    ["POST svc", service],
    [
      "PATCH svc/s",
      [
        { op: "add", path: "/spec/ports/-", value: { name: "x", port: 1 } },
        { op: "remove", path: "/spec/ports/0" },
      ],
      "json",
    ],
  ],
  "JSON patch: escaped keys": [
    base,
    ["PATCH cm/a", [{ op: "add", path: "/metadata/labels/example.com~1team", value: "core" }], "json"],
  ],
  "JSON patch: what is no operation": [
    base,
    ["PATCH cm/a", [null], "json"],
    ["PATCH cm/a", [5], "json"],
    ["PATCH cm/a", ["x"], "json"],
    ["PATCH cm/a", [[]], "json"],
    ["PATCH cm/a", [{}], "json"],
    ["PATCH cm/a", [{ op: 5, path: "/data" }], "json"],
    ["PATCH cm/a", [{ op: "add", path: 5, value: 1 }], "json"],
    ["PATCH cm/a", [{ op: "copy", from: {}, path: "/data" }], "json"],
  ],
  "JSON patch: paths that lead nowhere": [
    base,
    ["PATCH cm/a", [{ op: "replace", path: "/a/b/c", value: "y" }], "json"],
    ["PATCH cm/a", [{ op: "add", path: "data", value: {} }], "json"],
    ["PATCH cm/a", [{ op: "add", path: "/__proto__/x", value: 1 }], "json"],
  ],
  "JSON patch: the whole object": [
    base,
    ["PATCH cm/a", [{ op: "add", path: "", value: {} }], "json"],
    ["PATCH cm/a", [{ op: "replace", path: "", value: null }], "json"],
    ["PATCH cm/a", [{ op: "remove", path: "" }], "json"],
  ],
  "JSON patch: values that are not there": [
    base,
    ["PATCH cm/a", [{ op: "add", path: "/data/x" }], "json"],
    ["PATCH cm/a", [{ op: "replace", path: "/data/k" }], "json"],
    ["PATCH cm/a", [{ op: "test", path: "/data/k" }], "json"],
    ["PATCH cm/a", [{ op: "copy", from: "/data/nope", path: "/data/y" }], "json"],
    ["PATCH cm/a", [{ op: "move", from: "/data/nope", path: "/data/z" }], "json"],
  ],
  "JSON patch: an operation sees those before it": [
    base,
    [
      "PATCH cm/a",
      [
        { op: "add", path: "/binaryData", value: {} },
        { op: "replace", path: "/binaryData/b", value: "eA==" },
        { op: "copy", from: "/binaryData/b", path: "/data/b" },
      ],
      "json",
    ],
  ],
  "a patch cannot change the type": [
    base,
    ["PATCH cm/a", { kind: "Secret" }, "merge"],
    ["PATCH cm/a", { kind: "Namespace" }, "merge"],
    ["PATCH cm/a", { kind: "Nope" }, "merge"],
    ["PATCH cm/a", { apiVersion: "v2" }, "merge"],
    ["PATCH cm/a", { apiVersion: "apps/v1", kind: "Deployment" }, "merge"],
    ["PATCH cm/a", { kind: 5 }, "merge"],
    ["PATCH cm/a", [{ op: "replace", path: "/kind", value: "Secret" }], "json"],
  ],
  "a patch may take the kind away": [
    base,
    ["PATCH cm/a", { kind: null }, "merge"],
    ["PATCH cm/a", { kind: "" }, "merge"],
    ["PATCH cm/a", [{ op: "remove", path: "/kind" }], "json"],
  ],
  "a strategic patch is not about the type": [
    base,
    ["PATCH cm/a", { kind: "Secret", data: { k: "w" } }, "strategic"],
    ["PATCH cm/a", { apiVersion: "v2", kind: "Nope", data: { k: "x" } }, "strategic"],
    ["PATCH cm/a", { kind: null, apiVersion: null }, "strategic"],
    ["PATCH cm/a", { apiVersion: 5 }, "strategic"],
  ],
  "a patch cannot change the type of a custom object": [
    ["POST wd", widget("w")],
    ["PATCH wd/w", { kind: "Plain" }, "merge"],
    ["PATCH wd/w", { kind: 5 }, "merge"],
    ["PATCH wd/w", { apiVersion: null }, "merge"],
    ["PATCH wd/w", { apiVersion: "v2" }, "merge"],
    ["PATCH wd/w", { apiVersion: "contract.example.com/v1beta1" }, "merge"],
    ["PATCH wd/w", { apiVersion: "contract.example.com/v9" }, "merge"],
    ["PATCH wd/w", { apiVersion: "v1", kind: "ConfigMap" }, "merge"],
  ],
  "a patch cannot say when a custom object is to go": [
    ["POST wd", widget("w")],
    ["PATCH wd/w", { metadata: { deletionTimestamp: "2001-01-01T00:00:00Z" } }, "merge"],
    ["PATCH wd/w/status", { metadata: { deletionTimestamp: "2001-01-01T00:00:00Z" }, status: { phase: "x" } }, "merge"],
    ["PATCH wd/w", { metadata: { uid: "11111111-1111-4111-8111-111111111111" } }, "merge"],
  ],
  "merge patch: merges and removes": [base, ["PATCH cm/a", { data: { k: null, l: "w" } }, "merge"]],
  "merge patch: an empty one writes nothing": [base, ["PATCH cm/a", {}, "merge"]],
  "merge patch: a value of the wrong type": [base, ["PATCH cm/a", { data: 5 }, "merge"]],
  "merge patch: an old resourceVersion": [base, ["PATCH cm/a", { metadata: { resourceVersion: "1" } }, "merge"]],
  "merge patch: broken JSON": [base, ["PATCH cm/a", "{", "merge"]],
  "merge patch: a list is no patch": [base, ["PATCH cm/a", [], "merge"]],
  "merge patch: what is not there": [["PATCH cm/a", {}, "merge"]],
  "merge patch: another name": [base, ["PATCH cm/a", { metadata: { name: "b" } }, "merge"]],
  "merge patch: another namespace": [base, ["PATCH cm/a", { metadata: { namespace: "b" } }, "merge"]],
  "merge patch: another uid": [base, ["PATCH cm/a", { metadata: { uid: "11111111-1111-4111-8111-111111111111" } }, "merge"]],
  "merge patch: another creation time": [
    base,
    ["PATCH cm/a", { metadata: { creationTimestamp: "2001-01-01T00:00:00Z" } }, "merge"],
  ],
  "merge patch: unknown fields are warned of": [base, ["PATCH cm/a", { foo: 1 }, "merge"]],
  "merge patch: unknown fields are refused on demand": [base, ["PATCH cm/a?fieldValidation=Strict", { foo: 1 }, "merge"]],
  "merge patch: force is for apply": [base, ["PATCH cm/a?force=true", {}, "merge"]],
  "merge patch: lists are replaced": [
    ["POST svc", service],
    ["PATCH svc/s", { spec: { ports: [{ port: 8080 }] } }, "merge"],
  ],
  "strategic patch: lists are merged by their key": [
    ["POST svc", service],
    [
      "PATCH svc/s",
      {
        spec: {
          ports: [
            { port: 443, name: "tls" },
            { port: 8080, name: "new" },
          ],
        },
      },
      "strategic",
    ],
  ],
  "strategic patch: $patch delete": [
    ["POST svc", service],
    ["PATCH svc/s", { spec: { ports: [{ port: 443, $patch: "delete" }] } }, "strategic"],
  ],
  "strategic patch: $patch replace": [
    ["POST svc", service],
    ["PATCH svc/s", { spec: { ports: [{ $patch: "replace" }, { port: 1, name: "one" }] } }, "strategic"],
  ],
  "strategic patch: containers by name": [
    ["POST deploy", deployment],
    ["PATCH deploy/d", { spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } } }, "strategic"],
  ],
  "strategic patch: an order of elements": [
    ["POST deploy", deployment],
    [
      "PATCH deploy/d",
      {
        spec: {
          template: {
            spec: { "$setElementOrder/containers": [{ name: "d" }, { name: "c" }], containers: [{ name: "c", image: "i:3" }] },
          },
        },
      },
      "strategic",
    ],
  ],
  "strategic patch: a null removes": [base, ["PATCH cm/a", { data: { k: null } }, "strategic"]],
  "strategic patch: a value of the wrong type": [base, ["PATCH cm/a", { data: { b: 5 } }, "strategic"]],
  "strategic patch: a fraction for a text": [base, ["PATCH cm/a", { data: { b: 1.5 } }, "strategic"]],
  "strategic patch: a map for a text": [base, ["PATCH cm/a", { data: { b: { c: [1] } } }, "strategic"]],
  "strategic patch: a text for a map": [base, ["PATCH cm/a", { data: "x" }, "strategic"]],
  "strategic patch: a text for a bool": [base, ["PATCH cm/a", { immutable: "yes" }, "strategic"]],
  "strategic patch: a number for a bool": [base, ["PATCH cm/a", { immutable: 1 }, "strategic"]],
  "strategic patch: a text for a list": [base, ["PATCH cm/a", { metadata: { ownerReferences: "x" } }, "strategic"]],
  "strategic patch: a text for a number": [base, ["PATCH cm/a", { metadata: { generation: "x" } }, "strategic"]],
  "strategic patch: a fraction for a number": [base, ["PATCH cm/a", { metadata: { generation: 1.5 } }, "strategic"]],
  "strategic patch: finalizers are merged": [
    ["POST cm", configMap("a", {}, { finalizers: ["example.com/a"] })],
    ["PATCH cm/a", { metadata: { finalizers: ["example.com/b"] } }, "strategic"],
    ["PATCH cm/a", { metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a"] } }, "strategic"],
  ],
  "strategic patch: one that makes no sense": [
    ["POST svc", service],
    ["PATCH svc/s", { $patch: "mangle" }, "strategic"],
    ["PATCH svc/s", { spec: { ports: [{ name: "x" }] } }, "strategic"],
    ["PATCH svc/s", { spec: { ports: [5] } }, "strategic"],
    ["PATCH svc/s", { spec: { ports: [[1]] } }, "strategic"],
    ["PATCH svc/s", { spec: { ports: [{ port: 80, $patch: "mangle" }] } }, "strategic"],
    ["PATCH svc/s", { spec: { "$setElementOrder/ports": 5 } }, "strategic"],
    ["PATCH svc/s", { spec: { "$setElementOrder/ports": 1.5 } }, "strategic"],
    ["PATCH svc/s", { spec: { "$setElementOrder/ports": [{ port: 81 }], ports: [{ port: 80 }] } }, "strategic"],
    ["PATCH svc/s", { spec: { $setElementOrderports: [] } }, "strategic"],
    ["PATCH svc/s", { spec: { $retainKeys: 5 } }, "strategic"],
    ["PATCH svc/s", { metadata: { $deleteFromPrimitiveListfinalizers: [] } }, "strategic"],
    ["PATCH svc/s", [], "strategic"],
  ],
  "strategic patch: not for custom objects": [
    ["POST wd", widget("w")],
    ["PATCH wd/w", {}, "strategic"],
  ],
  "an unknown patch type": [base, ["PATCH cm/a", {}, "application/json"]],
  "a patch of a custom object": [
    ["POST wd", widget("w")],
    ["PATCH wd/w", { spec: { size: 7, settings: { a: "1" } } }, "merge"],
    ["PATCH wd/w", [{ op: "add", path: "/spec/settings/b", value: "2" }], "json"],
    ["PATCH wd/w", { spec: { size: "many" } }, "merge"],
    ["PATCH wd/w", { spec: { size: null } }, "merge"],
  ],
});

const apply = (name: string, data: unknown, metadata: object = {}) => configMap(name, data, metadata);

export const applying = group("applying", {
  "apply creates": [["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"], ["GET cm/a"]],
  "apply is idempotent": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
  ],
  "apply removes what is no longer applied": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v", l: "w" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
  ],
  "two managers own their own": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
    ["PATCH cm/a?fieldManager=y", apply("a", { l: "w" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", undefined), "apply"],
  ],
  "the same value is owned by both": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
    ["PATCH cm/a?fieldManager=y", apply("a", { k: "v" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", undefined), "apply"],
    ["PATCH cm/a?fieldManager=y", apply("a", undefined), "apply"],
  ],
  "another value is a conflict": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v", l: "w" }), "apply"],
    ["PATCH cm/a?fieldManager=y", apply("a", { k: "other", l: "other" }), "apply"],
  ],
  "conflicts with several managers": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
    ["PATCH cm/a?fieldManager=y", apply("a", { l: "v" }), "apply"],
    ["PATCH cm/a?fieldManager=z", apply("a", { k: "other", l: "other" }), "apply"],
  ],
  "force takes over": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v", l: "w" }), "apply"],
    ["PATCH cm/a?fieldManager=y&force=true", apply("a", { k: "other" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", { l: "w" }), "apply"],
  ],
  "an update takes over from an apply": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
    ["PUT cm/a?fieldManager=y", configMap("a", { k: "w" })],
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
  ],
  "an apply conflicts with an update": [
    ["POST cm?fieldManager=y", configMap("a", { k: "w" })],
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
  ],
  "apply and update by the same name are two managers": [
    ["POST cm?fieldManager=x", configMap("a", { k: "w" })],
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "w" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", undefined), "apply"],
  ],
  "apply needs a manager": [["PATCH cm/a", apply("a", { k: "v" }), "apply"]],
  "apply needs a type": [["PATCH cm/a?fieldManager=x", { metadata: { name: "a" } }, "apply"]],
  "apply of what is no type": [
    ["PATCH cm/a?fieldManager=x", { apiVersion: 5, kind: "ConfigMap", metadata: { name: "a" } }, "apply"],
    ["PATCH cm/a?fieldManager=x", { apiVersion: "v1", kind: 5, metadata: { name: "a" } }, "apply"],
  ],
  "apply of what is no metadata": [
    ["PATCH cm/a?fieldManager=x", { apiVersion: "v1", kind: "ConfigMap", metadata: 5 }, "apply"],
    ["PATCH cm/a?fieldManager=x", { apiVersion: "v1", kind: "ConfigMap", metadata: { name: 5 } }, "apply"],
    ["PATCH wd/a?fieldManager=x", { ...widget("a"), metadata: [] }, "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", {}, { managedFields: null }), "apply"],
  ],
  "a null where it is not allowed is refused": Object.entries({
    color: null,
    tags: null,
    atoms: null,
    rules: null,
    frozen: null,
    free: null,
    port: null,
    settings: { a: null },
    size: null,
  }).map(([field, value]) => ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, [field]: value }), "apply"] as const),
  "a null below a key is refused": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, rules: [{ name: "a", value: null }] }), "apply"],
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, rules: [null] }), "apply"],
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, tags: [null] }), "apply"],
  ],
  "a null where there is a default becomes it": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, mode: null, nested: null }), "apply"],
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, rules: [{ name: "a", weight: null }] }), "apply"],
  ],
  "a null where it is allowed stays": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, maybe: null, free: { a: null } }), "apply"],
    ["GET wd/w"],
  ],
  "a null removes nothing": [
    ["POST wd", widget("w", { size: 1, color: "red", tags: ["a"] })],
    ["PATCH wd/w?fieldManager=x&force=true", widget("w", { color: null }), "apply"],
    ["PATCH wd/w?fieldManager=x&force=true", widget("w", { tags: null }), "apply"],
  ],
  "a null in the status": [
    ["POST wd", widget("w")],
    ["PATCH wd/w/status?fieldManager=x", { ...widget("w"), spec: undefined, status: { phase: null } }, "apply"],
    ["PATCH wd/w/status?fieldManager=x", { ...widget("w"), spec: undefined, status: null }, "apply"],
  ],
  "a null in a built-in object is as good as nothing": [
    ["PATCH cm/a?fieldManager=x", { ...configMap("a"), data: null, immutable: null }, "apply"],
    ["PATCH cm/a?fieldManager=x", { ...configMap("a"), data: { a: null } }, "apply"],
  ],
  "apply of another kind": [["PATCH cm/a?fieldManager=x", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }, "apply"]],
  "apply of another version": [
    ["PATCH cm/a?fieldManager=x", { apiVersion: "v2", kind: "ConfigMap", metadata: { name: "a" } }, "apply"],
  ],
  "apply may not bring managedFields": [["PATCH cm/a?fieldManager=x", apply("a", {}, { managedFields: [] }), "apply"]],
  "apply of another name": [["PATCH cm/a?fieldManager=x", apply("b", {}), "apply"]],
  "apply without a name takes that of the path": [
    ["PATCH cm/a?fieldManager=x", { apiVersion: "v1", kind: "ConfigMap", data: { k: "v" } }, "apply"],
  ],
  "apply with YAML": [
    ["PATCH cm/a?fieldManager=x", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n", "apply"],
  ],
  "apply with broken YAML": [["PATCH cm/a?fieldManager=x", "a: [", "apply"]],
  "apply with creationTimestamp creates, and is refused for what exists": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }, { creationTimestamp: "2001-01-01T00:00:00Z" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "w" }, { creationTimestamp: "2001-01-01T00:00:00Z" }), "apply"],
    ["GET cm/a"],
  ],
  "apply with a uid is refused for what does not exist": [
    ["PATCH cm/a?fieldManager=x", apply("a", {}, { uid: "11111111-1111-4111-8111-111111111111" }), "apply"],
  ],
  "apply with a resourceVersion": [
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "v" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "w" }, { resourceVersion: "{rv:0}" }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", { k: "x" }, { resourceVersion: "{rv:0}" }), "apply"],
  ],
  "apply in a dry run": [["PATCH cm/a?fieldManager=x&dryRun=All", apply("a", { k: "v" }), "apply"], ["GET cm/a"]],
  "apply refuses unknown fields on demand": [
    ["PATCH cm/a?fieldManager=x&fieldValidation=Strict", { ...apply("a", {}), foo: 1 }, "apply"],
  ],
  "apply warns of unknown fields": [["PATCH cm/a?fieldManager=x", { ...apply("a", {}), foo: 1 }, "apply"]],
  "apply of labels and annotations": [
    ["PATCH cm/a?fieldManager=x", apply("a", undefined, { labels: { l: "1" }, annotations: { n: "1" } }), "apply"],
    ["PATCH cm/a?fieldManager=y", apply("a", undefined, { labels: { l: "2" } }), "apply"],
  ],
  "apply of finalizers is a set": [
    ["PATCH cm/a?fieldManager=x", apply("a", undefined, { finalizers: ["example.com/a"] }), "apply"],
    ["PATCH cm/a?fieldManager=y", apply("a", undefined, { finalizers: ["example.com/b"] }), "apply"],
    ["PATCH cm/a?fieldManager=x", apply("a", undefined), "apply"],
  ],
  "apply of owner references is a map by uid": [
    [
      "PATCH cm/a?fieldManager=x",
      apply("a", undefined, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "u1" }] }),
      "apply",
    ],
    [
      "PATCH cm/a?fieldManager=y",
      apply("a", undefined, { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "p", uid: "u2" }] }),
      "apply",
    ],
  ],
  "ports of a service are a map by port and protocol": [
    [
      "PATCH svc/s?fieldManager=x",
      { apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports: [{ name: "a", port: 80 }] } },
      "apply",
    ],
    [
      "PATCH svc/s?fieldManager=y",
      { apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports: [{ name: "b", port: 81, protocol: "TCP" }] } },
      "apply",
    ],
    [
      "PATCH svc/s?fieldManager=x",
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "s" },
        spec: { ports: [{ name: "a", port: 80, targetPort: 8080 }], selector: { a: "b" } },
      },
      "apply",
    ],
  ],
  "containers are a map by name": [
    ["PATCH deploy/d?fieldManager=x", { apiVersion: "apps/v1", kind: "Deployment", ...deployment }, "apply"],
    [
      "PATCH deploy/d?fieldManager=y&force=true",
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "d" },
        spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } },
      },
      "apply",
    ],
  ],
  "custom: sets are merged": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, tags: ["a", "b"] }), "apply"],
    ["PATCH wd/w?fieldManager=y", widget("w", { tags: ["c", "a"] }), "apply"],
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, tags: ["b"] }), "apply"],
  ],
  "custom: maps are merged by key": [
    [
      "PATCH wd/w?fieldManager=x",
      widget("w", {
        size: 1,
        rules: [
          { name: "a", value: "1" },
          { name: "b", value: "2" },
        ],
      }),
      "apply",
    ],
    [
      "PATCH wd/w?fieldManager=y",
      widget("w", {
        rules: [
          { name: "b", weight: 5 },
          { name: "c", value: "3" },
        ],
      }),
      "apply",
    ],
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, rules: [{ name: "b", value: "2" }] }), "apply"],
  ],
  "custom: conflicts name the element": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, rules: [{ name: "a", value: "1" }] }), "apply"],
    ["PATCH wd/w?fieldManager=y", widget("w", { rules: [{ name: "a", value: "2" }] }), "apply"],
  ],
  "custom: atomic lists belong to one": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, atoms: ["a"] }), "apply"],
    ["PATCH wd/w?fieldManager=y", widget("w", { atoms: ["b"] }), "apply"],
    ["PATCH wd/w?fieldManager=y&force=true", widget("w", { atoms: ["b"] }), "apply"],
  ],
  "custom: atomic maps belong to one": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, frozen: { a: "1" } }), "apply"],
    ["PATCH wd/w?fieldManager=y", widget("w", { frozen: { b: "1" } }), "apply"],
  ],
  "custom: granular maps are shared": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, settings: { a: "1" } }), "apply"],
    ["PATCH wd/w?fieldManager=y", widget("w", { settings: { b: "1" } }), "apply"],
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1 }), "apply"],
  ],
  "custom: free fields are deduced": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, free: { list: [1, 2], map: { a: 1 } } }), "apply"],
    ["PATCH wd/w?fieldManager=y", widget("w", { free: { map: { b: 1 } } }), "apply"],
  ],
  "custom: duplicates in a set are refused": [["PATCH wd/w?fieldManager=x", widget("w", { size: 1, tags: ["a", "a"] }), "apply"]],
  "custom: an element without its key is refused": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1, rules: [{ value: "1" }] }), "apply"],
  ],
  "custom: the status has managers of its own": [
    ["PATCH wd/w?fieldManager=x", { ...widget("w", { size: 1 }), status: { phase: "ignored" } }, "apply"],
    ["PATCH wd/w/status?fieldManager=x", { ...widget("w"), spec: undefined, status: { phase: "Up" } }, "apply"],
    ["PATCH wd/w/status?fieldManager=y", { ...widget("w"), spec: undefined, status: { phase: "Down" } }, "apply"],
    ["GET wd/w"],
  ],
  "custom: conditions of two managers": [
    ["POST wd", widget("w", { size: 1 })],
    [
      "PATCH wd/w/status?fieldManager=x",
      { ...widget("w"), spec: undefined, status: { conditions: [{ type: "A", status: "True" }] } },
      "apply",
    ],
    [
      "PATCH wd/w/status?fieldManager=y",
      { ...widget("w"), spec: undefined, status: { conditions: [{ type: "B", status: "True" }] } },
      "apply",
    ],
  ],
  "custom: an invalid result is refused": [["PATCH wd/w?fieldManager=x", widget("w", { size: 0 }), "apply"]],
  "custom: a missing required field is refused": [["PATCH wd/w?fieldManager=x", widget("w", {}), "apply"]],
  "custom: through another version": [
    ["PATCH wd/w?fieldManager=x", widget("w", { size: 1 }), "apply"],
    ["PATCH wdbeta/w?fieldManager=x", { ...widget("w", { size: 2 }), apiVersion: "contract.example.com/v1beta1" }, "apply"],
  ],
  "kubectl's client-side fields migrate": [
    [
      "POST cm?fieldManager=kubectl-client-side-apply",
      configMap(
        "a",
        { k: "v" },
        {
          annotations: {
            "kubectl.kubernetes.io/last-applied-configuration":
              '{"apiVersion":"v1","data":{"k":"v"},"kind":"ConfigMap","metadata":{"name":"a"}}',
          },
        },
      ),
    ],
    ["PATCH cm/a?fieldManager=kubectl", configMap("a", { k: "w" }), "apply"],
  ],
  "objects without managers belong to before-first-apply": [
    ["POST cm?fieldManager=x", configMap("a", { k: "v" })],
    ["PATCH cm/a?fieldManager=x", { metadata: { managedFields: [{}] } }, "merge"],
    ["PATCH cm/a?fieldManager=y", apply("a", { k: "w" }), "apply"],
  ],
});
