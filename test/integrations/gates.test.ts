import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Check } from "../../src/domain/rollout/model.ts";
import type { Member } from "../../src/domain/selection.ts";
import { HostPolicy } from "../../src/integrations/gates/hosts.ts";
import { call } from "../../src/integrations/gates/http.ts";
import { askWebhook, reviewOf } from "../../src/integrations/gates/webhook.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import { authority } from "../kube/authority.ts";
import { WebhookServer } from "../support/gate-servers.ts";

describe("which hosts gates may call", () => {
  it.each<[string, readonly string[], string | undefined]>([
    ["https://ci.example.com/x", [], undefined],
    ["http://ci.example.com/x", [], "is to be called by https"],
    ["http://127.0.0.1:8080/", [], undefined],
    ["http://localhost:8080/", [], undefined],
    ["http://[::1]:8080/", [], undefined],
    ["https://10.0.0.1/", [], "is at a private address"],
    ["https://192.168.7.1/", [], "is at a private address"],
    ["https://[fd12::1]/", [], "is at a private address"],
    ["https://[::ffff:10.0.0.1]/", [], "is at a private address"],
    ["https://0x0a000001/", [], "is at a private address"],
    ["https://169.254.169.254/latest/meta-data", [], "gates never call"],
    ["https://169.254.169.254/", ["*"], "gates never call"],
    ["https://[fe80::1]/", ["*"], "gates never call"],
    ["https://[::ffff:169.254.169.254]/", ["*"], "gates never call"],
    ["https://0.0.0.0/", ["*"], "gates never call"],
    ["https://100.100.100.200/", ["*"], "gates never call"],
    ["https://192.0.0.192/", ["*"], "gates never call"],
    ["https://168.63.129.16/", ["*"], "gates never call"],
    ["https://[fd20:ce::254]/", ["*"], "gates never call"],
    ["https://[64:ff9b::10.0.0.1]/", [], "is at a private address"],
    ["https://[2002:a00:1::]/", [], "is at a private address"],
    ["http://10.0.0.1/", ["10.0.0.1"], undefined],
    ["http://prometheus.monitoring/", ["prometheus.monitoring"], undefined],
    ["https://a.corp.example.com/", ["*.corp.example.com"], undefined],
    ["https://corp.example.com/", ["*.corp.example.com"], "none of the hosts"],
    ["https://evilcorp.example.com/", ["*.corp.example.com"], "none of the hosts"],
    ["https://CI.Example.com./", ["ci.example.com"], undefined],
    ["http://127.0.0.1/", ["ci.example.com"], "none of the hosts"],
    ["http://anything/", ["*"], undefined],
  ])("%s with %j: %s", (url, allowed, refusal) => {
    const check = () => new HostPolicy(allowed).check(new URL(url));
    if (refusal) expect(check).toThrow(refusal);
    else expect(check).not.toThrow();
  });

  it("looks at what a name resolves to", () => {
    const policy = new HostPolicy();
    expect(() => policy.checkAddress("ci.example.com", "93.184.216.34")).not.toThrow();
    expect(() => policy.checkAddress("ci.example.com", "10.1.2.3")).toThrow("private address");
    expect(() => policy.checkAddress("ci.example.com", "127.0.0.1")).toThrow("private address");
    expect(() => policy.checkAddress("ci.example.com", "169.254.169.254")).toThrow("never call");
    expect(() => policy.checkAddress("localhost", "127.0.0.1")).not.toThrow();
    expect(() => new HostPolicy(["ci.example.com"]).checkAddress("ci.example.com", "10.1.2.3")).not.toThrow();
  });
});

describe("a request of a gate", () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const serve = async (handler: Parameters<typeof createServer>[1], tls?: { cert: string; key: string }): Promise<string> => {
    const server = tls ? createTlsServer(tls, handler) : createServer(handler);
    servers.push(server as Server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `${tls ? "https" : "http"}://localhost:${(server.address() as AddressInfo).port}/`;
  };
  const ask = (url: string, parts: object = {}) =>
    call({ url, method: "POST", body: "{}", headers: {}, ...parts }, new HostPolicy(), new AbortController().signal);

  it("follows no redirect", async () => {
    let hits = 0;
    const target = await serve((_, response) => {
      hits++;
      response.end();
    });
    const url = await serve((_, response) => response.writeHead(307, { location: target }).end());
    expect((await ask(url)).status).toBe(307);
    expect(hits).toBe(0);
  });

  it("shows nothing of what it was told to send, whole or in part", async () => {
    const url = await serve((request, response) =>
      response.end(`${request.headers.authorization}; ${request.headers.authorization!.split(" ")[1]}`),
    );
    const { text } = await ask(url, { headers: { Authorization: "Bearer abcd1234" } });
    expect(text).toBe("***; ***");
  });

  it("reads no more than it can use of an answer that does not end", async () => {
    const url = await serve((_, response) => {
      const more = () => {
        while (response.write("x".repeat(65_536)));
        response.once("drain", more);
      };
      more();
    });
    expect((await ask(url)).text.length).toBe(262_144);
  });

  it("trusts the authorities that it is given, and without them not this server", async () => {
    const { ca, issue } = await authority();
    const url = await serve((_, response) => response.end("fine"), await issue("localhost", ["localhost"]));
    expect(await ask(url, { caBundle: ca })).toEqual({ status: 200, text: "fine" });
    await expect(ask(url)).rejects.toThrow(/no answer from localhost: .*(certificate|self|verify)/i);
  });

  it("waits 10 seconds for the whole answer, and no longer", async () => {
    const silent = await serve(() => {});
    const endless = await serve((_, response) => {
      const drip = setInterval(() => response.write("."), 500);
      response.once("close", () => clearInterval(drip));
    });
    const begun = performance.now();
    await Promise.all(
      [silent, endless].map((url) => expect(ask(url)).rejects.toThrow("no answer from localhost: nothing within 10 s")),
    );
    const seconds = (performance.now() - begun) / 1000;
    expect(seconds).toBeGreaterThan(9.9);
    expect(seconds).toBeLessThan(20);
  });

  it("says in words why there is no answer", async () => {
    await expect(ask("http://localhost:1/")).rejects.toThrow(/no answer from localhost: .*ECONNREFUSED/);
    await expect(ask("https://does-not-exist.invalid/")).rejects.toThrow(
      /no answer from does-not-exist.invalid: .*(ENOTFOUND|EAI_AGAIN)/,
    );
    const url = await serve((request) => request.socket.destroy());
    await expect(ask(url)).rejects.toThrow(/no answer from localhost/);
  });
});

describe("a Webhook", () => {
  const now = new Date("2026-03-01T12:00:00Z");
  const check = (url: string): Check => ({
    id: "gate-1",
    attempt: 1,
    stage: "canary",
    gate: { type: "Webhook", when: "After", state: "Waiting", webhook: { url, timeout: "20m" } },
    clusters: [member("lvs-1")],
    deadline: new Date("2026-03-01T12:20:00Z"),
    held: false,
  });
  const accessPoint = {
    metadata: { namespace: "shop", name: "checkout", uid: "0d9a" },
    spec: { sync: { createNamespace: false } },
    status: {},
  };

  let server: WebhookServer;
  beforeAll(async () => {
    server = await WebhookServer.start();
  });
  afterAll(() => server.stop());

  it.each<[number, string | undefined, object]>([
    [200, undefined, { outcome: "Success" }],
    [204, "10", { outcome: "Success" }],
    [400, undefined, { outcome: "Failure" }],
    [404, "10", { outcome: "Failure" }],
    [408, undefined, { outcome: "Error" }],
    [425, undefined, { outcome: "Error" }],
    [429, undefined, { outcome: "Error" }],
    [429, "120", { outcome: "Error", retryAfterMs: 120_000 }],
    [429, "Sun, 01 Mar 2026 12:05:00 GMT", { outcome: "Error", retryAfterMs: 300_000 }],
    [429, "Sun, 01 Mar 2026 11:00:00 GMT", { outcome: "Error" }],
    [429, "soon", { outcome: "Error" }],
    [503, "5", { outcome: "Error", retryAfterMs: 5_000 }],
    [503, undefined, { outcome: "Error" }],
  ])("that answers %d, Retry-After %s: %j", async (status, retryAfter, expected) => {
    server.answer = () => ({ status, body: "said", ...(retryAfter ? { headers: { "retry-after": retryAfter } } : {}) });
    const means = {
      hub: {} as KubeClient,
      member: () => undefined,
      hosts: new HostPolicy(),
      now,
      signal: new AbortController().signal,
    };
    const message = `it answered ${status}${status === 204 ? "" : ": said"}`;
    expect(await askWebhook({ accessPoint, check: check(server.url) }, means)).toEqual({ ...expected, message });
  });

  it("is sent what docs/gates.md shows, field by field", () => {
    const [, shown = ""] = /What is sent:\n\n```json\n([^`]*)```/.exec(readFileSync("docs/gates.md", "utf8")) ?? [];
    const clusters = [
      {
        name: "lvs-1",
        phase: "Ready" as const,
        gateways: [{ name: "checkout", state: "Ready" as const, vips: ["10.1.2.3"], fqdns: ["checkout.example.com"] }],
      },
      { name: "lvs-2", phase: "Ready" as const },
    ];
    const entry = { cluster: "lvs-1", object: "VirtualService/checkout", summary: "/v2 checkout v2 weight 10 → 50" };
    const status = {
      updateRevision: "checkout-9be0d1c233",
      currentRevision: "checkout-1f0c2b9a41",
      clusters,
      rollout: {
        phase: "Waiting" as const,
        plan: "sha256:…",
        diff: [
          { stage: "canary", ...entry },
          { stage: "rest", ...entry },
        ],
      },
    };
    const sent = reviewOf({ accessPoint: { ...accessPoint, status }, check: check("https://ci.example.com/gates/checkout") });
    expect(sent).toEqual({ ...JSON.parse(shown), id: expect.stringMatching(/^[0-9a-f]{32}$/), accessPoint: accessPoint.metadata });
    expect(Object.keys(sent)).toEqual(Object.keys(JSON.parse(shown)));
  });
});

const member = (name: string): Member => ({
  name,
  zone: "lvs",
  region: "us-west",
  role: "Primary",
  labels: {},
  unschedulable: false,
  detaching: false,
});
