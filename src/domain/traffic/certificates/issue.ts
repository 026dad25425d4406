import { SHARED_GATEWAY_NAMESPACES } from "../../../api/accesspoint/certificates.ts";
import type { CertificatesSpec } from "../../../api/accesspoint.ts";
import { CERTIFICATES, OWNER_ANNOTATION } from "../../../api/kinds.ts";
import { apiVersionOf } from "../../../api/resource.ts";
import type { Finding } from "../../finding.ts";
import type { Manifest } from "../../manifest.ts";
import { isAddress } from "../../names/values.ts";
import { compare } from "../../selection.ts";
import { covers } from "../../surroundings.ts";
import { type GatewayView, readGateway } from "../gateway.ts";
import { type Algorithm, type Demand, demandsOf, isPlainName, merged } from "./demand.ts";

export interface IssueContext {
  readonly certificates: CertificatesSpec | undefined;
  /** The AccessPoint. */
  readonly owner: { readonly namespace: string; readonly name: string };
  /** Namespaces besides the AccessPoint's own in which the platform lets certificates be issued. */
  readonly allowed: readonly string[];
}

/**
 * The cert-manager Certificates that the Gateways among these manifests need: one a Secret and namespace, named as the Secret,
 * for exactly the hosts of the servers that name it. None unless an issuer is named.
 */
export function certificatesToIssue(
  manifests: readonly Manifest[],
  { certificates, owner, allowed }: IssueContext,
): { readonly manifests: readonly Manifest[]; readonly findings: readonly Finding[] } {
  const issuerRef = certificates?.issuerRef;
  if (!issuerRef) return { manifests: [], findings: [] };
  const demands = new Map<string, { readonly namespace: string; readonly demand: Demand }>();
  const findings: Finding[] = [];
  for (const gateway of manifests.filter(({ kind }) => kind === "Gateway").map(readGateway)) {
    const namespace = issuedIn(gateway, manifests, certificates, owner.namespace);
    const own = demandsOf(gateway);
    if (own.length > 0) findings.push(...namespaceNotAllowed(gateway, namespace, owner.namespace, allowed));
    for (const demand of own) {
      findings.push(...notIssuable(gateway, demand));
      const key = `${namespace}/${demand.secretName}`;
      demands.set(key, { namespace, demand: merged(demand, demands.get(key)?.demand) });
    }
  }
  if (findings.length > 0) return { manifests: [], findings };
  const ordered = [...demands].sort(([a], [b]) => compare(a, b));
  return { manifests: ordered.map(([, { namespace, demand }]) => certificate(demand, namespace, issuerRef, owner)), findings };
}

/**
 * The namespace in which a Gateway's certificates are issued: the one that is said, else the AccessPoint's own where a Service of
 * the bundle selects the gateway's pods, since a Service selects in its own namespace alone.
 */
export function issuedIn(
  { selector }: GatewayView,
  manifests: readonly Manifest[],
  certificates: CertificatesSpec,
  own: string,
): string {
  if (certificates.namespace !== undefined) return certificates.namespace;
  const bundled = manifests
    .filter(({ kind }) => kind === "Service")
    .some(({ spec }) =>
      covers(selector, (spec as { readonly selector?: Readonly<Record<string, string>> } | undefined)?.selector ?? {}),
    );
  return bundled ? own : SHARED_GATEWAY_NAMESPACES[0];
}

/** Of the two of a pair; elsewhere cert-manager decides. A key of the other kind that is there already is replaced. */
const PRIVATE_KEYS: Readonly<Record<Algorithm, object>> = {
  RSA: { algorithm: "RSA", size: 2048, rotationPolicy: "Always" },
  ECDSA: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
};

/** By name and hosts alone, so that it is equal whatever version of the controller wrote it. */
const certificate = (
  { secretName, hosts, algorithm }: Demand,
  namespace: string,
  issuerRef: NonNullable<CertificatesSpec["issuerRef"]>,
  owner: IssueContext["owner"],
): Manifest => ({
  apiVersion: apiVersionOf(CERTIFICATES),
  kind: CERTIFICATES.kind,
  metadata: { name: secretName, namespace },
  spec: {
    secretName,
    ...subjects(hosts.toSorted(compare)),
    issuerRef: { name: issuerRef.name, kind: issuerRef.kind, group: issuerRef.group },
    usages: ["digital signature", "key encipherment", "server auth"],
    ...(algorithm ? { privateKey: PRIVATE_KEYS[algorithm] } : {}),
    // Tells whose Secret it is after its Certificate is gone; see the writer.
    secretTemplate: { annotations: { [OWNER_ANNOTATION]: `${owner.namespace}/${owner.name}` } },
  },
});

function subjects(hosts: readonly string[]): { readonly dnsNames?: readonly string[]; readonly ipAddresses?: readonly string[] } {
  const [dnsNames, ipAddresses] = [hosts.filter((host) => !isAddress(host)), hosts.filter(isAddress)];
  return { ...(dnsNames.length > 0 ? { dnsNames } : {}), ...(ipAddresses.length > 0 ? { ipAddresses } : {}) };
}

const field = ({ name }: GatewayView): string => `Gateway/${name}`;

function namespaceNotAllowed(gateway: GatewayView, namespace: string, own: string, allowed: readonly string[]): readonly Finding[] {
  if (namespace === own || allowed.includes(namespace)) return [];
  return [
    {
      reason: "ForeignNamespace",
      field: field(gateway),
      message: `its certificates would be issued in namespace ${namespace}; the platform allows ${[own, ...allowed].join(", ")} (--certificate-namespaces): say another one in spec.traffic.certificates.namespace`,
    },
  ];
}

function notIssuable(gateway: GatewayView, { secretName, hosts }: Demand): readonly Finding[] {
  const finding = (message: string): Finding => ({ reason: "CertificateNotIssuable", field: field(gateway), message });
  return [
    ...(isPlainName(secretName)
      ? []
      : [
          finding(
            `credentialName ${JSON.stringify(secretName)} is not the plain name of a Secret, so that nothing can be issued into it`,
          ),
        ]),
    ...(hosts.includes("*") || hosts.length === 0
      ? [finding(`a certificate cannot be issued for the host *: name the hosts of the servers with credentialName ${secretName}`)]
      : []),
  ];
}
