import { z } from "zod";
import { CERTIFICATE_REASONS, CERTIFICATE_STATES, type CertificateReason } from "../conditions.ts";
import { duration, labelName, objectName, timestamp } from "../meta.ts";

/**
 * Where shared gateways commonly are, and where certificates may be issued besides the AccessPoint's own namespace unless the
 * platform says otherwise. The first is taken for a gateway of which nothing says where it is.
 */
export const SHARED_GATEWAY_NAMESPACES = ["istio-ingress", "istio-system"] as const;

const issuerRef = z
  .strictObject({
    name: objectName().describe("Name of the issuer."),
    kind: z
      .string()
      .min(1)
      .max(63)
      .default("ClusterIssuer")
      .describe("ClusterIssuer, Issuer (of the Certificate's namespace), or the kind of an external issuer."),
    group: z.string().min(1).max(253).default("cert-manager.io").describe("API group of the issuer."),
  })
  .describe(
    "Who issues. When set, a cert-manager Certificate is written for every credentialName of the bundle's Gateways, for exactly the hosts of its servers.",
  );

const served = z
  .strictObject({
    port: z.int().min(1).max(65535).default(443).describe("Port of the VIPs."),
    interval: duration().default("1m").describe("Time between two handshakes with an address, at least 10s."),
    timeout: duration().default("5s").describe("Longest wait for an answer, at most 30s."),
  })
  .describe(
    "The controller asks every VIP, from the hub's network, by a TLS handshake with SNI, which certificate it serves, and holds it against the installed one. Default: nothing is asked. Addresses of this machine are asked only where the platform allows it (--probe-networks), link-local and multicast ones and those where clouds serve credentials never.",
  );

export const certificates = z
  .strictObject({
    issuerRef: issuerRef.optional(),
    namespace: labelName()
      .optional()
      .describe(
        "Namespace of the gateway's pods in the members, where the Secrets of its certificates are. Default: where the Services that expose the gateway are; to issue, the AccessPoint's own namespace when a Service of the bundle exposes the gateway, else istio-ingress.",
      ),
    served: served.optional(),
  })
  .describe("Certificates of the bundle's Gateways.");

export const certificateStatus = z.strictObject({
  host: z.string().describe("First host that it is for; * for any."),
  moreHosts: z.array(z.string()).optional().describe("The other hosts of the servers that name it, capped."),
  secretName: z.string().describe("Name of the Secret: the credentialName of the Gateway's servers."),
  namespace: z.string().optional().describe("Namespace of the Secret: that of the gateway's pods."),
  installed: z.boolean().describe("Whether a certificate is in the Secret."),
  version: z
    .string()
    .optional()
    .describe(
      "Changes with every renewal: status.revision of cert-manager's Certificate where there is one, else the first ten digits of the fingerprint.",
    ),
  fingerprint: z.string().optional().describe("SHA-256 of the certificate, as sha256:<hexadecimal digits>."),
  serial: z.string().optional().describe("Serial number that its issuer gave it, in hexadecimal digits."),
  issuer: z.string().optional().describe("Distinguished name of its issuer."),
  notBefore: timestamp().optional().describe("It is not valid before."),
  notAfter: timestamp().optional().describe("It is not valid after."),
  renewalTime: timestamp().optional().describe("When cert-manager means to renew it."),
  state: z
    .enum(CERTIFICATE_STATES)
    .describe(
      "Ready: it can be used. Expiring: it can, for less than 30 days, and nobody is known to renew it. Pending: it is being issued. Missing, Invalid, NotYetValid, Expired: clients are refused. Unknown: it cannot be told.",
    ),
  served: z
    .strictObject({
      state: z
        .enum(["Installed", "Other", "Unknown"])
        .describe("Installed: every VIP serves it. Other: one serves another certificate. Unknown: one did not answer."),
      message: z.string().optional().describe("Which VIP, and what it serves or why it cannot be told."),
    })
    .optional()
    .describe("What the VIPs serve; only where traffic.certificates.served asks for it."),
  reason: z.enum(Object.keys(CERTIFICATE_REASONS) as [CertificateReason, ...CertificateReason[]]).describe("Why, for machines."),
  message: z.string().optional().describe("Why, and what to do."),
});

export const certificateSummary = z.strictObject({
  host: z.string().describe("First host that it is for; * for any."),
  secretName: z.string().describe("Name of the Secret."),
  clusters: z.int().describe("How many clusters need it."),
  usable: z.int().describe("In how many of them it can be used."),
  state: z.enum(CERTIFICATE_STATES).describe("The worst of its states."),
  notAfter: timestamp().optional().describe("When it expires in the first cluster."),
  message: z.string().optional().describe("What is not the same in all clusters: issuers, or versions that nobody issues there."),
});

export type CertificateSummary = z.infer<typeof certificateSummary>;
export type CertificatesSpec = z.output<typeof certificates>;
export type CertificateStatus = z.infer<typeof certificateStatus>;
