/**
 * The controller next to a bare apply loop, in one run on one fleet: time, processor time, requests. Prints ratios; a shared
 * machine's single figures mean little.
 *
 *     npm run bench -- [--embedded] [--bundles 50] [--members 5] [--edits 20] [--idle 30]
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { KubeConfig } from "@kubernetes/client-node";
import PQueue from "p-queue";
import { customResourceDefinitions } from "../../src/api/crd.ts";
import {
  ACCESS_POINTS,
  API_VERSION,
  DELIVERABLE,
  deliverable,
  FIELD_MANAGER,
  MANAGED_BY_LABEL,
  MEMBER_CLUSTERS,
  NAMESPACES,
  SECRETS,
} from "../../src/api/kinds.ts";
import { createClient, type KubeClient } from "../../src/kube/client.ts";
import { Reflector } from "../../src/kube/reflector.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import { realBinaries, startFleet, type TestCluster } from "../support/clusters.ts";
import { define, istioDefinitions, noIstioDefinitions } from "../support/istio.ts";
import { cpuSeconds, residentMiB, serverProcesses } from "./processes.ts";
import { accessPoint, bundleName, manifests } from "./workload.ts";

const { values: flags } = parseArgs({
  options: {
    embedded: { type: "boolean", default: false },
    bundles: { type: "string", default: "50" },
    members: { type: "string", default: "5" },
    edits: { type: "string", default: "20" },
    idle: { type: "string", default: "30" },
  },
});
const bundles = Number(flags.bundles);
const kind = flags.embedded || !realBinaries() || noIstioDefinitions ? "embedded" : "real";
const names = Array.from({ length: Number(flags.members) }, (_, index) => `member-${index + 1}`);
const KINDS = DELIVERABLE.filter(({ kind }) => manifests("x", 10).some((manifest) => manifest.kind === kind));
const FLOOR = "bench-floor";
const CONTROLLED = "bench";

interface Measured {
  readonly seconds: number;
  readonly cpu: number;
  readonly hubCpu?: number;
  readonly hubRequests?: number;
  readonly memberRequests: number;
}

const clientFor = (cluster: TestCluster, onRequest?: () => void): KubeClient => {
  const config = new KubeConfig();
  config.loadFromString(cluster.kubeconfig);
  return createClient(config, onRequest ? { onRequest } : {});
};

/** What an independent watcher on every member has seen. */
class Watchers {
  readonly #reflectors: Reflector<string>[];
  /** Weight of each VirtualService, by member and key; presence of everything else. */
  #listeners = new Set<() => void>();

  constructor(clients: readonly KubeClient[], namespace: string) {
    this.#reflectors = clients.flatMap((client) =>
      KINDS.map(
        (resource) =>
          new Reflector<string>({
            client,
            resource,
            namespace,
            labelSelector: `${MANAGED_BY_LABEL}=${FIELD_MANAGER}`,
            transform: (object) => weightOf(object),
            onChange: () => {
              for (const listener of this.#listeners) listener();
            },
          }),
      ),
    );
    for (const reflector of this.#reflectors) reflector.start();
  }

  get total(): number {
    return this.#reflectors.reduce((sum, { size }) => sum + size, 0);
  }

  having(weight: number, key?: string): number {
    const wanted = `weight ${weight}`;
    return this.#reflectors.reduce(
      (sum, reflector) =>
        sum +
        (key ? Number(reflector.get(key)?.object === wanted) : [...reflector.values()].filter((seen) => seen === wanted).length),
      0,
    );
  }

  /** Resolves as soon as it is so. */
  until(reached: () => boolean, timeoutMs = 300_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not reached within ${timeoutMs} ms; ${this.total} objects seen`)),
        timeoutMs,
      );
      const look = () => {
        if (!reached()) return;
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve();
      };
      this.#listeners.add(look);
      look();
    });
  }

  async stop(): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.stop()));
  }
}

function weightOf({ kind, spec }: KubeObject): string {
  if (kind !== "VirtualService") return kind;
  const { http = [] } = spec as { http?: { route?: { weight?: number }[] }[] };
  return `weight ${http[0]?.route?.[1]?.weight}`;
}

/** Every object applied to every member by nothing but a loop: no planning, no status, no order. */
async function floor(fleet: readonly TestCluster[], weight: number, kinds: readonly string[]): Promise<Measured> {
  let requests = 0;
  const clients = fleet.map((cluster) => clientFor(cluster, () => requests++));
  const objects = Array.from({ length: bundles }, (_, index) => manifests(bundleName(index), weight)).flat();
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  await Promise.all(
    clients.map((client) => {
      const queue = new PQueue({ concurrency: 4 });
      return queue.addAll(objects.filter(({ kind }) => kinds.includes(kind)).map((object) => () => applyBare(client, object)));
    }),
  );
  const cpu = process.cpuUsage(cpuBefore);
  const measured = { seconds: (performance.now() - began) / 1000, cpu: (cpu.user + cpu.system) / 1e6, memberRequests: requests };
  await Promise.all(clients.map((client) => client.close()));
  return measured;
}

function applyBare(client: KubeClient, object: KubeObject): Promise<KubeObject> {
  const metadata = { ...object.metadata, namespace: FLOOR, labels: { [MANAGED_BY_LABEL]: "bench" } };
  return client.apply(deliverable(object.apiVersion, object.kind)!, { ...object, metadata }, { fieldManager: "bench" });
}

/** One VirtualService in every member at once, with no hub before that. Milliseconds until the last one has answered. */
async function bareEdit(members: readonly KubeClient[], name: string, weight: number): Promise<number> {
  const changed = manifests(name, weight).filter(({ kind }) => kind === "VirtualService");
  const began = performance.now();
  await Promise.all(members.flatMap((client) => changed.map((object) => applyBare(client, object))));
  return performance.now() - began;
}

/** `fap controller` as a process of its own. */
async function startController(hub: TestCluster, directory: string) {
  const kubeconfig = join(directory, "hub.kubeconfig");
  writeFileSync(kubeconfig, hub.kubeconfig, { mode: 0o600 });
  const child = spawn(
    process.execPath,
    ["src/main.ts", "controller", "--kubeconfig", kubeconfig, "--http-port", "0", "--log-format", "json"],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the controller ended with ${code}`)));
    child.stderr.on("data", (data: Buffer) => {
      for (const line of data.toString().split("\n")) {
        const found = /"httpPort":(\d+)/.exec(line)?.[1];
        if (found) resolve(Number(found));
        else if (line.includes('"level":"error"') || line.includes('"level":"warn"')) console.error(line);
      }
    });
  });
  return {
    pid: child.pid!,
    /** Requests so far, watches not counted. */
    async requests(): Promise<{ readonly hub: number; readonly members: number; readonly reads: number }> {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const counts = { hub: 0, members: 0, reads: 0 };
      for (const [, cluster, verb, count] of text.matchAll(
        /^fap_requests_total\{cluster="([^"]+)",verb="([^"]+)"[^}]*\} (\d+)/gm,
      )) {
        if (verb === "watch") continue;
        counts[cluster === "hub" ? "hub" : "members"] += Number(count);
        if (cluster !== "hub" && (verb === "get" || verb === "list")) counts.reads += Number(count);
      }
      return counts;
    },
    stop: () =>
      new Promise<void>((resolve) => {
        child.once("exit", () => resolve());
        child.kill("SIGTERM");
      }),
  };
}

type ControllerProcess = Awaited<ReturnType<typeof startController>>;

async function measure(controller: ControllerProcess, hubPids: readonly number[], work: () => Promise<void>): Promise<Measured> {
  const cpuOf = () => ({ own: cpuSeconds(controller.pid), hub: hubPids.reduce((sum, pid) => sum + cpuSeconds(pid), 0) });
  const [before, requestsBefore] = [cpuOf(), await controller.requests()];
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1000;
  const [after, requestsAfter] = [cpuOf(), await controller.requests()];
  return {
    seconds,
    cpu: after.own - before.own,
    hubCpu: after.hub - before.hub,
    hubRequests: requestsAfter.hub - requestsBefore.hub,
    memberRequests: requestsAfter.members - requestsBefore.members,
  };
}

const ms = (seconds: number) => `${(seconds * 1000).toFixed(2)} ms`;

function report(title: string, writes: number, own: Measured, bare: Measured): void {
  console.log(`\n${title} (${writes} member writes)`);
  console.log(
    `  time                        ${own.seconds.toFixed(2)} s, bare loop ${bare.seconds.toFixed(2)} s: ${(own.seconds / bare.seconds).toFixed(2)} x`,
  );
  console.log(`  controller CPU a write      ${ms(own.cpu / writes)}, bare loop ${ms(bare.cpu / writes)}`);
  if (kind === "real")
    console.log(`  hub server + etcd CPU       ${own.hubCpu?.toFixed(2)} s, ${ms((own.hubCpu ?? 0) / writes)} a member write`);
  console.log(
    `  requests to members         ${own.memberRequests}, bare loop ${bare.memberRequests}: ${(own.memberRequests / writes).toFixed(2)} a write`,
  );
  console.log(`  requests to the hub         ${own.hubRequests}: ${((own.hubRequests ?? 0) / bundles).toFixed(1)} an AccessPoint`);
}

function quantiles(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return `p50 ${at(0.5).toFixed(0)} ms, p95 ${at(0.95).toFixed(0)} ms`;
}

async function prepare(hub: TestCluster, members: readonly TestCluster[]): Promise<KubeClient> {
  const client = clientFor(hub);
  await define(client, customResourceDefinitions());
  for (const name of ["fap-system", CONTROLLED])
    await client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const istio = kind === "real" ? istioDefinitions() : [];
  for (const member of members) {
    const own = clientFor(member);
    await define(own, istio);
    await own.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: FLOOR } });
    await own.close();
    const data = { kubeconfig: Buffer.from(member.kubeconfig).toString("base64") };
    await client.create(SECRETS, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: member.name, namespace: "fap-system" },
      data,
    });
    const access = { kubeconfigSecretRef: { namespace: "fap-system", name: member.name } };
    await client.create(MEMBER_CLUSTERS, {
      apiVersion: API_VERSION,
      kind: "MemberCluster",
      metadata: { name: member.name },
      spec: { zone: member.name, access },
    });
  }
  return client;
}

/** Until it does not throw. */
async function retried(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await work();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

const directory = mkdtempSync(join(tmpdir(), "fap-bench-"));
console.log(
  `${bundles} bundles of 6 objects, ${names.length} members, ${kind === "real" ? "kube-apiserver and etcd" : "embedded API servers in this process (their CPU slows the loop down; only requests compare)"}`,
);
const [hub, ...members] = await startFleet(kind, ["hub", ...names]);
let controller: ControllerProcess | undefined;
let watchers: Watchers | undefined;
const watching = members.map((member) => clientFor(member));
try {
  const client = await prepare(hub!, members);
  const hubPids = serverProcesses(new URL(hub!.url).port);
  controller = await startController(hub!, directory);
  await retried(async () => {
    const { items } = await client.list(MEMBER_CLUSTERS);
    if (
      !items.every(
        ({ status }) => (status as { conditions?: { status: string }[] } | undefined)?.conditions?.[0]?.status === "True",
      )
    )
      throw new Error("members are not ready");
  });
  watchers = new Watchers(watching, CONTROLLED);
  const seen = watchers;
  const all = KINDS.map(({ kind }) => kind);
  const writes = bundles * 6 * names.length;

  const bareCreate = await floor(members, 10, all);
  const create = await measure(controller, hubPids, async () => {
    const queue = new PQueue({ concurrency: 8 });
    void queue.addAll(
      Array.from(
        { length: bundles },
        (_, index) => () => client.create(ACCESS_POINTS, accessPoint(CONTROLLED, bundleName(index), 10)),
      ),
    );
    await seen.until(() => seen.total === writes);
  });
  report("Everything created", writes, create, bareCreate);
  await completed(client);

  const bareChange = await floor(members, 20, ["VirtualService"]);
  const change = await measure(controller, hubPids, async () => {
    const queue = new PQueue({ concurrency: 8 });
    void queue.addAll(Array.from({ length: bundles }, (_, index) => () => edit(client, bundleName(index), 20)));
    await seen.until(() => seen.having(20) === bundles * names.length);
  });
  report("One VirtualService of each changed", bundles * names.length, change, bareChange);
  await completed(client);

  const latencies: number[] = [];
  const bareLatencies: number[] = [];
  for (let index = 0; index < Number(flags.edits); index++) {
    const began = performance.now();
    await edit(client, bundleName(index % bundles), 30 + index);
    await seen.until(() => seen.having(30 + index, `${CONTROLLED}/${bundleName(index % bundles)}`) === names.length);
    latencies.push(performance.now() - began);
    await completed(client);
    bareLatencies.push(await bareEdit(watching, bundleName(index % bundles), 30 + index));
  }
  console.log(
    `\nOne edit → last of ${names.length} members: ${quantiles(latencies)}; the members alone, bare: ${quantiles(bareLatencies)}`,
  );

  const idle = await measure(controller, hubPids, () => new Promise((resolve) => setTimeout(resolve, Number(flags.idle) * 1000)));
  console.log(
    `\nNothing changes for ${flags.idle} s: ${idle.hubRequests} requests to the hub, ${idle.memberRequests} to the members (probes), ${idle.cpu.toFixed(2)} s controller CPU`,
  );
  const { reads } = await controller.requests();
  console.log(
    `Reads in members, first lists of ${KINDS.length} kinds included: ${reads}. Controller memory: ${residentMiB(controller.pid).toFixed(0)} MiB.`,
  );
  await client.close();
} finally {
  await watchers?.stop();
  await Promise.all(watching.map((client) => client.close()));
  await controller?.stop();
  await Promise.all([hub!, ...members].map((cluster) => cluster.stop()));
  rmSync(directory, { recursive: true, force: true });
}

function edit(client: KubeClient, name: string, weight: number): Promise<KubeObject> {
  return client.patch(ACCESS_POINTS, name, CONTROLLED, { spec: accessPoint(CONTROLLED, name, weight)["spec"] }, "merge");
}

async function completed(client: KubeClient): Promise<void> {
  await retried(async () => {
    const { items } = await client.list(ACCESS_POINTS);
    const open = items.filter(({ metadata, status }) => {
      const { observedGeneration, rollout } = (status ?? {}) as { observedGeneration?: number; rollout?: { phase?: string } };
      return observedGeneration !== metadata.generation || rollout?.phase !== "Completed";
    });
    if (open.length > 0) throw new Error(`${open.length} rollouts are not complete`);
  });
}
