import { group } from "../case.ts";

/** What admission would add is said already. */
export const settled = {
  automountServiceAccountToken: false,
  priority: 0,
  preemptionPolicy: "PreemptLowerPriority",
  tolerations: ["not-ready", "unreachable"].map((state) => ({
    key: `node.kubernetes.io/${state}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 300,
  })),
};
const pod = (name: string, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  spec: { ...settled, containers: [{ name: "c", image: "i:1" }], ...spec },
});
const contained = (container: object) => pod("a", { containers: [{ name: "c", image: "i:1", ...container }] });
const sa = ["POST sa", { metadata: { name: "default" } }] as const;

const secretRef = { name: "s" };
const selector = { matchLabels: { a: "b" } };
const term = { topologyKey: "zone", labelSelector: selector, namespaceSelector: {}, namespaces: ["other"] };
const nodes = {
  matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }],
  matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }],
};

const sources: Readonly<Record<string, object>> = {
  hostPath: { path: "/x" },
  emptyDir: {},
  gcePersistentDisk: { pdName: "x" },
  awsElasticBlockStore: { volumeID: "x" },
  gitRepo: { repository: "x", directory: "y" },
  secret: { secretName: "x", items: [{ key: "k", path: "p" }] },
  nfs: { server: "x", path: "/y" },
  iscsi: { targetPortal: "10.0.0.1:3260", iqn: "iqn.2001-04.com.example:storage.x", lun: 0 },
  glusterfs: { endpoints: "x", path: "y" },
  persistentVolumeClaim: { claimName: "x" },
  rbd: { monitors: ["x"], image: "y" },
  flexVolume: { driver: "example.com/x", options: { a: "b" } },
  cinder: { volumeID: "x", secretRef },
  cephfs: { monitors: ["x"] },
  flocker: { datasetName: "x" },
  downwardAPI: {
    items: [
      { path: "p", fieldRef: { fieldPath: "metadata.name" } },
      { path: "q", resourceFieldRef: { containerName: "c", resource: "limits.cpu" }, mode: 0o400 },
    ],
  },
  fc: { targetWWNs: ["x"], lun: 1 },
  azureFile: { secretName: "x", shareName: "y" },
  configMap: { name: "x", optional: true },
  vsphereVolume: { volumePath: "x" },
  quobyte: { registry: "x:1", volume: "y" },
  azureDisk: { diskName: "x", diskURI: "https://blob/y" },
  photonPersistentDisk: { pdID: "x" },
  projected: {
    sources: [
      { secret: { name: "x" } },
      { configMap: { name: "x", items: [{ key: "k", path: "q" }] } },
      { serviceAccountToken: { path: "t" } },
      { downwardAPI: { items: [{ path: "p", fieldRef: { fieldPath: "metadata.labels" } }] } },
    ],
  },
  portworxVolume: { volumeID: "x" },
  scaleIO: { gateway: "https://x", system: "y", secretRef, volumeName: "z" },
  storageos: { volumeName: "x" },
  csi: { driver: "example.com", volumeAttributes: { a: "b" } },
  ephemeral: {
    volumeClaimTemplate: {
      metadata: { labels: { a: "b" } },
      spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" } } },
    },
  },
};
/** One of each kind. */
export const volumes = Object.entries(sources).map(([kind, source]) => ({ name: kind.toLowerCase(), [kind]: source }));

/** Pods are read in all of their depth, and not run. */
export const pods = group("pods", {
  "volumes of all kinds": [sa, ["POST pod?fieldValidation=Strict", pod("a", { serviceAccountName: "default", volumes })]],
  "a volume in memory": [
    sa,
    ["POST pod", pod("a", { volumes: [{ name: "v", emptyDir: { medium: "Memory", sizeLimit: "1024Mi" } }] })],
  ],
  security: [
    sa,
    [
      "POST pod?fieldValidation=Strict",
      pod("a", {
        securityContext: {
          runAsUser: 1,
          runAsNonRoot: true,
          fsGroup: 2,
          supplementalGroups: [3],
          sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }],
          seccompProfile: { type: "RuntimeDefault" },
          seLinuxOptions: { level: "s0" },
        },
        containers: [
          {
            name: "c",
            image: "i:1",
            securityContext: {
              allowPrivilegeEscalation: false,
              privileged: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] },
              seccompProfile: { type: "Localhost", localhostProfile: "x.json" },
            },
          },
        ],
      }),
    ],
  ],
  "affinity, names and order": [
    sa,
    [
      "POST pod?fieldValidation=Strict",
      pod("a", {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodes] },
            preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: nodes }],
          },
          podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
          podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 2, podAffinityTerm: term }] },
        },
        dnsConfig: { nameservers: ["10.0.0.1"], searches: ["x"], options: [{ name: "ndots", value: "2" }, { name: "edns0" }] },
        hostAliases: [{ ip: "10.0.0.1", hostnames: ["x"] }],
        readinessGates: [{ conditionType: "example.com/x" }],
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: selector },
        ],
      }),
    ],
  ],
  "what a container knows of its pod": [
    sa,
    [
      "POST pod?fieldValidation=Strict",
      contained({
        env: [
          { name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
          { name: "B", valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1024Ki" } } },
          { name: "C", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
          { name: "D", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: true } } },
        ],
        envFrom: [{ prefix: "X_", configMapRef: { name: "c" } }, { secretRef: { name: "s", optional: false } }],
      }),
    ],
  ],
  "the state of containers": [
    sa,
    ["POST pod", pod("a")],
    [
      "PATCH pod/a/status",
      {
        status: {
          containerStatuses: [
            {
              name: "c",
              image: "i:1",
              imageID: "",
              ready: true,
              restartCount: 1,
              state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
              lastState: { terminated: { exitCode: 0, reason: "Completed", finishedAt: "2026-01-01T00:00:00Z" } },
              user: { linux: { uid: 0, gid: 0 } },
            },
          ],
        },
      },
      "merge",
    ],
  ],
  "what is not known, deep inside": [
    sa,
    [
      "POST pod?fieldValidation=Strict",
      pod("a", {
        securityContext: { runAsUsr: 1 },
        affinity: { nodeAffinty: {} },
        dnsConfig: { nameserver: [] },
        volumes: [{ name: "v", emptyDir: { medum: "Memory" }, nonsense: {} }],
        containers: [
          {
            name: "c",
            image: "i:1",
            securityContext: { priviledged: true },
            env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" }, filedRef: {} } }],
          },
        ],
      }),
    ],
    ["POST pod", pod("a", { securityContext: { runAsUsr: 1 }, volumes: [{ name: "v", emptyDir: { medum: "Memory" } }] })],
  ],
  "other types, deep inside": [
    sa,
    ["POST pod", pod("a", { securityContext: { runAsUser: "root" } })],
    ["POST pod", pod("a", { affinity: { podAffinity: [] } })],
    ["POST pod", pod("a", { volumes: [{ name: "v", emptyDir: { sizeLimit: "much" } }] })],
    ["POST pod", contained({ securityContext: { capabilities: "ALL" } })],
    ["POST pod", contained({ env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: 1 } } }] })],
  ],
  "who owns what, deep inside": [
    sa,
    [
      "PATCH pod/a?fieldManager=x",
      pod("a", {
        securityContext: { runAsUser: 1, supplementalGroups: [3] },
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodes] } } },
        volumes: [
          { name: "v", emptyDir: { medium: "Memory" } },
          { name: "w", projected: { sources: [{ secret: { name: "x" } }] } },
        ],
      }),
      "apply",
    ],
    ["POST pod?fieldManager=y", { ...pod("a"), metadata: { name: "b" }, spec: { ...pod("a").spec, volumes: volumes.slice(5, 8) } }],
  ],
});
