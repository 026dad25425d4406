import { group, type Step } from "../case.ts";

export const configMap = (name: string, data?: unknown, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...metadata },
  ...(data !== undefined && { data }),
});

const widget = { apiVersion: "contract.example.com/v1", kind: "Widget", metadata: { name: "w" } };

export const objects = group("objects", {
  "creation fills in the metadata": [["POST cm", configMap("a", { k: "v" })], ["GET cm/a"]],
  "a body may leave out its type": [["POST cm", { metadata: { name: "a" }, data: { k: "v" } }]],
  "a body may be YAML": [["POST cm", "metadata:\n  name: a\ndata:\n  k: v\n", "yaml"]],
  "what is there cannot be created": [
    ["POST cm", configMap("a")],
    ["POST cm", configMap("a")],
  ],
  "an object of another kind is refused": [["POST cm", { apiVersion: "v1", kind: "Secret", metadata: { name: "a" } }]],
  "an object of an unknown kind is refused": [["POST cm", { apiVersion: "v1", kind: "Nonsense", metadata: { name: "a" } }]],
  "an object of another namespace is refused": [["POST cm", configMap("a", {}, { namespace: "elsewhere" })]],
  "a namespace that is not there takes nothing": [["POST /api/v1/namespaces/nowhere/configmaps", configMap("a")]],
  "a name is required": [["POST cm", { metadata: {} }]],
  "a name must be a DNS subdomain": [["POST cm", configMap("A_b")]],
  "a long name is refused": [["POST cm", configMap("a".repeat(254))]],
  "generateName completes a name": [["POST cm", { metadata: { generateName: "gen-" } }]],
  "a resourceVersion cannot be given at creation": [["POST cm", configMap("a", {}, { resourceVersion: "5" })]],
  "uid and creationTimestamp that are given at creation do not count": [
    ["POST cm", configMap("a", {}, { uid: "mine", creationTimestamp: "2001-01-01T00:00:00Z", generation: 7, selfLink: "/x" })],
  ],
  "a deletionTimestamp given at creation does not count": [
    ["POST cm", configMap("a", {}, { deletionTimestamp: "2001-01-01T00:00:00Z", deletionGracePeriodSeconds: 5 })],
  ],
  "labels must be valid": [["POST cm", configMap("a", {}, { labels: { "a b": "c", ok: "not ok!" } })]],
  "annotation keys must be valid": [["POST cm", configMap("a", {}, { annotations: { "a b": "c" } })]],
  "finalizers must be qualified names": [["POST cm", configMap("a", {}, { finalizers: ["no good", "example.com/fine"] })]],
  "owner references must be complete": [["POST cm", configMap("a", {}, { ownerReferences: [{ name: "x" }] })]],
  "owner references name a version": ["a/b/c", "/v1", "v1/", "/", "v1"].map((apiVersion, i) => [
    "POST cm",
    configMap(`a${i}`, {}, { ownerReferences: [{ apiVersion, kind: "Event", name: "n", uid: "u" }] }),
  ]),
  "field managers can be printed": [
    "a%0Ab",
    "a%00b",
    "ä%E2%80%8Bb",
    "%09",
    "a%20ä",
    "%C3%BC".repeat(65),
    "a%7F",
    "%F0%9F%98%80",
  ].map((manager, i) => [`POST cm?fieldManager=${manager}`, configMap(`a${i}`)]),
  "warnings are quoted": [
    ["POST cm", JSON.stringify({ metadata: { name: "a" }, 'x"y\\z': 1, "\u00fc\n": 2, "tab\t": 3, "\u0007": 4 })],
    ["POST wd", JSON.stringify({ ...widget, spec: { size: 1, 'x"y\\z': 1, "line\n": 2, "<>&": 3, "\u0001": 4 } })],
    ["POST cm", '{"metadata": {"name": "b"}, "data": {"a\\"b": "1", "a\\"b": "2"}}'],
  ],
  "two controllers are one too many": [
    [
      "POST cm",
      configMap(
        "a",
        {},
        {
          ownerReferences: ["x", "y"].map((name) => ({ apiVersion: "v1", kind: "ConfigMap", name, uid: name, controller: true })),
        },
      ),
    ],
  ],
  "a number is no string": [["POST cm", { metadata: { name: 5 } }]],
  "a type must be a string": [
    ["POST cm", { apiVersion: 5, kind: "ConfigMap", metadata: { name: "a" } }],
    ["POST cm", { apiVersion: ["v1"], kind: "ConfigMap", metadata: { name: "a" } }],
    ["POST cm", { apiVersion: "v1", kind: 5, metadata: { name: "a" } }],
    ["POST cm", { apiVersion: null, kind: null, metadata: { name: "a" } }],
  ],
  "a value must be a string": [["POST cm", configMap("a", { k: 1 })]],
  "broken JSON is refused": [["POST cm", '{"metadata":{"name":"b"']],
  "a list is no object": [["POST cm", "[]"]],
  "an unknown content type is refused": [["POST cm", configMap("a"), "text/plain"]],
  "an unacceptable Accept is refused": [["GET cm", undefined, undefined, { accept: "text/html" }]],
  "dry run creates nothing": [["POST cm?dryRun=All", configMap("a")], ["GET cm/a"]],
  "dry run updates nothing": [
    ["POST cm", configMap("a", { k: "v" })],
    ["PUT cm/a?dryRun=All", configMap("a", { k: "w" })],
    ["GET cm/a"],
  ],
  "dry run deletes nothing": [["POST cm", configMap("a")], ["DELETE cm/a?dryRun=All"], ["GET cm/a"]],
  "dry run knows one value": [["POST cm?dryRun=some", configMap("a")]],
  "strict validation refuses unknown and duplicate fields": [
    ["POST cm?fieldValidation=Strict", '{"metadata":{"name":"b"},"foo":1,"foo":2,"metadata":{"bar":1}}'],
  ],
  "lenient validation warns": [
    ["POST cm?fieldValidation=Warn", '{"metadata":{"name":"b","bar":1},"foo":1,"data":{"a":"1","a":"2"}}'],
  ],
  "no validation says nothing": [["POST cm?fieldValidation=Ignore", '{"metadata":{"name":"b","bar":1},"foo":1}']],
  "field validation is Warn by default": [["POST cm", { metadata: { name: "b" }, foo: 1 }]],
  "field validation knows three values": [["POST cm?fieldValidation=Sometimes", configMap("a")]],
  "a field manager's name has a limit": [[`POST cm?fieldManager=${"m".repeat(129)}`, configMap("a")]],
  "update replaces": [
    ["POST cm", configMap("a", { k: "v" }, { labels: { x: "y" } })],
    ["PUT cm/a", configMap("a", { l: "w" })],
    ["GET cm/a"],
  ],
  "update without a change writes nothing": [
    ["POST cm", configMap("a", { k: "v" })],
    ["PUT cm/a", configMap("a", { k: "v" })],
  ],
  "update of an older version is refused": [
    ["POST cm", configMap("a", { k: "v" })],
    ["PUT cm/a", configMap("a", { k: "w" })],
    ["PUT cm/a", configMap("a", { k: "x" }, { resourceVersion: "{rv:0}" })],
  ],
  "update of the current version is accepted": [
    ["POST cm", configMap("a", { k: "v" })],
    ["PUT cm/a", configMap("a", { k: "x" }, { resourceVersion: "{rv:0}" })],
  ],
  "update of another uid is refused": [
    ["POST cm", configMap("a")],
    ["PUT cm/a", configMap("a", {}, { uid: "11111111-1111-4111-8111-111111111111" })],
  ],
  "update of another name is refused": [
    ["POST cm", configMap("a")],
    ["PUT cm/a", configMap("b")],
  ],
  "update of what is not there is refused": [["PUT cm/a", configMap("a")]],
  "update needs a name": [
    ["POST cm", configMap("a")],
    ["PUT cm/a", { data: { x: "y" } }],
  ],
  "update keeps what the server knows": [
    ["POST cm", configMap("a")],
    ["PUT cm/a", configMap("a", { k: "v" }, { creationTimestamp: "2001-01-01T00:00:00Z" })],
    ["PUT cm/a", configMap("a", { k: "v" }, { generation: 9 })],
  ],
  "an update cannot say when the object is to go": [
    ["POST cm", configMap("a")],
    ["PUT cm/a", configMap("a", {}, { deletionTimestamp: "2001-01-01T00:00:00Z" })],
    ["PATCH cm/a", { metadata: { deletionTimestamp: "2001-01-01T00:00:00Z" } }, "merge"],
    ["PATCH cm/a", { metadata: { deletionTimestamp: "2001-01-01T00:00:00Z" } }, "strategic"],
    ["PATCH cm/a", { metadata: { deletionGracePeriodSeconds: 5 } }, "merge"],
    ["PATCH cm/a?fieldManager=x", configMap("a", {}, { deletionTimestamp: "2001-01-01T00:00:00Z" }), "apply"],
  ],
  "immutable data stays": [
    ["POST cm", { ...configMap("a", { k: "v" }), immutable: true }],
    ["PUT cm/a", { ...configMap("a", { k: "w" }), immutable: true }],
    ["PUT cm/a", configMap("a", { k: "v" })],
  ],
  "a secret's strings become data": [["POST secret", { metadata: { name: "s" }, stringData: { user: "me" } }], ["GET secret/s"]],
  "a secret's data must be base64": [["POST secret", { metadata: { name: "s" }, data: { user: "?" } }]],
  "a secret's type stays": [
    ["POST secret", { metadata: { name: "s" }, type: "a/b" }],
    ["PUT secret/s", { metadata: { name: "s" }, type: "c/d" }],
  ],
  "a TLS secret needs its keys": [["POST secret", { metadata: { name: "s" }, type: "kubernetes.io/tls", data: {} }]],
  "a large object is refused": [["POST cm", configMap("a", { big: "x".repeat(1_100_000) })]],
  "keys of data must be valid": [["POST cm", configMap("a", { "a b": "c" })]],
  "the same key twice is refused": [["POST cm", { ...configMap("a", { k: "v" }), binaryData: { k: "dg==" } }]],
});

export const deletion = group("deletion", {
  "deletion answers with a Status": [["POST cm", configMap("a")], ["DELETE cm/a"], ["GET cm/a"]],
  "what is not there cannot be deleted": [["DELETE cm/a"]],
  "a finalizer holds": [
    ["POST cm", configMap("a", { k: "v" }, { finalizers: ["example.com/hold"] })],
    ["DELETE cm/a"],
    ["GET cm/a"],
    ["DELETE cm/a"],
    ["PATCH cm/a", { metadata: { finalizers: null } }, "merge"],
    ["GET cm/a"],
  ],
  "an object on its way out takes no new finalizer": [
    ["POST cm", configMap("a", {}, { finalizers: ["example.com/hold"] })],
    ["DELETE cm/a"],
    ["PATCH cm/a", { metadata: { finalizers: ["example.com/hold", "example.com/more"] } }, "merge"],
  ],
  "an object on its way out stays on it": [
    ["POST cm", configMap("a", {}, { finalizers: ["example.com/hold"] })],
    ["DELETE cm/a"],
    ["PATCH cm/a", { metadata: { deletionTimestamp: null } }, "merge"],
    ["PATCH cm/a", { metadata: { deletionGracePeriodSeconds: null } }, "merge"],
    ["PATCH cm/a", { metadata: { deletionGracePeriodSeconds: 5 } }, "merge"],
  ],
  "an object on its way out can still change": [
    ["POST cm", configMap("a", {}, { finalizers: ["example.com/hold"] })],
    ["DELETE cm/a"],
    ["PATCH cm/a", { data: { k: "v" } }, "merge"],
  ],
  "what is on its way out can be seen in a watch": [
    ["POST cm", configMap("a", {}, { finalizers: ["example.com/hold"] })],
    ["DELETE cm/a"],
    ["PATCH cm/a", { metadata: { finalizers: [] } }, "merge"],
    { watch: "cm?resourceVersion={rv:0}&timeoutSeconds=2", events: 2 },
  ],
  "preconditions: the uid": [
    ["POST cm", configMap("a")],
    ["DELETE cm/a", { preconditions: { uid: "x" } }],
    ["DELETE cm/a", { preconditions: { uid: "{uid:0}" } }],
  ],
  "preconditions: the resourceVersion": [
    ["POST cm", configMap("a")],
    ["DELETE cm/a", { preconditions: { resourceVersion: "1" } }],
    ["DELETE cm/a", { preconditions: { resourceVersion: "{rv:0}" } }],
  ],
  "an unknown propagation policy is refused": [
    ["POST cm", configMap("a")],
    ["DELETE cm/a", { propagationPolicy: "Sideways" }],
  ],
  "foreground deletion holds by a finalizer": [["POST cm", configMap("a")], ["DELETE cm/a?propagationPolicy=Foreground"]],
  "orphaning holds by a finalizer": [
    ["POST cm", configMap("a")],
    ["DELETE cm/a", { propagationPolicy: "Orphan" }],
  ],
  "background deletion does not hold": [
    ["POST cm", configMap("a")],
    ["DELETE cm/a", { propagationPolicy: "Background" }],
  ],
  "a custom object counts its deletion": [
    [
      "POST wd",
      {
        apiVersion: "contract.example.com/v1",
        kind: "Widget",
        metadata: { name: "w", finalizers: ["example.com/hold"] },
        spec: { size: 1 },
      },
    ],
    ["DELETE wd/w"],
    ["GET wd/w"],
  ],
  "a service account is answered with": [["POST sa", { metadata: { name: "a" } }], ["DELETE sa/a"]],
  "a service is answered with": [["POST svc", { metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } }], ["DELETE svc/a"]],
  "a namespace on its way out takes nothing new": [
    ["DELETE /api/v1/namespaces/{ns}"],
    ["POST cm", configMap("a")],
    ["PATCH cm/b?fieldManager=x", configMap("b"), "apply"],
  ],
  "a collection is deleted by selector": [
    ["POST cm", configMap("a", {}, { labels: { app: "x" } })],
    ["POST cm", configMap("b", {}, { labels: { app: "y" } })],
    ["DELETE cm?labelSelector=app=x"],
    ["GET cm"],
  ],
  "namespaces are not deleted as a collection": [["DELETE /api/v1/namespaces"]],
  "namespaces that are always there": [
    ["DELETE ns/default"],
    ["DELETE ns/kube-system"],
    ["DELETE ns/kube-public"],
    ["DELETE ns/default?dryRun=All"],
    ["DELETE ns/kube-node-lease?dryRun=All"],
  ],
});

export const paths = group("paths", {
  "an unknown path": [["GET /nope"]],
  "an unknown group": [["GET /apis/nope.example.com/v1/things"]],
  "an unknown version": [["GET /apis/apps/v9/deployments"]],
  "an unknown resource": [["GET /api/v1/things"], ["GET /apis/apps/v1/things"]],
  "an unknown subresource": [["POST cm", configMap("a")], ["GET cm/a/status"], ["GET cm/a/nonsense"]],
  "creation by name": [["POST cm/a", configMap("a")]],
  "update of a collection": [["PUT cm", configMap("a")]],
  "a patch of a collection": [["PATCH cm", {}, "merge"]],
  "creation without a namespace": [["POST /api/v1/configmaps", configMap("a")]],
  "one group": [["GET /apis/apps"], ["GET /apis/contract.example.com"]],
  "resources of a group": [["GET /apis/contract.example.com/v1"]],
  "methods that are none": [
    "HEAD cm",
    "HEAD cm/a",
    "OPTIONS cm",
    "OPTIONS cm/a",
    "HEAD cm?watch=true",
    "OPTIONS wd",
    "HEAD wd",
  ].map((request) => [request]),
  "methods of paths that are about no resource": [
    ...["POST /api", "POST /apis/apps", "POST /apis/apps/v1", "POST /apis/contract.example.com", "PUT /version"].map(
      (request): Step => [request, {}],
    ),
    ...["HEAD /version", "HEAD /api/v1", "OPTIONS /apis/apps", "DELETE /version", "OPTIONS /livez"].map(
      (request): Step => [request],
    ),
  ],
  "below paths that are about no resource": [
    ...["/version/x", "/api/nope", "/api/v1/nope", "/apis/nope", "/apis/apps/v9", "/livez/", "/openapi"].map(
      (path): Step => [`GET ${path}`],
    ),
  ],
  "health, and what it consists of": [
    ...["", "/ping", "/log", "/etcd", "/nope"].flatMap((check) =>
      ["healthz", "livez", "readyz"].map((endpoint): Step => [`GET /${endpoint}${check}`]),
    ),
    ["GET /livez?exclude=etcd"],
    ["POST /livez", {}],
  ],
  "the media type of a body": [
    "Application/JSON",
    "application/json; charset=utf-8",
    "application/json;",
    "application/json;;x",
    "application/json;x",
    "text/plain",
    "nonsense",
  ].map((type, i): Step => ["POST cm", configMap(`a${i}`), type]),
  "the media type of a patch": [
    "Application/Merge-Patch+json",
    "application/merge-patch+json; charset=utf-8",
    "application/json",
  ].flatMap((type): Step[] => [
    ["PATCH cm/a", {}, type],
    ["PATCH deploy/a/scale", {}, type],
  ]),
  "an old document in a form that there is not": [["GET /openapi/v2", undefined, undefined, { accept: "text/html" }]],
  health: [["GET /healthz"], ["GET /livez"], ["GET /readyz"]],
});
