import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Registry } from "prom-client";

export interface HttpServerOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default all addresses, as probes in a pod need it. */
  readonly host?: string;
  readonly registry: Registry;
  /** The controller has read the hub and works, or waits for its turn to lead. */
  readonly ready: () => boolean;
}

export interface HttpServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** Serves /metrics, /healthz and /readyz. */
export async function startHttpServer({ port, host, registry, ready }: HttpServerOptions): Promise<HttpServer> {
  const server: Server = createServer((request, response) => {
    const send = (code: number, text: string, type = "text/plain; charset=utf-8") =>
      response.writeHead(code, { "content-type": type }).end(text);
    if (request.method !== "GET" && request.method !== "HEAD") return send(405, "only GET\n");
    switch (new URL(request.url ?? "/", "http://localhost").pathname) {
      case "/healthz":
        return send(200, "ok\n");
      case "/readyz":
        return ready() ? send(200, "ok\n") : send(503, "the hub's objects are still being read\n");
      case "/metrics":
        return registry.metrics().then(
          (text) => send(200, text, registry.contentType),
          (error: unknown) => send(500, `${error}\n`),
        );
      default:
        return send(404, "there is /metrics, /healthz and /readyz\n");
    }
  });
  server.requestTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
