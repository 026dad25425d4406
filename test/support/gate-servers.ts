import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What was asked of a webhook. */
export interface Review {
  readonly headers: IncomingHttpHeaders;
  readonly body: {
    readonly id: string;
    readonly attempt: number;
    readonly accessPoint: { readonly namespace: string };
    readonly revision: string;
    readonly stage: string;
    readonly gate: "Before" | "After";
    readonly clusters: readonly { readonly name: string; readonly gateways: readonly object[] }[];
  };
}

interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Nothing is answered at all. */
  readonly silent?: boolean;
}

/** A server that a pipeline would have: it is asked, and answers what the test says. */
export class WebhookServer {
  readonly reviews: Review[] = [];
  /** How it answers; default 200. */
  answer: (review: Review) => Reply = () => ({ status: 200, body: "fine" });
  /** How it answers to the AccessPoints of a namespace; default as above. */
  readonly answers = new Map<string, (review: Review) => Reply>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const review = { headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString() || "{}") } as Review;
        this.reviews.push(review);
        const {
          status,
          body = "",
          headers = {},
          silent,
        } = (this.answers.get(review.body.accessPoint?.namespace) ?? this.answer)(review);
        if (!silent) response.writeHead(status, headers).end(body);
      });
    });
  }

  static async start(): Promise<WebhookServer> {
    const server = new WebhookServer();
    await listen(server.#server);
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/gate`;
  }

  /** What was asked about one namespace. */
  of(namespace: string): readonly Review[] {
    return this.reviews.filter(({ body }) => body.accessPoint?.namespace === namespace);
  }

  stop(): Promise<void> {
    return close(this.#server);
  }
}

/** Speaks Prometheus' HTTP API: the value of a query is what the test says, as series of one sample each. */
export class PrometheusServer {
  readonly queries: string[] = [];
  /** What queries come to; default nothing at all. */
  measure: (query: string) => readonly (number | string)[] = () => [];
  /** The number that this very query comes to; default as above. */
  readonly numbers = new Map<string, number>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const query = url.searchParams.get("query");
      const json = (status: number, body: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      if (url.pathname !== "/prometheus/api/v1/query") return json(404, { error: "no such page" });
      if (!query) return json(400, { status: "error", errorType: "bad_data", error: "no expression found in input" });
      this.queries.push(query);
      const number = this.numbers.get(query);
      const result = (number === undefined ? this.measure(query) : [number]).map((value, index) => ({
        metric: { instance: String(index) },
        value: [Date.now() / 1000, String(value)],
      }));
      return json(200, { status: "success", data: { resultType: "vector", result } });
    });
  }

  static async start(): Promise<PrometheusServer> {
    const server = new PrometheusServer();
    await listen(server.#server);
    return server;
  }

  get address(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/prometheus`;
  }

  stop(): Promise<void> {
    return close(this.#server);
  }
}

const listen = (server: Server): Promise<void> => new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
