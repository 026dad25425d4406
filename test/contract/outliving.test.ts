import { connect } from "node:http2";
import { Agent, get } from "node:https";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type EmbeddedApiServer, startApiServer } from "../../src/embedded/server.ts";
import { RawClient } from "./client.ts";
import { definition } from "./definitions.ts";

/** What a server goes on after: nothing that is sent to it, or kept in it, ends the process. */

const services = "/api/v1/namespaces/default/services";

let server: EmbeddedApiServer;
let client: RawClient;
let errors: unknown[];

beforeEach(async () => {
  errors = [];
  server = await startApiServer({ istio: false, vipPool: "10.1.0.0/30", onError: (error) => errors.push(error) });
  client = new RawClient(server.kubeconfig);
});

afterEach(async () => {
  await client.close();
  await server.stop();
});

const post = (path: string, body: object) => client.send({ method: "POST", path, body: JSON.stringify(body) });

describe("a path whose percents say nothing", () => {
  const malformed = "/api/v1/namespaces/%zz/x";

  test("is refused over HTTP/1.1", async () => {
    const code = await new Promise((resolve, reject) => {
      get(server.url + malformed, { rejectUnauthorized: false }, ({ statusCode }) => resolve(statusCode)).on("error", reject);
    });
    expect(code).toBe(400);
  });

  test("is refused over HTTP/2", async () => {
    const session = connect(server.url, { rejectUnauthorized: false });
    const code = await new Promise((resolve, reject) => {
      const stream = session.request({ ":path": malformed });
      stream.on("response", (headers) => resolve(headers[":status"]));
      stream.on("error", reject);
    });
    session.close();
    expect(code).toBe(400);
  });

  test("one that is no UTF-8 names nothing", async () => {
    expect((await client.send({ method: "GET", path: "/api/v1/namespaces/default/configmaps/%ff" })).code).toBe(404);
  });
});

test("a connection is kept for as long as kube-apiserver keeps it: a request on one that is being closed is lost", async () => {
  const promise = await new Promise((resolve, reject) => {
    get(server.url, { agent: new Agent({ keepAlive: true }), rejectUnauthorized: false }, (response) => {
      resolve(response.headers["keep-alive"]);
      response.destroy();
    }).on("error", reject);
  });
  expect(promise).toBe("timeout=90");
});

describe("addresses of load balancers", () => {
  const loadBalancer = (name: string) => ({ metadata: { name }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
  const addressOf = async (name: string): Promise<string | undefined> => {
    const { body } = await client.send({ method: "GET", path: `${services}/${name}` });
    return (body as { status: { loadBalancer: { ingress?: { ip?: string }[] } } }).status.loadBalancer.ingress?.[0]?.ip;
  };

  test("who finds none left waits for one that is given back", async () => {
    for (const name of ["a", "b", "c"]) expect((await post(services, loadBalancer(name))).code).toBe(201);
    await delay(20);
    expect([await addressOf("a"), await addressOf("b"), await addressOf("c")]).toEqual(["10.1.0.1", "10.1.0.2", undefined]);
    await client.send({ method: "DELETE", path: `${services}/a` });
    await expect.poll(() => addressOf("c")).toBe("10.1.0.1");
    expect(errors).toEqual([]);
  });

  test("a status that is emptied is filled again", async () => {
    await post(services, loadBalancer("a"));
    await expect.poll(() => addressOf("a")).toBe("10.1.0.1");
    const body = JSON.stringify([{ op: "replace", path: "/status/loadBalancer/ingress", value: [] }]);
    await client.send({ method: "PATCH", path: `${services}/a/status`, body, contentType: "application/json-patch+json" });
    await expect.poll(() => addressOf("a")).toBe("10.1.0.1");
    expect(errors).toEqual([]);
  });
});

test("a printer column that cannot be read", async () => {
  const columns = [{ name: "A", type: "string", jsonPath: ".a[?(" }];
  const version = { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } };
  const crd = definition("things", { versions: [{ ...version, additionalPrinterColumns: columns }] });
  const text = JSON.stringify(crd).replaceAll("{ns}", "outliving");
  await post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", JSON.parse(text));
  const things = "/apis/outliving.example.com/v1/namespaces/default/things";
  await expect.poll(async () => (await client.send({ method: "GET", path: things })).code).toBe(200);
  expect(errors).toEqual([]);
});

test("a warning that no header can spell", async () => {
  const { code, warnings } = await post("/api/v1/namespaces/default/configmaps", { metadata: { name: "a" }, 日本: 1 });
  expect([code, Buffer.from(warnings.join(), "latin1").toString()]).toEqual([201, '299 - "unknown field \\"日本\\""']);
});
