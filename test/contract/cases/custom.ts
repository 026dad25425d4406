import { group, type Step } from "../case.ts";
import { definition, openSchema } from "../definitions.ts";

export const widget = (name: string, spec: unknown = { size: 1 }, metadata: object = {}) => ({
  apiVersion: "contract.example.com/v1",
  kind: "Widget",
  metadata: { name, ...metadata },
  spec,
});

const created = (spec: unknown): readonly Step[] => [["POST wd", widget("w", spec)]];
const changed = (before: unknown, after: unknown): readonly Step[] => [
  ["POST wd", widget("w", before)],
  ["PUT wd/w", widget("w", after, { resourceVersion: "{rv:0}" })],
];

export const custom = group("custom", {
  "defaults are filled in": created({ size: 1, rules: [{ name: "a" }] }),
  "unknown fields are dropped": [["POST wd", { ...widget("w", { size: 1, foo: { bar: 1 }, nested: { x: 1 } }), extra: 1 }]],
  "unknown fields are refused on demand": [
    ["POST wd?fieldValidation=Strict", widget("w", { size: 1, foo: 1, rules: [{ name: "a", x: 1 }] })],
  ],
  "duplicate fields are refused on demand": [
    [
      "POST wd?fieldValidation=Strict",
      '{"apiVersion":"contract.example.com/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"size":1,"size":2,"foo":1}}',
    ],
  ],
  "unknown fields in metadata": [["POST wd", widget("w", { size: 1 }, { foo: 1 })]],
  "a free field keeps everything": created({ size: 1, free: { a: { b: [1, "x", null] } } }),
  "an embedded resource needs its type": created({ size: 1, template: { foo: 1 } }),
  "an embedded resource": created({
    size: 1,
    template: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "x", foo: 1 }, data: { a: "b" } },
  }),
  "a required field is missing": created({ mode: "auto" }),
  "a field of the wrong type": created({ size: "one", tags: 5, enabled: "yes", ratio: "x" }),
  "a whole number that is none": created({ size: 1.5 }),
  "too small": created({ size: 0 }),
  "too large": created({ size: 101 }),
  "none of the allowed": created({ size: 1, mode: "sideways" }),
  "against the pattern": created({ size: 1, color: "RED" }),
  "too long": created({ size: 1, color: "abcdefghijklmn" }),
  "too many": created({ size: 1, atoms: ["a", "b", "c", "d"] }),
  "int or string: an int": created({ size: 1, port: 80 }),
  "int or string: a string": created({ size: 1, port: "http" }),
  "int or string: neither": created({ size: 1, port: true }),
  "a duplicate in a set": created({ size: 1, tags: ["a", "b", "a"] }),
  "a duplicate key": created({ size: 1, rules: [{ name: "a" }, { name: "a" }] }),
  "null where it is allowed": created({ size: 1, maybe: null }),
  "null where it is not allowed": created({ size: 1, color: null }),
  "null where there is a default": created({ size: 1, mode: null }),
  "a rule that holds": created({ size: 1, low: 1, high: 2 }),
  "a rule that does not hold": created({ size: 1, low: 3, high: 2 }),
  "a transition that holds": changed({ size: 1, fixed: "a" }, { size: 2, fixed: "a" }),
  "a transition that does not hold": changed({ size: 1, fixed: "a" }, { size: 1, fixed: "b" }),
  "a list of errors": created({ size: 0, mode: "x", color: "RED", atoms: [1], rules: [{}] }),
  "the name of a custom object": [["POST wd", widget("W_1", { size: 0 })]],
  "no type": [["POST wd", { metadata: { name: "w" }, spec: { size: 1 } }]],
  "a type that is none": [
    ["POST wd", { ...widget("w"), kind: 5 }],
    ["POST wd", { ...widget("w"), kind: { a: 1 } }],
    ["POST wd", { ...widget("w"), kind: null }],
    ["POST wd", { ...widget("w"), apiVersion: 5 }],
    ["POST wd", { ...widget("w"), apiVersion: null }],
  ],
  "another version": [["POST wd", { ...widget("w"), apiVersion: "contract.example.com/v7" }]],
  "another kind": [["POST wd", { ...widget("w"), kind: "Gadget" }]],
  "no spec": [["POST wd", { ...widget("w"), spec: undefined }]],
  "an update needs a resourceVersion": [
    ["POST wd", widget("w")],
    ["PUT wd/w", widget("w", { size: 2 })],
  ],
  "an update counts generations": changed({ size: 1 }, { size: 2 }),
  "an update of labels does not": [
    ["POST wd", widget("w")],
    ["PUT wd/w", widget("w", { size: 1 }, { labels: { a: "b" }, resourceVersion: "{rv:0}" })],
  ],
  "an update without a change": changed({ size: 1 }, { size: 1 }),
  "status is not written with the object": [
    ["POST wd", { ...widget("w"), status: { phase: "x" } }],
    ["PUT wd/w", { ...widget("w", { size: 2 }, { resourceVersion: "{rv:0}" }), status: { phase: "x" } }],
  ],
  "only the status is written with the status": [
    ["POST wd", widget("w")],
    ["PUT wd/w/status", { ...widget("w", { size: 9 }, { resourceVersion: "{rv:0}", labels: { a: "b" } }), status: { phase: "x" } }],
    ["GET wd/w/status"],
  ],
  "a status patch": [
    ["POST wd", widget("w")],
    [
      "PATCH wd/w/status",
      { status: { phase: "x", unknown: 1 }, spec: { size: 5 }, metadata: { annotations: { a: "b" } } },
      "merge",
    ],
    ["PATCH wd/w/status", [{ op: "replace", path: "/status/phase", value: "y" }], "json"],
  ],
  "a status that is invalid": [
    ["POST wd", widget("w")],
    ["PATCH wd/w/status", { status: { phase: 5 } }, "merge"],
  ],
  "a status of what is not there": [["PATCH wd/w/status", { status: {} }, "merge"], ["GET wd/w/status"]],
  "without the subresource the status is a field": [
    ["POST plain", { apiVersion: "contract.example.com/v1", kind: "Plain", metadata: { name: "p" }, status: { c: "1" } }],
    ["PATCH plain/p", { status: { c: "2" } }, "merge"],
    ["PATCH plain/p", { metadata: { labels: { a: "b" } } }, "merge"],
    ["GET plain/p/status"],
  ],
  scale: [
    ["POST wd", widget("w", { size: 1, replicas: 2 })],
    ["PATCH wd/w/status", { status: { replicas: 1, selector: "app=w" } }, "merge"],
    ["GET wd/w/scale"],
    ["PATCH wd/w/scale", { spec: { replicas: 5 } }, "merge"],
    [
      "PUT wd/w/scale",
      { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "w", namespace: "{ns}" }, spec: { replicas: 3 } },
    ],
    ["GET wd/w"],
  ],
  "scale without replicas": [["POST wd", widget("w")], ["GET wd/w/scale"]],
  "no scale": [
    ["POST plain", { apiVersion: "contract.example.com/v1", kind: "Plain", metadata: { name: "p" } }],
    ["GET plain/p/scale"],
  ],
  "another version of the same object": [
    ["POST wd", widget("w")],
    ["GET wdbeta/w"],
    ["PATCH wdbeta/w", { spec: { size: 4 } }, "merge"],
    ["GET wd/w"],
    ["GET wdbeta"],
  ],
  "creation through another version": [
    ["POST wdbeta", { ...widget("w"), apiVersion: "contract.example.com/v1beta1" }],
    ["GET wd/w"],
  ],
  generateName: [["POST wd", { ...widget("x"), metadata: { generateName: "gen-" } }]],
});

const until = (plural: string): Step => ({ until: `GET /apis/{ns}.example.com/v1/namespaces/{ns}/${plural}`, code: 200 });

const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };

/** What columns of these paths print of a thing. */
const printed = (columns: readonly (readonly [path: string, type?: string])[], thing: object): readonly Step[] => {
  const additionalPrinterColumns = columns.map(([jsonPath, type = "string"]) => ({ name: jsonPath, type, jsonPath }));
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: openSchema }, additionalPrinterColumns };
  const things = "/apis/{ns}.example.com/v1/namespaces/{ns}/things";
  return [
    ["POST crd", definition("things", { versions: [version] })],
    until("things"),
    [`POST ${things}`, { apiVersion: "{ns}.example.com/v1", kind: "Thing", metadata: { name: "t" }, ...thing }],
    [`GET ${things}?includeObject=None`, undefined, undefined, table],
  ];
};

const thing = {
  spec: {
    list: [
      { a: 1, n: "x", o: 5 },
      { a: 2, n: "y" },
      { a: 3, n: "z", o: 6 },
    ],
    mixed: [{ a: 1 }, { a: 1.5 }, { a: "s" }],
    names: ["p", "q", "r"],
    empty: [],
    map: { z: 1, a: "<&>" },
    none: null,
    fraction: 1.5,
    large: 1e21,
    small: 0.00001,
    yes: true,
    "a.b/c": "escaped",
  },
};

const ofSchema = (openAPIV3Schema: unknown): Step => [
  "POST crd",
  definition("things", { versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema } }] }),
];
const ofField = (field: unknown): Step => ofSchema({ type: "object", properties: { x: field } });

export const definitions = group("definitions", {
  "what is no schema": [
    ofSchema("x"),
    ofSchema({ type: "object", properties: [] }),
    ...[
      "x",
      { allOf: ["x"] },
      { allOf: {} },
      { type: "string", not: 1 },
      { type: "object", properties: { y: { allOf: [1] } } },
      { type: "array", items: 1 },
      { type: "array", items: [{ type: "string" }] },
      { type: "array", items: { properties: { a: { type: 1 } } } },
      { type: "object", additionalProperties: "x" },
      { type: "object", additionalProperties: { allOf: [1] } },
      { type: "object", definitions: { a: 1 } },
      { type: "object", patternProperties: ["a"] },
    ].map(ofField),
  ],
  "columns: slices and unions": printed(
    [
      [".spec.list[-1:].n"],
      [".spec.list[-1].n"],
      [".spec.list[1:3].n"],
      [".spec.list[1::2].n"],
      [".spec.list[*].n"],
      [".spec.names[]"],
      [".spec.names[2,0]"],
      [".spec['fraction','yes']"],
      [".spec.names[3]"],
      [".spec.names[0:4]"],
      [".spec.names[1:1]"],
      [".spec.names[2:1]"],
      [".spec.map[0]"],
      [".spec.empty[0]"],
      [".spec.absent[0].x"],
    ],
    thing,
  ),
  "columns: conditions": printed(
    [
      [".spec.list[?(@.a>1)].n"],
      [".spec.list[?(@.a<=1)].n"],
      [".spec.list[?(@.o)].n"],
      [".spec.list[?(@.n=='y')].a"],
      ['.spec.list[?(@.n!="x")].a'],
      [".spec.list[?(@.n>'x')].n"],
      [".spec.list[?( 2 == @.a )].n"],
      [".spec.list[?(@.n==1)].a"],
      [".spec.mixed[?(@.a==1)].a"],
      [".spec.map[?(@.a)]"],
      [".spec.empty[?(@.a)]"],
    ],
    thing,
  ),
  "columns: names": printed(
    [
      [".spec..n"],
      [".spec.a\\.b/c"],
      [".spec['a\\.b/c']"],
      [".spec['a.b/c']"],
      [".spec.list[0]['n']"],
      ["."],
      [".spec.[0]"],
      [".spec .yes"],
      [".spec.names.length"],
    ],
    thing,
  ),
  "columns: types": printed(
    [
      [".spec.map"],
      [".spec.none"],
      [".spec.fraction"],
      [".spec.large"],
      [".spec.small"],
      [".spec.yes"],
      [".spec.fraction", "integer"],
      [".spec.fraction", "number"],
      [".spec.yes", "boolean"],
      [".spec.yes", "integer"],
      [".spec.names[0]", "date"],
      [".spec.none", "integer"],
    ],
    thing,
  ),
  ...Object.fromEntries(
    [".a[?(", '.a["b"]', ".a[x]", ".a[-]", ".a[0", ".a]", ".a{b}", ".a[1.5]"].map((path) => [
      `columns end before one that cannot be read: ${path}`,
      printed([[".spec.yes"], [path], [".spec.fraction"]], thing),
    ]),
  ),
  "a definition is served": [
    ["POST crd", definition("things")],
    until("things"),
    [
      "POST /apis/{ns}.example.com/v1/namespaces/{ns}/things",
      { apiVersion: "{ns}.example.com/v1", kind: "Thing", metadata: { name: "t" }, any: 1 },
    ],
    ["GET crd/things.{ns}.example.com"],
    ["GET /apis/{ns}.example.com"],
  ],
  "a definition is no longer served once deleted": [
    ["POST crd", definition("things")],
    until("things"),
    [
      "POST /apis/{ns}.example.com/v1/namespaces/{ns}/things",
      { apiVersion: "{ns}.example.com/v1", kind: "Thing", metadata: { name: "t" } },
    ],
    ["DELETE crd/things.{ns}.example.com"],
    { until: "GET crd/things.{ns}.example.com", code: 404 },
    { until: "GET /apis/{ns}.example.com/v1/namespaces/{ns}/things", code: 404 },
  ],
  "a definition of a cluster-scoped kind": [
    ["POST crd", definition("things", { scope: "Cluster" })],
    { until: "GET /apis/{ns}.example.com/v1/things", code: 200 },
    ["POST /apis/{ns}.example.com/v1/things", { apiVersion: "{ns}.example.com/v1", kind: "Thing", metadata: { name: "t" } }],
    ["GET /apis/{ns}.example.com/v1/namespaces/{ns}/things"],
  ],
  "a new version of a definition": [
    ["POST crd", definition("things")],
    until("things"),
    [
      "PATCH crd/things.{ns}.example.com",
      [
        {
          op: "add",
          path: "/spec/versions/-",
          value: { name: "v2", served: true, storage: false, schema: { openAPIV3Schema: openSchema } },
        },
      ],
      "json",
    ],
    { until: "GET /apis/{ns}.example.com/v2/namespaces/{ns}/things", code: 200 },
    ["GET /apis/{ns}.example.com"],
  ],
  "a changed schema": [
    ["POST crd", definition("things")],
    until("things"),
    [
      "POST /apis/{ns}.example.com/v1/namespaces/{ns}/things",
      { apiVersion: "{ns}.example.com/v1", kind: "Thing", metadata: { name: "t" }, spec: { a: 1, b: 2 } },
    ],
    [
      "PATCH crd/things.{ns}.example.com",
      [
        {
          op: "replace",
          path: "/spec/versions/0/schema/openAPIV3Schema",
          value: {
            type: "object",
            properties: { spec: { type: "object", properties: { a: { type: "integer" }, c: { type: "string", default: "new" } } } },
          },
        },
      ],
      "json",
    ],
  ],
  "the name must fit": [["POST crd", { ...(definition("things") as object), metadata: { name: "others.{ns}.example.com" } }]],
  "a schema is required": [["POST crd", definition("things", { versions: [{ name: "v1", served: true, storage: true }] })]],
  "a schema must be structural": [
    ["POST crd", definition("things", {}, { type: "object", properties: { spec: { properties: { a: { type: "string" } } } } })],
  ],
  "a schema that is null says nothing": [
    [
      "POST crd",
      definition(
        "things",
        {},
        {
          type: "object",
          properties: { spec: { type: "object", properties: { a: { type: "string", allOf: [null], not: null } } } },
        },
      ),
    ],
    [
      "POST crd",
      definition("others", {}, { type: "object", properties: { a: null, b: { properties: { c: null }, items: null } } }),
    ],
  ],
  "a default must be valid": [
    [
      "POST crd",
      definition(
        "things",
        {},
        { type: "object", properties: { spec: { type: "object", properties: { a: { type: "integer", default: "x" } } } } },
      ),
    ],
  ],
  "a rule must compile": [
    [
      "POST crd",
      definition(
        "things",
        {},
        { type: "object", properties: { spec: { type: "object", "x-kubernetes-validations": [{ rule: "self.nope == 1" }] } } },
      ),
    ],
  ],
  "one version must be stored": [
    [
      "POST crd",
      definition("things", { versions: [{ name: "v1", served: true, storage: false, schema: { openAPIV3Schema: openSchema } }] }),
    ],
  ],
  "the scope cannot change": [
    ["POST crd", definition("things")],
    until("things"),
    ["PATCH crd/things.{ns}.example.com", { spec: { scope: "Cluster" } }, "merge"],
  ],
  "the group cannot change": [
    ["POST crd", definition("things")],
    until("things"),
    ["PATCH crd/things.{ns}.example.com", { spec: { group: "other.example.com" } }, "merge"],
  ],
  "an unknown scope": [["POST crd", definition("things", { scope: "Galaxy" })]],
});
