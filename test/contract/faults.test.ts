import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EmbeddedApiServer, startApiServer } from "../../src/embedded/server.ts";
import { type Answer, RawClient } from "./client.ts";

const configMaps = "/api/v1/namespaces/default/configmaps";

let server: EmbeddedApiServer;
let client: RawClient;

beforeEach(async () => {
  server = await startApiServer({ name: "faulty" });
  client = new RawClient(server.kubeconfig);
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

const create = (name: string): Promise<Answer> =>
  client.send({ method: "POST", path: configMaps, body: JSON.stringify({ metadata: { name } }) });
const get = (name = ""): Promise<Answer> => client.send({ method: "GET", path: `${configMaps}/${name}`.replace(/\/$/, "") });
const eventsOf = async (watch: Promise<readonly unknown[]>): Promise<string[]> =>
  (await watch).map((event) => {
    const { type, object } = event as { type: string; object: { metadata: { name?: string }; code?: number } };
    return `${type} ${object.metadata.name ?? object.code ?? ""}`.trim();
  });
/** A watch that has begun when this returns. */
async function watching(path: string, count: number): Promise<{ readonly events: Promise<readonly unknown[]> }> {
  const before = server.watchers;
  const events = client.watch(path, count);
  while (server.watchers === before) await delay(5);
  return { events };
}

describe("answers", () => {
  test("latency delays what it matches, and only that", async () => {
    server.faults.add({ match: { verb: "list", resource: "configmaps" }, effect: { type: "latency", ms: 150 } });
    const from = performance.now();
    await get();
    expect(performance.now() - from).toBeGreaterThan(140);
    const then = performance.now();
    await get("a");
    expect(performance.now() - then).toBeLessThan(140);
  });

  test("429 says when to come again, as often as it was told to", async () => {
    server.faults.add({ effect: { type: "status", code: 429, retryAfterSeconds: 2 }, times: 1 });
    expect(await get()).toMatchObject({
      code: 429,
      retryAfter: "2",
      body: { kind: "Status", reason: "TooManyRequests", details: { retryAfterSeconds: 2 } },
    });
    expect((await get()).code).toBe(200);
  });

  test("a refused write was not carried out", async () => {
    const heal = server.faults.add({ match: { verb: "create" }, effect: { type: "status", code: 503 } });
    expect((await create("a")).code).toBe(503);
    heal();
    expect((await get("a")).code).toBe(404);
  });

  test("a reset before the request leaves nothing behind", async () => {
    server.faults.add({ match: { verb: "create" }, effect: { type: "reset", when: "before" }, times: 1 });
    await expect(create("a")).rejects.toThrow();
    expect((await get("a")).code).toBe(404);
  });

  test("a reset in the middle of the answer leaves the write behind", async () => {
    server.faults.add({ match: { verb: "create" }, effect: { type: "reset", when: "midway" }, times: 1 });
    await expect(create("a")).rejects.toThrow();
    expect((await get("a")).code).toBe(200);
  });

  test("a narrow line trickles", async () => {
    await create("a");
    server.faults.add({ match: { verb: "get" }, effect: { type: "bandwidth", bytesPerSecond: 1000 } });
    const from = performance.now();
    expect((await get("a")).code).toBe(200);
    expect(performance.now() - from).toBeGreaterThan(150);
  });

  test("a full disk takes no write and gives every read", async () => {
    await create("a");
    server.faults.diskFull = true;
    expect(await create("b")).toMatchObject({ code: 500, body: { message: "etcdserver: mvcc: database space exceeded" } });
    expect((await get("a")).code).toBe(200);
    server.faults.clear();
    expect((await create("b")).code).toBe(201);
  });

  test("the same seed strikes the same requests", async () => {
    const struck = async (): Promise<number[]> => {
      server.faults.seed(7);
      const heal = server.faults.add({ effect: { type: "status", code: 500 }, chance: 0.5 });
      const codes: number[] = [];
      for (let index = 0; index < 12; index++) codes.push((await get()).code);
      heal();
      return codes;
    };
    const first = await struck();
    expect(await struck()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500]));
  });

  test("a skewed clock shows in what is created", async () => {
    server.faults.clockSkewMs = 3_600_000;
    const { metadata } = (await create("a")).body as { metadata: { creationTimestamp: string } };
    expect(Date.parse(metadata.creationTimestamp) - Date.now()).toBeGreaterThan(3_500_000);
  });
});

describe("watches", () => {
  test("a silent watch stays open and tells nothing", async () => {
    const { events } = await watching(`${configMaps}?watch=true&timeoutSeconds=1`, 5);
    const heal = server.faults.add({ match: { verb: "watch" }, effect: { type: "silence" } });
    await create("a");
    heal();
    await create("b");
    expect(await eventsOf(events)).toEqual(["ADDED b"]);
  });

  test("events are dropped and duplicated", async () => {
    const { events } = await watching(`${configMaps}?watch=true&timeoutSeconds=1`, 5);
    server.faults.add({ match: { verb: "watch", name: "a" }, effect: { type: "drop" } });
    server.faults.add({ match: { verb: "watch", name: "b" }, effect: { type: "duplicate" } });
    for (const name of ["a", "b", "c"]) await create(name);
    expect(await eventsOf(events)).toEqual(["ADDED b", "ADDED b", "ADDED c"]);
  });

  test("a compacted version is too old", async () => {
    const { metadata } = (await create("a")).body as { metadata: { resourceVersion: string } };
    await create("b");
    server.compact();
    expect(await eventsOf(client.watch(`${configMaps}?watch=true&resourceVersion=${metadata.resourceVersion}`, 1))).toEqual([
      "ERROR 410",
    ]);
  });
});

describe("the server", () => {
  test("a partition cuts what is open and refuses what is new, until it heals", async () => {
    const { events } = await watching(`${configMaps}?watch=true&timeoutSeconds=5`, 5);
    const cut = expect(events).rejects.toThrow();
    server.partition(true);
    await cut;
    await expect(get()).rejects.toThrow();
    server.partition(false);
    expect((await get()).code).toBe(200);
  });

  test("a restart with history lets a watch go on where it was", async () => {
    const { metadata } = (await create("a")).body as { metadata: { resourceVersion: string } };
    await create("b");
    await server.restart();
    const watch = client.watch(`${configMaps}?watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1`, 1);
    expect(await eventsOf(watch)).toEqual(["ADDED b"]);
  });

  test("a restart without history does not", async () => {
    const { metadata } = (await create("a")).body as { metadata: { resourceVersion: string } };
    await create("b");
    await server.restart({ history: false });
    const watch = client.watch(`${configMaps}?watch=true&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1`, 1);
    expect(await eventsOf(watch)).toEqual(["ERROR 410"]);
  });

  test("a restore brings back what was, resourceVersions included", async () => {
    await create("a");
    const snapshot = server.snapshot();
    const before = (await get()).body;
    await create("b");
    await server.restore(snapshot);
    expect((await get()).body).toEqual(before);
    const again = (await create("c")).body as { metadata: { resourceVersion: string } };
    expect(Number(again.metadata.resourceVersion)).toBe(snapshot.revision + 1);
  });

  test("expired tokens are refused", async () => {
    const bearer = new RawClient(server.kubeconfigFor({ name: "jane", groups: ["team"] }));
    const who = { method: "POST", path: "/apis/authentication.k8s.io/v1/selfsubjectreviews", body: "{}" };
    expect(await bearer.send(who)).toMatchObject({
      code: 201,
      body: { status: { userInfo: { username: "jane", groups: ["team", "system:authenticated"] } } },
    });
    server.expireTokens();
    expect(await bearer.send(who)).toMatchObject({ code: 401, body: { reason: "Unauthorized" } });
    await bearer.close();
  });

  test("an expired certificate proves nothing", async () => {
    const yesterday = new Date(Date.now() - 86_400_000);
    const validity = { notBefore: new Date(yesterday.getTime() - 86_400_000), notAfter: yesterday };
    const expired = new RawClient(await server.certificateKubeconfigFor({ name: "jane" }, validity));
    expect((await expired.send({ method: "GET", path: configMaps })).code).toBeGreaterThanOrEqual(401);
    await expired.close();
  });

  test("counts requests and connections", async () => {
    await get();
    server.requests.reset();
    await create("a");
    await get("a");
    await get("a");
    expect({
      writes: server.requests.writes({ resource: "configmaps" }),
      reads: server.requests.reads({ userAgent: "contract" }),
      connections: server.requests.connections,
    }).toEqual({ writes: 1, reads: 2, connections: 0 });
  });
});
