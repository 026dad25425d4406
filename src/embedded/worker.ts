import { once } from "node:events";
import { isMainThread, type MessagePort, parentPort, Worker, workerData } from "node:worker_threads";
import { type Controls, controlsOf, type Remote } from "./controls.ts";
import { type EmbeddedOptions, startApiServer } from "./server.ts";

/** A server on a thread of its own: its work does not stand in the way of its clients'. */
export interface RemoteApiServer extends Remote<Controls> {
  readonly name: string;
  readonly url: string;
  /** YAML, of a cluster administrator. */
  readonly kubeconfig: string;
  /** CPU time of the thread so far, in milliseconds. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

interface Started extends Pick<RemoteApiServer, "name" | "url" | "kubeconfig"> {
  readonly controls: readonly (keyof Controls)[];
}

interface Asked {
  readonly id: number;
  readonly control: keyof Controls | "stop";
  readonly args: readonly unknown[];
}

interface Answered {
  readonly id: number;
  readonly result?: unknown;
  /** What went wrong. */
  readonly error?: unknown;
}

/** Starts a server in a worker. */
export async function startApiServerInWorker(options: Omit<EmbeddedOptions, "clock" | "onError"> = {}): Promise<RemoteApiServer> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options });
  const [{ controls, ...started }] = (await once(worker, "message")) as [Started];
  const ask = askerOf(worker);
  const remote = Object.fromEntries(controls.map((control) => [control, (...args: unknown[]) => ask(control, args)]));
  return {
    ...(remote as unknown as Remote<Controls>),
    ...started,
    cpuMs: async () => {
      const { user, system } = await worker.cpuUsage();
      return (user + system) / 1000;
    },
    stop: async () => {
      const exited = once(worker, "exit");
      await ask("stop", []);
      await exited;
    },
  };
}

/** Asks a worker, and waits for its answer. */
function askerOf(worker: Worker): (control: Asked["control"], args: readonly unknown[]) => Promise<unknown> {
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let asked = 0;
  worker.on("message", ({ id, result, error }: Answered) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(error);
  });
  worker.on("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error("the server's thread has ended"));
    waiting.clear();
  });
  return (control, args) => {
    const answer = Promise.withResolvers<unknown>();
    waiting.set(++asked, answer);
    worker.postMessage({ id: asked, control, args } satisfies Asked);
    return answer.promise;
  };
}

/** Does what another thread asks for, until it asks for the end. */
function obey(port: MessagePort, controls: Controls, stop: () => Promise<void>): void {
  const run = (control: Asked["control"], args: readonly unknown[]): unknown =>
    control === "stop" ? stop() : (controls[control] as (...args: readonly unknown[]) => unknown)(...args);
  port.on("message", async ({ id, control, args }: Asked) => {
    try {
      port.postMessage({ id, result: await run(control, args) } satisfies Answered);
    } catch (error) {
      port.postMessage({ id, error } satisfies Answered);
    }
    if (control === "stop") port.close();
  });
}

if (!isMainThread && parentPort) {
  const server = await startApiServer(workerData as EmbeddedOptions);
  const { name, url, kubeconfig } = server;
  const controls = controlsOf(server);
  obey(parentPort, controls, () => server.stop());
  parentPort.postMessage({ name, url, kubeconfig, controls: Object.keys(controls) as (keyof Controls)[] } satisfies Started);
}
