import { KubeConfig } from "@kubernetes/client-node";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { decodeObject } from "../../src/embedded/http/body.ts";
import { builtinKinds, readBuiltin } from "../../src/embedded/schema/builtin/index.ts";
import { apiVersionOf, type KubeObject } from "../../src/kube/resource.ts";
import { volumes } from "../contract/cases/pods.ts";
import { realBinaries, startCluster, type TestCluster } from "../support/clusters.ts";

/** Field numbers are judged by those who know them: what a real API server sends in protobuf reads as what it sends in JSON. */
const media = "application/vnd.kubernetes.protobuf";

const container = {
  name: "a",
  image: "b",
  command: ["c"],
  args: ["d"],
  workingDir: "/e",
  ports: [{ name: "web", containerPort: 80, hostPort: 81, hostIP: "10.0.0.1" }],
  env: [
    { name: "F", value: "g" },
    { name: "G", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "H", valueFrom: { resourceFieldRef: { containerName: "a", resource: "limits.cpu", divisor: "1m" } } },
    { name: "I", valueFrom: { configMapKeyRef: { name: "h", key: "i", optional: true } } },
    { name: "J", valueFrom: { secretKeyRef: { name: "j", key: "k" } } },
  ],
  envFrom: [{ prefix: "K_", configMapRef: { name: "l", optional: true } }, { secretRef: { name: "m" } }],
  resources: { limits: { cpu: "1" }, requests: { cpu: "100m" } },
  resizePolicy: [{ resourceName: "cpu", restartPolicy: "NotRequired" }],
  volumeMounts: [{ name: "emptydir", mountPath: "/n", subPath: "o", readOnly: true, mountPropagation: "HostToContainer" }],
  livenessProbe: {
    exec: { command: ["p"] },
    initialDelaySeconds: 1,
    timeoutSeconds: 2,
    periodSeconds: 3,
    successThreshold: 1,
    failureThreshold: 4,
    terminationGracePeriodSeconds: 5,
  },
  readinessProbe: {
    httpGet: { path: "/q", port: "web", host: "r", scheme: "HTTPS", httpHeaders: [{ name: "S", value: "t" }] },
  },
  startupProbe: { grpc: { port: 82, service: "u" } },
  lifecycle: { postStart: { tcpSocket: { port: 83, host: "v" } }, preStop: { sleep: { seconds: 4 } } },
  terminationMessagePath: "/w",
  terminationMessagePolicy: "FallbackToLogsOnError",
  imagePullPolicy: "Never",
  securityContext: {
    capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] },
    privileged: false,
    seLinuxOptions: { user: "a", role: "b", type: "c", level: "d" },
    runAsUser: 1,
    runAsGroup: 2,
    runAsNonRoot: true,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: true,
    procMount: "Default",
    seccompProfile: { type: "Localhost", localhostProfile: "e" },
    appArmorProfile: { type: "RuntimeDefault" },
  },
  stdin: true,
  stdinOnce: true,
  tty: true,
};
const selector = { matchLabels: { app: "a" }, matchExpressions: [{ key: "app", operator: "In", values: ["a"] }] };
const near = { topologyKey: "zone", labelSelector: selector, namespaceSelector: selector, namespaces: ["x"] };
const where = {
  matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }],
  matchFields: [{ key: "metadata.name", operator: "In", values: ["n"] }],
};
const pod = {
  containers: [container],
  initContainers: [{ name: "first", image: "b", restartPolicy: "Always" }],
  volumes,
  securityContext: {
    seLinuxOptions: { level: "d" },
    runAsUser: 1,
    runAsGroup: 2,
    runAsNonRoot: true,
    supplementalGroups: [3, 4],
    supplementalGroupsPolicy: "Merge",
    fsGroup: 5,
    fsGroupChangePolicy: "Always",
    seccompProfile: { type: "Unconfined" },
    appArmorProfile: { type: "Localhost", localhostProfile: "f" },
  },
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [where] },
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 7, preference: where }],
    },
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [near],
      preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 8, podAffinityTerm: near }],
    },
    podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...near, mismatchLabelKeys: ["y"] }] },
  },
  tolerations: [{ key: "a", operator: "Equal", value: "b", effect: "NoExecute", tolerationSeconds: 9 }],
  hostAliases: [{ ip: "10.0.0.2", hostnames: ["c"] }],
  dnsPolicy: "None",
  dnsConfig: { nameservers: ["10.0.0.3"], searches: ["d"], options: [{ name: "ndots", value: "2" }, { name: "e" }] },
  readinessGates: [{ conditionType: "example.com/x" }],
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "zone",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: selector,
      minDomains: 2,
      nodeAffinityPolicy: "Honor",
      nodeTaintsPolicy: "Ignore",
      matchLabelKeys: ["z"],
    },
  ],
  schedulerName: "own",
  setHostnameAsFQDN: true,
  os: { name: "linux" },
  terminationGracePeriodSeconds: 5,
  nodeSelector: { disk: "ssd" },
  serviceAccountName: "bot",
  automountServiceAccountToken: false,
  nodeName: "node",
  hostPID: true,
  hostIPC: true,
  imagePullSecrets: [{ name: "pull" }],
  hostname: "host",
  subdomain: "sub",
  priorityClassName: "low",
  priority: 3,
  runtimeClassName: "fast",
  enableServiceLinks: false,
  preemptionPolicy: "Never",
};
const ports = [{ name: "web", port: 80, targetPort: "http", nodePort: 30_080, appProtocol: "http" }];

/** As many of the described fields as one object may have. */
const objects: readonly (readonly [collection: string, object: object])[] = [
  ["/api/v1/namespaces", { metadata: { name: "one", finalizers: ["example.com/keep"] } }],
  ["/api/v1/namespaces/default/configmaps", { metadata: meta(), data: { a: "b" }, binaryData: { c: "AP8=" }, immutable: true }],
  ["/api/v1/namespaces/default/secrets", { metadata: meta(), data: { a: "AP8=" }, type: "example.com/own", immutable: false }],
  [
    "/api/v1/namespaces/default/services",
    {
      metadata: meta("web"),
      spec: {
        type: "LoadBalancer",
        ports,
        selector: { app: "a" },
        externalIPs: ["10.1.2.3"],
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
        loadBalancerIP: "10.1.2.4",
        loadBalancerSourceRanges: ["10.0.0.0/8"],
        externalTrafficPolicy: "Local",
        internalTrafficPolicy: "Local",
        healthCheckNodePort: 30_081,
        publishNotReadyAddresses: true,
        allocateLoadBalancerNodePorts: false,
        loadBalancerClass: "example.com/own",
        trafficDistribution: "PreferClose",
      },
    },
  ],
  ["/api/v1/namespaces/default/services", { metadata: meta("alias"), spec: { type: "ExternalName", externalName: "example.com" } }],
  [
    "/api/v1/namespaces/default/serviceaccounts",
    { metadata: meta(), secrets: [{ name: "a" }], imagePullSecrets: [{ name: "b" }], automountServiceAccountToken: false },
  ],
  [
    "/apis/apps/v1/namespaces/default/deployments",
    {
      metadata: meta(),
      spec: {
        replicas: 0,
        selector,
        template: {
          metadata: { labels: { app: "a" } },
          spec: { ...pod, hostNetwork: true, containers: [{ name: "a", image: "b" }] },
        },
        strategy: { rollingUpdate: { maxSurge: "10%", maxUnavailable: 1 } },
        minReadySeconds: 1,
        revisionHistoryLimit: 2,
        progressDeadlineSeconds: 3,
        paused: true,
      },
    },
  ],
  [
    "/apis/batch/v1/namespaces/default/jobs",
    {
      metadata: meta(),
      spec: {
        parallelism: 1,
        completions: 2,
        activeDeadlineSeconds: 3,
        backoffLimit: 4,
        backoffLimitPerIndex: 5,
        maxFailedIndexes: 1,
        ttlSecondsAfterFinished: 6,
        completionMode: "Indexed",
        suspend: true,
        managedBy: "example.com/own",
        podFailurePolicy: {
          rules: [
            { action: "FailIndex", onExitCodes: { containerName: "a", operator: "NotIn", values: [0, 1] } },
            { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          ],
        },
        successPolicy: { rules: [{ succeededIndexes: "0", succeededCount: 1 }] },
        template: {
          spec: {
            ...pod,
            securityContext: { ...pod.securityContext, sysctls: [{ name: "net.ipv4.tcp_syncookies", value: "1" }] },
            shareProcessNamespace: true,
            hostPID: false,
            restartPolicy: "Never",
            activeDeadlineSeconds: 9,
          },
        },
      },
    },
  ],
  [
    "/api/v1/nodes",
    {
      metadata: { name: "n" },
      spec: {
        podCIDR: "10.1.0.0/24",
        podCIDRs: ["10.1.0.0/24"],
        providerID: "own://n",
        unschedulable: true,
        taints: [{ key: "a", value: "b", effect: "NoExecute", timeAdded: "2026-01-01T00:00:00Z" }],
      },
      status: {
        capacity: { cpu: "2" },
        allocatable: { cpu: "1" },
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: "a",
            message: "b",
            lastHeartbeatTime: "2026-01-01T00:00:00Z",
            lastTransitionTime: "2026-01-02T00:00:00Z",
          },
        ],
        addresses: [{ type: "InternalIP", address: "10.0.0.1" }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
        nodeInfo: { machineID: "c", systemUUID: "d", bootID: "e", kernelVersion: "f", osImage: "g", swap: { capacity: 1 } },
        images: [{ names: ["h"], sizeBytes: 2 ** 40 }],
        volumesInUse: ["i"],
        volumesAttached: [{ name: "j", devicePath: "k" }],
        runtimeHandlers: [{ name: "l", features: { recursiveReadOnlyMounts: true, userNamespaces: false } }],
        features: { supplementalGroupsPolicy: true },
      },
    },
  ],
  [
    "/api/v1/namespaces/default/endpoints",
    {
      metadata: meta(),
      subsets: [
        {
          addresses: [{ ip: "10.0.0.1", hostname: "a", nodeName: "n", targetRef: { kind: "Pod", name: "b" } }],
          notReadyAddresses: [{ ip: "10.0.0.2" }],
          ports: [{ name: "c", port: 80, protocol: "UDP", appProtocol: "http" }],
        },
      ],
    },
  ],
  [
    "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    {
      metadata: meta(),
      addressType: "IPv4",
      endpoints: [
        {
          addresses: ["10.0.0.1"],
          conditions: { ready: true, serving: false, terminating: true },
          hostname: "a",
          nodeName: "n",
          zone: "z",
          targetRef: { kind: "Pod", name: "b", uid: "c", fieldPath: "d" },
          hints: { forZones: [{ name: "y" }] },
          deprecatedTopology: { e: "f" },
        },
      ],
      ports: [{ name: "g", port: 80, protocol: "SCTP", appProtocol: "http" }],
    },
  ],
  [
    "/apis/coordination.k8s.io/v1/namespaces/default/leases",
    {
      metadata: meta(),
      spec: {
        holderIdentity: "a",
        leaseDurationSeconds: 1,
        acquireTime: "2026-01-01T00:00:00.000001Z",
        renewTime: "2026-01-02T00:00:00.123456Z",
        leaseTransitions: 2,
      },
    },
  ],
  [
    "/api/v1/namespaces/default/events",
    {
      metadata: { name: "a" },
      involvedObject: { kind: "Pod", namespace: "default", name: "b", apiVersion: "v1", resourceVersion: "1" },
      reason: "c",
      message: "d",
      source: { component: "e", host: "f" },
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-02T00:00:00Z",
      count: 2,
      type: "Normal",
    },
  ],
  [
    "/apis/events.k8s.io/v1/namespaces/default/events",
    {
      metadata: { name: "b" },
      eventTime: "2026-01-01T00:00:00.123456Z",
      series: { count: 2, lastObservedTime: "2026-01-02T00:00:00.000001Z" },
      reportingController: "example.com/a",
      reportingInstance: "b",
      action: "c",
      reason: "d",
      regarding: { kind: "Pod", namespace: "default", name: "e" },
      related: { kind: "Node", name: "f" },
      note: "g",
      type: "Normal",
    },
  ],
  ["/apis/apps/v1/namespaces/default/controllerrevisions", { metadata: meta(), data: { spec: { a: [1] } }, revision: 3 }],
  [
    "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    {
      metadata: { name: "a" },
      rules: [
        { verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: ["b"] },
        { verbs: ["get"], nonResourceURLs: ["/c"] },
      ],
    },
  ],
  [
    "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    {
      metadata: meta(),
      subjects: [
        { kind: "ServiceAccount", name: "a", namespace: "b" },
        { kind: "User", name: "c" },
      ],
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "d" },
    },
  ],
  [
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    {
      metadata: { name: "things.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: {
          plural: "things",
          singular: "thing",
          kind: "Thing",
          listKind: "ThingList",
          shortNames: ["th"],
          categories: ["all"],
        },
        conversion: { strategy: "None" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            deprecated: true,
            deprecationWarning: "old",
            subresources: {
              status: {},
              scale: { specReplicasPath: ".spec.a", statusReplicasPath: ".status.b", labelSelectorPath: ".status.c" },
            },
            additionalPrinterColumns: [
              { name: "A", type: "integer", format: "int32", jsonPath: ".spec.a", priority: 1, description: "d" },
            ],
            selectableFields: [{ jsonPath: ".spec.text" }],
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: {
                    type: "object",
                    properties: {
                      a: { type: "integer", format: "int32", minimum: 0, maximum: 9, exclusiveMaximum: true, default: 1 },
                      text: { type: "string", enum: ["x", "y"], maxLength: 5, pattern: "^.$", title: "t", description: "d" },
                      any: { "x-kubernetes-preserve-unknown-fields": true, nullable: true, type: "object" },
                      share: { "x-kubernetes-int-or-string": true, anyOf: [{ type: "integer" }, { type: "string" }] },
                      map: { type: "object", additionalProperties: { type: "string" }, maxProperties: 3 },
                      list: {
                        type: "array",
                        maxItems: 4,
                        items: { type: "object", required: ["k"], properties: { k: { type: "string" } } },
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["k"],
                      },
                    },
                    "x-kubernetes-validations": [
                      { rule: "self.a > 0", message: "m", reason: "FieldValueInvalid", fieldPath: ".a" },
                    ],
                  },
                },
              },
            },
          },
        ],
      },
    },
  ],
];

function meta(name = "a"): object {
  const owner = { apiVersion: "v1", kind: "Node", name: "n", uid: "u", controller: true, blockOwnerDeletion: false };
  return { name, labels: { a: "b" }, annotations: { c: "d" }, ownerReferences: [owner], finalizers: ["example.com/keep"] };
}

describe.skipIf(realBinaries() === undefined)("next to a real API server", () => {
  let cluster: TestCluster;
  let agent: Agent;

  beforeAll(async () => {
    cluster = await startCluster({ kind: "real" });
    const config = new KubeConfig();
    config.loadFromString(cluster.kubeconfig);
    const decoded = (text: string | undefined): string => Buffer.from(text ?? "", "base64").toString();
    const user = config.getCurrentUser();
    agent = new Agent({
      connect: {
        ca: decoded(config.getCurrentCluster()?.caData),
        cert: decoded(user?.certData),
        key: decoded(user?.keyData),
      },
    });
  }, 60_000);

  afterAll(async () => {
    await agent?.close();
    await cluster?.stop();
  });

  const send = async (method: "GET" | "POST", path: string, accept: string, body?: string): Promise<Buffer> => {
    const headers = { accept, "content-type": "application/json" };
    const answer = await request(cluster.url + path, { method, dispatcher: agent, headers, body: body ?? null });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    expect(answer.statusCode, bytes.toString()).toBeLessThan(300);
    return bytes;
  };

  test.each(objects)("%s", async (collection, object) => {
    const created = JSON.parse(
      (await send("POST", collection, "application/json", JSON.stringify(object))).toString(),
    ) as KubeObject;
    const path = `${collection}/${created.metadata.name}`;
    const kind = builtinKinds.find(
      ({ resource }) => resource.kind === created.kind && apiVersionOf(resource) === created.apiVersion,
    )!;
    // What happens to it by itself may happen between the two.
    await vi.waitFor(async () => {
      const json = JSON.parse((await send("GET", path, "application/json")).toString()) as KubeObject;
      const protobuf = decodeObject(await send("GET", path, media), media, kind.resource).object as unknown as KubeObject;
      expect(readBuiltin(kind, protobuf)).toEqual(readBuiltin(kind, json));
    });
  });
});
