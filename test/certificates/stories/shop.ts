import type { CertificateStatus } from "../../../src/api/accesspoint.ts";
import { SECRETS } from "../../../src/api/kinds.ts";
import type { KubeObject } from "../../../src/kube/resource.ts";
import { ALL_AT_ONCE, type CheckoutOptions } from "../../e2e/checkout.ts";
import type { Scene } from "../../e2e/scene.ts";
import type { TestFleet } from "../../support/fleet.ts";
import { eventually } from "../../support/wait.ts";

/** Namespace of the shared gateway's pods in the members. */
export const GATEWAYS = "istio-ingress";

/** An AccessPoint with one HTTPS server on the shared gateway, whose certificate is in the Secret of this name. */
export const shop = (secretName: string, options: CheckoutOptions = {}, host = "shop.example.com"): CheckoutOptions => ({
  placement: { clusters: ["lvs-1"] },
  rollout: ALL_AT_ONCE,
  templates: [
    {
      scope: "Cluster",
      manifest: {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "shop" },
        spec: {
          selector: { istio: "ingressgateway" },
          servers: [
            {
              hosts: [host],
              port: { number: 443, name: "https", protocol: "HTTPS" },
              tls: { mode: "SIMPLE", credentialName: secretName },
            },
          ],
        },
      },
    },
  ],
  ...options,
});

/** Puts a Secret into a member as its platform team does, whatever is there under its name. */
export async function install(fleet: TestFleet, cluster: string, secret: KubeObject): Promise<void> {
  const { client } = fleet.member(cluster);
  // The type of a Secret cannot be changed; these tests change what is in it.
  await client.apply(SECRETS, { ...secret, type: "Opaque" }, { fieldManager: "platform", force: true });
}

/** Waits until the only certificate of a cluster has these fields. */
export const certificateIs = (scene: Scene, wanted: Partial<CertificateStatus>, cluster = "lvs-1"): Promise<CertificateStatus> =>
  eventually(`the certificate in ${cluster} is ${JSON.stringify(wanted)}`, async () => {
    const { certificates = [] } = await scene.clusterStatus(cluster);
    const [certificate] = certificates;
    if (!certificate || certificates.length > 1) throw new Error(`there are ${certificates.length}`);
    for (const [field, value] of Object.entries(wanted))
      if (certificate[field as keyof CertificateStatus] !== value) throw new Error(JSON.stringify(certificate));
    return certificate;
  });
