/** A kind (`group/Kind`), what is special about the object, and the object. */
export type Creation = readonly [kind: string, what: string, object: object];
export type Change = readonly [kind: string, what: string, before: object, after: object];

const service = (spec: object, more: object = {}) => ({ spec, ...more });
const http = { name: "http", port: 80 };
const ports = [http];
const balanced = { type: "LoadBalancer", ports };

const c = { name: "c", image: "i" };
const pod = (spec: object, container: object = {}) => ({ spec: { containers: [{ ...c, ...container }], ...spec } });
const template = { metadata: { labels: { a: "b" } }, spec: { containers: [c] } };
const deployment = (spec: object) => ({ spec: { selector: { matchLabels: { a: "b" } }, template, ...spec } });
const onceTemplate = { spec: { containers: [c], restartPolicy: "Never" } };
const job = (spec: object) => ({ spec: { template: onceTemplate, ...spec } });
const manual = (spec: object) =>
  job({
    manualSelector: true,
    completions: 1,
    selector: { matchLabels: { a: "b" } },
    template: { ...onceTemplate, metadata: { labels: { a: "b" } } },
    ...spec,
  });
const named = (name: string, object: object) => ({ metadata: { name }, ...object });
const slice = (endpoints: unknown, more: object = {}) => ({ addressType: "IPv4", endpoints, ports: [{ port: 80 }], ...more });
const at = "2026-01-01T00:00:00.000000Z";
const seen = { eventTime: at, reportingController: "a.b/c", reportingInstance: "i", action: "A", reason: "R", type: "Normal" };
const about = { namespace: "default", kind: "Pod", name: "p" };

const definitions = "apiextensions.k8s.io/CustomResourceDefinition";
const schema = {
  openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { a: { type: "string" } } } } },
};
const v1 = { name: "v1", served: true, storage: true, schema };
const things = { plural: "things", kind: "Thing" };
const definition = (spec: object = {}, name = "things.example.com") => ({
  metadata: { name },
  spec: { group: "example.com", names: things, scope: "Namespaced", versions: [v1], ...spec },
});
const versioned = (...versions: readonly object[]) => definition({ versions: versions.map((version) => ({ ...v1, ...version })) });
const webhook = (clientConfig: object | undefined, more: object = {}) =>
  definition({ conversion: { strategy: "Webhook", webhook: { clientConfig, conversionReviewVersions: ["v1"], ...more } } });

export const creations: readonly Creation[] = [
  ["/Namespace", "nothing said", {}],
  ["/Namespace", "a status, a finalizer", { spec: { finalizers: ["example.com/x", "bad one"] }, status: { phase: "Terminating" } }],
  ["/Namespace", "a name with dots", { metadata: { name: "a.b" } }],
  ["/Namespace", "a finalizer of a domain", { spec: { finalizers: ["example.com/x"] }, metadata: { finalizers: ["nobody"] } }],
  ["/ConfigMap", "nothing said", {}],
  ["/ConfigMap", "data", { data: { a: "1", "b.c": "" }, binaryData: { d: "AAAA" }, immutable: false }],
  ["/ConfigMap", "keys that are none", { data: { "a b": "1", "..": "2", x: "3" }, binaryData: { x: "AAAA", "": "AA==" } }],
  ["/ConfigMap", "what is not base64", { binaryData: { x: "A?AA" } }],
  ["/ConfigMap", "base64 cut short", { binaryData: { x: "AAA" } }],
  ["/ConfigMap", "base64 with leftovers", { binaryData: { x: "AAA=A" } }],
  ["/ConfigMap", "a number", { data: { x: 1 } }],
  ["/ConfigMap", "a list for data", { data: [] }],
  ["/ConfigMap", "too much", { data: { x: "a".repeat(1024 * 1024 + 1) } }],
  ["/ConfigMap", "nulls", { data: { a: null }, immutable: null, metadata: { labels: null, annotations: { x: null } } }],
  ["/Secret", "nothing said", {}],
  ["/Secret", "text", { stringData: { a: "b", c: "" }, data: { a: "AAAA", d: "AA==" } }],
  ["/Secret", "an empty value", { data: { a: "", b: null } }],
  ["/Secret", "TLS without keys", { type: "kubernetes.io/tls" }],
  ["/Secret", "TLS", { type: "kubernetes.io/tls", stringData: { "tls.crt": "", "tls.key": "" } }],
  ["/Secret", "basic without user", { type: "kubernetes.io/basic-auth" }],
  ["/Secret", "basic with a user", { type: "kubernetes.io/basic-auth", stringData: { username: "u" } }],
  ["/Secret", "SSH", { type: "kubernetes.io/ssh-auth", data: { "ssh-privatekey": "" } }],
  ["/Secret", "a token for nobody", { type: "kubernetes.io/service-account-token" }],
  ["/Secret", "a docker configuration that is absent", { type: "kubernetes.io/dockerconfigjson" }],
  ["/Secret", "keys that are none", { type: "Opaque", stringData: { "a/b": "" } }],
  ["/Secret", "too much", { stringData: { x: "a".repeat(1024 * 1024 + 1) } }],
  [
    "/ServiceAccount",
    "secrets",
    { secrets: [{ name: "a" }], imagePullSecrets: [{ name: "b" }, {}], automountServiceAccountToken: false },
  ],
  ["coordination.k8s.io/Lease", "nothing said", {}],
  [
    "coordination.k8s.io/Lease",
    "everything",
    {
      spec: {
        holderIdentity: "",
        leaseDurationSeconds: 15,
        acquireTime: "2026-01-01T00:00:00.123456Z",
        renewTime: "2026-01-01T01:00:00.100000+01:00",
        leaseTransitions: 0,
        strategy: "x",
        preferredHolder: "y",
      },
    },
  ],
  ["coordination.k8s.io/Lease", "numbers out of bounds", { spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } }],
  ["coordination.k8s.io/Lease", "a fraction", { spec: { leaseDurationSeconds: 1.5 } }],
  ["coordination.k8s.io/Lease", "a number too large", { spec: { leaseDurationSeconds: 3000000000 } }],
  ...[
    "today",
    "2026-01-01T00:00:00Z",
    "2026-01-01T00:00:00.123Z",
    "2026-01-01T00:00:00.1234567Z",
    "2026-13-01T00:00:00.123456Z",
    "2026-02-30T00:00:00.123456Z",
    "2026-01-01T25:00:00.123456Z",
    "2026-01-01 00:00:00.123456Z",
    "2026-01-01T00:00:00.123456",
    "2026-01-01T00:00:00.123456Zx",
    "2026-1-1T00:00:00.123456Z",
    "",
  ].map((renewTime): Creation => ["coordination.k8s.io/Lease", `the time ${renewTime}`, { spec: { renewTime } }]),
  ...[
    "today",
    "2026-01-01T00:00:00",
    "2026-01-01T00:00:00.5+02:00",
    "2026-01-01",
    "2026-02-30T00:00:00Z",
    "2026-01-01T00:61:00Z",
    "2026-01-01T0:00:00Z",
  ].map(
    (deletionTimestamp): Creation => [
      "/ConfigMap",
      `the time ${deletionTimestamp}`,
      {
        metadata: {
          managedFields: [{ manager: "x", operation: "Update", apiVersion: "v1", fieldsType: "FieldsV1", time: deletionTimestamp }],
        },
      },
    ],
  ),
  ["/Service", "nothing said", service({})],
  ["/Service", "one port", service({ ports, selector: { a: "b" } })],
  ["/Service", "a name that starts with a digit", { metadata: { name: "1a" }, spec: { ports } }],
  ["/Service", "a name with dots", { metadata: { name: "a.b" }, spec: { ports } }],
  ["/Service", "headless", service({ clusterIP: "None" })],
  ["/Service", "headless with a selector", service({ clusterIP: "None", selector: { a: "b" }, ports })],
  ["/Service", "headless without a plural", service({ clusterIPs: ["None"] })],
  ["/Service", "a balancer", service(balanced)],
  ["/Service", "a balancer with local traffic", service({ ...balanced, externalTrafficPolicy: "Local" })],
  [
    "/Service",
    "a balancer with addresses",
    service({ ...balanced, loadBalancerIP: "1.2.3.4", loadBalancerClass: "example.com/x" }),
  ],
  ["/Service", "a balancer without node ports", service({ ...balanced, allocateLoadBalancerNodePorts: false })],
  [
    "/Service",
    "a balancer for some",
    service({ ...balanced, loadBalancerSourceRanges: ["10.0.0.0/8", " 10.0.0.1/8", "x", "010.0.0.0/8"] }),
  ],
  [
    "/Service",
    "ranges in an annotation",
    {
      metadata: { annotations: { "service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8, x" } },
      spec: { ports },
    },
  ],
  ["/Service", "a headless balancer", service({ type: "LoadBalancer", clusterIP: "None" })],
  [
    "/Service",
    "fields of a balancer alone",
    service({
      ports,
      allocateLoadBalancerNodePorts: true,
      loadBalancerClass: "x",
      loadBalancerSourceRanges: ["10.0.0.0/8"],
      healthCheckNodePort: 30000,
    }),
  ],
  [
    "/Service",
    "node ports",
    service({
      type: "NodePort",
      ports: [
        { ...http, nodePort: 30123 },
        { name: "dns", port: 53, protocol: "UDP", nodePort: 30124 },
      ],
    }),
  ],
  ["/Service", "a node port without a type", service({ ports: [{ port: 80, nodePort: 30000 }] })],
  ["/Service", "an external name", service({ type: "ExternalName", externalName: "example.com." })],
  [
    "/Service",
    "an external name with an address",
    service({ type: "ExternalName", clusterIP: "10.0.0.1", ipFamilies: ["IPv4"], ipFamilyPolicy: "SingleStack" }),
  ],
  ["/Service", "an external name that is none", service({ type: "ExternalName", externalName: "A_b" })],
  [
    "/Service",
    "ports that are none",
    service({
      ports: [
        { port: 0, name: "A" },
        { port: 70000, protocol: "X", targetPort: "a--b", appProtocol: "a b" },
        { name: "http", port: 1, targetPort: 70000 },
        { name: "http", port: 2, targetPort: "" },
      ],
    }),
  ],
  [
    "/Service",
    "a port twice",
    service({
      ports: [
        { ...http, name: "a" },
        { ...http, name: "b" },
      ],
    }),
  ],
  [
    "/Service",
    "a port with a protocol of its own",
    service({ ports: [{ port: 443, targetPort: "https", appProtocol: "kubernetes.io/h2c", protocol: "SCTP" }] }),
  ],
  ["/Service", "client affinity", service({ ports, sessionAffinity: "ClientIP" })],
  [
    "/Service",
    "client affinity for too long",
    service({ ports, sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 90000 } } }),
  ],
  [
    "/Service",
    "no affinity, but a configuration",
    service({ ports, sessionAffinity: "None", sessionAffinityConfig: { clientIP: { timeoutSeconds: 9 } } }),
  ],
  ["/Service", "an affinity that is none", service({ ports, sessionAffinity: "X" })],
  [
    "/Service",
    "external addresses",
    service({
      ports,
      externalIPs: ["1.2.3.4", "x", "127.0.0.1", "0.0.0.0", "169.254.1.1", "224.0.0.1", "01.2.3.4", "::ffff:1.2.3.4"],
    }),
  ],
  ["/Service", "external addresses that are fine", service({ ports, externalIPs: ["1.2.3.4", "fd00::1"] })],
  ["/Service", "an unknown type", service({ type: "X", ports })],
  [
    "/Service",
    "unknown policies",
    service({ ports, internalTrafficPolicy: "X", trafficDistribution: "X", externalTrafficPolicy: "Local" }),
  ],
  ["/Service", "unknown policies of a balancer", service({ ...balanced, externalTrafficPolicy: "X", loadBalancerClass: "a b" })],
  [
    "/Service",
    "policies",
    service({ ports, internalTrafficPolicy: "Local", trafficDistribution: "PreferSameZone", publishNotReadyAddresses: true }),
  ],
  ["/Service", "a label that is none", service({ ports, selector: { "a b": "c d" } })],
  ["/Service", "two stacks", service({ ports, ipFamilyPolicy: "RequireDualStack" })],
  ["/Service", "preferably two stacks", service({ ports, ipFamilyPolicy: "PreferDualStack" })],
  ["/Service", "the other stack", service({ ports, ipFamilies: ["IPv6"] })],
  ["/Service", "families that are none", service({ ports, ipFamilies: ["IPv4", "IPv4", "X"], ipFamilyPolicy: "X" })],
  ["/Service", "addresses that disagree", service({ ports, clusterIP: "10.0.0.9", clusterIPs: ["10.0.0.8", "10.0.0.7"] })],
  ["/Service", "an address that is none", service({ ports, clusterIP: "x" })],
  ["/Service", "None among addresses", service({ ports, clusterIP: "None", clusterIPs: ["None", "10.0.0.7"] })],
  ["/Service", "an address of the wrong family", service({ ports, clusterIP: "10.0.0.9", ipFamilies: ["IPv6"] })],
  ["/Service", "a number for a name", service({ ports: [{ name: 1, port: 80 }] })],
  ["/Service", "text for a port", service({ ports: [{ port: "80" }] })],
  ["/Service", "a flag for a target", service({ ports: [{ port: 80, targetPort: true }] })],
  ["/Service", "text for a spec", { spec: "x" }],
  [
    "/Service",
    "nulls",
    service({ ports: [{ port: 80, name: null }], selector: null, externalIPs: null, sessionAffinityConfig: null }),
  ],
  ["/Pod", "nothing said", {}],
  ["/Pod", "a container that is nothing", { spec: { containers: [{}] } }],
  [
    "/Pod",
    "containers that are wrong",
    { spec: { containers: [{ name: "A_", image: " x" }, { ...c, imagePullPolicy: "X", terminationMessagePolicy: "Y" }, c] } },
  ],
  [
    "/Pod",
    "ports that are wrong",
    pod(
      {},
      {
        ports: [
          { containerPort: 0 },
          { containerPort: 80, name: "A", protocol: "X", hostPort: 70000 },
          { containerPort: 81, name: "a" },
          { containerPort: 82, name: "a" },
        ],
      },
    ),
  ],
  [
    "/Pod",
    "variables that are wrong",
    pod(
      {},
      {
        env: [
          { name: "" },
          { name: "a=b" },
          { name: "x", value: "1", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "y", valueFrom: {} },
        ],
      },
    ),
  ],
  [
    "/Pod",
    "mounts that are wrong",
    pod(
      { volumes: [{ name: "v" }] },
      {
        volumeMounts: [
          { name: "nope", mountPath: "" },
          { name: "v", mountPath: "/v" },
          { name: "v", mountPath: "/v" },
        ],
      },
    ),
  ],
  ["/Pod", "resources that are wrong", pod({}, { resources: { limits: { cpu: "1" }, requests: { cpu: "2", memory: "-1" } } })],
  [
    "/Pod",
    "names that are wrong",
    pod({
      volumes: [{ name: "a" }, { name: "a", emptyDir: {} }, { name: "B" }],
      restartPolicy: "X",
      dnsPolicy: "Y",
      serviceAccountName: "a b",
      nodeName: "x y",
      hostname: "a.b",
      nodeSelector: { "a b": "c" },
      activeDeadlineSeconds: 0,
    }),
  ],
  [
    "/Pod",
    "probes that are wrong",
    pod(
      { tolerations: [{ operator: "X" }, { key: "a b" }] },
      {
        livenessProbe: { httpGet: { port: 0, path: "", scheme: "X" }, periodSeconds: -1, tcpSocket: { port: 1 } },
        readinessProbe: {},
        startupProbe: { exec: {}, successThreshold: 2 },
      },
    ),
  ],
  [
    "/Pod",
    "much",
    pod(
      {
        serviceAccount: "default",
        hostNetwork: true,
        volumes: [
          { name: "a" },
          { name: "b", configMap: { name: "x" } },
          { name: "e", secret: { secretName: "x" } },
          { name: "f", emptyDir: { medium: "Memory" } },
        ],
        initContainers: [{ name: "i", image: "i:1" }],
      },
      {
        image: "example.com:5000/i@sha256:aa",
        ports: [{ containerPort: 80 }],
        env: [
          { name: "x", value: "" },
          { name: "y", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        ],
        resources: { limits: { cpu: "1000m", memory: "1024Mi" } },
        livenessProbe: { httpGet: { port: "http" } },
        lifecycle: { preStop: { exec: { command: ["x"] } } },
        envFrom: [{ configMapRef: { name: "x" } }],
      },
    ),
  ],
  ...["0.5", "1500m", "1e3", "1024Ki", "0.1", "2Gi", "1.5Gi", 2, "100", "1000"].map(
    (memory): Creation => ["/Pod", `the amount ${memory}`, pod({}, { resources: { limits: { "example.com/x": "1", memory } } })],
  ),
  ["/Pod", "an amount that is none", pod({}, { resources: { limits: { memory: "x" } } })],
  ["apps/Deployment", "nothing said", {}],
  ["apps/Deployment", "little", deployment({})],
  [
    "apps/Deployment",
    "a selector that is none",
    deployment({
      selector: {
        matchLabels: { "a b": "c" },
        matchExpressions: [
          { key: "x", operator: "In" },
          { key: "x", operator: "Y", values: ["a b"] },
          { key: "x", operator: "Exists", values: ["z"] },
        ],
      },
    }),
  ],
  ["apps/Deployment", "an empty selector", deployment({ selector: {} })],
  ["apps/Deployment", "a selector of other pods", deployment({ selector: { matchLabels: { a: "c" } } })],
  [
    "apps/Deployment",
    "a strategy",
    deployment({
      strategy: { type: "Recreate", rollingUpdate: {} },
      replicas: -1,
      progressDeadlineSeconds: 10,
      minReadySeconds: 20,
      revisionHistoryLimit: -1,
    }),
  ],
  ["apps/Deployment", "no movement", deployment({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: "0%" } } })],
  [
    "apps/Deployment",
    "shares that are none",
    deployment({ strategy: { rollingUpdate: { maxSurge: "x", maxUnavailable: "101%" } } }),
  ],
  ["apps/Deployment", "a share below nothing", deployment({ strategy: { rollingUpdate: { maxSurge: -1, maxUnavailable: 1 } } })],
  ["apps/Deployment", "an unknown strategy", deployment({ strategy: { type: "X" } })],
  [
    "apps/Deployment",
    "pods that end",
    deployment({ template: { ...template, spec: { ...template.spec, restartPolicy: "Never", activeDeadlineSeconds: 5 } } }),
  ],
  [
    "apps/Deployment",
    "a template with wrong labels",
    deployment({
      template: { metadata: { labels: { a: "b", "c d": "e" }, annotations: { "x y": "" } }, spec: { containers: [] } },
    }),
  ],
  [
    "apps/Deployment",
    "unknown operators",
    deployment({
      selector: {
        matchExpressions: [
          { key: "a", operator: "In", values: ["b", "c"] },
          { key: "z", operator: "DoesNotExist" },
          { key: "a", operator: "NotIn", values: ["x"] },
        ],
      },
    }),
  ],
  ["apps/ControllerRevision", "nothing said", {}],
  ["apps/ControllerRevision", "data", { data: { a: [1, null], b: null }, revision: 3 }],
  ["apps/ControllerRevision", "data that is a list", { data: [1], revision: -1 }],
  ["apps/ControllerRevision", "data that is null", { data: null, revision: 1 }],
  ["batch/Job", "nothing said", {}],
  [
    "batch/Job",
    "little",
    job({
      manualSelector: true,
      selector: { matchLabels: { a: "b" } },
      template: { ...onceTemplate, metadata: { labels: { a: "b" } } },
    }),
  ],
  [
    "batch/Job",
    "numbers that are wrong",
    job({
      manualSelector: true,
      parallelism: -1,
      completions: -1,
      backoffLimit: -1,
      backoffLimitPerIndex: -1,
      maxFailedIndexes: -1,
      ttlSecondsAfterFinished: -1,
      activeDeadlineSeconds: -1,
    }),
  ],
  ["batch/Job", "what needs indexes", job({ manualSelector: true, maxFailedIndexes: 1, completionMode: "X" })],
  ["batch/Job", "indexes", job({ manualSelector: true, completionMode: "Indexed", parallelism: 2 })],
  ["/Endpoints", "nothing said", {}],
  [
    "/Endpoints",
    "some",
    { subsets: [{ addresses: [{ ip: "1.2.3.4", nodeName: "n", targetRef: { kind: "Pod" } }], ports: [{ port: 1 }] }] },
  ],
  [
    "/Endpoints",
    "what is wrong",
    {
      subsets: [
        {},
        {
          addresses: [{ ip: "x", hostname: "A", nodeName: "a b" }, { ip: "127.0.0.1" }],
          notReadyAddresses: [{ ip: "01.2.3.4" }],
          ports: [{ port: 0 }, { name: "A", port: 1, protocol: "X", appProtocol: "a b" }],
        },
      ],
    },
  ],
  ["discovery.k8s.io/EndpointSlice", "nothing said", {}],
  ["discovery.k8s.io/EndpointSlice", "no endpoints", slice([], { ports: [] })],
  [
    "discovery.k8s.io/EndpointSlice",
    "some",
    slice([
      { addresses: ["1.2.3.4"], conditions: { ready: true }, nodeName: "n", zone: "z", hints: { forZones: [{ name: "z" }] } },
    ]),
  ],
  [
    "discovery.k8s.io/EndpointSlice",
    "what is wrong",
    slice(
      [
        { addresses: [] },
        {
          addresses: ["x", "127.0.0.1", "::1", "fd00::1"],
          hostname: "A",
          nodeName: "a b",
          deprecatedTopology: { "a b": "c" },
          hints: { forZones: [{ name: "a" }, { name: "a" }, { name: "b c" }], forNodes: [{ name: "a b" }] },
        },
      ],
      { ports: [{ name: "A" }, {}, {}, { name: "x", protocol: "X", appProtocol: "a b" }] },
    ),
  ],
  [
    "discovery.k8s.io/EndpointSlice",
    "the other family",
    slice([{ addresses: ["fd00::1"] }, { addresses: ["fd00:0::1"] }, { addresses: ["1.2.3.4"] }], { addressType: "IPv6" }),
  ],
  [
    "discovery.k8s.io/EndpointSlice",
    "names",
    slice([{ addresses: ["a.b"] }, { addresses: ["a"] }, { addresses: ["A.b."] }], { addressType: "FQDN" }),
  ],
  ["discovery.k8s.io/EndpointSlice", "an unknown type", slice([{ addresses: ["a"] }], { addressType: "X" })],
  ["/Event", "nothing said", {}],
  [
    "/Event",
    "an old one",
    {
      involvedObject: about,
      reason: "R",
      message: "M",
      count: 1,
      firstTimestamp: "2026-01-01T00:00:00Z",
      source: { component: "c" },
      type: "Normal",
    },
  ],
  [
    "/Event",
    "a new one",
    {
      involvedObject: about,
      eventTime: at,
      reportingComponent: "a/b",
      reportingInstance: "i",
      action: "A",
      reason: "R",
      series: { count: 2, lastObservedTime: at },
    },
  ],
  ["/Event", "a new one without report", { involvedObject: {}, eventTime: at }],
  [
    "/Event",
    "one that is long",
    {
      involvedObject: about,
      eventTime: at,
      reportingComponent: "a b",
      reportingInstance: "i".repeat(129),
      action: "A".repeat(129),
      reason: "R".repeat(129),
      message: "m".repeat(1025),
    },
  ],
  ["/Event", "another namespace", { involvedObject: { namespace: "x" } }],
  ["/Event", "a name like no other", { metadata: { name: "A b" }, involvedObject: about }],
  ["events.k8s.io/Event", "nothing said", {}],
  ["events.k8s.io/Event", "one", { ...seen, regarding: about, note: "M" }],
  [
    "events.k8s.io/Event",
    "what is wrong",
    {
      ...seen,
      regarding: {},
      type: "X",
      series: { count: 1, lastObservedTime: null },
      deprecatedCount: 1,
      deprecatedSource: { component: "c" },
      deprecatedFirstTimestamp: "2026-01-01T00:00:00Z",
      deprecatedLastTimestamp: "2026-01-01T00:00:00Z",
    },
  ],
  ["events.k8s.io/Event", "no time", { regarding: about }],
  ["/Node", "nothing said", {}],
  [
    "/Node",
    "much",
    {
      spec: { podCIDR: "10.1.0.0/24", providerID: "p://x", unschedulable: true, taints: [{ key: "a", effect: "NoSchedule" }] },
      status: {
        capacity: { cpu: 4, memory: "16Gi" },
        addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
        nodeInfo: { kubeletVersion: "v1" },
        conditions: [{ type: "Ready", status: "True" }],
      },
    },
  ],
  [
    "/Node",
    "what is wrong",
    {
      spec: {
        podCIDRs: ["10.1.0.0/16", "10.0.0.1/8"],
        taints: [
          { key: "a b", effect: "X", value: "c d" },
          { key: "a" },
          { key: "z", effect: "NoExecute" },
          { key: "z", effect: "NoExecute" },
        ],
      },
      status: { capacity: { cpu: "-1" } },
    },
  ],
  [definitions, "nothing said", {}],
  [definitions, "little", definition()],
  [definitions, "another name", definition({}, "other.example.com")],
  [definitions, "a name that is none", definition({}, "A_b")],
  [definitions, "groups that are none", definition({ group: "example" }, "things.example")],
  [definitions, "a group with capitals", definition({ group: "Example.com", scope: "Everywhere" })],
  [definitions, "a group of Kubernetes", definition({ group: "x.k8s.io" }, "things.x.k8s.io")],
  [
    definitions,
    "a group of Kubernetes, approved badly",
    {
      ...definition({ group: "x.k8s.io" }),
      metadata: { name: "things.x.k8s.io", annotations: { "api-approved.kubernetes.io": "yes" } },
    },
  ],
  [
    definitions,
    "a group of Kubernetes, bypassed",
    {
      ...definition({ group: "x.k8s.io" }),
      metadata: { name: "things.x.k8s.io", annotations: { "api-approved.kubernetes.io": "unapproved, x" } },
    },
  ],
  [
    definitions,
    "names that are none",
    definition({ names: { plural: "things", singular: "A", kind: "1T", listKind: "1T", shortNames: ["T"], categories: ["C"] } }),
  ],
  [definitions, "no kind", definition({ names: { plural: "things" } })],
  [definitions, "no schema", versioned({ schema: undefined })],
  [definitions, "no versions", definition({ versions: [] })],
  [definitions, "no storage", versioned({ storage: false })],
  [definitions, "a version twice", versioned({}, {})],
  [definitions, "two versions", versioned({}, { name: "v2", storage: false })],
  [
    definitions,
    "two versions with schemas of their own",
    versioned({}, { name: "v2", storage: false, schema: { openAPIV3Schema: { type: "string" } } }),
  ],
  [definitions, "two versions, one without a schema", versioned({}, { name: "v2", storage: false, schema: undefined })],
  [definitions, "a version that is none", versioned({ name: "V1" })],
  [
    definitions,
    "warnings",
    versioned(
      { deprecationWarning: "x" },
      { name: "v2", storage: false, deprecated: true, deprecationWarning: "" },
      { name: "v3", storage: false, deprecated: true, deprecationWarning: "a\u0007" },
    ),
  ],
  [
    definitions,
    "columns",
    versioned({ additionalPrinterColumns: [{ name: "A", type: "string", jsonPath: ".spec.a", priority: 1 }] }),
  ],
  [
    definitions,
    "columns that are wrong",
    versioned({
      additionalPrinterColumns: [
        { name: "", type: "x", format: "y", jsonPath: "z" },
        { name: "a", type: "", jsonPath: "" },
      ],
    }),
  ],
  [
    definitions,
    "columns of one version",
    versioned({ additionalPrinterColumns: [{ name: "A", type: "x", jsonPath: ".a" }] }, { name: "v2", storage: false }),
  ],
  [
    definitions,
    "subresources",
    versioned({ subresources: { status: {}, scale: { specReplicasPath: ".spec.a", statusReplicasPath: ".status.a" } } }),
  ],
  [
    definitions,
    "subresources that are wrong",
    versioned({ subresources: { scale: { specReplicasPath: ".status.a", statusReplicasPath: "", labelSelectorPath: "x" } } }),
  ],
  [
    definitions,
    "subresources of one version",
    versioned(
      { subresources: { scale: { specReplicasPath: "", statusReplicasPath: ".spec.b", labelSelectorPath: ".x" } } },
      { name: "v2", storage: false },
    ),
  ],
  [definitions, "selectable fields", versioned({ selectableFields: [{ jsonPath: ".spec.a" }] })],
  [
    definitions,
    "selectable fields that are wrong",
    versioned({
      selectableFields: [
        { jsonPath: ".spec" },
        { jsonPath: ".x" },
        { jsonPath: "" },
        { jsonPath: ".spec.a" },
        { jsonPath: ".spec.a" },
        { jsonPath: ".spec['a']" },
        { jsonPath: "x" },
      ],
    }),
  ],
  [
    definitions,
    "words that are not known",
    versioned({
      schema: {
        openAPIV3Schema: {
          type: "object",
          foo: 1,
          properties: { a: { type: "string", bar: 2, description: "", nullable: false, default: null, required: [] } },
        },
      },
    }),
  ],
  [
    definitions,
    "a word of the wrong type",
    versioned({ schema: { openAPIV3Schema: { type: "object", properties: { a: { type: 1 } } } } }),
  ],
  [
    definitions,
    "another word of the wrong type",
    versioned({ schema: { openAPIV3Schema: { type: "object", properties: { a: { type: "string", minLength: "1" } } } } }),
  ],
  [
    definitions,
    "a word of the wrong type in items",
    versioned({ schema: { openAPIV3Schema: { type: "array", items: { type: 1 } } } }),
  ],
  [definitions, "fields that are preserved", definition({ preserveUnknownFields: true })],
  [
    definitions,
    "a rule that does not compile",
    versioned({
      schema: { openAPIV3Schema: { type: "object", "x-kubernetes-validations": [{ rule: "self.x" }] } },
      subresources: { status: {} },
    }),
  ],
  [definitions, "webhook at a service", webhook({ service: { namespace: "a", name: "b", path: "/c" } })],
  [definitions, "webhook at a service that is none", webhook({ service: { namespace: "", name: "b", path: "c//d_e", port: 0 } })],
  [definitions, "webhook at a URL", webhook({ url: "https://example.com/x" })],
  [definitions, "webhook at a URL that is wrong", webhook({ url: "http://u@example.com/x?y#z" })],
  [definitions, "webhook nowhere", webhook({})],
  [definitions, "webhook without client", webhook(undefined, { conversionReviewVersions: ["v2", "v2", "V3"] })],
  [definitions, "webhook without versions", webhook({ url: "https://example.com" }, { conversionReviewVersions: [] })],
  [
    definitions,
    "conversion by nobody",
    definition({
      conversion: { strategy: "None", webhook: { clientConfig: { url: "https://a.b" }, conversionReviewVersions: ["v1"] } },
    }),
  ],
  [definitions, "conversion by magic", definition({ conversion: { strategy: "Magic" } })],
];

export const changes: readonly Change[] = [
  ["/ConfigMap", "data", { data: { a: "1" } }, { data: { a: "2" } }],
  ["/ConfigMap", "what is immutable", { data: { a: "1" }, immutable: true }, { data: { a: "2" }, binaryData: { b: "AAAA" } }],
  ["/ConfigMap", "becoming immutable", { data: { a: "1" } }, { data: { a: "2" }, immutable: true }],
  ["/Secret", "its type", { type: "a" }, { type: "b" }],
  ["/Secret", "what is immutable", { data: { a: "AAAA" }, immutable: true }, { data: { a: "AAAB" }, immutable: true }],
  ["/Service", "nothing", service({ ports }), service({ ports })],
  [
    "/Service",
    "a port",
    service({ type: "NodePort", ports }),
    service({ type: "NodePort", ports: [http, { name: "b", port: 81 }] }),
  ],
  ["/Service", "a balancer to a cluster address", service(balanced), service({ ports })],
  [
    "/Service",
    "a balancer to a cluster address, with what it had",
    service(balanced),
    service({ ports, allocateLoadBalancerNodePorts: true, externalTrafficPolicy: "Cluster" }),
  ],
  ["/Service", "a cluster address to a name", service({ ports }), service({ type: "ExternalName", externalName: "a.b" })],
  ["/Service", "a name to a cluster address", service({ type: "ExternalName", externalName: "a.b" }), service({ ports })],
  ["/Service", "a cluster address to none", service({ ports }), service({ ports, clusterIP: "None" })],
  ["/Service", "none to a cluster address", service({ ports, clusterIP: "None" }), service({ ports, clusterIP: "10.0.0.77" })],
  ["/Service", "its address", service({ ports, clusterIP: "10.0.0.78" }), service({ ports, clusterIP: "10.0.0.79" })],
  [
    "/Service",
    "the class of a balancer",
    service({ ...balanced, loadBalancerClass: "a" }),
    service({ ...balanced, loadBalancerClass: "b" }),
  ],
  [
    "/Service",
    "the node port of health",
    service({ ...balanced, externalTrafficPolicy: "Local", healthCheckNodePort: 31000 }),
    service({ ...balanced, externalTrafficPolicy: "Local", healthCheckNodePort: 31001 }),
  ],
  [
    "/Service",
    "traffic from local to all",
    service({ ...balanced, externalTrafficPolicy: "Local" }),
    service({ ...balanced, externalTrafficPolicy: "Cluster" }),
  ],
  [
    "/Namespace",
    "finalizers and labels",
    { metadata: { labels: { a: "b" } } },
    { spec: { finalizers: ["a/b"] }, status: { phase: "Terminating" } },
  ],
  [
    "coordination.k8s.io/Lease",
    "its holder",
    { spec: { holderIdentity: "a" } },
    { spec: { holderIdentity: "b", leaseTransitions: 1 } },
  ],
  ["/ServiceAccount", "its secrets", { secrets: [{ name: "a" }] }, { secrets: [{ name: "a", kind: "Secret" }, { name: "b" }] }],
  ["/Pod", "its image", pod({}), pod({}, { image: "j" })],
  ["/Pod", "the number of containers", pod({}), { spec: { containers: [c, { ...c, name: "d" }] } }],
  ["/Pod", "its deadline", pod({ activeDeadlineSeconds: 5 }), pod({ activeDeadlineSeconds: 6 })],
  ["/Pod", "no deadline any more", pod({ activeDeadlineSeconds: 5 }), pod({})],
  ["apps/Deployment", "its scale", deployment({}), deployment({ replicas: 3 })],
  [
    "apps/Deployment",
    "its selector",
    deployment({}),
    deployment({ selector: { matchLabels: { a: "b" }, matchExpressions: [{ key: "a", operator: "Exists" }] } }),
  ],
  ["apps/ControllerRevision", "its data", { data: { a: 1 }, revision: 1 }, { data: { a: 2 }, revision: 2 }],
  ["batch/Job", "its parallelism", manual({}), manual({ parallelism: 2 })],
  ["batch/Job", "how often it runs", named("two", manual({})), named("two", manual({ completions: 2, selector: {} }))],
  ["/Endpoints", "addresses", { subsets: [{ addresses: [{ ip: "1.2.3.4" }] }] }, { subsets: [{ addresses: [{ ip: "1.2.3.5" }] }] }],
  [
    "discovery.k8s.io/EndpointSlice",
    "its type",
    slice([{ addresses: ["1.2.3.4"] }]),
    slice([{ addresses: ["fd00::1"] }], { addressType: "IPv6" }),
  ],
  [
    "events.k8s.io/Event",
    "its series",
    { ...seen, regarding: about },
    { ...seen, regarding: about, series: { count: 2, lastObservedTime: at } },
  ],
  [
    "events.k8s.io/Event",
    "what it says",
    { ...seen, regarding: about },
    { ...seen, regarding: about, note: "x", reason: "S", series: { count: 1, lastObservedTime: at } },
  ],
  ["/Event", "what it says", { involvedObject: about, reason: "a" }, { involvedObject: about, reason: "b", count: 2 }],
  [
    "/Node",
    "its range",
    { spec: { podCIDR: "10.1.0.0/24", providerID: "a" } },
    { spec: { podCIDR: "10.2.0.0/24", providerID: "b", externalID: "x" } },
  ],
  [
    definitions,
    "its storage",
    versioned({}, { name: "v2", storage: false }),
    versioned({ storage: false }, { name: "v2", storage: true }),
  ],
  [definitions, "the version it is stored in", versioned({}, { name: "v2", storage: false }), versioned({ name: "v2" })],
  [definitions, "what it is", definition(), definition({ names: { plural: "things", kind: "Other" }, scope: "Cluster" })],
  [definitions, "where it belongs", definition(), definition({ group: "example.org", names: { plural: "others", kind: "Thing" } })],
];

export const statuses: readonly Change[] = [
  [definitions, "names", definition(), { conditions: [], acceptedNames: { plural: "A", kind: "1" }, storedVersions: ["v1"] }],
  [
    "apps/Deployment",
    "numbers",
    deployment({}),
    { replicas: 2, readyReplicas: 1, conditions: [{ type: "Available", status: "True" }] },
  ],
  [
    "apps/Deployment",
    "numbers that are wrong",
    deployment({}),
    { replicas: 1, readyReplicas: 2, availableReplicas: 3, updatedReplicas: 4, unavailableReplicas: -1 },
  ],
  [
    "/Pod",
    "its phase",
    pod({}),
    {
      phase: "Running",
      podIP: "10.0.0.1",
      conditions: [{ type: "Ready", status: "True" }],
      containerStatuses: [{ name: "c", state: { running: { startedAt: "2026-01-01T00:00:00Z" } } }],
    },
  ],
  [
    "/Node",
    "its readiness",
    {},
    { conditions: [{ type: "Ready", status: "True", lastHeartbeatTime: "2026-01-01T00:00:00Z" }], capacity: { cpu: "4" } },
  ],
  [
    "/Service",
    "ingress",
    service(balanced),
    { loadBalancer: { ingress: [{ ip: "1.2.3.4" }, { hostname: "a.b", ports: [{ port: 1, protocol: "TCP" }] }] } },
  ],
  [
    "/Service",
    "ingress that is wrong",
    service(balanced),
    {
      loadBalancer: {
        ingress: [{ ip: "x" }, { hostname: "1.2.3.4", ipMode: "VIP" }, { ip: "1.2.3.4", ipMode: "X" }, { hostname: "A" }],
      },
    },
  ],
  ["/Service", "ingress of the wrong type", service({ ports }), { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } }],
  ["/Service", "conditions", service({ ports }), { conditions: [{ type: "A", status: "True", reason: "R" }] }],
  ["/Namespace", "a phase", { metadata: { name: "three" } }, { phase: "Terminating" }],
];

/** Objects with fields that are not known. */
export const strays: readonly Creation[] = [
  [
    "/ConfigMap",
    "at the root and in the metadata",
    { foo: 1, metadata: { bar: 1, ownerReferences: [{ apiVersion: "v1", kind: "K", name: "n", uid: "u", x: 1 }] } },
  ],
  ["/Service", "in the spec and its ports", service({ foo: 1, ports: [{ port: 1 }, { port: 2, bar: 1 }] })],
  [
    "/Pod",
    "in containers and what is below",
    pod(
      { foo: { bar: 1 } },
      { foo: 1, env: [{ name: "a", x: 1 }], resources: { y: 1 }, livenessProbe: { httpGet: { port: 1, z: 1 } } },
    ),
  ],
  ["apps/Deployment", "in the template", deployment({ template: { ...template, foo: 1, spec: { ...template.spec, bar: 1 } } })],
  ["discovery.k8s.io/EndpointSlice", "in endpoints", slice([{ addresses: ["1.2.3.4"], foo: 1, conditions: { bar: true } }])],
  [
    definitions,
    "in the schema",
    versioned({
      foo: 1,
      schema: {
        bar: 1,
        openAPIV3Schema: {
          type: "object",
          baz: 1,
          properties: {
            a: { type: "array", items: { type: "object", qux: 1 } },
            b: { type: "object", additionalProperties: { type: "string", s: 1 } },
            c: { type: "string", anyOf: [{ pattern: "x", t: 1 }], "x-kubernetes-validations": [{ rule: "true", u: 1 }] },
          },
        },
      },
    }),
  ],
];
