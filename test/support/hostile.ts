import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { stringify } from "yaml";
import { authority } from "../kube/authority.ts";

/** How a collection is answered; `url` is the request's. */
type Misdeed = (response: ServerResponse, url: URL) => void;

/** A server over TLS that passes for an API server until it is asked what it holds. */
export interface HostileServer {
  /** YAML. */
  readonly kubeconfig: string;
  /** Requests for collections so far. */
  readonly asked: () => number;
  stop(): Promise<void>;
}

const json = (response: ServerResponse, body: string, code = 200): void => {
  response.writeHead(code, { "content-type": "application/json" }).end(body);
};

const labels = { "accesspoint.dev/uid": "u" };
const item = (index: number) => ({
  metadata: { labels, name: `x${index}`, namespace: "shop", uid: `u${index}`, resourceVersion: "7" },
});
const listOf = (items: unknown, more: object = {}) =>
  JSON.stringify({ kind: "List", apiVersion: "v1", metadata: { resourceVersion: "7", ...more }, items });

/** Writes as fast as the other side reads, or as slowly as is said, until it has enough of it. */
function pour(response: ServerResponse, chunk: string, { chunks = Number.POSITIVE_INFINITY, everyMs = 0 } = {}): void {
  response.writeHead(200, { "content-type": "application/json" });
  let left = chunks;
  const next = () => {
    if (response.destroyed) return;
    if (left-- <= 0) return void response.end();
    if (everyMs > 0) setTimeout(() => response.write(chunk, next), everyMs);
    else response.write(chunk, () => setImmediate(next));
  };
  next();
}

const MEBIBYTE = " ".repeat(1 << 20);
const many = listOf(Array.from({ length: 60_000 }, (_, index) => item(index)));

export const MISDEEDS = {
  "a list of 60,000 objects in one page": (response) => json(response, many),
  "pages without end": (response, url) =>
    json(response, listOf([item(Number(url.searchParams.get("continue") ?? 0))], { continue: String(Math.random()).slice(2) })),
  "a body of 300 MB": (response) => pour(response, MEBIBYTE, { chunks: 300 }),
  "an answer that trickles": (response) => pour(response, " ", { everyMs: 300 }),
  "an answer that is never begun": () => {},
  "a connection that breaks off": (response) => {
    response.writeHead(200, { "content-type": "application/json", "content-length": "1000" }).write('{"items":[');
    setTimeout(() => response.destroy(), 20);
  },
  HTML: (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html><body>Welcome</body></html>"),
  "wrong types": (response) => json(response, listOf([{ metadata: { name: { a: 1 }, labels: 7 } }, null, "text"])),
  "no list": (response) => json(response, '{"items":"none","metadata":[]}'),
  "a value nested a million times": (response) => json(response, `${"[".repeat(1 << 20)}${"]".repeat(1 << 20)}`),
  "failures of its own": (response) => json(response, '{"kind":"Status","code":500,"message":"etcd is gone"}', 500),
  "a watch that floods with what nobody asked for": (response, url) => {
    if (!url.searchParams.has("watch")) return json(response, listOf([]));
    let version = 8;
    const object = (name: string) => ({ metadata: { name, namespace: "kube-system", resourceVersion: String(version++) } });
    const event = () => JSON.stringify({ type: "ADDED", object: object(`x${version}`) });
    response.writeHead(200, { "content-type": "application/json" });
    const next = () => {
      if (response.destroyed) return;
      response.write(`${Array.from({ length: 500 }, event).join("\n")}\n`, () => setImmediate(next));
    };
    next();
  },
  "a watch with an event that does not end": (response, url) =>
    url.searchParams.has("watch") ? pour(response, MEBIBYTE) : json(response, listOf([])),
} as const satisfies Readonly<Record<string, Misdeed>>;

export type MisdeedName = keyof typeof MISDEEDS;

export async function startHostile(name: MisdeedName): Promise<HostileServer> {
  const misdeed: Misdeed = MISDEEDS[name];
  const ca = await authority();
  const { cert, key } = await ca.issue("hostile", ["localhost"]);
  const sockets = new Set<Socket>();
  let asked = 0;
  const server = createServer({ cert, key }, (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "https://localhost");
    response.on("error", () => {});
    if (url.pathname === "/version") return json(response, '{"gitVersion":"v1.36.0"}');
    if (url.pathname === "/apis/networking.istio.io") return json(response, '{"versions":[null,{"version":"v1"},{"version":7}]}');
    asked++;
    misdeed(response, url);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const kubeconfig = stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "hostile",
    clusters: [
      {
        name: "hostile",
        cluster: {
          server: `https://localhost:${(server.address() as AddressInfo).port}`,
          "certificate-authority-data": Buffer.from(ca.ca).toString("base64"),
        },
      },
    ],
    users: [{ name: "hostile", user: { token: "a-token-that-nobody-may-see" } }],
    contexts: [{ name: "hostile", context: { cluster: "hostile", user: "hostile" } }],
  });
  return {
    kubeconfig,
    asked: () => asked,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
