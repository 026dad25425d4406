import { KubeConfig } from "@kubernetes/client-node";
import { NAMESPACES, SECRETS } from "../../api/kinds.ts";
import type { KubeObject } from "../../api/resource.ts";
import type { Manifest } from "../../domain/manifest.ts";
import { demandsOf } from "../../domain/traffic/certificates/demand.ts";
import { readGateway } from "../../domain/traffic/gateway.ts";
import { createAuthority } from "../../embedded/certificates.ts";
import { createClient } from "../../kube/client.ts";
import type { DemoCluster } from "./fleet.ts";

/**
 * Puts the certificates that these AccessPoints' Gateways name into clusters, as a platform team does: one for all, signed by a CA
 * of the demo's own, into the namespace of the AccessPoint, where the gateway's pods would be.
 */
export async function installCertificates(
  clusters: readonly DemoCluster[],
  accessPoints: readonly KubeObject[],
  fieldManager: string,
): Promise<void> {
  const authority = await createAuthority("Demo CA");
  const secrets = await Promise.all(
    accessPoints.flatMap(({ metadata, spec }) =>
      gatewaysOf(spec).flatMap((gateway) =>
        demandsOf(readGateway(gateway)).map(async ({ secretName, hosts }): Promise<KubeObject> => {
          const { certificate, key } = await authority.serving(hosts.map((value) => ({ type: "dns", value })));
          return {
            apiVersion: "v1",
            kind: SECRETS.kind,
            metadata: { namespace: metadata.namespace ?? "", name: secretName },
            type: "kubernetes.io/tls",
            data: { "tls.crt": base64(certificate), "tls.key": base64(key) },
          };
        }),
      ),
    ),
  );
  await Promise.all(clusters.map(({ kubeconfig }) => write(kubeconfig, secrets, fieldManager)));
}

async function write(kubeconfig: string, secrets: readonly KubeObject[], fieldManager: string): Promise<void> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const client = createClient(config, { userAgent: fieldManager });
  try {
    for (const name of new Set(secrets.flatMap(({ metadata }) => metadata.namespace ?? [])))
      await client.apply(NAMESPACES, { apiVersion: "v1", kind: NAMESPACES.kind, metadata: { name } }, { fieldManager });
    for (const secret of secrets) await client.apply(SECRETS, secret, { fieldManager });
  } finally {
    await client.close();
  }
}

const gatewaysOf = (spec: unknown): readonly Manifest[] =>
  ((spec as { templates?: readonly { manifest: Manifest }[] } | undefined)?.templates ?? [])
    .map(({ manifest }) => manifest)
    .filter(({ kind }) => kind === "Gateway");

const base64 = (text: string): string => Buffer.from(text).toString("base64");
