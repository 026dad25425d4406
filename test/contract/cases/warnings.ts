import { group, type Step } from "../case.ts";
import { settled } from "./pods.ts";

const sa = ["POST sa", { metadata: { name: "default" } }] as const;
const container = { name: "c", image: "i:1" };
const specOf = (spec: object) => ({ ...settled, containers: [container], ...spec });

/** The same of a pod, of what makes pods for ever, and of what makes them for once. */
const everywhere = (spec: object, annotations?: object): readonly Step[] => [
  sa,
  ["POST pod", { metadata: { name: "p", annotations }, spec: specOf(spec) }],
  [
    "POST deploy",
    {
      metadata: { name: "d" },
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" }, annotations }, spec: specOf(spec) },
      },
    },
  ],
  [
    "POST job",
    {
      metadata: { name: "j" },
      spec: { template: { metadata: { annotations }, spec: { ...specOf(spec), restartPolicy: "Never" } } },
    },
  ],
];
const containers = (...all: readonly object[]) => ({
  containers: all.map((one, i) => ({ ...container, name: `c${i}`, ...one })),
});
const ports = (...all: readonly object[]) => containers(...all.map((port) => ({ ports: [port] })));
const env = (...all: readonly object[]) => containers({ env: all });
const volume = (source: object) => ({ volumes: [{ name: "v", ...source }] });
const item = (path: string) => ({ key: "k", path });
const field = (path: string) => ({ path, fieldRef: { fieldPath: "metadata.name" } });
const oldZone = { key: "failure-domain.beta.kubernetes.io/zone", operator: "In", values: ["a"] };
const term = { topologyKey: "zone" };
const named = (name: string): readonly Step[] => [
  sa,
  ["POST pod", { metadata: { name }, spec: specOf({}) }],
  [
    "POST deploy",
    {
      metadata: { name },
      spec: { selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "b" } }, spec: specOf({}) } },
    },
  ],
  ["POST job", { metadata: { name }, spec: { template: { spec: { ...specOf({}), restartPolicy: "Never" } } } }],
];
const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

export const warnings = group("warnings", {
  "an old label of nodes": everywhere({ nodeSelector: { "beta.kubernetes.io/arch": "arm" } }),
  "old labels of nodes in affinity": everywhere({
    affinity: {
      nodeAffinity: {
        [required]: {
          nodeSelectorTerms: [{ matchExpressions: [oldZone] }, { matchExpressions: [{ ...oldZone, key: "a" }, oldZone] }],
        },
        [preferred]: [
          { weight: 1, preference: { matchExpressions: [oldZone] } },
          { weight: 1, preference: { matchExpressions: [{ key: "a", operator: "In", values: ["b", "-c-"] }] } },
        ],
      },
    },
  }),
  "pods that are spread by nothing": everywhere({
    topologySpreadConstraints: [{ maxSkew: 1, topologyKey: oldZone.key, whenUnsatisfiable: "ScheduleAnyway" }],
  }),
  "pods that are near to nothing": everywhere({
    affinity: {
      podAffinity: { [required]: [term], [preferred]: [{ weight: 1, podAffinityTerm: term }] },
      podAntiAffinity: { [required]: [term, { ...term, labelSelector: {} }], [preferred]: [{ weight: 1, podAffinityTerm: term }] },
    },
  }),
  "old annotations": everywhere(
    {},
    {
      "scheduler.alpha.kubernetes.io/critical-pod": "",
      "security.alpha.kubernetes.io/sysctls": "a=b",
      "security.alpha.kubernetes.io/unsafe-sysctls": "a=b",
      "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
      "container.seccomp.security.alpha.kubernetes.io/c": "runtime/default",
      "container.seccomp.security.alpha.kubernetes.io/other": "runtime/default",
    },
  ),
  "old annotations beside their fields": everywhere(
    { securityContext: { seccompProfile: { type: "RuntimeDefault" } } },
    {
      "seccomp.security.alpha.kubernetes.io/pod": "runtime/default",
      "container.seccomp.security.alpha.kubernetes.io/c": "localhost/x",
    },
  ),
  "an old volume": everywhere(volume({ gitRepo: { repository: "r" } })),
  "several old volumes": everywhere({
    volumes: [
      { name: "a", emptyDir: {} },
      { name: "b", cephfs: { monitors: ["m"] } },
      { name: "c", flocker: { datasetName: "d" } },
    ],
  }),
  "files of a volume in one place": everywhere({
    volumes: [
      { name: "a", configMap: { name: "m", items: [item("x"), item("x"), item("y/z"), item("y")] } },
      { name: "b", secret: { secretName: "s", items: [item("x/"), item("x/y"), item("xy")] } },
      { name: "c", downwardAPI: { items: [field("x"), field("x")] } },
    ],
  }),
  "files of several sources in one place": everywhere(
    volume({
      projected: {
        sources: [
          { configMap: { name: "m", items: [item("x")] } },
          { secret: { name: "s", items: [item("x/y")] } },
          { downwardAPI: { items: [field("x/z")] } },
        ],
      },
    }),
  ),
  "a fraction of a byte": everywhere({
    ...containers({
      resources: {
        limits: { memory: "1500m", "ephemeral-storage": "1.5" },
        requests: { memory: "1100m", "ephemeral-storage": "1m" },
      },
    }),
    ...volume({
      ephemeral: {
        volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1500m" } } } },
      },
    }),
  }),
  "names that come twice": everywhere({
    hostAliases: [
      { ip: "10.0.0.1", hostnames: ["a"] },
      { ip: "10.0.0.1", hostnames: ["b"] },
    ],
    imagePullSecrets: [{ name: "a" }, { name: "a" }],
  }),
  "variables that come twice": everywhere(
    env(
      { name: "A", value: "1" },
      { name: "A", value: "2" },
      { name: "A", value: "$(A)3" },
      { name: "A", value: "$(A)" },
      { name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ),
  ),
  "ports that come twice": everywhere(ports({ containerPort: 80 }, { containerPort: 80 }, { containerPort: 80, protocol: "UDP" })),
  "ports that overlap": everywhere(ports({ containerPort: 80, hostPort: 80 }, { containerPort: 80 })),
  "ports that may be the same": everywhere(
    ports({ containerPort: 80, hostPort: 80 }, { containerPort: 80, hostPort: 80, hostIP: "10.0.0.1" }),
  ),
  "an address without a port": everywhere(ports({ name: "web", containerPort: 80, hostIP: "10.0.0.1" })),
  "names of ports that come twice": everywhere({
    ...ports({ name: "a", containerPort: 80 }, { name: "a", containerPort: 81 }),
    initContainers: [{ ...container, ports: [{ name: "a", containerPort: 82 }] }],
  }),
  "no time to end": everywhere({ terminationGracePeriodSeconds: -1 }),
  "addresses in another form": everywhere({
    dnsConfig: { nameservers: ["2001:DB8::1"] },
    hostAliases: [{ ip: "2001:db8:0::2", hostnames: ["a"] }],
  }),
  "a name that is no label": named("a.b"),
  "a name that is too long for a label": named("a".repeat(64)).slice(0, 3),
  "a change of a pod": [
    ...everywhere(ports({ containerPort: 80 }, { containerPort: 80 })).slice(0, 2),
    ["PATCH pod/p", { metadata: { labels: { x: "y" } } }, "merge"],
  ],
  "a change of a template": [
    ...everywhere({ terminationGracePeriodSeconds: -1 }).slice(2, 3),
    ["PATCH deploy/d", { metadata: { labels: { x: "y" } } }, "merge"],
    ["PATCH deploy/d", { spec: { replicas: 2 } }, "merge"],
    ["PATCH deploy/d/status", { status: { replicas: 2 } }, "merge"],
    ["PATCH deploy/d/scale", { spec: { replicas: 3 } }, "merge"],
    ["PATCH deploy/d?fieldManager=x", { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "d" } }, "apply"],
  ],
  "a change of a Job": [
    ...everywhere({ terminationGracePeriodSeconds: -1 }).slice(3),
    ["PATCH job/j", { metadata: { labels: { x: "y" } } }, "merge"],
    ["PATCH job/j", { spec: { parallelism: 2 } }, "merge"],
  ],
  "a name that is no label, later": [...named("a.b").slice(2, 3), ["PATCH deploy/a.b", { spec: { replicas: 2 } }, "merge"]],
  "a Job of very many pods": [
    [
      "POST job",
      {
        metadata: { name: "j" },
        spec: {
          completionMode: "Indexed",
          completions: 100_001,
          parallelism: 10_001,
          template: { spec: { ...specOf({}), restartPolicy: "Never" } },
        },
      },
    ],
  ],
  "a service with addresses in another form": [
    [
      "POST svc",
      {
        metadata: { name: "s" },
        spec: {
          type: "LoadBalancer",
          ports: [{ port: 80 }],
          externalIPs: ["2001:DB8::1"],
          loadBalancerIP: "2001:db8:0::1",
          loadBalancerSourceRanges: ["2001:DB8::/64"],
        },
      },
    ],
  ],
  "a service account with secrets of its own": [
    ["POST sa", { metadata: { name: "a", annotations: { "kubernetes.io/enforce-mountable-secrets": "true" } } }],
    ["PATCH sa/a", { metadata: { labels: { x: "y" } } }, "merge"],
  ],
  "endpoints with addresses in another form": [
    [
      "POST ep",
      {
        metadata: { name: "a" },
        subsets: [{ addresses: [{ ip: "2001:DB8::1" }], notReadyAddresses: [{ ip: "2001:db8:0::2" }], ports: [{ port: 80 }] }],
      },
    ],
  ],
  "a node with ranges in another form": [
    ["POST no", { metadata: { name: "{ns}" }, spec: { podCIDRs: ["2001:DB8::/64"], podCIDR: "2001:DB8::/64", externalID: "x" } }],
    ["DELETE no/{ns}"],
  ],
});
