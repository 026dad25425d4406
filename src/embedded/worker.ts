import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { type EmbeddedOptions, startApiServer } from "./server.ts";

/** A server on a thread of its own: its work does not stand in the way of its clients'. */
export interface RemoteApiServer {
  readonly name: string;
  readonly url: string;
  /** YAML, of a cluster administrator. */
  readonly kubeconfig: string;
  /** CPU time of the thread so far, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

type Started = Pick<RemoteApiServer, "name" | "url" | "kubeconfig">;

/** Starts a server in a worker. Faults, snapshots and request counts stay with the server: they are not reached from here. */
export async function startApiServerInWorker(options: Omit<EmbeddedOptions, "clock"> = {}): Promise<RemoteApiServer> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  const [started] = (await once(worker, "message")) as [Started];
  return {
    ...started,
    cpuMs: async () => {
      const { user, system } = await worker.cpuUsage();
      return (user + system) / 1000;
    },
    stop: async () => {
      worker.postMessage("stop");
      await once(worker, "exit");
    },
  };
}

if (!isMainThread && parentPort) {
  const port = parentPort;
  const { name, url, kubeconfig, stop } = await startApiServer(workerData as EmbeddedOptions);
  port.postMessage({ name, url, kubeconfig } satisfies Started);
  port.once("message", async () => {
    await stop();
    port.close();
  });
}
