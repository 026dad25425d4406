import type { Resource } from "../api/resource.ts";
import type { KubeClient } from "../kube/client.ts";
import { NotFoundError } from "../kube/errors.ts";

/** How the API server serves a kind; undefined when it does not. */
export async function findResource(
  client: Pick<KubeClient, "raw">,
  apiVersion: string,
  kind: string,
  signal: AbortSignal,
): Promise<Resource | undefined> {
  const [group, version] = apiVersion.includes("/") ? (apiVersion.split("/") as [string, string]) : ["", apiVersion];
  try {
    const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    const { resources = [] } = (await client.raw("GET", path, { signal })) as { resources?: readonly Served[] };
    const found = resources.find((resource) => resource.kind === kind && !resource.name.includes("/"));
    return found && { group, version, plural: found.name, kind, namespaced: found.namespaced };
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

interface Served {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}
