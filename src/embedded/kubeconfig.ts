import { stringify } from "yaml";
import type { KeyPair } from "./certificates.ts";

/** How a user proves who it is. */
export type Credential = { readonly token: string } | KeyPair;

export interface KubeconfigInput {
  /** Names the cluster, the user and the context. */
  readonly cluster: string;
  readonly server: string;
  /** PEM of the CA. */
  readonly authority: string;
  readonly credential: Credential;
}

const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A kubeconfig (YAML) with everything inside, for kubectl and for client libraries. */
export function kubeconfig({ cluster, server, authority, credential }: KubeconfigInput): string {
  return stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: cluster, cluster: { server, "certificate-authority-data": base64(authority) } }],
      users: [
        {
          name: cluster,
          user:
            "token" in credential
              ? { token: credential.token }
              : {
                  "client-certificate-data": base64(credential.certificate),
                  "client-key-data": base64(credential.key),
                },
        },
      ],
      contexts: [{ name: cluster, context: { cluster, user: cluster } }],
      "current-context": cluster,
    },
    { lineWidth: 0 },
  );
}
