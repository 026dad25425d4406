/** A kind (`group/Kind`), what is special about the object, and the object. */
export type Creation = readonly [kind: string, what: string, object: object];
export type Change = readonly [kind: string, what: string, before: object, after: object];

const service = (spec: object, more: object = {}) => ({ spec, ...more });
const http = { name: "http", port: 80 };
const ports = [http];
const balanced = { type: "LoadBalancer", ports };

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
];

export const statuses: readonly Change[] = [
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
  ["/Namespace", "a phase", {}, { phase: "Terminating" }],
];
