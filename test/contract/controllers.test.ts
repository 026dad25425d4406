import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedApiServer, startApiServer } from "../../src/embedded/server.ts";
import { RawClient } from "./client.ts";

/** What a controller manager does on a real cluster, and the embedded server does by itself. */

const configMaps = "/api/v1/namespaces/default/configmaps";

let server: EmbeddedApiServer;
let client: RawClient;

beforeAll(async () => {
  server = await startApiServer({ vipPool: "10.1.0.0/29" });
  client = new RawClient(server.kubeconfig);
});

afterAll(async () => {
  await client.close();
  await server.stop();
});

interface Sent {
  readonly metadata: { readonly uid: string };
  readonly status?: { readonly loadBalancer?: unknown };
}

const post = async (path: string, body: object): Promise<Sent> =>
  (await client.send({ method: "POST", path, body: JSON.stringify(body) })).body as Sent;
const exists = async (path: string): Promise<boolean> => (await client.send({ method: "GET", path })).code === 200;
async function eventually<T>(probe: () => Promise<T>, wanted: T): Promise<void> {
  let found = await probe();
  for (let attempt = 0; found !== wanted && attempt < 50; attempt++) {
    await delay(10);
    found = await probe();
  }
  expect(found).toEqual(wanted);
}

const owned = (name: string, owner: string, uid: string, blockOwnerDeletion = false) => ({
  metadata: { name, ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: owner, uid, blockOwnerDeletion }] },
});

describe("garbage collection", () => {
  test("what is owned goes with its owner", async () => {
    const { metadata } = await post(configMaps, { metadata: { name: "owner" } });
    await post(configMaps, owned("child", "owner", metadata.uid));
    await client.send({ method: "DELETE", path: `${configMaps}/owner` });
    await eventually(() => exists(`${configMaps}/child`), false);
  });

  test("what has another owner stays", async () => {
    const first = await post(configMaps, { metadata: { name: "first" } });
    const second = await post(configMaps, { metadata: { name: "second" } });
    const references = [first, second].map(({ metadata }, index) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      name: ["first", "second"][index],
      uid: metadata.uid,
    }));
    await post(configMaps, { metadata: { name: "shared", ownerReferences: references } });
    await client.send({ method: "DELETE", path: `${configMaps}/first` });
    const owners = async (): Promise<number> => {
      const { metadata } = (await client.send({ method: "GET", path: `${configMaps}/shared` })).body as {
        metadata: { ownerReferences: unknown[] };
      };
      return metadata.ownerReferences.length;
    };
    await eventually(owners, 1);
  });

  test("what never had an owner that exists goes too", async () => {
    await post(configMaps, owned("stray", "nobody", "11111111-1111-4111-8111-111111111111"));
    await eventually(() => exists(`${configMaps}/stray`), false);
  });

  test("orphans stay", async () => {
    const { metadata } = await post(configMaps, { metadata: { name: "parent" } });
    await post(configMaps, owned("orphan", "parent", metadata.uid));
    await client.send({ method: "DELETE", path: `${configMaps}/parent?propagationPolicy=Orphan` });
    await eventually(() => exists(`${configMaps}/parent`), false);
    expect(await exists(`${configMaps}/orphan`)).toBe(true);
  });

  test("in the foreground the owner goes last", async () => {
    const { metadata } = await post(configMaps, { metadata: { name: "last" } });
    await post(configMaps, { ...owned("blocking", "last", metadata.uid, true) });
    await client.send({
      method: "PATCH",
      path: `${configMaps}/blocking`,
      body: JSON.stringify({ metadata: { finalizers: ["example.com/hold"] } }),
      contentType: "application/merge-patch+json",
    });
    await client.send({ method: "DELETE", path: `${configMaps}/last?propagationPolicy=Foreground` });
    await delay(50);
    expect(await exists(`${configMaps}/last`)).toBe(true);
    await client.send({
      method: "PATCH",
      path: `${configMaps}/blocking`,
      body: JSON.stringify({ metadata: { finalizers: null } }),
      contentType: "application/merge-patch+json",
    });
    await eventually(() => exists(`${configMaps}/blocking`), false);
    await eventually(() => exists(`${configMaps}/last`), false);
  });
});

describe("namespaces", () => {
  test("a namespace goes with all that it holds", async () => {
    await post("/api/v1/namespaces", { metadata: { name: "doomed" } });
    await post("/api/v1/namespaces/doomed/configmaps", { metadata: { name: "a" } });
    await client.send({ method: "DELETE", path: "/api/v1/namespaces/doomed" });
    await eventually(() => exists("/api/v1/namespaces/doomed"), false);
    expect(await exists("/api/v1/namespaces/doomed/configmaps/a")).toBe(false);
  });

  test("a namespace waits for finalizers of what it holds", async () => {
    await post("/api/v1/namespaces", { metadata: { name: "held" } });
    await post("/api/v1/namespaces/held/configmaps", { metadata: { name: "a", finalizers: ["example.com/hold"] } });
    await client.send({ method: "DELETE", path: "/api/v1/namespaces/held" });
    await delay(50);
    expect(await exists("/api/v1/namespaces/held")).toBe(true);
    await client.send({
      method: "PATCH",
      path: "/api/v1/namespaces/held/configmaps/a",
      body: JSON.stringify({ metadata: { finalizers: null } }),
      contentType: "application/merge-patch+json",
    });
    await eventually(() => exists("/api/v1/namespaces/held"), false);
  });
});

describe("load balancers", () => {
  const services = "/api/v1/namespaces/default/services";
  const loadBalancer = (name: string) => ({ metadata: { name }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
  const address = async (name: string): Promise<unknown> => {
    const { status } = (await client.send({ method: "GET", path: `${services}/${name}` })).body as Sent;
    return JSON.stringify(status?.loadBalancer ?? null);
  };
  const ingress = (ip: string): string => JSON.stringify({ ingress: [{ ip, ipMode: "VIP" }] });

  test("each gets an address of its own from the pool, and gives it back", async () => {
    await post(services, loadBalancer("a"));
    await eventually(() => address("a"), ingress("10.1.0.1"));
    await post(services, loadBalancer("b"));
    await eventually(() => address("b"), ingress("10.1.0.2"));
    await client.send({ method: "DELETE", path: `${services}/a` });
    await post(services, loadBalancer("c"));
    await eventually(() => address("c"), ingress("10.1.0.1"));
  });

  test("other types get none", async () => {
    await post(services, { metadata: { name: "plain" }, spec: { ports: [{ port: 80 }] } });
    await delay(30);
    expect(await address("plain")).toBe("{}");
  });
});
