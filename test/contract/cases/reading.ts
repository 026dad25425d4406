import { group } from "../case.ts";
import { configMap } from "./objects.ts";

const three = [
  ["POST cm", configMap("a", { k: "1" }, { labels: { app: "x", tier: "front" } })],
  ["POST cm", configMap("b", { k: "2" }, { labels: { app: "x" } })],
  ["POST cm", configMap("c", { k: "3" }, { labels: { app: "y", size: "10" } })],
] as const;

const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const partial = { accept: "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io" };
const partialList = { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" };

export const listing = group("listing", {
  "a list is in the order of names": [...[...three].reverse(), ["GET cm"]],
  "an empty list": [["GET cm"]],
  "pages of one": [
    ...three,
    ["GET cm?limit=1"],
    ["GET cm?limit=1&continue={continue:3}"],
    ["GET cm?limit=2&continue={continue:4}"],
  ],
  "a page shows the state of the first page": [
    ...three,
    ["GET cm?limit=1"],
    ["DELETE cm/b"],
    ["POST cm", configMap("d")],
    ["GET cm?limit=5&continue={continue:3}"],
  ],
  "a limit larger than the list": [...three, ["GET cm?limit=10"]],
  "a limit that is no number": [["GET cm?limit=x"]],
  "a continue token that makes no sense": [["GET cm?continue=eyJ2IjoieCJ9"]],
  ...Object.fromEntries(
    [
      "app=x",
      "app==x",
      "app!=x",
      "app in (x,y)",
      "app notin (x)",
      "tier",
      "!tier",
      "app=x,tier=front",
      "app in (x),!tier",
      "size>5",
      "size<5",
      "app=",
      "a,,b",
      "app in x",
      "app=x y",
      "=x",
      "app in (",
      "!",
    ].map((selector) => [`labels ${selector}`, [...three, [`GET cm?labelSelector=${encodeURIComponent(selector)}`]]] as const),
  ),
  ...Object.fromEntries(
    [
      "metadata.name=a",
      "metadata.name!=a",
      "metadata.namespace=x",
      "metadata.name=a,metadata.name=b",
      "data.k=1",
      "nonsense",
      "metadata.name==b",
    ].map((selector) => [`fields ${selector}`, [...three, [`GET cm?fieldSelector=${encodeURIComponent(selector)}`]]] as const),
  ),
  "secrets by type": [
    ["POST secret", { metadata: { name: "a" }, type: "x/y" }],
    ["POST secret", { metadata: { name: "b" } }],
    ["GET secret?fieldSelector=type=Opaque"],
  ],
  "custom objects by a selectable field": [
    [
      "POST wd",
      { apiVersion: "contract.example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: { size: 1, color: "red" } },
    ],
    [
      "POST wd",
      { apiVersion: "contract.example.com/v1", kind: "Widget", metadata: { name: "b" }, spec: { size: 1, color: "blue" } },
    ],
    ["GET wd?fieldSelector=spec.color=red"],
    ["GET wd?fieldSelector=spec.size=1"],
  ],
  "a page with a selector counts no remainder": [...three, ["GET cm?limit=1&labelSelector=app"]],
  "resourceVersion 0 is any": [
    ...three,
    ["GET cm?resourceVersion={rv:2}&resourceVersionMatch=NotOlderThan"],
    ["GET cm?resourceVersion=0"],
    ["GET cm/a?resourceVersion=0"],
  ],
  "an exact resourceVersion is the past": [...three, ["GET cm?resourceVersion={rv:1}&resourceVersionMatch=Exact"]],
  // Not older than the newest, so that a cache that lags has to wait: anything newer than what is asked for may be in the answer.
  "not older than": [...three, ["GET cm?resourceVersion={rv:2}&resourceVersionMatch=NotOlderThan"]],
  "a resourceVersion of the future": [["GET cm?resourceVersion=900000000"], ["GET cm/a?resourceVersion=900000000"]],
  "a resourceVersion that is no number": [["GET cm?resourceVersion=x"], ["GET cm/a?resourceVersion=x"]],
  "a match needs a resourceVersion": [["GET cm?resourceVersionMatch=Exact"]],
  "a match that is unknown": [["GET cm?resourceVersion=1&resourceVersionMatch=Roughly"]],
  "an exact match of 0": [["GET cm?resourceVersion=0&resourceVersionMatch=Exact"]],
  "items of custom lists carry their type": [
    ["POST plain", { apiVersion: "contract.example.com/v1", kind: "Plain", metadata: { name: "a" } }],
    ["GET plain"],
  ],
});

export const tables = group("tables", {
  "config maps": [...three, ["GET cm", undefined, undefined, table]],
  "one config map": [...three, ["GET cm/a", undefined, undefined, table]],
  "without objects": [...three, ["GET cm?includeObject=None", undefined, undefined, table]],
  "with whole objects": [...three, ["GET cm?includeObject=Object", undefined, undefined, table]],
  "in pages": [...three, ["GET cm?limit=2", undefined, undefined, table]],
  "as metadata": [...three, ["GET cm", undefined, undefined, partialList], ["GET cm/a", undefined, undefined, partial]],
  secrets: [
    ["POST secret", { metadata: { name: "a" }, data: { x: "eA==", y: "eA==" } }],
    ["GET secret", undefined, undefined, table],
  ],
  services: [
    [
      "POST svc",
      {
        metadata: { name: "a" },
        spec: {
          selector: { b: "1", a: "2" },
          ports: [
            { name: "x", port: 80 },
            { name: "y", port: 53, protocol: "UDP" },
          ],
        },
      },
    ],
    ["POST svc", { metadata: { name: "b" }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } }],
    ["POST svc", { metadata: { name: "c" }, spec: { type: "ExternalName", externalName: "example.com" } }],
    ["POST svc", { metadata: { name: "d" }, spec: { clusterIP: "None", externalIPs: ["1.2.3.4"], ports: [{ port: 80 }] } }],
    [
      "PATCH svc/b/status",
      { status: { loadBalancer: { ingress: [{ ip: "10.1.2.3" }, { hostname: "lb.example.com" }] } } },
      "merge",
    ],
    ["GET svc?includeObject=None", undefined, undefined, table],
  ],
  "service accounts": [
    ["POST sa", { metadata: { name: "a" } }],
    ["GET sa?includeObject=None", undefined, undefined, table],
  ],
  leases: [
    [
      "POST lease",
      { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" }, spec: { holderIdentity: "me" } },
    ],
    ["GET lease?includeObject=None", undefined, undefined, table],
  ],
  "controller revisions": [
    ["POST cr", { metadata: { name: "a" }, revision: 3, data: { x: 1 } }],
    ["GET cr?includeObject=None", undefined, undefined, table],
  ],
  deployments: [
    [
      "POST deploy",
      {
        metadata: { name: "a" },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: "a" } },
          template: {
            metadata: { labels: { app: "a" } },
            spec: {
              containers: [
                { name: "c", image: "i:1" },
                { name: "d", image: "j:2" },
              ],
            },
          },
        },
      },
    ],
    ["GET deploy?includeObject=None", undefined, undefined, table],
  ],
  roles: [
    ["POST role", { metadata: { name: "a" } }],
    ["GET role?includeObject=None", undefined, undefined, table],
  ],
  "role bindings": [
    [
      "POST rolebinding",
      {
        metadata: { name: "a" },
        roleRef: { kind: "ClusterRole", name: "view" },
        subjects: [
          { kind: "User", name: "jane" },
          { kind: "User", name: "joe" },
          { kind: "Group", name: "team" },
          { kind: "ServiceAccount", name: "robot", namespace: "shop" },
          { kind: "ServiceAccount", name: "here" },
        ],
      },
    ],
    ["GET rolebinding?includeObject=None", undefined, undefined, table],
  ],
  events: [
    [
      "POST ev",
      {
        metadata: { name: "a" },
        involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
        reason: "Started",
        message: "it began",
        type: "Normal",
        source: { component: "me" },
        firstTimestamp: "2026-01-01T00:00:00Z",
        lastTimestamp: "2026-01-01T00:00:00Z",
        count: 2,
      },
    ],
    ["GET ev?includeObject=None", undefined, undefined, table],
  ],
  "endpoint slices": [
    [
      "POST slice",
      {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "a" },
        addressType: "IPv4",
        ports: [{ port: 80 }, { port: 81, name: "b" }],
        endpoints: [{ addresses: ["10.0.0.9"] }],
      },
    ],
    ["GET slice?includeObject=None", undefined, undefined, table],
  ],
  "custom objects": [
    [
      "POST wd",
      { apiVersion: "contract.example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: { size: 1, tags: ["x", "y"] } },
    ],
    ["PATCH wd/a/status", { status: { conditions: [{ type: "Ready", status: "True" }] } }, "merge"],
    ["POST wd", { apiVersion: "contract.example.com/v1", kind: "Widget", metadata: { name: "b" }, spec: { size: 2 } }],
    ["GET wd?includeObject=None", undefined, undefined, table],
  ],
  "custom objects without columns": [
    ["POST plain", { apiVersion: "contract.example.com/v1", kind: "Plain", metadata: { name: "a" } }],
    ["GET plain?includeObject=None", undefined, undefined, table],
  ],
  definitions: [["GET crd/plains.contract.example.com?includeObject=None", undefined, undefined, table]],
});

export const watching = group("watching", {
  "a watch tells of everything after its version": [
    ["POST cm", configMap("a", { k: "1" })],
    ["PUT cm/a", configMap("a", { k: "2" })],
    ["POST cm", configMap("b")],
    ["DELETE cm/a"],
    { watch: "cm?resourceVersion={rv:0}&timeoutSeconds=2", events: 3 },
  ],
  "a watch without a version begins with what is there": [...three, { watch: "cm?timeoutSeconds=1", events: 3 }],
  "a watch from 0 begins with what is there": [...three, { watch: "cm?resourceVersion=0&timeoutSeconds=1", events: 3 }],
  "initial events end with a bookmark": [
    ...three,
    {
      watch: "cm?sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1",
      events: 4,
    },
  ],
  "initial events may be declined": [
    ...three,
    { watch: "cm?sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion={rv:0}&timeoutSeconds=1", events: 2 },
  ],
  "initial events need a match": [["GET cm?watch=true&sendInitialEvents=true"]],
  "a match needs initial events": [["GET cm?watch=true&resourceVersion=1&resourceVersionMatch=Exact"]],
  "a watch ends when its time is up": [["GET cm?watch=true&timeoutSeconds=1"]],
  "a selector makes additions and deletions of changes": [
    ["POST cm", configMap("a", {}, { labels: { app: "x" } })],
    ["PATCH cm/a", { metadata: { labels: { app: "y" } } }, "merge"],
    ["PATCH cm/a", { data: { k: "1" } }, "merge"],
    ["PATCH cm/a", { metadata: { labels: { app: "x" } } }, "merge"],
    ["PATCH cm/a", { data: { k: "2" } }, "merge"],
    ["DELETE cm/a"],
    { watch: "cm?resourceVersion={rv:0}&labelSelector=app%3Dx&timeoutSeconds=2", events: 4 },
  ],
  "a watch of one name": [
    ["POST cm", configMap("a")],
    ["POST cm", configMap("b")],
    ["PATCH cm/b", { data: { k: "1" } }, "merge"],
    ["PATCH cm/a", { data: { k: "1" } }, "merge"],
    { watch: "cm?resourceVersion={rv:0}&fieldSelector=metadata.name%3Da&timeoutSeconds=2", events: 1 },
  ],
  "no-op writes are not told": [
    ["POST cm", configMap("a", { k: "1" })],
    ["PUT cm/a", configMap("a", { k: "1" })],
    ["PATCH cm/a", { data: { k: "1" } }, "merge"],
    ["PATCH cm/a", { data: { k: "2" } }, "merge"],
    { watch: "cm?resourceVersion={rv:0}&timeoutSeconds=2", events: 1 },
  ],
  "custom objects are told with their type": [
    ["POST plain", { apiVersion: "contract.example.com/v1", kind: "Plain", metadata: { name: "a" }, spec: { a: "1" } }],
    ["PATCH plain/a", { spec: { a: "2" } }, "merge"],
    { watch: "plain?resourceVersion={rv:0}&timeoutSeconds=2", events: 1 },
  ],
  "a version that is no number": [["GET cm?watch=true&resourceVersion=x"]],
});
