import type { GatewayServer, GatewayView } from "../gateway.ts";

/** A Secret that the servers of a Gateway name, and what it is to be good for. */
export interface Demand {
  /** Name of the Secret. */
  readonly secretName: string;
  /** Hosts of the servers that name it, without namespaces, in the order of the Gateway; * for any. */
  readonly hosts: readonly string[];
  /** A server asks clients for certificates, and looks for the CA in this Secret or beside it. */
  readonly mutual: boolean;
}

/** Servers of these modes present a certificate. */
const MODES: readonly unknown[] = ["SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"];

/**
 * What a Gateway needs, one entry a Secret. Servers that pass TLS through, that use the mesh's own certificates, or that read files
 * of the gateway's pods need none.
 */
export function demandsOf({ servers }: GatewayView): readonly Demand[] {
  const demands = new Map<string, Demand>();
  for (const { hosts, tls = {} } of servers) {
    for (const secretName of credentialsOf(tls)) {
      const before = demands.get(secretName);
      demands.set(secretName, merged({ secretName, hosts, mutual: isMutual(tls) }, before));
    }
  }
  return [...demands.values()];
}

/** One demand for what both ask for. */
export const merged = (demand: Demand, other: Demand | undefined): Demand => ({
  secretName: demand.secretName,
  hosts: [...new Set([...(other?.hosts ?? []), ...demand.hosts.map((host) => host.toLowerCase())])],
  mutual: demand.mutual || (other?.mutual ?? false),
});

type Tls = NonNullable<GatewayServer["tls"]>;

/** credentialNames goes before credentialName: a pair, one RSA and one ECDSA. */
function credentialsOf({ mode, credentialName, credentialNames }: Tls): readonly string[] {
  if (!MODES.includes(mode)) return [];
  const names = Array.isArray(credentialNames) && credentialNames.length > 0 ? credentialNames : [credentialName];
  return names.filter((name) => typeof name === "string" && name !== "");
}

/** Whether the CA that clients are checked by belongs to the credential, rather than to a name or a file of its own. */
const isMutual = ({ mode, caCertCredentialName, caCertificates }: Tls): boolean =>
  mode !== "SIMPLE" && !caCertCredentialName && !caCertificates;

/** Name of the Secret that Istio looks into first for the CA that clients are checked by. */
export const authoritySecret = (secretName: string): string => `${secretName}-cacert`;

/** A name that can be a Secret's; Istio takes URIs, too. */
export const isPlainName = (name: string): boolean =>
  name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
