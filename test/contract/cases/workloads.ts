import { group, type Step } from "../case.ts";
import { volumes } from "./pods.ts";

const time = "2026-01-01T00:00:00Z";
const later = "2026-01-01T00:01:00Z";
const template = { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } };
const job = (spec: object = {}, metadata: object = {}) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "j", ...metadata },
  spec: { template, ...spec },
});
const condition = (type: string, more: object = {}) => ({ type, status: "True", lastTransitionTime: later, ...more });

/** A Job whose status is written by somebody: nothing runs. */
const reported = (...statuses: readonly object[]): readonly Step[] => [
  ["POST job", job()],
  ...statuses.map((status): Step => ["PATCH job/j/status", { status }, "merge"]),
];
const completed = {
  startTime: time,
  completionTime: later,
  succeeded: 1,
  conditions: [condition("SuccessCriteriaMet"), condition("Complete")],
};
const failed = {
  startTime: time,
  failed: 1,
  conditions: [
    condition("FailureTarget", { reason: "BackoffLimitExceeded" }),
    condition("Failed", { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" }),
  ],
};

const selector = { matchLabels: { b: "x", a: "y" }, matchExpressions: [{ key: "k", operator: "Exists" }] };
const near = { topologyKey: "zone", labelSelector: selector, namespaceSelector: {}, namespaces: ["other"] };
const nodes = {
  matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }],
  matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }],
};
const probe = { httpGet: { path: "/", port: "http", httpHeaders: [{ name: "H", value: "v" }] }, periodSeconds: 3 };
const container = {
  name: "c",
  image: "i",
  command: ["a"],
  workingDir: "/w",
  ports: [{ name: "http", containerPort: 80 }],
  envFrom: [{ prefix: "P_", configMapRef: { name: "m", optional: true } }, { secretRef: { name: "s" } }],
  env: [
    { name: "A", value: "<b>" },
    { name: "B", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "C", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
    { name: "D", valueFrom: { configMapKeyRef: { name: "m", key: "k" } } },
    { name: "E", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: false } } },
  ],
  resources: { limits: { memory: "1024Mi", cpu: "1" }, requests: { cpu: "0.5" } },
  volumeMounts: [{ name: "v", mountPath: "/v", readOnly: true }],
  livenessProbe: probe,
  readinessProbe: { tcpSocket: { port: 80 } },
  startupProbe: { grpc: { port: 80 } },
  lifecycle: { postStart: { exec: { command: ["x"] } }, preStop: { sleep: { seconds: 1 } } },
  securityContext: { capabilities: { drop: ["ALL"] }, runAsUser: 1, seLinuxOptions: { level: "s0" }, procMount: "Default" },
  tty: true,
};
const everything = {
  containers: [container],
  initContainers: [{ name: "i", image: "i", restartPolicy: "Always" }],
  volumes: [{ name: "v", emptyDir: { medium: "Memory", sizeLimit: "1024Mi" } }],
  activeDeadlineSeconds: 9,
  nodeSelector: { z: "1", a: "2" },
  serviceAccountName: "robot",
  hostNetwork: false,
  hostPID: true,
  shareProcessNamespace: false,
  securityContext: { runAsNonRoot: true, fsGroup: 2, fsGroupChangePolicy: "Always", sysctls: [{ name: "a.b", value: "c" }] },
  imagePullSecrets: [{ name: "p" }],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodes] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: nodes }],
    },
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [near],
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 2, podAffinityTerm: near }],
    },
  },
  tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
  hostAliases: [{ ip: "10.0.0.1", hostnames: ["x"] }],
  dnsConfig: { nameservers: ["10.0.0.1"], options: [{ name: "ndots", value: "2" }, { name: "edns0" }] },
  readinessGates: [{ conditionType: "example.com/x" }],
  setHostnameAsFQDN: false,
  enableServiceLinks: false,
  os: { name: "linux" },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: selector, nodeTaintsPolicy: "Honor" },
  ],
};

const indexed = (podFailurePolicy: object, successPolicy: object) =>
  job({ completionMode: "Indexed", completions: 2, podFailurePolicy, successPolicy });

export const jobs = group("jobs", {
  "a job": [["POST job", job()]],
  "a generated name": [["POST job", job({}, { name: undefined, generateName: "gen-" })]],
  "without a template": [["POST job", { ...job(), spec: {} }]],
  "without containers": [["POST job", job({ template: { spec: { restartPolicy: "Never", containers: [] } } })]],
  "a container without an image": [
    ["POST job", job({ template: { spec: { restartPolicy: "Never", containers: [{ name: "c" }] } } })],
  ],
  "always restarted": [["POST job", job({ template: { spec: { containers: [{ name: "c", image: "i" }] } } })]],
  "an unknown field": [["POST job?fieldValidation=Strict", job({ retries: 1 })]],
  "fewer than none": [["POST job", job({ backoffLimit: -1, activeDeadlineSeconds: -1, ttlSecondsAfterFinished: -1 })]],
  "applied twice": [
    ["PATCH job/j?fieldManager=m", job({ backoffLimit: 1 }), "apply"],
    ["PATCH job/j?fieldManager=m", job({ backoffLimit: 2 }), "apply"],
  ],
  "another template": [
    ["POST job", job()],
    ["PATCH job/j", { spec: { template: { spec: { containers: [{ name: "c", image: "other" }] } } } }, "merge"],
  ],
  "another template, of all that there may be in one": [
    ["POST job", job({ template: { spec: { ...everything, restartPolicy: "Never" } } })],
    ["PATCH job/j", { spec: { template: { metadata: { annotations: { b: "<x>", a: "y" } } } } }, "merge"],
  ],
  "another template with volumes of all kinds": [
    [
      "POST job",
      job({
        template: {
          spec: { containers: [{ name: "c", image: "i" }], serviceAccountName: "default", volumes, restartPolicy: "Never" },
        },
      }),
    ],
    ["PATCH job/j", { spec: { template: { metadata: { labels: { b: "x", a: "y" } } } } }, "merge"],
  ],
  "other policies": [
    ["POST job", indexed({ rules: [{ action: "Ignore", onPodConditions: [{ type: "T" }] }] }, { rules: [{ succeededCount: 1 }] })],
    [
      "PATCH job/j",
      indexed(
        { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [1] } }] },
        { rules: [{ succeededIndexes: "0" }] },
      ),
      "merge",
    ],
    ["PATCH job/j", { spec: { podFailurePolicy: null, successPolicy: null } }, "merge"],
  ],
  "its labels": [["POST job", job({}, { labels: { a: "b" } })]],
  "it starts": reported({ startTime: time, active: 1 }),
  "it completes": reported({ startTime: time, active: 1 }, { ...completed, active: 0 }),
  "it fails": reported({ startTime: time, active: 1 }, { ...failed, active: 0 }),
  "complete without a time": reported({ startTime: time, conditions: [condition("SuccessCriteriaMet"), condition("Complete")] }),
  "complete without its criteria": reported({ ...completed, conditions: [condition("Complete")] }),
  "complete without a start": reported({ ...completed, startTime: null }),
  "complete while something runs": reported({ ...completed, active: 1 }),
  "complete before its start": reported({ ...completed, startTime: later, completionTime: time }),
  "complete and failed": reported({ ...completed, conditions: [...completed.conditions, ...failed.conditions] }),
  "failed without a target": reported({ ...failed, conditions: [condition("Failed")] }),
  "failed while something runs": reported({ ...failed, active: 1 }),
  "failed, and complete at a time": reported({ ...failed, completionTime: later }),
  "a time of completion alone": reported({ startTime: time, completionTime: later }),
  "complete, and then not": reported(completed, { conditions: [condition("SuccessCriteriaMet")] }),
  "complete at another time": reported(completed, { completionTime: "2026-01-01T00:02:00Z" }),
  "started at another time": reported({ startTime: time }, { startTime: later }),
  "fewer successes": reported({ succeeded: 2 }, { succeeded: 1 }),
  "less than nothing": reported({ active: -1, succeeded: -1, failed: -1, ready: -1, terminating: -1 }),
  "more ready than active": reported({ active: 1, ready: 2 }),
  "indexes without indexing": reported({ completedIndexes: "0" }),
  "a condition twice": reported({ conditions: [condition("Suspended"), condition("Suspended")] }),
  "deleted with what it owns": [["POST job", job()], ["DELETE job/j", { propagationPolicy: "Background" }], ["GET job/j"]],
  "found by its success": [
    ["POST job", job()],
    ["PATCH job/j/status", { status: completed }, "merge"],
    ["GET job?fieldSelector=status.successful%3D1"],
  ],
  "a table": [...reported(completed), { kubectl: "get job -n {ns}" }],
  "waited for": [...reported(completed), { kubectl: "wait job/j -n {ns} --for=condition=Complete --timeout=5s" }],
  described: [["POST job", job()], { kubectl: "create job x -n {ns} --image=i -- true" }, ["GET job/x"]],
});

const port = { name: "http", port: 80 };
const service = (spec: object) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "s" },
  spec: { ports: [port], ...spec },
});
const secret = (type: string, data: object) => ({ metadata: { name: "a" }, type, stringData: data });
const slice = (more: object) => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "e", labels: { "kubernetes.io/service-name": "s" } },
  addressType: "IPv4",
  endpoints: [],
  ...more,
});
const ready = { addresses: ["10.0.0.1"], conditions: { ready: true } };

export const exposure = group("exposure", {
  "a TLS secret": [["POST secret", secret("kubernetes.io/tls", { "tls.crt": "c", "tls.key": "k" })]],
  "a TLS secret without a key": [["POST secret", secret("kubernetes.io/tls", { "tls.crt": "c" })]],
  "a TLS secret of nothing": [["POST secret", secret("kubernetes.io/tls", {})]],
  "a TLS secret with an empty key": [["POST secret", secret("kubernetes.io/tls", { "tls.crt": "", "tls.key": "" })]],
  "a secret of another type": [
    ["POST secret", secret("Opaque", { a: "b" })],
    ["PATCH secret/a", { type: "kubernetes.io/tls" }, "merge"],
  ],
  "a renewed secret": [
    ["POST secret", secret("kubernetes.io/tls", { "tls.crt": "c", "tls.key": "k" })],
    ["PATCH secret/a", { stringData: { "tls.crt": "d", "tls.key": "l" } }, "merge"],
    ["PATCH secret/a", { data: { "tls.key": null } }, "merge"],
  ],
  "secrets by their type": [
    ["POST secret", secret("kubernetes.io/tls", { "tls.crt": "c", "tls.key": "k" })],
    ["GET secret?fieldSelector=type%3Dkubernetes.io/tls"],
  ],
  "a class of load balancers": [["POST svc", service({ type: "LoadBalancer", loadBalancerClass: "example.com/internal" })]],
  "a class without a domain": [["POST svc", service({ type: "LoadBalancer", loadBalancerClass: "internal" })]],
  "a class that is no name": [["POST svc", service({ type: "LoadBalancer", loadBalancerClass: "not ok" })]],
  "a class for a plain service": [["POST svc", service({ loadBalancerClass: "example.com/internal" })]],
  "a class is given later": [
    ["POST svc", service({ type: "LoadBalancer" })],
    ["PATCH svc/s", { spec: { loadBalancerClass: "example.com/internal" } }, "merge"],
  ],
  "a class is given with the type": [
    ["POST svc", service({})],
    ["PATCH svc/s", { spec: { type: "LoadBalancer", loadBalancerClass: "example.com/internal" } }, "merge"],
    ["PATCH svc/s", { spec: { loadBalancerClass: "example.com/other" } }, "merge"],
  ],
  "a class goes with the type": [
    ["POST svc", service({ type: "LoadBalancer", loadBalancerClass: "example.com/internal" })],
    ["PATCH svc/s", { spec: { type: "ClusterIP", loadBalancerClass: null } }, "merge"],
  ],
  "a wanted address": [["POST svc", service({ type: "LoadBalancer", loadBalancerIP: "10.1.2.3" })]],
  "source ranges": [["POST svc", service({ type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8", "nonsense"] })]],
  "addresses of a load balancer": [
    ["POST svc", service({ type: "LoadBalancer" })],
    ["PATCH svc/s/status", { status: { loadBalancer: { ingress: [{ ip: "10.1.2.3" }, { hostname: "a.example.com" }] } } }, "merge"],
    [
      "PATCH svc/s/status",
      { status: { loadBalancer: { ingress: [{ ip: "fd00::1", ports: [{ port: 80, protocol: "TCP" }] }] } } },
      "merge",
    ],
    ["PATCH svc/s/status", { status: { loadBalancer: { ingress: [{ ip: "nonsense" }] } } }, "merge"],
    ["PATCH svc/s/status", { status: { loadBalancer: { ingress: [{ hostname: "10.1.2.3" }] } } }, "merge"],
    ["PATCH svc/s/status", { status: { loadBalancer: { ingress: [{ ip: "10.1.2.3", ipMode: "Sometimes" }] } } }, "merge"],
  ],
  "an address of a plain service": [
    ["POST svc", service({})],
    ["PATCH svc/s/status", { status: { loadBalancer: { ingress: [{ ip: "10.1.2.3" }] } } }, "merge"],
  ],
  "local traffic": [["POST svc", service({ type: "LoadBalancer", externalTrafficPolicy: "Local" })]],
  "a port for health checks out of range": [
    ["POST svc", service({ type: "LoadBalancer", externalTrafficPolicy: "Local", healthCheckNodePort: 80 })],
  ],
  "local traffic is asked for later, and no longer": [
    ["POST svc", service({ type: "LoadBalancer" })],
    ["PATCH svc/s", { spec: { externalTrafficPolicy: "Local" } }, "merge"],
    ["PATCH svc/s", { metadata: { labels: { a: "b" } } }, "merge"],
    ["PATCH svc/s", { spec: { externalTrafficPolicy: "Cluster" } }, "merge"],
  ],
  "both families": [["POST svc", service({ ipFamilyPolicy: "PreferDualStack" })]],
  "two families are required": [["POST svc", service({ ipFamilyPolicy: "RequireDualStack" })]],
  "a slice": [["POST slice", slice({ endpoints: [ready], ports: [{ name: "http", port: 80 }] })]],
  "a slice of names": [["POST slice", slice({ addressType: "FQDN", endpoints: [{ addresses: ["a.example.com"] }] })]],
  "a slice of the wrong family": [["POST slice", slice({ endpoints: [{ addresses: ["fd00::1"] }] })]],
  "a slice without addresses": [["POST slice", slice({ endpoints: [{ addresses: [] }] })]],
  "a slice without a family": [["POST slice", slice({ addressType: undefined })]],
  "another family": [
    ["POST slice", slice({ endpoints: [ready] })],
    ["PATCH slice/e", { addressType: "IPv6" }, "merge"],
  ],
  "an endpoint that is ready": [
    ["POST slice", slice({ endpoints: [{ ...ready, conditions: { ready: false } }] })],
    ["PATCH slice/e", { endpoints: [{ ...ready, zone: "z", nodeName: "n" }] }, "merge"],
  ],
  "ports of a slice": [
    [
      "POST slice",
      slice({
        ports: [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
          { name: "B!", port: 0 },
        ],
      }),
    ],
  ],
  "slices by their service": [
    ["POST slice", slice({ endpoints: [ready] })],
    ["GET slice?labelSelector=kubernetes.io/service-name%3Ds"],
  ],
  endpoints: [
    ["POST ep", { metadata: { name: "s" }, subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ name: "http", port: 80 }] }] }],
    ["PATCH ep/s", { subsets: [{ addresses: [{ ip: "127.0.0.1" }], ports: [{ port: 80 }] }] }, "merge"],
    ["PATCH ep/s", { subsets: [{ addresses: [{ ip: "x" }], ports: [{ port: 0 }] }] }, "merge"],
  ],
});
