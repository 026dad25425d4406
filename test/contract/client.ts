import { Agent, request } from "undici";
import { parse } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }];
  readonly users: readonly [
    {
      readonly user: { readonly token?: string; readonly "client-certificate-data"?: string; readonly "client-key-data"?: string };
    },
  ];
}

export interface Answer {
  readonly code: number;
  readonly warnings: readonly string[];
  /** Seconds, as the header says. */
  readonly retryAfter?: string;
  /** Parsed when it is JSON, text otherwise. */
  readonly body: unknown;
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  /** Field manager of clients that name none. */
  readonly userAgent?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Speaks to an API server without a Kubernetes library in between: what is compared is what was said. */
export class RawClient {
  readonly #server: string;
  readonly #agent: Agent;
  readonly #token: string | undefined;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    const decoded = (text: string): string => Buffer.from(text, "base64").toString();
    const { cluster } = clusters[0];
    const { user } = users[0];
    this.#server = cluster.server;
    this.#token = user.token;
    this.#agent = new Agent({
      connect: {
        ca: decoded(cluster["certificate-authority-data"]),
        cert: decoded(user["client-certificate-data"] ?? ""),
        key: decoded(user["client-key-data"] ?? ""),
      },
    });
  }

  async send({ method, path, body, contentType, accept, userAgent = "contract", headers }: Sent): Promise<Answer> {
    const response = await request(this.#server + path, {
      method: method as "GET",
      dispatcher: this.#agent,
      headers: {
        "user-agent": userAgent,
        ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
        ...(accept !== undefined && { accept }),
        ...(body !== undefined && { "content-type": contentType ?? "application/json" }),
        ...headers,
      },
      body: body ?? null,
    });
    const text = await response.body.text();
    const type = String(response.headers["content-type"] ?? "");
    const warnings = [response.headers["warning"] ?? []].flat();
    const retryAfter = response.headers["retry-after"];
    return {
      code: response.statusCode,
      warnings,
      ...(retryAfter !== undefined && { retryAfter: String(retryAfter) }),
      body: type.includes("json") ? readJson(text) : text,
    };
  }

  /** The first `count` events of a watch, or all until it ends. */
  async watch(path: string, count: number): Promise<readonly unknown[]> {
    const abort = new AbortController();
    const response = await request(this.#server + path, {
      dispatcher: this.#agent,
      headers: { "user-agent": "contract" },
      signal: abort.signal,
    });
    if (response.statusCode !== 200) return [{ code: response.statusCode, body: await response.body.json() }];
    const events: unknown[] = [];
    let rest = "";
    try {
      for await (const chunk of response.body.setEncoding("utf8")) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop()!;
        events.push(...lines.map((line) => JSON.parse(line)));
        if (events.length >= count) break;
      }
    } finally {
      abort.abort();
    }
    return events.slice(0, count);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

/** Watches and lists of one line each are JSON line by line. */
function readJson(text: string): unknown {
  const lines = text.split("\n").filter(Boolean);
  const single = lines.length === 1 || !lines.every((line) => line.startsWith("{") && line.endsWith("}"));
  if (text === "") return "";
  return single ? JSON.parse(text) : lines.map((line) => JSON.parse(line));
}
