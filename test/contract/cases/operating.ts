import { group, type Step } from "../case.ts";
import { settled } from "./pods.ts";

const labels = { app: "a" };
const container = {
  name: "c",
  image: "i:1",
  ports: [{ name: "http", containerPort: 80 }],
  env: [
    { name: "A", value: "b" },
    { name: "P", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
  ],
  resources: { requests: { cpu: "100m", memory: "1Gi" }, limits: { cpu: "1" } },
  livenessProbe: { httpGet: { path: "/", port: "http" } },
  volumeMounts: [{ name: "v", mountPath: "/v" }],
};
const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "d", labels },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: {
      metadata: { labels, annotations: { note: "x" } },
      spec: {
        containers: [container],
        volumes: [
          { name: "v", configMap: { name: "m" } },
          { name: "e", emptyDir: {} },
        ],
        nodeSelector: { disk: "ssd" },
        tolerations: [{ key: "a", operator: "Exists", effect: "NoSchedule" }],
      },
    },
  },
};
const node = {
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "{ns}", labels: { "node-role.kubernetes.io/worker": "" } },
  spec: { taints: [{ key: "a", effect: "NoSchedule" }] },
  status: {
    capacity: { cpu: "2", memory: "4Gi", pods: "110" },
    allocatable: { cpu: "2", memory: "4Gi", pods: "110" },
    addresses: [{ type: "InternalIP", address: "10.9.0.1" }],
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "R",
        message: "M",
        lastHeartbeatTime: "2026-01-01T00:00:00Z",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
    nodeInfo: {
      kubeletVersion: "v1",
      osImage: "linux",
      kernelVersion: "6",
      containerRuntimeVersion: "containerd://2",
      architecture: "amd64",
      operatingSystem: "linux",
    },
  },
};
const endpoints = {
  metadata: { name: "s" },
  subsets: [
    {
      addresses: [{ ip: "10.1.1.1" }, { ip: "10.1.1.2" }],
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
      ],
    },
    { addresses: [{ ip: "2001:db8::1" }], ports: [{ port: 82 }] },
    { addresses: [{ ip: "10.1.1.3" }] },
  ],
};
const aboutPod = {
  involvedObject: { kind: "Pod", namespace: "{ns}", name: "p", fieldPath: "spec.containers{c}" },
  reason: "Started",
};
const events: readonly Step[] = [
  [
    "POST ev",
    {
      metadata: { name: "a" },
      ...aboutPod,
      message: " it started ",
      type: "Normal",
      count: 3,
      firstTimestamp: "2020-01-01T00:00:00Z",
      lastTimestamp: "2021-01-01T00:00:00Z",
      source: { component: "kubelet", host: "n" },
    },
  ],
  [
    "POST newev",
    {
      metadata: { name: "b" },
      regarding: { kind: "Deployment", namespace: "{ns}", name: "d" },
      reason: "Bad",
      note: "it is bad",
      type: "Warning",
      eventTime: "2022-01-01T00:00:00.000000Z",
      reportingController: "example.com/me",
      reportingInstance: "me-1",
      action: "Do",
    },
  ],
];
const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" };
const printed = (path: string): Step => [`GET ${path}?includeObject=None`, undefined, undefined, table];
const made = [["POST deploy", deployment]] as const;
const generation: Step = { kubectl: "get deploy d -n {ns} -o jsonpath={.metadata.generation}" };

/** What people who run clusters ask of kubectl. */
export const operating = group("operating", {
  "events, of either group": [...events, printed("ev"), printed("newev"), { kubectl: "events -n {ns} --types=Warning" }],
  "endpoints have ports": [["POST ep", endpoints], printed("ep"), ["POST ep", { metadata: { name: "none" } }], printed("ep/none")],
  "endpoints go with their service": [
    ["POST svc", { metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } }],
    ["POST ep", endpoints],
    ["DELETE svc/s?dryRun=All"],
    ["GET ep/s"],
    ["DELETE svc/s"],
    ["GET ep/s"],
  ],
  "a node brings its status along": [
    ["POST no", node],
    printed("no/{ns}"),
    { kubectl: "describe node {ns}" },
    ["PATCH no/{ns}", { status: { capacity: { cpu: "3" } } }, "merge"],
    ["PATCH no/{ns}?fieldManager=x", { ...node, status: { capacity: { cpu: "3" } } }, "apply"],
    ["DELETE no/{ns}"],
  ],
  "a node is cordoned and tainted": [
    ["POST no", node],
    { kubectl: "cordon {ns}" },
    { kubectl: "taint node {ns} x=y:NoExecute" },
    { kubectl: "taint node {ns} a-" },
    { kubectl: "uncordon {ns}" },
    ["GET no/{ns}"],
    ["DELETE no/{ns}"],
  ],
  "annotations of a deployment count": [
    ...made,
    { kubectl: "annotate deploy d -n {ns} a=b" },
    { kubectl: "annotate deploy d -n {ns} a=b" },
    { kubectl: "label deploy d -n {ns} a=b" },
    generation,
    { kubectl: "annotate deploy d -n {ns} a-" },
    generation,
  ],
  "labels of a slice count": [
    ["POST slice", { metadata: { name: "s" }, addressType: "IPv4", endpoints: [] }],
    ["PATCH slice/s", { metadata: { annotations: { a: "b" } } }, "merge"],
    ["PATCH slice/s", { metadata: { labels: { a: "b" } } }, "merge"],
  ],
  "from client-side to server-side apply": [
    { kubectl: "apply -n {ns} -f {file}", stdin: deployment },
    { kubectl: "set image deploy/d -n {ns} c=i:2" },
    { kubectl: "apply -n {ns} --server-side -f {file}", stdin: deployment },
    { kubectl: "apply -n {ns} --server-side --force-conflicts -f {file}", stdin: deployment },
    ["GET deploy/d"],
  ],
  rollouts: [
    ...made,
    { kubectl: "rollout pause deploy/d -n {ns}" },
    { kubectl: "rollout pause deploy/d -n {ns}" },
    { kubectl: "rollout resume deploy/d -n {ns}" },
    { kubectl: "rollout status deploy/d -n {ns} --timeout=1s" },
    [
      "PATCH deploy/d/status",
      { status: { observedGeneration: 3, replicas: 2, updatedReplicas: 2, availableReplicas: 2 } },
      "merge",
    ],
    { kubectl: "rollout status deploy/d -n {ns} --timeout=1s" },
    { kubectl: "set env deploy/d -n {ns} A=c" },
    { kubectl: "set resources deploy/d -n {ns} --limits=cpu=2" },
    { kubectl: "set serviceaccount deploy/d -n {ns} robot" },
    { kubectl: "scale deploy/d -n {ns} --current-replicas=3 --replicas=4" },
    { kubectl: "scale deploy/d -n {ns} --replicas=4" },
    { kubectl: 'patch deploy d -n {ns} --subresource=scale --type=merge -p {"spec":{"replicas":5}}' },
    { kubectl: "describe deploy d -n {ns}" },
    ["GET deploy/d"],
  ],
  "what is described": [
    ["POST sa", { metadata: { name: "default" } }],
    [
      "POST pod",
      { metadata: { name: "p", labels }, spec: { ...settled, containers: [container], volumes: [{ name: "v", emptyDir: {} }] } },
    ],
    ["POST ep", { metadata: { name: "s" }, subsets: [{ addresses: [{ ip: "10.1.1.1" }], ports: [{ name: "a", port: 80 }] }] }],
    ["POST lease", { metadata: { name: "l" }, spec: { holderIdentity: "me" } }],
    { kubectl: "describe pod p -n {ns}" },
    { kubectl: "describe ep s -n {ns}" },
    { kubectl: "describe lease l -n {ns}" },
    { kubectl: "describe sa default -n {ns}" },
    { kubectl: "set subject rolebinding nothing -n {ns} --user=bob" },
  ],
  "apply prunes what is listed": [
    {
      kubectl: "apply -n {ns} -f {file}",
      stdin: {
        apiVersion: "v1",
        kind: "List",
        items: ["a", "b"].map((name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, labels } })),
      },
    },
    {
      kubectl: "apply -n {ns} --prune --prune-allowlist=core/v1/ConfigMap -l app=a -f {file}",
      stdin: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", labels } },
    },
    ["GET cm"],
  ],
  "replace by force": [
    ...made,
    { kubectl: "replace -n {ns} --force -f {file}", stdin: deployment },
    { kubectl: "replace -n {ns} --subresource=status -f {file}", stdin: { ...deployment, status: { replicas: 1 } } },
    ["GET deploy/d"],
  ],
  "who am I, and what may I do": [
    { kubectl: "auth whoami --as=jane --as-group=team -o json" },
    { kubectl: "auth can-i get /healthz" },
    { kubectl: "auth can-i nonsense nonsense" },
    { kubectl: "auth can-i create deploy/scale" },
  ],
  "wait for one thing and another": [
    ...made,
    { kubectl: "wait deploy/d -n {ns} --for=jsonpath={.spec.replicas}=2 --timeout=2s" },
    { kubectl: "wait cm/none -n {ns} --for=delete --timeout=2s" },
    { kubectl: "wait --for=create deploy/d -n {ns} --timeout=2s" },
    { kubectl: "delete deploy d -n {ns} --cascade=orphan --wait=false" },
    { kubectl: "delete job,pod,cm -n {ns} -l app=a" },
  ],
  "get in many forms": [
    ...made,
    ["POST svc", { metadata: { name: "b", labels }, spec: { ports: [{ port: 80 }] } }],
    ["POST svc", { metadata: { name: "a" }, spec: { type: "ExternalName", externalName: "x.example.com" } }],
    { kubectl: "get svc -n {ns} --sort-by=.spec.type -o name" },
    { kubectl: "get svc -n {ns} -L app,team --no-headers" },
    { kubectl: "get svc -n {ns} -o go-template={{range.items}}{{.metadata.name}};{{end}}" },
    { kubectl: "get deploy d -n {ns} -o custom-columns=N:.metadata.name,I:.spec.template.spec.containers[*].image,X:.spec.nope" },
    { kubectl: "get deploy d -n {ns} -o yaml --show-managed-fields" },
    { kubectl: "get deploy d -n {ns} --subresource=scale" },
    { kubectl: "get svc -n {ns} -l 'app in (a,b),!team' -o name" },
    { kubectl: "get svc -n {ns} -l 'app=('" },
    { kubectl: "get svc -n {ns} --field-selector spec.nope=x" },
  ],
});
