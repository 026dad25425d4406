import { DELIVERABLE, SECRETS, UID_LABEL, written } from "../../api/kinds.ts";
import type { MemberCluster } from "../../api/membercluster.ts";
import type { KubeObject, Resource } from "../../api/resource.ts";
import { takeOver } from "../../domain/delivery.ts";
import { comparable, withoutMarks } from "../../domain/diff/live.ts";
import { type Manifest, objectTitle } from "../../domain/manifest.ts";
import { readKubeconfig } from "../../fleet/kubeconfig.ts";
import { findProfileSecret, type SecretReference } from "../../integrations/clusterprofile.ts";
import { createClient, type KubeClient } from "../../kube/client.ts";
import { NotFoundError } from "../../kube/errors.ts";
import type { Look } from "../diff.ts";
import { PreviewError } from "../errors.ts";
import type { HubView } from "./gather.ts";

/** The member clusters as they are, reached the way the controller reaches them. Reads only. */
export class LiveFleet {
  readonly #hub: HubView;
  readonly #clients = new Map<string, Promise<KubeClient>>();

  constructor(hub: HubView) {
    this.#hub = hub;
  }

  /** @throws PreviewError when a cluster cannot be asked. */
  readonly look: Look = async ({ accessPoint, sync }, cluster, wanted) => {
    const [namespace = "", name] = accessPoint.split("/");
    const live = this.#hub.accessPoints.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    const client = await this.#client(cluster);
    try {
      const own = live?.metadata.uid ? await ownObjects(client, namespace, live.metadata.uid) : [];
      const others = await Promise.all(
        wanted
          .filter((manifest) => !own.some((object) => same(object, manifest)))
          .map((manifest) => find(client, manifest, namespace)),
      );
      const all = [...own, ...others.filter((object) => object !== undefined)];
      return {
        find: (manifest) => {
          const found = all.find((object) => same(object, manifest));
          return found && comparable(found, withNamespace(manifest, namespace));
        },
        conflict: (manifest) => {
          const foreign = others.find((object) => object && same(object, manifest));
          if (!foreign) return undefined;
          const { allowed, message } = takeOver(foreign as unknown as Manifest, { manifest }, sync, accessPoint);
          return allowed ? undefined : message;
        },
        leftovers: (wanted) =>
          own
            .filter((object) => !wanted.some((manifest) => same(object, manifest)))
            .map((object) => withoutMarks(object as unknown as Manifest)),
      };
    } catch (error) {
      throw new PreviewError(`cluster ${cluster}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  };

  /** Clusters that the hub says have something of the AccessPoint. */
  readonly holders = async (accessPoint: string): Promise<readonly string[]> => {
    const live = this.#hub.accessPoints.find(({ metadata }) => `${metadata.namespace}/${metadata.name}` === accessPoint);
    return (live?.status?.clusters ?? []).filter(({ revision }) => revision !== undefined).map(({ name }) => name);
  };

  async close(): Promise<void> {
    const clients = await Promise.allSettled(this.#clients.values());
    await Promise.all(clients.map((client) => (client.status === "fulfilled" ? client.value.close() : undefined)));
  }

  #client(cluster: string): Promise<KubeClient> {
    const client = this.#clients.get(cluster) ?? this.#connect(cluster);
    this.#clients.set(cluster, client);
    return client;
  }

  async #connect(cluster: string): Promise<KubeClient> {
    const member = this.#hub.memberClusters.find(({ metadata }) => metadata.name === cluster);
    if (!member) throw new PreviewError(`cluster ${cluster}: the hub has no such MemberCluster, so that it cannot be asked`);
    try {
      const { namespace, name, key = "kubeconfig" } = await this.#secretOf(member);
      const secret = await this.#hub.client.get(SECRETS, name, namespace);
      const data = (secret["data"] ?? {}) as Readonly<Record<string, string>>;
      return createClient(readKubeconfig(Buffer.from(data[key] ?? "", "base64").toString("utf8"), false, new Date()));
    } catch (error) {
      throw new PreviewError(`cluster ${cluster}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  async #secretOf({ spec: { access } }: MemberCluster): Promise<SecretReference> {
    if (access.kubeconfigSecretRef) return access.kubeconfigSecretRef;
    const secret = await findProfileSecret(this.#hub.client, access.clusterProfileRef!);
    if ("found" in secret) return secret.found;
    throw new Error(secret.problem);
  }
}

const same = (object: KubeObject, manifest: Manifest): boolean =>
  objectTitle(object as unknown as Manifest) === objectTitle(manifest);

/** The API server says it of every object, and a manifest may leave it out. */
const withNamespace = (manifest: Manifest, namespace: string): Manifest => ({
  ...manifest,
  metadata: { namespace, ...manifest.metadata },
});

async function ownObjects(client: KubeClient, namespace: string, uid: string): Promise<readonly KubeObject[]> {
  const labelSelector = `${UID_LABEL}=${uid}`;
  const lists = await Promise.all(DELIVERABLE.map((resource) => orNothing(client.list(resource, { namespace, labelSelector }))));
  return lists.flatMap((list) => list?.items ?? []);
}

async function find(client: KubeClient, { apiVersion, kind, metadata }: Manifest, namespace: string) {
  const resource: Resource = { ...written(apiVersion, kind)!, version: apiVersion.split("/").at(-1)! };
  return orNothing(client.get(resource, metadata.name, metadata.namespace ?? namespace));
}

/** A kind, a namespace or an object that is not there is nothing. */
async function orNothing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
