import { type ClientHttp2Session, connect } from "node:http2";
import { parse } from "yaml";

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }];
  readonly users: readonly [{ readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } }];
}

export interface Sent {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: string;
  /** Default application/json. */
  readonly contentType?: string;
}

/** As little of a client as will do: what is measured is the server. */
export class BenchClient {
  readonly #session: ClientHttp2Session;

  constructor(kubeconfig: string) {
    const { clusters, users } = parse(kubeconfig) as Kubeconfig;
    const decoded = (text: string): string => Buffer.from(text, "base64").toString();
    this.#session = connect(clusters[0].cluster.server, {
      ca: decoded(clusters[0].cluster["certificate-authority-data"]),
      cert: decoded(users[0].user["client-certificate-data"]),
      key: decoded(users[0].user["client-key-data"]),
      settings: { initialWindowSize: 1 << 24 },
    });
    // Ten watches share a connection: its window is what would hold them up.
    this.#session.once("connect", () => this.#session.setLocalWindowSize(1 << 28));
  }

  /** @returns the code of the answer */
  send({ method, path, body, contentType = "application/json" }: Sent): Promise<number> {
    return new Promise((resolve, reject) => {
      const stream = this.#session.request(
        { ":method": method, ":path": path, "content-type": contentType, "user-agent": "bench" },
        { endStream: body === undefined },
      );
      let code = 0;
      stream.on("response", (headers) => {
        code = Number(headers[":status"]);
      });
      stream.on("end", () => resolve(code));
      stream.on("error", reject);
      stream.resume();
      if (body !== undefined) stream.end(body);
    });
  }

  /** @returns how many events have come */
  watch(path: string): () => number {
    let events = 0;
    const stream = this.#session.request({ ":path": `${path}?watch=true`, "user-agent": "bench" });
    stream.on("data", (chunk: Buffer) => {
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) events++;
    });
    stream.on("error", () => undefined);
    return () => events;
  }

  close(): void {
    this.#session.destroy();
  }
}
