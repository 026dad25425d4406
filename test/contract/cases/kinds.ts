import { group, type Step } from "../case.ts";

const service = (spec: object, name = "s") => ({ metadata: { name }, spec });
const port = { port: 80 };

export const services = group("services", {
  "a plain service": [["POST svc", service({ selector: { app: "a" }, ports: [port] })]],
  "a headless service": [["POST svc", service({ clusterIP: "None", ports: [port] })]],
  "what is worth a warning": [
    { clusterIP: "None", externalIPs: ["10.1.2.3"], sessionAffinity: "ClientIP", ports: [port] },
    { type: "LoadBalancer", loadBalancerIP: "10.1.2.3", externalIPs: ["10.1.2.4"], ports: [port] },
    { type: "ExternalName", externalName: "example.com", externalIPs: ["10.1.2.3"] },
    { externalName: "example.com", trafficDistribution: "PreferClose", ports: [port] },
  ].flatMap((spec): Step[] => [
    ["POST svc", service(spec)],
    ["PATCH svc/s", { metadata: { annotations: { "service.kubernetes.io/topology-aware-hints": "auto" } } }, "merge"],
    ["DELETE svc/s"],
  ]),
  "a service for an external name": [["POST svc", service({ type: "ExternalName", externalName: "example.com" })]],
  "an external name is required": [["POST svc", service({ type: "ExternalName" })]],
  "a load balancer": [["POST svc", service({ type: "LoadBalancer", ports: [port] })]],
  "a node port": [["POST svc", service({ type: "NodePort", ports: [port] })]],
  "a node port out of range": [["POST svc", service({ type: "NodePort", ports: [{ port: 80, nodePort: 80 }] })]],
  "ports are required": [["POST svc", service({ selector: { app: "a" } })]],
  "several ports need names": [["POST svc", service({ ports: [{ port: 80 }, { port: 81 }] })]],
  "names of ports are unique": [
    [
      "POST svc",
      service({
        ports: [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
        ],
      }),
    ],
  ],
  "ports are unique": [
    [
      "POST svc",
      service({
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80 },
        ],
      }),
    ],
  ],
  "a port out of range": [["POST svc", service({ ports: [{ port: 70000 }] })]],
  "an unknown protocol": [["POST svc", service({ ports: [{ port: 80, protocol: "XYZ" }] })]],
  "an unknown type": [["POST svc", service({ type: "Magic", ports: [port] })]],
  "an unknown affinity": [["POST svc", service({ sessionAffinity: "Sometimes", ports: [port] })]],
  "affinity by client": [["POST svc", service({ sessionAffinity: "ClientIP", ports: [port] })]],
  "a named target port": [["POST svc", service({ ports: [{ port: 80, targetPort: "http" }] })]],
  "a bad target port": [["POST svc", service({ ports: [{ port: 80, targetPort: "not ok" }] })]],
  "a name that is no DNS label": [
    ["POST svc", service({ ports: [port] }, "1abc")],
    ["POST svc", service({ ports: [port] }, "a.b")],
  ],
  // The first address is the API server's own, so no other Service has it by chance.
  "the cluster address stays": [
    ["POST svc", service({ ports: [port] })],
    ["PATCH svc/s", { spec: { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"] } }, "merge"],
  ],
  "an update may leave the address out": [
    ["POST svc", service({ ports: [port] })],
    ["PUT svc/s", service({ ports: [{ port: 81 }] })],
  ],
  "a change of type allocates": [
    ["POST svc", service({ ports: [port] })],
    ["PATCH svc/s", { spec: { type: "LoadBalancer" } }, "merge"],
    ["PATCH svc/s", { spec: { type: "ClusterIP" } }, "merge"],
  ],
  "the status of a load balancer": [
    ["POST svc", service({ type: "LoadBalancer", ports: [port] })],
    ["PATCH svc/s/status", { status: { loadBalancer: { ingress: [{ ip: "10.1.2.3" }] } } }, "merge"],
    ["PATCH svc/s", { spec: { ports: [{ port: 81 }] } }, "merge"],
  ],
  "an address that is none": [["POST svc", service({ type: "LoadBalancer", ports: [port], externalIPs: ["nonsense"] })]],
  "a dry run of a load balancer": [["POST svc?dryRun=All", service({ type: "LoadBalancer", ports: [port] })]],
  "apply of a load balancer": [
    [
      "PATCH svc/s?fieldManager=x",
      {
        apiVersion: "v1",
        kind: "Service",
        ...service({ type: "LoadBalancer", selector: { a: "b" }, ports: [{ name: "a", port: 80 }] }),
      },
      "apply",
    ],
    [
      "PATCH svc/s?fieldManager=x",
      {
        apiVersion: "v1",
        kind: "Service",
        ...service({ type: "LoadBalancer", selector: { a: "b" }, ports: [{ name: "a", port: 80 }] }),
      },
      "apply",
    ],
  ],
});

const lease = (spec: object, metadata: object = {}) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "l", ...metadata },
  spec,
});

const template = { metadata: { labels: { app: "a" } }, spec: { containers: [{ name: "c", image: "i" }] } };

export const kinds = group("kinds", {
  "a namespace": [["POST ns", { metadata: { name: "{ns}-x" } }], ["GET ns/{ns}-x"]],
  "a namespace's name is a DNS label": [["POST ns", { metadata: { name: "a.b" } }]],
  "a namespace keeps its label": [
    ["PATCH ns/{ns}", { metadata: { labels: { a: "b", "kubernetes.io/metadata.name": "other" } } }, "merge"],
  ],
  "a lease": [["POST lease", lease({ holderIdentity: "me", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.123456Z" })]],
  "a lease is updated by its version": [
    ["POST lease", lease({})],
    ["PUT lease/l", lease({ holderIdentity: "a" })],
    ["PUT lease/l", lease({ holderIdentity: "a" }, { resourceVersion: "{rv:0}" })],
  ],
  "an update creates a lease": [["PUT lease/l", lease({ holderIdentity: "a" })]],
  "a lease must last": [["POST lease", lease({ leaseDurationSeconds: 0 })]],
  "a time that is none": [["POST lease", lease({ renewTime: "yesterday" })]],
  "a service account": [["POST sa", { metadata: { name: "s" }, automountServiceAccountToken: false }]],
  "a deployment": [["POST deploy", { metadata: { name: "d" }, spec: { selector: { matchLabels: { app: "a" } }, template } }]],
  "a deployment needs a selector that fits": [
    ["POST deploy", { metadata: { name: "d" }, spec: { selector: { matchLabels: { app: "b" } }, template } }],
    ["POST deploy", { metadata: { name: "d" }, spec: { template } }],
  ],
  "a deployment's selector stays": [
    ["POST deploy", { metadata: { name: "d" }, spec: { selector: { matchLabels: { app: "a" } }, template } }],
    [
      "PATCH deploy/d",
      { spec: { selector: { matchLabels: { x: "y" } }, template: { metadata: { labels: { x: "y" } } } } },
      "merge",
    ],
  ],
  "a deployment counts generations": [
    ["POST deploy", { metadata: { name: "d" }, spec: { selector: { matchLabels: { app: "a" } }, template } }],
    ["PATCH deploy/d", { spec: { replicas: 3 } }, "merge"],
    ["PATCH deploy/d", { metadata: { labels: { a: "b" } } }, "merge"],
    ["PATCH deploy/d/status", { status: { replicas: 3 }, spec: { replicas: 9 } }, "merge"],
    ["GET deploy/d/scale"],
    ["PATCH deploy/d/scale", { spec: { replicas: 4 } }, "merge"],
  ],
  "a controller revision": [
    ["POST cr", { metadata: { name: "r" }, revision: 1, data: { spec: { a: 1 } } }],
    ["PATCH cr/r", { revision: 2 }, "merge"],
    ["PATCH cr/r", { data: { spec: { a: 2 } } }, "merge"],
  ],
  "a revision is not negative": [["POST cr", { metadata: { name: "r" }, revision: -1, data: {} }]],
  "an event": [
    [
      "POST ev",
      {
        metadata: { name: "e" },
        involvedObject: { kind: "Pod", name: "p", namespace: "{ns}" },
        reason: "R",
        message: "M",
        type: "Normal",
      },
    ],
    ["GET newev/e"],
  ],
  "an event of another namespace": [
    ["POST ev", { metadata: { name: "e" }, involvedObject: { kind: "Pod", name: "p", namespace: "other" } }],
  ],
  "a new event": [
    [
      "POST newev",
      {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: "e" },
        regarding: { kind: "Pod", name: "p", namespace: "{ns}" },
        reason: "R",
        note: "N",
        type: "Normal",
        action: "Act",
        reportingController: "example.com/me",
        reportingInstance: "me-1",
        eventTime: "2026-01-01T00:00:00.000000Z",
      },
    ],
    ["GET ev/e"],
  ],
  "a new event says more": [
    ["POST newev", { metadata: { name: "e" }, regarding: { namespace: "{ns}" }, reason: "R", type: "Odd" }],
  ],
  "an endpoint slice": [
    [
      "POST slice",
      {
        metadata: { name: "e" },
        addressType: "IPv4",
        endpoints: [{ addresses: ["10.0.0.9"], conditions: { ready: true } }],
        ports: [{ port: 80 }],
      },
    ],
  ],
  endpoints: [["POST ep", { metadata: { name: "e" }, subsets: [{ addresses: [{ ip: "10.0.0.9" }], ports: [{ port: 80 }] }] }]],
  "a role": [
    ["POST role", { metadata: { name: "r:1" }, rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }] }],
    ["POST role", { metadata: { name: "nothing" } }],
    ["PATCH role/r:1", { rules: [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"], resourceNames: ["x"] }] }, "merge"],
    ["PUT role/made", { metadata: { name: "made" }, rules: [] }],
    ["PUT role/made", { metadata: { name: "made" }, rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }] }],
    ["DELETE role/r:1"],
  ],
  "a role without sense": [
    ["POST role", { metadata: { name: "a/b" } }],
    ["POST role", { metadata: { name: "r" }, rules: [{}] }],
    ["POST role", { metadata: { name: "r" }, rules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"], resources: ["pods"] }] }],
    ["POST role", { metadata: { name: "r" }, rules: "x" }],
  ],
  "a cluster role": [
    ["POST clusterrole", { metadata: { name: "{ns}" }, rules: [{ verbs: ["get"], nonResourceURLs: ["/healthz"] }] }],
    [
      "POST clusterrole",
      { metadata: { name: "{ns}-a" }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] } },
    ],
    ["POST clusterrole", { metadata: { name: "{ns}-b" }, aggregationRule: {} }],
    [
      "POST clusterrole",
      { metadata: { name: "{ns}-b" }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "a b": "c" } }] } },
    ],
  ],
  "a role binding": [
    [
      "POST rolebinding",
      {
        metadata: { name: "b" },
        roleRef: { kind: "Role", name: "r" },
        subjects: [
          { kind: "User", name: "jane" },
          { kind: "Group", name: "team" },
          { kind: "ServiceAccount", name: "robot", namespace: "{ns}" },
        ],
      },
    ],
    ["PATCH rolebinding/b", { subjects: [{ kind: "User", name: "joe" }] }, "merge"],
    ["PATCH rolebinding/b", { roleRef: { name: "other" } }, "merge"],
    ["POST rolebinding", { metadata: { name: "nobody" }, roleRef: { kind: "ClusterRole", name: "view" } }],
  ],
  "a binding without sense": [
    ["POST rolebinding", { metadata: { name: "b" } }],
    ["POST rolebinding", { metadata: { name: "b" }, roleRef: { apiGroup: "x", kind: "Lord", name: "a/b" } }],
    [
      "POST rolebinding",
      {
        metadata: { name: "b" },
        roleRef: { kind: "Role", name: "r" },
        subjects: [
          { kind: "Lord", name: "jane" },
          { kind: "User", name: "" },
          { kind: "User", apiGroup: "x", name: "y" },
          { kind: "ServiceAccount", apiGroup: "x", name: "A" },
        ],
      },
    ],
    [
      "POST clusterrolebinding",
      { metadata: { name: "{ns}" }, roleRef: { kind: "Role", name: "r" }, subjects: [{ kind: "ServiceAccount", name: "robot" }] },
    ],
  ],
  "apply of a role and its binding": [
    [
      "PATCH role/r?fieldManager=x",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "r" },
        rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"] }],
      },
      "apply",
    ],
    [
      "PATCH clusterrolebinding/{ns}?fieldManager=x",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "{ns}" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "{ns}" }],
      },
      "apply",
    ],
    [
      "PATCH clusterrolebinding/{ns}?fieldManager=y",
      {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRoleBinding",
        metadata: { name: "{ns}" },
        subjects: [{ kind: "User", name: "jane" }],
      },
      "apply",
    ],
    ["DELETE clusterrolebinding/{ns}"],
  ],
  "a node": [
    ["POST no", { metadata: { name: "{ns}-node" } }],
    ["PATCH no/{ns}-node", { spec: { unschedulable: true } }, "merge"],
    ["DELETE no/{ns}-node"],
  ],
});
