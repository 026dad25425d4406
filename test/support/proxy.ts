import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A wire to a server that can be cut, and that counts who uses it. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #mode: "open" | "refusing" | "silent" = "open";
  #connections = 0;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#server = createServer((client) => {
      this.#keep(client);
      if (this.#mode === "refusing") return client.destroy();
      if (this.#mode === "silent") return;
      this.#connections++;
      const upstream = connect(target.port, target.host);
      this.#keep(upstream);
      client.setNoDelay(true);
      upstream.setNoDelay(true);
      client.pipe(upstream).pipe(client);
      client.on("close", () => upstream.destroy());
      upstream.on("close", () => client.destroy());
    });
  }

  static async to(url: string): Promise<TcpProxy> {
    const { hostname, port } = new URL(url);
    const proxy = new TcpProxy({ host: hostname, port: Number(port) });
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject);
      proxy.#server.listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Connections that reached the server so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Ends every connection. New ones are closed at once, or, when `silent`, taken and never answered. */
  cut({ silent = false } = {}): void {
    this.#mode = silent ? "silent" : "refusing";
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Takes connections again; leaves those alone that are in use. */
  mend(): void {
    if (this.#mode === "open") return;
    this.#mode = "open";
    for (const socket of this.#sockets) socket.destroy();
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      for (const socket of this.#sockets) socket.destroy();
    });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    // A reset is what a cut wire looks like; both ends see the close that follows.
    socket.on("error", () => socket.destroy());
  }
}
