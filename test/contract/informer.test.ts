import { setTimeout as delay } from "node:timers/promises";
import { CoreV1Api, KubeConfig, KubernetesObjectApi, makeInformer, PatchStrategy, type V1ConfigMap } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClusterKind, realBinaries, startCluster, type TestCluster } from "../support/clusters.ts";

/** A public client's own flows, on both servers. */

const kinds: readonly ClusterKind[] = realBinaries() === undefined ? ["embedded"] : ["embedded", "real"];

async function until(holds: () => boolean): Promise<void> {
  for (let attempt = 0; !holds() && attempt < 200; attempt++) await delay(25);
  expect(holds()).toBe(true);
}

describe.each(kinds)("@kubernetes/client-node on the %s server", (kind) => {
  let cluster: TestCluster;
  const config = new KubeConfig();

  beforeAll(async () => {
    cluster = await startCluster({ kind });
    config.loadFromString(cluster.kubeconfig);
  });

  afterAll(() => cluster.stop());

  test("an informer lists, then follows", async () => {
    const api = config.makeApiClient(CoreV1Api);
    const namespace = "default";
    const seen: string[] = [];
    await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: "first" } } });
    const informer = makeInformer<V1ConfigMap>(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
      api.listNamespacedConfigMap({ namespace }),
    );
    for (const verb of ["add", "update", "delete"] as const) {
      informer.on(verb, ({ metadata, data }) => seen.push(`${verb} ${metadata?.name} ${data?.["k"] ?? ""}`.trim()));
    }
    await informer.start();
    await until(() => seen.includes("add first"));
    await api.createNamespacedConfigMap({ namespace, body: { metadata: { name: "second" } } });
    await until(() => seen.includes("add second"));
    await api.replaceNamespacedConfigMap({ name: "second", namespace, body: { metadata: { name: "second" }, data: { k: "v" } } });
    await until(() => seen.includes("update second v"));
    await api.deleteNamespacedConfigMap({ name: "first", namespace });
    await until(() => seen.includes("delete first"));
    await informer.stop();
    // A real cluster has a config map of its own in some namespaces.
    expect(seen.filter((line) => /first|second/.test(line))).toEqual([
      "add first",
      "add second",
      "update second v",
      "delete first",
    ]);
  });

  test("objects of any kind are found through discovery", async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "l", namespace: "default" } };
    await objects.create(lease);
    const patched = await objects.patch(
      { ...lease, spec: { holderIdentity: "me" } } as typeof lease,
      undefined,
      undefined,
      "informer-test",
      true,
      PatchStrategy.ServerSideApply,
    );
    expect(patched).toMatchObject({ kind: "Lease", spec: { holderIdentity: "me" } });
    const { status } = await objects.delete(lease);
    expect(status).toBe("Success");
  });

  test("errors carry the server's Status", async () => {
    const api = config.makeApiClient(CoreV1Api);
    const failure = api.readNamespacedConfigMap({ name: "nothing", namespace: "default" });
    await expect(failure).rejects.toMatchObject({ code: 404 });
  });
});
