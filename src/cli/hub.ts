import { existsSync } from "node:fs";
import { KubeConfig } from "@kubernetes/client-node";
import { ConfigError } from "../config.ts";

/**
 * Kubeconfig of the hub: the file that is named, the pod's own configuration, or what kubectl would use.
 *
 * @throws ConfigError when that names no hub.
 */
export function loadHub(kubeconfig: string | undefined, inCluster = false): KubeConfig {
  const hub = new KubeConfig();
  if (inCluster) hub.loadFromCluster();
  else if (kubeconfig !== undefined) {
    if (!existsSync(kubeconfig)) throw new ConfigError(`kubeconfig: there is no file ${kubeconfig}`);
    hub.loadFromFile(kubeconfig);
  } else hub.loadFromDefault();
  if (!hub.getCurrentCluster()) throw new ConfigError("kubeconfig: no hub is named; give --kubeconfig FILE, or run in a pod");
  return hub;
}
