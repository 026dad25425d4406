import { once } from "node:events";
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { KeyPair } from "../certificates.ts";

export interface ListenerOptions {
  /** 0 = any. */
  readonly port: number;
  /** PEM of the CA whose client certificates are accepted. */
  readonly authority: string;
  readonly serving: KeyPair;
  readonly onConnection: () => void;
  readonly onRequest: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

/** A connection of HTTP/1.1 that says nothing for so long is closed, as kube-apiserver does. Milliseconds. */
const IDLE_MS = 90_000;

/** HTTPS on the loopback interface: HTTP/2 and HTTP/1.1 by ALPN, connections kept. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  #server: Http2SecureServer | undefined;
  #port: number;
  /** While true connections are cut as soon as they come. */
  #partitioned = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#port = options.port;
  }

  get port(): number {
    return this.#port;
  }

  async open(): Promise<void> {
    const { authority, serving, onConnection, onRequest } = this.#options;
    const server = createSecureServer({
      allowHTTP1: true,
      cert: serving.certificate,
      key: serving.key,
      ca: authority,
      requestCert: true,
      // Who shows no certificate may still bring a token.
      rejectUnauthorized: false,
      http1Options: { keepAliveTimeout: IDLE_MS },
      settings: { maxConcurrentStreams: 1000, initialWindowSize: 1 << 20 },
    });
    server.on("connection", (socket: Socket) => {
      if (this.#partitioned) {
        socket.destroy();
        return;
      }
      onConnection();
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", ignoreReset);
      socket.once("close", () => this.#sockets.delete(socket));
    });
    server.on("session", (session) => {
      this.#sessions.add(session);
      session.once("close", () => this.#sessions.delete(session));
      session.on("error", ignoreReset);
    });
    // A client that does not finish the handshake is no concern of the others.
    server.on("tlsClientError", ignoreReset);
    server.on("sessionError", ignoreReset);
    server.on("request", onRequest);
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    // A connection that cannot be accepted, for want of file descriptors, is one that does not come about.
    server.on("error", ignoreReset);
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Cuts every connection and takes no new one until it is healed. */
  partition(on: boolean): void {
    this.#partitioned = on;
    if (on) this.cut();
  }

  /** Resets every connection there is. */
  cut(): void {
    for (const session of this.#sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    const closed = once(server, "close");
    server.close();
    this.cut();
    await closed;
  }
}

/** A connection that the client drops ends with an error on both sides; there is nothing to do about it. */
const ignoreReset = (): void => undefined;

/** The TLS connection below a request, of either protocol. */
export const tlsSocketOf = (request: Http2ServerRequest): TLSSocket =>
  (request.stream?.session?.socket ?? request.socket) as TLSSocket;
