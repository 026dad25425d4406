import { describe, expect, it } from "vitest";
import type { KubeClient, RequestInfo } from "../../src/kube/client.ts";
import {
  AbortedError,
  ApiError,
  ConflictError,
  ForbiddenError,
  GoneError,
  InvalidError,
  MalformedAnswerError,
  NotFoundError,
  ThrottledError,
  UnauthorizedError,
  UnreachableError,
} from "../../src/kube/errors.ts";
import type { Resource } from "../../src/kube/resource.ts";
import { clientFor, configMap, configMaps, json, list, rejection, serve, status } from "./stub-server.ts";

const virtualServices: Resource = {
  group: "networking.istio.io",
  version: "v1",
  plural: "virtualservices",
  kind: "VirtualService",
  namespaced: true,
};
const virtualService = {
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "web", namespace: "shop" },
};

describe("a verb becomes a request", () => {
  const path = "/apis/networking.istio.io/v1/namespaces/shop/virtualservices";
  const cases: [string, (client: KubeClient) => Promise<unknown>, object][] = [
    ["get", (c) => c.get(virtualServices, "web", "shop"), { method: "GET", url: `${path}/web` }],
    [
      "create",
      (c) => c.create(virtualServices, virtualService, { dryRun: true, fieldManager: "me", fieldValidation: "Strict" }),
      {
        method: "POST",
        url: `${path}?dryRun=All&fieldManager=me&fieldValidation=Strict`,
        type: "application/json",
        body: virtualService,
      },
    ],
    [
      "replace a subresource",
      (c) => c.replace(virtualServices, virtualService, { subresource: "status" }),
      { method: "PUT", url: `${path}/web/status`, type: "application/json", body: virtualService },
    ],
    [
      "json patch",
      (c) => c.patch(virtualServices, "web", "shop", [], "json"),
      { method: "PATCH", url: `${path}/web`, type: "application/json-patch+json", body: [] },
    ],
    [
      "merge patch",
      (c) => c.patch(virtualServices, "web", "shop", {}, "merge", { subresource: "status" }),
      { method: "PATCH", url: `${path}/web/status`, type: "application/merge-patch+json", body: {} },
    ],
    [
      "strategic patch",
      (c) => c.patch(virtualServices, "web", "shop", {}, "strategic"),
      { method: "PATCH", url: `${path}/web`, type: "application/strategic-merge-patch+json", body: {} },
    ],
    [
      "apply",
      (c) => c.apply(virtualServices, virtualService, { fieldManager: "me", force: true }),
      {
        method: "PATCH",
        url: `${path}/web?fieldManager=me&force=true`,
        type: "application/apply-patch+yaml",
        body: virtualService,
      },
    ],
    [
      "delete",
      (c) =>
        c.delete(virtualServices, "web", "shop", {
          preconditions: { uid: "u1" },
          propagationPolicy: "Foreground",
          gracePeriodSeconds: 0,
        }),
      {
        method: "DELETE",
        url: `${path}/web`,
        type: "application/json",
        body: {
          kind: "DeleteOptions",
          apiVersion: "v1",
          preconditions: { uid: "u1" },
          propagationPolicy: "Foreground",
          gracePeriodSeconds: 0,
        },
      },
    ],
  ];

  it.each(cases)("%s", async (_, call, expected) => {
    let seen = {};
    const { url } = await serve((request, response) => {
      const type = request.headers["content-type"];
      seen = { method: request.method, url: request.url, ...(type && { type, body: JSON.parse(request.text) }) };
      json(response, virtualService);
    });
    await call(clientFor(url));
    expect(seen).toEqual(expected);
  });

  it("list page with every option, kinds filled in", async () => {
    let seen: string | undefined;
    const { url } = await serve((request, response) => {
      seen = request.url;
      json(response, list([{ metadata: { name: "a", resourceVersion: "3" } } as never], "7", { continue: "next" }));
    });
    const page = await clientFor(url).listPage(configMaps, {
      namespace: "shop",
      labelSelector: "a=b",
      fieldSelector: "metadata.name=a",
      limit: 2,
      resourceVersion: "5",
      resourceVersionMatch: "NotOlderThan",
    });
    const query = "labelSelector=a%3Db&fieldSelector=metadata.name%3Da&limit=2&resourceVersion=5&resourceVersionMatch=NotOlderThan";
    expect(seen).toBe(`/api/v1/namespaces/shop/configmaps?${query}`);
    expect(page).toEqual({
      items: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", resourceVersion: "3" } }],
      resourceVersion: "7",
      bytes: expect.any(Number),
      continue: "next",
    });
  });

  it("below the path of the server's URL", async () => {
    let seen: string | undefined;
    const { url } = await serve((request, response) => {
      seen = request.url;
      json(response, configMap("a"));
    });
    const client = clientFor(`${url}/k8s/clusters/c-1/`);
    await client.get(configMaps, "a", "shop");
    expect(seen).toBe("/k8s/clusters/c-1/api/v1/namespaces/shop/configmaps/a");
    expect(client.server).toBe(`${url}/k8s/clusters/c-1`);
  });
});

describe("an answer that is no becomes the error that fits the reaction", () => {
  const cases: [number, new (...args: never[]) => Error, string][] = [
    [400, InvalidError, "BadRequest"],
    [401, UnauthorizedError, "Unauthorized"],
    [403, ForbiddenError, "Forbidden"],
    [404, NotFoundError, "NotFound"],
    [409, ConflictError, "Conflict"],
    [410, GoneError, "Expired"],
    [422, InvalidError, "Invalid"],
    [429, ThrottledError, "TooManyRequests"],
    [500, ApiError, "InternalError"],
    [503, ApiError, "ServiceUnavailable"],
  ];

  it.each(cases)("%i as a Status", async (code, type, reason) => {
    const { url } = await serve((_, response) => json(response, status(code, reason, "no way", { details: { name: "a" } }), code));
    const error = await rejection(clientFor(url).get(configMaps, "a", "shop"));
    expect(error.constructor).toBe(type);
    expect(error).toMatchObject({ status: code, reason, details: { name: "a", causes: [] } });
    expect(error.message).toBe(`GET /api/v1/namespaces/shop/configmaps/a: ${code} ${reason}: no way`);
  });

  it.each(cases)("%i as plain text", async (code, type, reason) => {
    const { url } = await serve((_, response) => response.writeHead(code, { "content-type": "text/plain" }).end("sorry"));
    const error = await rejection(clientFor(url).get(configMaps, "a", "shop"));
    expect(error.constructor).toBe(type);
    expect(error).toMatchObject({ status: code, reason });
  });

  it("keeps the managers of a server-side apply conflict", async () => {
    const causes = [{ reason: "FieldManagerConflict", message: 'conflict with "kubectl"', field: ".spec.http" }];
    const { url } = await serve((_, response) =>
      json(response, status(409, "Conflict", "Apply failed", { details: { causes } }), 409),
    );
    const error = await rejection(clientFor(url).apply(virtualServices, virtualService, { fieldManager: "me" }));
    expect(error).toMatchObject({ name: "ConflictError", details: { causes } });
  });

  it.each([
    ["seconds", { "retry-after": "3" }, {}, 3_000],
    ["details", {}, { details: { retryAfterSeconds: 2 } }, 2_000],
    ["nonsense", { "retry-after": "soon" }, {}, undefined],
  ])("Retry-After as %s", async (_, headers: Record<string, string>, more, retryAfterMs) => {
    const { url } = await serve((_, response) => json(response, status(429, "TooManyRequests", "", more), 429, headers));
    expect(await rejection(clientFor(url).get(configMaps, "a"))).toMatchObject({ name: "ThrottledError", retryAfterMs });
  });

  it("503 with Retry-After is throttling", async () => {
    const { url } = await serve((_, response) => response.writeHead(503, { "retry-after": "1" }).end());
    expect(await rejection(clientFor(url).get(configMaps, "a"))).toMatchObject({ name: "ThrottledError", retryAfterMs: 1_000 });
  });

  it("502 from a proxy means that the API server gave no answer", async () => {
    const { url } = await serve((_, response) =>
      response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad Gateway</h1>"),
    );
    expect(await rejection(clientFor(url).get(configMaps, "a"))).toBeInstanceOf(UnreachableError);
  });
});

describe("an answer that is none", () => {
  const get = (client: KubeClient) => client.get(configMaps, "a", "shop");
  const page = (client: KubeClient) => client.listPage(configMaps);
  const cases: [string, (client: KubeClient) => Promise<unknown>, string, number?][] = [
    ["HTML", get, "<html>login</html>"],
    ["cut JSON", get, '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"na'],
    ["an array", get, "[]"],
    ["null", get, "null"],
    ["no metadata", get, '{"apiVersion":"v1","kind":"ConfigMap"}'],
    ["a name that is a number", get, '{"metadata":{"name":1}}'],
    ["an object larger than 8 MiB", get, JSON.stringify(configMap("a", "1", { a: "x".repeat(8 << 20) }))],
    ["an object where a list was asked for", page, JSON.stringify(configMap("a"))],
    ["a list without resourceVersion", page, '{"metadata":{},"items":[]}'],
    [
      "a list with one wrong item",
      page,
      '{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a","resourceVersion":"1"}},{}]}',
    ],
    ["items without resourceVersion", page, '{"metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"a"}}]}'],
    ["a redirect to a login page", get, "", 302],
  ];

  it.each(cases)("%s", async (_, call, body, code = 200) => {
    const { url } = await serve((_, response) => response.writeHead(code, { "content-type": "application/json" }).end(body));
    expect(await rejection(call(clientFor(url)))).toBeInstanceOf(MalformedAnswerError);
  });

  it("says what it was and quotes nothing of it, because it may be a Secret", async () => {
    const { url } = await serve((_, response) => response.writeHead(200, { "content-type": "text/html" }).end("topsecret"));
    const error = await rejection(clientFor(url).get(configMaps, "a", "shop"));
    expect(error.message).toBe("GET /api/v1/namespaces/shop/configmaps/a: the answer is not JSON (text/html)");
    expect(`${error.stack} ${error.cause}`).not.toContain("topsecret");
  });

  it("a list that never ends is cut at maxBodyBytes, and so is its connection", async () => {
    const stub = await serve((_, response) => {
      const write = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
        if (!response.destroyed) response.once("drain", write);
      };
      write();
    });
    const error = await rejection(clientFor(stub.url, { maxBodyBytes: 1_000_000 }).listPage(configMaps));
    expect(error.message).toContain("longer than 1000000 bytes");
    await expect.poll(stub.open).toBe(0);
  });

  it("one that is nested without measure is not even read", async () => {
    const { url } = await serve((_, response) => response.writeHead(200).end("[".repeat(200_000)));
    await expect(clientFor(url).listPage(configMaps)).rejects.toThrow("the answer is nested too deeply");
  });

  it.each([
    ["an object as deep as an API server takes it", `${'{"a":'.repeat(9_999)}1${"}".repeat(9_999)}`],
    ["a string of brackets", JSON.stringify(`\\" ${"[{".repeat(60_000)}`)],
  ])("%s spoils no list", async (_, content) => {
    const item = `{"metadata":{"name":"a","resourceVersion":"1"},"data":${content},"text":"${"x".repeat(100_000)}"}`;
    const { url } = await serve((_, response) =>
      response.writeHead(200).end(`{"metadata":{"resourceVersion":"1"},"items":[${item}]}`),
    );
    expect((await clientFor(url).listPage(configMaps)).items.map(({ metadata }) => metadata.name)).toEqual(["a"]);
  });

  it("null items are an empty list, as Go writes them", async () => {
    const { url } = await serve((_, response) => json(response, { metadata: { resourceVersion: "1" }, items: null }));
    expect(await clientFor(url).listPage(configMaps)).toMatchObject({ items: [], resourceVersion: "1" });
  });
});

describe("no answer", () => {
  it("refused", async () => {
    const error = await rejection(clientFor("http://127.0.0.1:1").get(configMaps, "a", "shop"));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.message).toContain("GET /api/v1/namespaces/shop/configmaps/a: ECONNREFUSED");
  });

  it("reset", async () => {
    const { url } = await serve((request) => request.socket.destroy());
    expect(await rejection(clientFor(url).get(configMaps, "a"))).toBeInstanceOf(UnreachableError);
  });

  it("a body that ends too early", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("{");
      setTimeout(() => response.destroy(), 20);
    });
    expect(await rejection(clientFor(url).get(configMaps, "a"))).toBeInstanceOf(UnreachableError);
  });

  it.each([
    ["never begins", () => {}],
    [
      "never ends, byte by byte",
      (response: { write(text: string): void; on(event: "close", run: () => void): void }) => {
        const drip = setInterval(() => response.write(" "), 10);
        response.on("close", () => clearInterval(drip));
      },
    ],
  ])("an answer that %s is given up, and its connection with it", async (_, behave) => {
    const stub = await serve((_, response) => behave(response));
    const error = await rejection(clientFor(stub.url, { requestTimeoutMs: 100 }).get(configMaps, "a"));
    expect(error).toBeInstanceOf(UnreachableError);
    expect(error.message).toContain("no complete answer within 100 ms");
    await expect.poll(stub.open).toBe(0);
  });
});

describe("connections", () => {
  it("are kept: 40 requests, 4 at a time, over 4 connections", async () => {
    let now = 0;
    let most = 0;
    const stub = await serve((_, response) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        json(response, configMap("a"));
      }, 5);
    });
    const client = clientFor(stub.url);
    await Promise.all(Array.from({ length: 40 }, () => client.get(configMaps, "a", "shop")));
    expect({ most, accepted: stub.accepted() }).toEqual({ most: 4, accepted: 4 });
  });

  it("are kept after an answer that is no", async () => {
    const stub = await serve((_, response) => json(response, status(404, "NotFound"), 404));
    const client = clientFor(stub.url);
    for (let i = 0; i < 20; i++) await rejection(client.get(configMaps, "a"));
    expect(stub.accepted()).toBeLessThanOrEqual(4);
  });

  it("the urgent goes first among those that wait", async () => {
    const order: (string | undefined)[] = [];
    const { url } = await serve((request, response) => {
      order.push(request.url?.split("/").at(-1));
      setTimeout(() => json(response, configMap("a")), 5);
    });
    const client = clientFor(url, { maxConcurrency: 1 });
    await Promise.all([
      client.get(configMaps, "first", "shop"),
      client.get(configMaps, "usual", "shop"),
      client.get(configMaps, "urgent", "shop", { priority: 1 }),
    ]);
    expect(order).toEqual(["first", "urgent", "usual"]);
  });

  it("close gives up what runs and what waits, and leaves no connection", async () => {
    const stub = await serve(() => {});
    const client = clientFor(stub.url, { maxConcurrency: 1 });
    const calls = [client.get(configMaps, "runs"), client.get(configMaps, "waits")].map(rejection);
    await expect.poll(stub.open).toBe(1);
    await client.close();
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(AbortedError);
    expect(await rejection(client.get(configMaps, "late"))).toBeInstanceOf(AbortedError);
    await expect.poll(stub.open).toBe(0);
  });

  it("a caller gives up its request, running or waiting", async () => {
    const stub = await serve(() => {});
    const client = clientFor(stub.url, { maxConcurrency: 1 });
    const controller = new AbortController();
    const calls = ["runs", "waits"].map((name) => rejection(client.get(configMaps, name, "shop", { signal: controller.signal })));
    await expect.poll(stub.open).toBe(1);
    controller.abort();
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(AbortedError);
    await expect.poll(stub.open).toBe(0);
  });
});

describe("what is told on the way", () => {
  it("one measurement a request", async () => {
    const infos: RequestInfo[] = [];
    const { url } = await serve((request, response) =>
      request.method === "GET" ? json(response, status(404, "NotFound"), 404) : json(response, virtualService),
    );
    const client = clientFor(url, { onRequest: (info) => infos.push(info) });
    await client.apply(virtualServices, virtualService, { fieldManager: "me", subresource: "status" });
    await rejection(client.get(configMaps, "a"));
    await rejection(clientFor("http://127.0.0.1:1", { onRequest: (info) => infos.push(info) }).raw("GET", "/version"));
    expect(infos.map(({ ms, ...info }) => ({ ...info, measured: ms >= 0 }))).toEqual([
      { method: "PATCH", verb: "apply", resource: "virtualservices.networking.istio.io/status", status: 200, measured: true },
      { method: "GET", verb: "get", resource: "configmaps", status: 404, measured: true },
      { method: "GET", verb: "raw", resource: "", status: 0, measured: true },
    ]);
  });

  it("the server's warnings", async () => {
    const warnings: string[] = [];
    const { url } = await serve((_, response) => {
      response.setHeader("warning", ['299 - "unknown field \\"spec.x\\""', '299 - "v1beta1 is deprecated", 299 - "and more"']);
      json(response, configMap("a"));
    });
    await clientFor(url, { onWarning: (warning) => warnings.push(warning) }).get(configMaps, "a");
    expect(warnings).toEqual(['unknown field "spec.x"', "v1beta1 is deprecated", "and more"]);
  });
});

describe("list", () => {
  it("pages through one snapshot", async () => {
    const asked: (string | undefined)[] = [];
    const { url } = await serve((request, response) => {
      asked.push(request.url);
      const last = request.url?.includes("continue=two");
      json(response, last ? list([configMap("b")], "9") : list([configMap("a")], "9", { continue: "two" }));
    });
    const { items, resourceVersion } = await clientFor(url).list(configMaps, { limit: 1, resourceVersion: "4" });
    expect({ names: items.map((item) => item.metadata.name), resourceVersion }).toEqual({
      names: ["a", "b"],
      resourceVersion: "9",
    });
    expect(asked).toEqual(["/api/v1/configmaps?limit=1&resourceVersion=4", "/api/v1/configmaps?limit=1&continue=two"]);
  });

  it("starts again when the snapshot expired between two pages, and mixes nothing", async () => {
    let requests = 0;
    const { url } = await serve((request, response) => {
      requests++;
      if (requests === 2) json(response, status(410, "Expired"), 410);
      else if (request.url?.includes("continue=")) json(response, list([configMap("new-b")], "20"));
      else json(response, list([configMap(requests === 1 ? "old-a" : "new-a")], requests === 1 ? "10" : "20", { continue: "t" }));
    });
    const { items, resourceVersion } = await clientFor(url).list(configMaps);
    expect({ names: items.map((item) => item.metadata.name), resourceVersion, requests }).toEqual({
      names: ["new-a", "new-b"],
      resourceVersion: "20",
      requests: 4,
    });
  });

  it("does not start again for ever", async () => {
    let requests = 0;
    const { url } = await serve((_, response) => {
      requests++;
      json(response, status(410, "Expired"), 410);
    });
    expect(await rejection(clientFor(url).list(configMaps))).toBeInstanceOf(GoneError);
    expect(requests).toBe(3);
  });
});

it("raw answers text as text and JSON as JSON", async () => {
  const { url } = await serve((request, response) =>
    request.url === "/readyz"
      ? response.writeHead(200, { "content-type": "text/plain" }).end("ok")
      : json(response, { major: "1" }),
  );
  const client = clientFor(url);
  expect([await client.raw("GET", "/readyz"), await client.raw("GET", "/version")]).toEqual(["ok", { major: "1" }]);
});
