import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { afterAll, beforeAll } from "vitest";
import { customResourceDefinitions } from "../../src/api/crd.ts";
import { MEMBER_CLUSTERS, NAMESPACES, SECRETS } from "../../src/api/kinds.ts";
import { type ClientOptions, createClient, type KubeClient } from "../../src/kube/client.ts";
import { NotFoundError } from "../../src/kube/errors.ts";
import type { KubeObject, Resource } from "../../src/kube/resource.ts";
import { type ClusterKind, startCluster, startFleet, type TestCluster } from "./clusters.ts";
import { define, istioDefinitions } from "./istio.ts";
import { Kubectl } from "./kubectl.ts";
import { TcpProxy } from "./proxy.ts";
import { eventually } from "./wait.ts";

/** Namespace of the Secrets on the hub. */
export const SYSTEM = "fap-system";

/** Registered when the fleet starts. */
const MEMBERS = [
  { name: "lvs-1", zone: "lvs", region: "us-west", role: "Primary" },
  { name: "lvs-2", zone: "lvs", region: "us-west", role: "Remote" },
  { name: "slc-1", zone: "slc", region: "us-west", role: "Primary" },
] as const;

export const memberNames: readonly string[] = MEMBERS.map(({ name }) => name);

/** One API server as a test sees it: directly, whatever becomes of the controller's way to it. */
export interface Station {
  readonly name: string;
  readonly cluster: TestCluster;
  readonly client: KubeClient;
  readonly kubectl: Kubectl;
  /** File, of a cluster administrator. */
  readonly kubeconfig: string;
}

export interface MemberStation extends Station {
  /** The controller's only way to it. */
  readonly wire: TcpProxy;
  /** YAML that leads through the wire. */
  readonly credentials: string;
}

/** A hub with our CRDs and three members with Istio's, registered; no controller. */
export interface TestFleet {
  readonly kind: ClusterKind;
  readonly hub: Station;
  readonly members: readonly MemberStation[];
  member(name: string): MemberStation;
  /** One more API server, not registered. */
  add(name: string, options?: { readonly istio?: boolean }): Promise<MemberStation>;
  /** Ends an API server that was added. */
  drop(name: string): Promise<void>;
  /** Writes the Secret and the MemberCluster of a station; without credentials its own, `null` for no Secret at all. */
  register(name: string, options?: Registration): Promise<void>;
  /** Registers the first members as they were registered in the beginning. */
  registerAll(): Promise<void>;
  stop(): Promise<void>;
}

export interface Registration {
  readonly zone?: string;
  readonly region?: string;
  readonly role?: "Primary" | "Remote";
  /** Content of the Secret's key kubeconfig; `null`: no Secret. */
  readonly credentials?: string | null;
}

/** A fleet for the tests of a group, started before the first of them and stopped after the last. */
export function fleetFor(kind: ClusterKind): () => TestFleet {
  let started: TestFleet | undefined;
  beforeAll(async () => {
    started = await startTestFleet(kind);
  });
  afterAll(() => started?.stop());
  return () => {
    if (!started) throw new Error("the fleet is not there yet");
    return started;
  };
}

export async function startTestFleet(kind: ClusterKind): Promise<TestFleet> {
  const directory = await mkdtemp(join(tmpdir(), "fleet-"));
  const definitions = kind === "real" ? istioDefinitions() : [];
  const [hubCluster, ...memberClusters] = await startFleet(kind, ["hub", ...memberNames]);
  const hub = await stationOf(hubCluster!, directory);
  const members = await Promise.all(memberClusters.map((cluster) => memberStation(cluster, directory)));
  await Promise.all([
    define(hub.client, customResourceDefinitions()),
    ...members.map(({ client }) => define(client, definitions)),
    hub.client.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM } }),
  ]);

  const fleet: TestFleet = {
    kind,
    hub,
    members,
    member: (name) => {
      const found = members.find((member) => member.name === name);
      if (!found) throw new Error(`there is no member ${name}`);
      return found;
    },
    add: async (name, { istio = true } = {}) => {
      const station = await memberStation(await startCluster({ kind, name, embedded: { istio } }), directory);
      if (istio) await define(station.client, definitions);
      members.push(station);
      return station;
    },
    drop: async (name) => {
      const [dropped] = members.splice(members.indexOf(fleet.member(name)), 1);
      await stopStation(dropped!);
    },
    register: async (name, { zone = name, region = "us-west", role = "Primary", credentials } = {}) => {
      const content = credentials === undefined ? fleet.member(name).credentials : credentials;
      if (content !== null) await hub.client.apply(SECRETS, secret(name, content), { fieldManager: "platform", force: true });
      const member = {
        apiVersion: "accesspoint.dev/v1alpha1",
        kind: "MemberCluster",
        metadata: { name, labels: { env: "test" } },
        spec: { zone, region, role, access: { kubeconfigSecretRef: { namespace: SYSTEM, name } } },
      };
      await hub.client.apply(MEMBER_CLUSTERS, member, { fieldManager: "platform", force: true });
    },
    registerAll: async () => {
      for (const { name, ...registration } of MEMBERS) await fleet.register(name, registration);
    },
    stop: async () => {
      await Promise.all([hub, ...members].map(stopStation));
      await rm(directory, { recursive: true, force: true });
    },
  };
  await fleet.registerAll();
  return fleet;
}

export const secret = (name: string, kubeconfig: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { namespace: SYSTEM, name },
  type: "Opaque",
  data: { kubeconfig: Buffer.from(kubeconfig).toString("base64") },
});

/** A client of its own for a kubeconfig (YAML). */
export function clientFor(kubeconfig: string, options: ClientOptions = {}): KubeClient {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  return createClient(config, { userAgent: "e2e", requestTimeoutMs: 60_000, ...options });
}

async function stationOf(cluster: TestCluster, directory: string): Promise<Station> {
  const { name } = cluster;
  const kubeconfig = join(directory, `${name}.kubeconfig`);
  await writeFile(kubeconfig, cluster.kubeconfig);
  return { name, cluster, client: clientFor(cluster.kubeconfig), kubectl: new Kubectl(kubeconfig), kubeconfig };
}

async function stopStation(station: Station | MemberStation): Promise<void> {
  await station.client.close();
  if ("wire" in station) await station.wire.stop();
  await station.cluster.stop();
}

async function memberStation(cluster: TestCluster, directory: string): Promise<MemberStation> {
  const wire = await TcpProxy.to(cluster.url);
  return { ...(await stationOf(cluster, directory)), wire, credentials: cluster.kubeconfig.replaceAll(cluster.url, wire.url) };
}

/** Undefined when it is not there. */
export async function find(
  client: KubeClient,
  resource: Resource,
  name: string,
  namespace?: string,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(resource, name, namespace);
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** Waits until nothing is there under this name. */
export const gone = (client: KubeClient, resource: Resource, name: string, namespace?: string): Promise<void> =>
  eventually(`${resource.kind} ${name} is gone`, async () => {
    const object = await find(client, resource, name, namespace);
    if (object) throw new Error(`it is there, with finalizers ${object.metadata.finalizers?.join(", ") ?? "none"}`);
  });
