import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type RemoteApiServer, startApiServerInWorker } from "../../src/embedded/worker.ts";
import { RawClient } from "../contract/client.ts";

let server: RemoteApiServer;
let client: RawClient;

const configMaps = "/api/v1/namespaces/default/configmaps";
const create = (name: string) =>
  client.send({ method: "POST", path: configMaps, body: JSON.stringify({ metadata: { name } }), userAgent: "worker-test" });
const codeOf = async (name: string): Promise<number> => (await client.send({ method: "GET", path: `${configMaps}/${name}` })).code;

beforeAll(async () => {
  server = await startApiServerInWorker({ name: "remote", istio: false });
  client = new RawClient(server.kubeconfig);
});

beforeEach(async () => {
  await server.clearFaults();
  await server.resetRequests();
});

afterAll(async () => {
  await client.close();
  await server.stop();
});

test("a fault that is added strikes, and one that is taken back does not", async () => {
  const fault = await server.addFault({ match: { verb: "create" }, effect: { type: "status", code: 429, retryAfterSeconds: 1 } });
  expect((await create("refused")).code).toBe(429);
  await server.removeFault(fault);
  expect((await create("taken")).code).toBe(201);
});

test("a full disk takes nothing until there is room again", async () => {
  await server.setDiskFull(true);
  expect((await create("no-room")).code).toBe(500);
  await server.setDiskFull(false);
  expect((await create("room")).code).toBe(201);
});

test("requests are counted and told", async () => {
  await create("counted");
  expect(await server.countWrites()).toBe(1);
  expect(await server.countReads({ resource: "configmaps" })).toBe(0);
  expect(await server.requests()).toMatchObject([{ verb: "create", resource: "configmaps", userAgent: "worker-test", code: 201 }]);
});

test("a snapshot brings back what was there", async () => {
  await create("before");
  const snapshot = await server.snapshot();
  await create("after");
  await server.restore(snapshot);
  const again = new RawClient(server.kubeconfig);
  const codes = await Promise.all(
    ["before", "after"].map(async (name) => (await again.send({ method: "GET", path: `${configMaps}/${name}` })).code),
  );
  await again.close();
  expect(codes).toEqual([200, 404]);
});

test("tokens that expire are refused", async () => {
  const holder = new RawClient(await server.kubeconfigFor({ name: "jane" }));
  const code = async () => (await holder.send({ method: "GET", path: configMaps })).code;
  expect(await code()).toBe(200);
  await server.expireTokens();
  expect(await code()).toBe(401);
  await holder.close();
});

test("what goes wrong there is told here", async () => {
  await expect(server.restore({} as never)).rejects.toThrow();
  await server.restart();
  expect(await codeOf("nope")).toBe(404);
});
