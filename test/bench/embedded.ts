/**
 * What the embedded API server costs: time to start, memory, requests a second with ten watchers; next to the real one.
 *
 *     node --expose-gc test/bench/embedded.ts [requests]
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { startApiServer } from "../../src/embedded/server.ts";
import { realBinaries, startCluster } from "../support/clusters.ts";
import { BenchClient } from "./embedded/client.ts";
import { bundle, bundles } from "./embedded/objects.ts";
import { define, type Figure, type Measurable, sendAll, throughput, watchers } from "./embedded/throughput.ts";
import { cpuSeconds, residentMiB, serverProcesses } from "./processes.ts";

const requests = Number(process.argv[2] ?? 10_000);

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(2)} MB`;
const used = (): number => {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};

async function starts(count: number): Promise<void> {
  const before = used();
  const from = performance.now();
  const servers = await Promise.all(Array.from({ length: count }, (_, index) => startApiServer({ name: `c-${index}` })));
  const took = performance.now() - from;
  const each = megabytes((used() - before) / count);
  console.log(`embedded: ${count} start in ${(took / 1000).toFixed(2)} s and take ${each} each, empty`);
  await Promise.all(servers.map((server) => server.stop()));
}

async function objectSize(count: number): Promise<void> {
  const server = await startApiServer();
  const client = new BenchClient(server.kubeconfig);
  await define(client);
  const create = (index: number) => ({ method: "POST", path: bundles, body: JSON.stringify(bundle(index, 1)) }) as const;
  await sendAll(client, 1, () => create(-1));
  const before = used();
  await sendAll(client, count, create);
  server.requests.reset();
  const each = ((used() - before) / count / 1024).toFixed(2);
  const text = JSON.stringify(bundle(1, 1)).length;
  console.log(`embedded: ${count} objects of ${text} bytes take ${each} kB each, managedFields, index and history included`);
  client.close();
  await server.stop();
}

async function embedded(): Promise<Record<string, Figure>> {
  const child = fork(new URL("./embedded/server.ts", import.meta.url), { execArgv: process.execArgv });
  const [kubeconfig] = (await once(child, "message")) as [string];
  const server: Measurable = {
    kubeconfig,
    cpuSeconds: async () => {
      child.send("cpu");
      const [seconds] = (await once(child, "message")) as [number];
      return seconds;
    },
  };
  const figures = await throughput(server, requests, true);
  child.send("stop");
  await once(child, "exit");
  return figures;
}

async function real(): Promise<Record<string, Figure>> {
  const from = performance.now();
  const cluster = await startCluster({ kind: "real" });
  const took = ((performance.now() - from) / 1000).toFixed(2);
  const processes = serverProcesses(new URL(cluster.url).port);
  const resident = (): number => processes.map(residentMiB).reduce((sum, one) => sum + one, 0);
  console.log(`kube-apiserver and etcd: one starts in ${took} s and takes ${resident().toFixed(0)} MB, empty`);
  const server: Measurable = {
    kubeconfig: cluster.kubeconfig,
    cpuSeconds: async () => processes.map(cpuSeconds).reduce((sum, one) => sum + one, 0),
  };
  const figures = await throughput(server, Math.min(requests, 1000), false);
  await cluster.stop();
  return figures;
}

await starts(1);
await starts(200);
await objectSize(10_000);
console.log(`\nRequests with ${watchers} watchers; perCore = what one core would do if it did nothing else.`);
console.log("\nembedded");
console.table(await embedded());
if (realBinaries() !== undefined) {
  const figures = await real();
  console.log("\nkube-apiserver and etcd");
  console.table(figures);
}
