import { type ClientHttp2Session, connect } from "node:http2";
import { parse } from "yaml";
import { startApiServer } from "../../src/embedded/server.ts";
import { startApiServerInWorker } from "../../src/embedded/worker.ts";
import { realBinaries, startCluster } from "../support/clusters.ts";

/**
 * What the embedded API server costs: time to start, memory, writes a second with ten watchers; next to the real one.
 * `node --expose-gc test/bench/embedded.ts [writes]`
 */
const writes = Number(process.argv[2] ?? 5000);
const inFlight = 64;
const watchers = 10;

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: { readonly server: string; readonly "certificate-authority-data": string } }];
  readonly users: readonly [{ readonly user: { readonly "client-certificate-data": string; readonly "client-key-data": string } }];
}

function session(kubeconfig: string): ClientHttp2Session {
  const { clusters, users } = parse(kubeconfig) as Kubeconfig;
  const decoded = (text: string): string => Buffer.from(text, "base64").toString();
  const client = connect(clusters[0].cluster.server, {
    ca: decoded(clusters[0].cluster["certificate-authority-data"]),
    cert: decoded(users[0].user["client-certificate-data"]),
    key: decoded(users[0].user["client-key-data"]),
    settings: { initialWindowSize: 1 << 24 },
  });
  // Ten watches share a connection: its window is what would hold them up.
  client.once("connect", () => client.setLocalWindowSize(1 << 28));
  return client;
}

function send(
  client: ClientHttp2Session,
  method: string,
  path: string,
  body?: string,
  contentType = "application/json",
): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = client.request(
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
function watch(client: ClientHttp2Session, path: string): () => number {
  let events = 0;
  const stream = client.request({ ":path": `${path}?watch=true`, "user-agent": "bench" });
  stream.on("data", (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) events++;
  });
  stream.on("error", () => undefined);
  return () => events;
}

/** Runs `count` requests, `inFlight` at a time. @returns requests a second */
async function rate(count: number, request: (index: number) => Promise<number>): Promise<number> {
  let next = 0;
  const from = performance.now();
  const lane = async (): Promise<void> => {
    while (next < count) {
      const code = await request(next++);
      if (code >= 300) throw new Error(`request ${next} was answered with ${code}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  return Math.round((count / (performance.now() - from)) * 1000);
}

const bundles = "/apis/bench.example.com/v1/namespaces/default/bundles";
const definition = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "bundles.bench.example.com" },
  spec: {
    group: "bench.example.com",
    scope: "Namespaced",
    names: { plural: "bundles", singular: "bundle", kind: "Bundle" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
          },
        },
      },
    ],
  },
};

/** About 1 kB, as a VirtualService of a few routes. */
const bundle = (index: number, weight: number) => ({
  apiVersion: "bench.example.com/v1",
  kind: "Bundle",
  metadata: { name: `bundle-${index}`, labels: { app: `app-${index % 50}` } },
  spec: {
    hosts: [`app-${index}.example.com`],
    gateways: ["edge"],
    http: Array.from({ length: 5 }, (_, route) => ({
      match: [{ uri: { prefix: `/v${route}` } }],
      route: [{ destination: { host: `app-${index}`, subset: "stable", port: { number: 8080 } }, weight }],
    })),
  },
});

/** @param isPatient the server waits for slow watchers; the real one cuts them off, which is not what is measured here */
async function throughput(kubeconfig: string, count: number, isPatient: boolean): Promise<Record<string, number>> {
  const client = session(kubeconfig);
  await send(client, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", JSON.stringify(definition));
  while ((await send(client, "GET", bundles)) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
  const listening = session(kubeconfig);
  const counts = Array.from({ length: watchers }, () => watch(listening, bundles));
  const path = (index: number): string => `${bundles}/bundle-${index}`;
  const apply = (weight: number) => (index: number) =>
    send(
      client,
      "PATCH",
      `${path(index)}?fieldManager=bench&force=true`,
      JSON.stringify(bundle(index, weight)),
      "application/apply-patch+yaml",
    );
  const figures = {
    create: await rate(count, (index) => send(client, "POST", bundles, JSON.stringify(bundle(index, 1)))),
    merge: await rate(count, (index) =>
      send(
        client,
        "PATCH",
        path(index),
        JSON.stringify({ metadata: { labels: { changed: "yes" } } }),
        "application/merge-patch+json",
      ),
    ),
    "apply, changed": await rate(count, (index) => apply(2)(index)),
    get: await rate(count, (index) => send(client, "GET", path(index))),
    delete: await rate(count, (index) => send(client, "DELETE", path(index))),
  };
  const expected = count * 3;
  for (let waited = 0; isPatient && counts.some((events) => events() < expected) && waited < 200; waited++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const slow = counts.filter((events) => events() < expected).length;
  if (isPatient && slow > 0) throw new Error(`${slow} of ${watchers} watchers missed events: ${counts.map((events) => events())}`);
  client.destroy();
  listening.destroy();
  return figures;
}

const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(2)} MB`;
const used = (): number => {
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return heapUsed + external + arrayBuffers;
};

async function starts(count: number): Promise<void> {
  const before = used();
  const from = performance.now();
  const servers = await Promise.all(
    Array.from({ length: count }, (_, index) => startApiServer({ name: `c-${index}`, istio: true })),
  );
  const took = performance.now() - from;
  console.log(
    `${count} servers start in ${(took / 1000).toFixed(2)} s and take ${megabytes((used() - before) / count)} each, empty`,
  );
  await Promise.all(servers.map((server) => server.stop()));
}

async function objectSize(count: number): Promise<void> {
  const server = await startApiServer();
  const client = session(server.kubeconfig);
  await send(client, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", JSON.stringify(definition));
  await send(client, "POST", bundles, JSON.stringify(bundle(-1, 1)));
  const before = used();
  await rate(count, (index) => send(client, "POST", bundles, JSON.stringify(bundle(index, 1))));
  server.requests.reset();
  const each = (used() - before) / count;
  const text = JSON.stringify(bundle(1, 1)).length;
  console.log(
    `${count} objects of ${text} bytes take ${(each / 1024).toFixed(2)} kB each, managedFields, index and history included`,
  );
  client.destroy();
  await server.stop();
}

await starts(1);
await starts(200);
await objectSize(10_000);

const remote = await startApiServerInWorker();
const cpuBefore = await remote.cpuMs();
const embedded = await throughput(remote.kubeconfig, writes, true);
const cpu = (await remote.cpuMs()) - cpuBefore;
await remote.stop();
const table: Record<string, Record<string, number>> = { "embedded, requests/s": embedded };
console.log(`embedded: ${(cpu / writes / Object.keys(embedded).length).toFixed(3)} ms CPU a request with ${watchers} watchers`);

if (realBinaries() !== undefined) {
  const real = await startCluster({ kind: "real" });
  table["kube-apiserver, requests/s"] = await throughput(real.kubeconfig, Math.min(writes, 1000), false);
  await real.stop();
}
console.table(table);
