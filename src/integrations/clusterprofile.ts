import { SECRETS } from "../api/kinds.ts";
import type { MemberCluster } from "../api/membercluster.ts";
import type { KubeObject } from "../api/resource.ts";
import { type Answer, placeIn } from "../domain/inventory.ts";
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

/** Labels of one profile that are taken over. */
const MAX_LABELS = 64;
const LABEL_KEY = /^([a-z0-9][-a-z0-9.]{0,252}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/**
 * What a ClusterProfile says of its cluster: its labels and, where they have the form of labels, its properties
 * (status.properties); zone and region under topology.kubernetes.io/zone and /region, zone, region, location.
 */
export function readProfile(object: KubeObject): Extract<Answer, { state: "Read" }> {
  const { properties } = (object["status"] ?? {}) as { properties?: unknown };
  const named = (Array.isArray(properties) ? (properties as readonly (Partial<Property> | null)[]) : []).flatMap(
    (property): [string, string][] =>
      typeof property?.name === "string" && typeof property.value === "string" ? [[property.name, property.value]] : [],
  );
  const values = { ...Object.fromEntries(named), ...object.metadata.labels };
  const labels = Object.entries(values)
    .filter(([key, value]) => LABEL_KEY.test(key) && LABEL_VALUE.test(value))
    .sort()
    .slice(0, MAX_LABELS);
  const place = placeIn(values);
  return { ...place, facts: { ...place.facts, labels: Object.fromEntries(labels) } };
}

interface Property {
  readonly name: unknown;
  readonly value: unknown;
}
