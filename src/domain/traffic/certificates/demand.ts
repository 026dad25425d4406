import type { GatewayServer, GatewayView } from "../gateway.ts";

/** A Secret that the servers of a Gateway name, and what it is to be good for. */
export interface Demand {
  /** Name of the Secret. */
  readonly secretName: string;
  /** Hosts of the servers that name it, without namespaces, in the order of the Gateway; * for any. */
  readonly hosts: readonly string[];
  /** Where servers that ask clients for certificates look for the CA: names as Istio has them, see authoritySecrets. */
  readonly authorities: readonly string[];
  /** The kind of its key, where it is one of a pair. */
  readonly algorithm?: Algorithm;
}

export type Algorithm = "RSA" | "ECDSA";

/** The kinds that a pair consists of, in the order in which they are named. */
const PAIR: readonly Algorithm[] = ["RSA", "ECDSA"];

/** Servers of these modes present a certificate. */
const MODES: readonly unknown[] = ["SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"];

/**
 * What a Gateway needs, one entry a Secret. Servers that pass TLS through, that use the mesh's own certificates, or that read files
 * of the gateway's pods need none.
 */
export function demandsOf({ servers }: GatewayView): readonly Demand[] {
  const demands = new Map<string, Demand>();
  for (const { hosts, tls = {} } of servers) {
    credentialsOf(tls).forEach((secretName, index, { length }) => {
      // One CA serves for all credentials of a server.
      const authorities = index === 0 ? authoritiesOf(tls, secretName) : [];
      const algorithm = length > 1 ? PAIR[index] : undefined;
      const demand = { secretName, hosts, authorities, ...(algorithm ? { algorithm } : {}) };
      demands.set(secretName, merged(demand, demands.get(secretName)));
    });
  }
  return [...demands.values()];
}

/** One demand for what both ask for. */
export function merged(demand: Demand, other: Demand | undefined): Demand {
  const algorithm = other?.algorithm ?? demand.algorithm;
  return {
    secretName: demand.secretName,
    hosts: [...new Set([...(other?.hosts ?? []), ...demand.hosts.map((host) => host.toLowerCase())])],
    authorities: [...new Set([...(other?.authorities ?? []), ...demand.authorities])],
    ...(algorithm ? { algorithm } : {}),
  };
}

type Tls = NonNullable<GatewayServer["tls"]>;

/** credentialNames goes before credentialName: a pair, one RSA and one ECDSA. */
function credentialsOf({ mode, credentialName, credentialNames }: Tls): readonly string[] {
  if (!MODES.includes(mode)) return [];
  const names = Array.isArray(credentialNames) && credentialNames.length > 0 ? credentialNames : [credentialName];
  return names.filter((name) => typeof name === "string" && name !== "");
}

const CA_SUFFIX = "-cacert";

/** A CA that has a name of its own goes before the one that belongs to the credential. */
function authoritiesOf({ mode, caCertCredentialName: own }: Tls, secretName: string): readonly string[] {
  if (mode === "SIMPLE") return [];
  return [typeof own === "string" && own !== "" ? own : authoritySecret(secretName)];
}

/** Name of the Secret beside a credential's that holds its CA alone. */
export const authoritySecret = (secretName: string): string => `${secretName}${CA_SUFFIX}`;

/** Names of the Secrets in which Istio looks for a CA: the first that exists counts, whatever it holds. */
export const authoritySecrets = (authority: string): readonly [string, string] => [
  authority,
  authority.slice(0, -CA_SUFFIX.length),
];

/** Whether istiod takes what the name leads to for a CA: by any other name it looks for a certificate and its key. */
export const isAuthorityName = (authority: string): boolean => authority.endsWith(CA_SUFFIX);

/** A name that can be a Secret's; Istio takes URIs, too. */
export const isPlainName = (name: string): boolean =>
  name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name);
