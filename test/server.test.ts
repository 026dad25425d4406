import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { Metrics } from "../src/controller/metrics.ts";
import { type HttpServer, startHttpServer } from "../src/server/http.ts";

describe("metrics and health", () => {
  let server: HttpServer | undefined;
  afterEach(() => server?.stop());

  const get = async (path: string, method = "GET") => {
    const response = await fetch(`http://127.0.0.1:${server!.port}${path}`, { method });
    return { status: response.status, text: await response.text() };
  };

  it("answers /healthz as soon as it runs, /readyz when the hub was read", async () => {
    let ready = false;
    server = await startHttpServer({ port: 0, host: "127.0.0.1", registry: new Registry(), ready: () => ready });
    expect([(await get("/healthz")).status, (await get("/readyz")).status]).toEqual([200, 503]);
    ready = true;
    expect((await get("/readyz")).status).toBe(200);
  });

  it("says what there is where there is nothing, and takes only GET", async () => {
    server = await startHttpServer({ port: 0, host: "127.0.0.1", registry: new Registry(), ready: () => true });
    expect(await get("/")).toEqual({ status: 404, text: "there is /metrics, /healthz and /readyz\n" });
    expect((await get("/metrics", "POST")).status).toBe(405);
  });

  it("counts requests by cluster, verb, resource and code", async () => {
    const metrics = new Metrics();
    metrics.memberRequest("lvs-1", { method: "PATCH", verb: "apply", resource: "services", status: 200, ms: 3 });
    metrics.memberRequest("lvs-1", { method: "PATCH", verb: "apply", resource: "services", status: 200, ms: 3 });
    server = await startHttpServer({ port: 0, host: "127.0.0.1", registry: metrics.registry, ready: () => true });
    expect((await get("/metrics")).text).toContain(
      'fap_requests_total{cluster="lvs-1",verb="apply",resource="services",code="200"} 2',
    );
  });

  it("a port that is taken is an error that names it", async () => {
    server = await startHttpServer({ port: 0, host: "127.0.0.1", registry: new Registry(), ready: () => true });
    await expect(
      startHttpServer({ port: server.port, host: "127.0.0.1", registry: new Registry(), ready: () => true }),
    ).rejects.toThrow(String(server.port));
  });
});
