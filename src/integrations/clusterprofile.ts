import { SECRETS } from "../api/kinds.ts";
import type { MemberCluster } from "../api/membercluster.ts";
import type { KubeClient } from "../kube/client.ts";

type Access = MemberCluster["spec"]["access"];
export type SecretReference = NonNullable<Access["kubeconfigSecretRef"]>;
export type ProfileReference = NonNullable<Access["clusterProfileRef"]>;

/** On the Secret: the ClusterProfile whose cluster its kubeconfig leads to (SIG-Multicluster's inventory, KEP-4322). */
const PROFILE_LABEL = "x-k8s.io/cluster-profile";
/** As the proposal writes it, and as some cluster managers do. */
const KEYS = ["Config", "config"];

/** Where the credentials are, or why nobody can say. */
export type ProfileSecret = { readonly found: SecretReference } | { readonly problem: string };

/**
 * The Secret that a cluster manager publishes beside a ClusterProfile. Programs that ask for credentials (accessProviders) are
 * not run.
 */
export async function findProfileSecret(
  client: Pick<KubeClient, "list">,
  { namespace, name }: ProfileReference,
  signal?: AbortSignal,
): Promise<ProfileSecret> {
  const labelSelector = `${PROFILE_LABEL}=${name}`;
  const { items } = await client.list(SECRETS, { namespace, labelSelector, ...(signal ? { signal } : {}) });
  const [secret] = items;
  if (!secret) return { problem: `namespace ${namespace} has no Secret with the label ${labelSelector}` };
  if (items.length > 1) {
    const names = items.map(({ metadata }) => metadata.name).sort();
    return { problem: `namespace ${namespace} has several Secrets with the label ${labelSelector}: ${names.join(", ")}` };
  }
  const key = KEYS.find((candidate) => Object.hasOwn((secret["data"] as object | undefined) ?? {}, candidate)) ?? KEYS[0]!;
  return { found: { namespace, name: secret.metadata.name, key } };
}
