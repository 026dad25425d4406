import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedApiServer, startApiServer } from "../../src/embedded/server.ts";
import { RawClient } from "./client.ts";
import { definition } from "./definitions.ts";

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
const remove = (path: string): Promise<unknown> => client.send({ method: "DELETE", path });
const merge = (path: string, patch: object): Promise<unknown> =>
  client.send({ method: "PATCH", path, body: JSON.stringify(patch), contentType: "application/merge-patch+json" });
const release = (path: string): Promise<unknown> => merge(path, { metadata: { finalizers: null } });
const ownersOf = async (path: string): Promise<readonly string[]> => {
  const { metadata } = (await client.send({ method: "GET", path })).body as {
    metadata: { ownerReferences?: readonly { name: string }[] };
  };
  return (metadata.ownerReferences ?? []).map(({ name }) => name);
};
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
    await remove(`${configMaps}/owner`);
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
    await remove(`${configMaps}/first`);
    await eventually(async () => (await ownersOf(`${configMaps}/shared`)).length, 1);
  });

  test("what never had an owner that exists goes too", async () => {
    await post(configMaps, owned("stray", "nobody", "11111111-1111-4111-8111-111111111111"));
    await eventually(() => exists(`${configMaps}/stray`), false);
  });

  test("orphans stay", async () => {
    const { metadata } = await post(configMaps, { metadata: { name: "parent" } });
    await post(configMaps, owned("orphan", "parent", metadata.uid));
    await remove(`${configMaps}/parent?propagationPolicy=Orphan`);
    await eventually(() => exists(`${configMaps}/parent`), false);
    expect(await exists(`${configMaps}/orphan`)).toBe(true);
  });

  test("in the foreground the owner goes last", async () => {
    const { metadata } = await post(configMaps, { metadata: { name: "last" } });
    await post(configMaps, { ...owned("blocking", "last", metadata.uid, true) });
    await merge(`${configMaps}/blocking`, { metadata: { finalizers: ["example.com/hold"] } });
    await remove(`${configMaps}/last?propagationPolicy=Foreground`);
    await delay(50);
    expect(await exists(`${configMaps}/last`)).toBe(true);
    await release(`${configMaps}/blocking`);
    await eventually(() => exists(`${configMaps}/blocking`), false);
    await eventually(() => exists(`${configMaps}/last`), false);
  });

  test("in the foreground the owner does not wait for what does not block it", async () => {
    const { metadata } = await post(configMaps, { metadata: { name: "hasty" } });
    const { metadata: child } = owned("lasting", "hasty", metadata.uid);
    await post(configMaps, { metadata: { ...child, finalizers: ["example.com/hold"] } });
    await remove(`${configMaps}/hasty?propagationPolicy=Foreground`);
    await eventually(() => exists(`${configMaps}/hasty`), false);
    expect(await exists(`${configMaps}/lasting`)).toBe(true);
    await release(`${configMaps}/lasting`);
    await eventually(() => exists(`${configMaps}/lasting`), false);
  });

  test("in the foreground what has another owner stays with that one", async () => {
    const [going, staying] = [
      await post(configMaps, { metadata: { name: "going" } }),
      await post(configMaps, { metadata: { name: "staying" } }),
    ];
    const references = [
      ...owned("", "going", going.metadata.uid, true).metadata.ownerReferences,
      ...owned("", "staying", staying.metadata.uid, true).metadata.ownerReferences,
    ];
    await post(configMaps, { metadata: { name: "common", ownerReferences: references } });
    await remove(`${configMaps}/going?propagationPolicy=Foreground`);
    await eventually(() => exists(`${configMaps}/going`), false);
    expect(await ownersOf(`${configMaps}/common`)).toEqual(["staying"]);
  });

  test("in the foreground what is owned and owns goes last but one", async () => {
    const top = await post(configMaps, { metadata: { name: "top" } });
    const middle = await post(configMaps, owned("middle", "top", top.metadata.uid, true));
    const { metadata: bottom } = owned("bottom", "middle", middle.metadata.uid, true);
    await post(configMaps, { metadata: { ...bottom, finalizers: ["example.com/hold"] } });
    await remove(`${configMaps}/top?propagationPolicy=Foreground`);
    await delay(50);
    for (const name of ["top", "middle", "bottom"]) expect(await exists(`${configMaps}/${name}`), name).toBe(true);
    await release(`${configMaps}/bottom`);
    for (const name of ["bottom", "middle", "top"]) await eventually(() => exists(`${configMaps}/${name}`), false);
  });

  test("what owns each other goes all the same", async () => {
    const one = await post(configMaps, { metadata: { name: "one" } });
    const two = await post(configMaps, owned("two", "one", one.metadata.uid, true));
    const { ownerReferences } = owned("one", "two", two.metadata.uid, true).metadata;
    await merge(`${configMaps}/one`, { metadata: { ownerReferences } });
    await remove(`${configMaps}/one?propagationPolicy=Foreground`);
    for (const name of ["one", "two"]) await eventually(() => exists(`${configMaps}/${name}`), false);
  });

  test.each([
    ["kind", { kind: "Secret" }],
    ["name", { name: "another" }],
    ["group", { apiVersion: "apps/v1", kind: "Deployment" }],
  ])("an owner of another %s than the reference says is none", async (what, change) => {
    const { metadata } = await post(configMaps, { metadata: { name: `mistaken-${what}` } });
    const [reference] = owned("", `mistaken-${what}`, metadata.uid).metadata.ownerReferences;
    await post(configMaps, { metadata: { name: `child-${what}`, ownerReferences: [{ ...reference, ...change }] } });
    await eventually(() => exists(`${configMaps}/child-${what}`), false);
  });

  test("an owner in another namespace is none", async () => {
    await post("/api/v1/namespaces", { metadata: { name: "elsewhere" } });
    const { metadata } = await post("/api/v1/namespaces/elsewhere/configmaps", { metadata: { name: "far" } });
    await post(configMaps, owned("child", "far", metadata.uid));
    await eventually(() => exists(`${configMaps}/child`), false);
  });

  test("what is in no namespace is never owned by what is in one, and stays", async () => {
    const { metadata } = await post(configMaps, { metadata: { name: "small" } });
    await post("/api/v1/nodes", owned("large", "small", metadata.uid));
    await remove(`${configMaps}/small`);
    await delay(50);
    expect(await exists("/api/v1/nodes/large")).toBe(true);
  });

  test("what is in a namespace goes with an owner that is in none", async () => {
    const { metadata } = await post("/api/v1/nodes", { metadata: { name: "node" } });
    const [reference] = owned("", "node", metadata.uid).metadata.ownerReferences;
    await post(configMaps, { metadata: { name: "on-node", ownerReferences: [{ ...reference, kind: "Node" }] } });
    await delay(30);
    expect(await exists(`${configMaps}/on-node`)).toBe(true);
    await remove("/api/v1/nodes/node");
    await eventually(() => exists(`${configMaps}/on-node`), false);
  });

  test("what names an owner of a kind that is not served stays", async () => {
    const [reference] = owned("", "x", "22222222-2222-4222-8222-222222222222").metadata.ownerReferences;
    await post(configMaps, { metadata: { name: "patient", ownerReferences: [{ ...reference, kind: "Unheard" }] } });
    await delay(50);
    expect(await exists(`${configMaps}/patient`)).toBe(true);
  });
});

describe("after a restore", () => {
  const services = "/api/v1/namespaces/default/services";
  const loadBalancer = (name: string) => ({ metadata: { name }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
  const addressOf = async (name: string): Promise<string | undefined> => {
    const { body } = await client.send({ method: "GET", path: `${services}/${name}` });
    return (body as { status: { loadBalancer: { ingress?: { ip: string }[] } } }).status.loadBalancer.ingress?.[0]?.ip;
  };

  test("addresses belong to who had them, and to nobody else", async () => {
    const before = server.snapshot();
    await post(services, loadBalancer("kept"));
    await expect.poll(() => addressOf("kept")).toBe("10.1.0.1");
    const snapshot = server.snapshot();
    await remove(`${services}/kept`);
    for (const name of ["x", "y", "z"]) await post(services, loadBalancer(name));
    await expect.poll(() => addressOf("z")).toBeDefined();
    await server.restore(snapshot);
    await post(services, loadBalancer("new"));
    await expect.poll(() => addressOf("new")).toBe("10.1.0.2");
    expect(await addressOf("kept")).toBe("10.1.0.1");
    await server.restore(before);
  });

  test("a namespace that was on its way out goes on", async () => {
    await post("/api/v1/namespaces", { metadata: { name: "leaving" } });
    const held = "/api/v1/namespaces/leaving/configmaps/a";
    await post("/api/v1/namespaces/leaving/configmaps", { metadata: { name: "a", finalizers: ["example.com/hold"] } });
    await remove("/api/v1/namespaces/leaving");
    const snapshot = server.snapshot();
    await release(held);
    await eventually(() => exists("/api/v1/namespaces/leaving"), false);
    await server.restore(snapshot);
    expect(await exists(held)).toBe(true);
    await release(held);
    await eventually(() => exists("/api/v1/namespaces/leaving"), false);
  });

  test("what was on its way out in the foreground goes on", async () => {
    const { metadata } = await post(configMaps, { metadata: { name: "old" } });
    const { metadata: child } = owned("young", "old", metadata.uid, true);
    await post(configMaps, { metadata: { ...child, finalizers: ["example.com/hold"] } });
    await remove(`${configMaps}/old?propagationPolicy=Foreground`);
    await delay(30);
    const snapshot = server.snapshot();
    await release(`${configMaps}/young`);
    await eventually(() => exists(`${configMaps}/old`), false);
    await server.restore(snapshot);
    expect(await exists(`${configMaps}/old`)).toBe(true);
    await release(`${configMaps}/young`);
    await eventually(() => exists(`${configMaps}/old`), false);
  });

  test("a definition that was on its way out goes on", async () => {
    const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    const things = "/apis/restored.example.com/v1/namespaces/default/things";
    const crd = JSON.parse(JSON.stringify(definition("things")).replaceAll("{ns}", "restored"));
    await post(definitions, crd);
    await eventually(() => exists(things), true);
    const thing = { apiVersion: "restored.example.com/v1", kind: "Thing" };
    await post(things, { ...thing, metadata: { name: "t", finalizers: ["example.com/hold"] } });
    await remove(`${definitions}/things.restored.example.com`);
    await delay(30);
    const snapshot = server.snapshot();
    await release(`${things}/t`);
    await eventually(() => exists(`${definitions}/things.restored.example.com`), false);
    await server.restore(snapshot);
    await release(`${things}/t`);
    await eventually(() => exists(`${definitions}/things.restored.example.com`), false);
  });
});

describe("namespaces", () => {
  test("a namespace goes with all that it holds", async () => {
    await post("/api/v1/namespaces", { metadata: { name: "doomed" } });
    await post("/api/v1/namespaces/doomed/configmaps", { metadata: { name: "a" } });
    await remove("/api/v1/namespaces/doomed");
    await eventually(() => exists("/api/v1/namespaces/doomed"), false);
    expect(await exists("/api/v1/namespaces/doomed/configmaps/a")).toBe(false);
  });

  test("a namespace waits for finalizers of what it holds", async () => {
    await post("/api/v1/namespaces", { metadata: { name: "held" } });
    await post("/api/v1/namespaces/held/configmaps", { metadata: { name: "a", finalizers: ["example.com/hold"] } });
    await remove("/api/v1/namespaces/held");
    await delay(50);
    expect(await exists("/api/v1/namespaces/held")).toBe(true);
    await release("/api/v1/namespaces/held/configmaps/a");
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
    await remove(`${services}/a`);
    await post(services, loadBalancer("c"));
    await eventually(() => address("c"), ingress("10.1.0.1"));
  });

  test("other types get none", async () => {
    await post(services, { metadata: { name: "plain" }, spec: { ports: [{ port: 80 }] } });
    await delay(30);
    expect(await address("plain")).toBe("{}");
  });
});
