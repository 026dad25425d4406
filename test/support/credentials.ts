import { parse, stringify } from "yaml";
import { createAuthority } from "../../src/embedded/certificates.ts";
import type { MemberStation } from "./fleet.ts";

interface Kubeconfig {
  readonly users: readonly [{ user: Readonly<Record<string, string>> }];
}

const withUser = (kubeconfig: string, user: Readonly<Record<string, string>>): string => {
  const config = parse(kubeconfig) as Kubeconfig;
  config.users[0].user = user;
  return stringify(config, { lineWidth: 0 });
};

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** The same cluster with a client certificate that ended yesterday. */
export async function expiredKubeconfig(kubeconfig: string): Promise<string> {
  const [yesterday, before] = [1, 2].map((days) => new Date(Date.now() - days * 86_400_000)) as [Date, Date];
  const authority = await createAuthority("some-ca");
  const { certificate, key } = await authority.client({ name: "admin" }, { notBefore: before, notAfter: yesterday });
  return withUser(kubeconfig, { "client-certificate-data": base64(certificate), "client-key-data": base64(key) });
}

/**
 * The same cluster with a bearer token: `name` tells users apart.
 *
 * @param role a ClusterRole; an embedded API server allows everything to everybody
 */
export async function tokenKubeconfig(
  { cluster, client, credentials }: MemberStation,
  name: string,
  role = "cluster-admin",
): Promise<string> {
  if (cluster.embedded) {
    const user = cluster.embedded.kubeconfigFor({ name, groups: ["system:masters"] });
    return user.replaceAll(cluster.url, new URL(parse(credentials).clusters[0].cluster.server).origin);
  }
  const account = `/api/v1/namespaces/default/serviceaccounts`;
  await client.raw("POST", account, { body: { metadata: { name } } });
  await client.raw("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    body: {
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", namespace: "default", name }],
    },
  });
  const answer = await client.raw("POST", `${account}/${name}/token`, { body: { spec: { expirationSeconds: 3600 } } });
  return withUser(credentials, { token: (answer as { status: { token: string } }).status.token });
}
