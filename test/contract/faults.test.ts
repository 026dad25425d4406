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

const create = (name: string): Promise<Answer> => post(configMaps, { metadata: { name } });
const post = (path: string, body: object): Promise<Answer> => client.send({ method: "POST", path, body: JSON.stringify(body) });
const merge = (name: string, patch: object): Promise<Answer> =>
  client.send({
    method: "PATCH",
    path: `${configMaps}/${name}`,
    body: JSON.stringify(patch),
    contentType: "application/merge-patch+json",
  });
const remove = (path: string): Promise<Answer> => client.send({ method: "DELETE", path: configMaps + path });
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
    const list = get().then(() => "list");
    expect(await Promise.race([list, get("a").then(() => "get")])).toBe("get");
    await list;
    expect(performance.now() - from).toBeGreaterThan(140);
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

  describe("a full disk", () => {
    const full = { code: 500, message: "etcdserver: mvcc: database space exceeded" };
    const services = "/api/v1/namespaces/default/services";
    const service = (spec: object) => ({ metadata: { name: "s" }, spec: { ports: [{ port: 80 }], ...spec } });

    beforeEach(async () => {
      for (const name of ["a", "b"]) await create(name);
      await post(configMaps, { metadata: { name: "held", finalizers: ["example.com/hold"] } });
      server.faults.diskFull = true;
    });

    test.each<[what: string, send: () => Promise<Answer>, outcome: { code: number; message?: string }]>([
      ["takes nothing new", () => create("c"), full],
      ["does not look whether it is new", () => create("a"), full],
      ["takes no change", () => merge("a", { data: { k: "v" } }), full],
      ["takes no mark of deletion", () => remove("/held"), full],
      ["has no room for a finalizer", () => remove("/a?propagationPolicy=Foreground"), full],
      ["has no room for an address", () => post(services, service({})), { code: 422 }],
      ["has no address to give anyway", () => post(services, service({ clusterIP: "None" })), full],
      ["is read", () => get("a"), { code: 200 }],
      ["takes what changes nothing", () => merge("a", {}), { code: 200 }],
      ["removes", () => remove("/a"), { code: 200 }],
      ["removes several", () => remove("?fieldSelector=metadata.name=b"), { code: 200 }],
      ["is not asked in a dry run", () => post(`${configMaps}?dryRun=All`, { metadata: { name: "c" } }), { code: 201 }],
      ["is not asked about what is invalid", () => create("A_B"), { code: 422 }],
      ["is not asked about what is outdated", () => merge("a", { metadata: { resourceVersion: "1" } }), { code: 409 }],
      ["is not asked about what is not there", () => merge("c", { data: { k: "v" } }), { code: 404 }],
    ])("%s", async (_, send, { code, message }) => {
      const answer = await send();
      expect(answer.code).toBe(code);
      if (message !== undefined) expect(answer.body).toMatchObject({ message });
    });

    test("takes everything again once it has room", async () => {
      server.faults.clear();
      expect((await create("c")).code).toBe(201);
    });
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

  test("a silent watch does not tell what is there either", async () => {
    await create("a");
    server.faults.add({ match: { verb: "watch" }, effect: { type: "silence" } });
    const initial = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
    for (const query of ["resourceVersion=0", initial, `${initial}&allowWatchBookmarks=true`]) {
      expect(await eventsOf(client.watch(`${configMaps}?watch=true&timeoutSeconds=1&${query}`, 5)), query).toEqual([]);
    }
  });

  describe("events are dropped and duplicated", () => {
    const seen = ["ADDED b", "ADDED b", "ADDED c"];
    const strike = (): void => {
      server.faults.add({ match: { verb: "watch", name: "a" }, effect: { type: "drop" } });
      server.faults.add({ match: { verb: "watch", name: "b" }, effect: { type: "duplicate" } });
    };

    test("as they happen", async () => {
      const { events } = await watching(`${configMaps}?watch=true&timeoutSeconds=1`, 5);
      strike();
      for (const name of ["a", "b", "c"]) await create(name);
      expect(await eventsOf(events)).toEqual(seen);
    });

    test("when a watch catches up", async () => {
      const { resourceVersion } = ((await get()).body as { metadata: { resourceVersion: string } }).metadata;
      for (const name of ["a", "b", "c"]) await create(name);
      strike();
      const path = `${configMaps}?watch=true&timeoutSeconds=1&resourceVersion=${resourceVersion}`;
      expect(await eventsOf(client.watch(path, 5))).toEqual(seen);
    });

    test("when a watch begins", async () => {
      for (const name of ["a", "b", "c"]) await create(name);
      strike();
      expect(await eventsOf(client.watch(`${configMaps}?watch=true&timeoutSeconds=1`, 5))).toEqual(seen);
    });
  });

  test("a reset in the middle of a watch leaves half an event", async () => {
    server.faults.add({ match: { verb: "watch" }, effect: { type: "reset", when: "midway" }, times: 1 });
    const { events } = await watching(`${configMaps}?watch=true&timeoutSeconds=5`, 1);
    const reset = expect(events).rejects.toThrow();
    await create("a");
    await reset;
    expect(server.watchers).toBe(0);
  });

  test("a watch from a version that was lost in a restore tells nothing until it is there again", async () => {
    const snapshot = server.snapshot();
    for (const name of ["a", "b", "c"]) await create(name);
    const { resourceVersion } = ((await get("b")).body as { metadata: { resourceVersion: string } }).metadata;
    await server.restore(snapshot);
    const { events } = await watching(`${configMaps}?watch=true&timeoutSeconds=1&resourceVersion=${resourceVersion}`, 5);
    for (const name of ["d", "e", "f"]) await create(name);
    expect(await eventsOf(events)).toEqual(["ADDED f"]);
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

  describe("an expired certificate is worse than none", () => {
    const day = 86_400_000;
    const codesOf = async (holder: RawClient): Promise<number[]> =>
      [await holder.send({ method: "GET", path: configMaps }), await holder.send({ method: "GET", path: "/version" })].map(
        ({ code }) => code,
      );
    const holderUntil = async (notAfter: number): Promise<RawClient> => {
      const validity = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(notAfter) };
      return new RawClient(await server.certificateKubeconfigFor({ name: "jane" }, validity));
    };

    test("from the start", async () => {
      const holder = await holderUntil(Date.now() - day);
      expect(await codesOf(holder)).toEqual([401, 401]);
      await holder.close();
    });

    test("on a connection that it was good for", async () => {
      const notAfter = Date.now() + 2500;
      const holder = await holderUntil(notAfter);
      expect(await codesOf(holder)).toEqual([200, 200]);
      server.requests.reset();
      await delay(notAfter - Date.now());
      expect(await codesOf(holder)).toEqual([401, 401]);
      expect(server.requests.connections).toBe(0);
      await holder.close();
    });

    test("on demand, but for the administrator's", async () => {
      const holder = await holderUntil(Date.now() + day);
      expect(await codesOf(holder)).toEqual([200, 200]);
      server.expireCertificates();
      expect(await codesOf(holder)).toEqual([401, 401]);
      expect(await codesOf(client)).toEqual([200, 200]);
      const renewed = await holderUntil(Date.now() + day);
      expect(await codesOf(renewed)).toEqual([200, 200]);
      await holder.close();
      await renewed.close();
    });
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
