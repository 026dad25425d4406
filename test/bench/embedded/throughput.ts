import { eventually } from "../../support/wait.ts";
import { BenchClient, type Sent } from "./client.ts";
import { bundle, bundles, definition } from "./objects.ts";

const inFlight = 64;
export const watchers = 10;

/** A server whose processor time can be read. */
export interface Measurable {
  readonly kubeconfig: string;
  /** Seconds that its processes have used so far. */
  cpuSeconds(): Promise<number>;
}

export interface Figure {
  /** Requests a second by the clock, clients on the same machine. */
  readonly perSecond: number;
  /** Milliseconds of processor time that the server takes for one request and its ten events. */
  readonly cpuMs: number;
  /** Requests a second that one core of its own would do. */
  readonly perCore: number;
}

const apply = (index: number, weight: number): Sent => ({
  method: "PATCH",
  path: `${bundles}/bundle-${index}?fieldManager=bench-applier&force=true`,
  body: JSON.stringify(bundle(index, weight)),
  contentType: "application/apply-patch+yaml",
});

const remove = (index: number): Sent => ({ method: "DELETE", path: `${bundles}/bundle-${index}` });

const verbs: readonly (readonly [verb: string, request: (index: number) => Sent, isHeard: boolean])[] = [
  ["apply: create", (index) => apply(index, 1), true],
  ["apply: update", (index) => apply(index, 2), true],
  ["apply: no change", (index) => apply(index, 2), false],
  ["delete", remove, true],
  ["create", (index) => ({ method: "POST", path: bundles, body: JSON.stringify(bundle(index, 1)) }), true],
  [
    "merge patch",
    (index) => ({
      method: "PATCH",
      path: `${bundles}/bundle-${index}`,
      body: JSON.stringify({ metadata: { labels: { changed: "yes" } } }),
      contentType: "application/merge-patch+json",
    }),
    true,
  ],
  ["get", (index) => ({ method: "GET", path: `${bundles}/bundle-${index}` }), false],
  ["delete", remove, true],
];

/**
 * Every verb `count` times, one after the other, while ten watches listen; all of it once before: what comes first would be
 * charged with the time in which the server is compiled and its heap grows.
 * @param isPatient the server waits for slow watchers; the real one cuts them off, which is not what is measured here
 */
export async function throughput(server: Measurable, count: number, isPatient: boolean): Promise<Record<string, Figure>> {
  const client = new BenchClient(server.kubeconfig);
  const listener = new BenchClient(server.kubeconfig);
  await define(client);
  const heard = Array.from({ length: watchers }, () => listener.watch(bundles));
  for (const [, request] of verbs) await sendAll(client, count, request);
  const figures: Record<string, Figure> = {};
  for (const [verb, request] of verbs) figures[verb] = await measure(server, client, count, request);
  if (isPatient) {
    const expected = 2 * count * verbs.filter(([, , isHeard]) => isHeard).length;
    await eventually("every watcher hears everything", () => {
      if (heard.some((events) => events() !== expected))
        throw new Error(`${expected} events, heard ${heard.map((events) => events())}`);
    });
  }
  client.close();
  listener.close();
  return figures;
}

/** Serves the kind that is measured. */
export async function define(client: BenchClient): Promise<void> {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  await client.send({ method: "POST", path, body: JSON.stringify(definition) });
  while ((await client.send({ method: "GET", path: bundles })) !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
}

async function measure(server: Measurable, client: BenchClient, count: number, request: (index: number) => Sent): Promise<Figure> {
  const cpu = await server.cpuSeconds();
  const from = performance.now();
  await sendAll(client, count, request);
  const seconds = (performance.now() - from) / 1000;
  const cpuMs = (((await server.cpuSeconds()) - cpu) / count) * 1000;
  return { perSecond: Math.round(count / seconds), cpuMs: Number(cpuMs.toFixed(3)), perCore: Math.round(1000 / cpuMs) };
}

/** @throws Error about the first request that is refused */
export async function sendAll(client: BenchClient, count: number, request: (index: number) => Sent): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const code = await client.send(request(index));
      if (code >= 300) throw new Error(`${request(index).method} ${request(index).path} was answered with ${code}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
