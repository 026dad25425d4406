import { KubeConfig } from "@kubernetes/client-node";
import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeObject } from "../../src/embedded/http/body.ts";
import { builtinKinds, readBuiltin } from "../../src/embedded/schema/builtin/index.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
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
  env: [{ name: "F", value: "g" }],
  resources: { limits: { cpu: "1" }, requests: { cpu: "100m" } },
  stdin: true,
  stdinOnce: true,
  tty: true,
};
const pod = {
  containers: [container],
  initContainers: [{ name: "first", image: "b" }],
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
        selector: { matchLabels: { app: "a" }, matchExpressions: [{ key: "app", operator: "In", values: ["a"] }] },
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
        template: {
          spec: { ...pod, shareProcessNamespace: true, hostPID: false, restartPolicy: "Never", activeDeadlineSeconds: 9 },
        },
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
    const kind = builtinKinds.find(({ resource }) => resource.kind === created.kind)!;
    const json = JSON.parse((await send("GET", path, "application/json")).toString()) as KubeObject;
    const protobuf = decodeObject(await send("GET", path, media), media, created.kind).object as unknown as KubeObject;
    expect(readBuiltin(kind, protobuf)).toEqual(readBuiltin(kind, json));
  });
});
