import "reflect-metadata";
import { type KeyPairKeyObjectResult, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KubeObject } from "../../src/kube/resource.ts";

const DAY_MS = 86_400_000;
const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const rsa = (modulusLength: number) => ({
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength,
});

/** A certificate, its key and those that signed it, all PEM. */
export interface Credential {
  readonly certificate: string;
  readonly key: string;
  /** The intermediate that signed it. */
  readonly intermediate: string;
  /** The same intermediate, before it was renewed. */
  readonly formerIntermediate: string;
  readonly root: string;
}

export interface CredentialOptions {
  readonly hosts?: readonly string[];
  /** Default now; what the days count from. */
  readonly now?: Date;
  /** Days from now; default -1. */
  readonly from?: number;
  /** Days from now; default 90. */
  readonly until?: number;
  /** Days from now; default 3650. */
  readonly intermediateUntil?: number;
  /** Days from now; default as the intermediate. */
  readonly formerIntermediateUntil?: number;
  /** IP addresses besides the hosts. */
  readonly addresses?: readonly string[];
  /** Days from now; default 3650. */
  readonly rootUntil?: number;
  /** Default ECDSA P-256. */
  readonly rsaBits?: number;
  /** Its key, where none of the above will do. */
  readonly keys?: KeyPairKeyObjectResult;
  /** Flags of the key usage; default none: the extension is left out. */
  readonly keyUsage?: x509.KeyUsageFlags;
  /** Object identifiers; default server authentication; none leaves the extension out. */
  readonly usages?: readonly string[];
  /** Common name of the root; default "Test Root". */
  readonly authority?: string;
}

const pem = (bytes: ArrayBuffer): string =>
  `-----BEGIN PRIVATE KEY-----\n${Buffer.from(bytes).toString("base64").replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;

/** A server certificate as a company's CA makes it: root, intermediate, leaf. */
export async function makeCredential(options: CredentialOptions = {}): Promise<Credential> {
  const { hosts = ["shop.example.com"], now = new Date(), from = -1, until = 90, intermediateUntil = 3650 } = options;
  const { authority = "Test Root", usages = [x509.ExtendedKeyUsage.serverAuth] } = options;
  const day = (days: number) => new Date(now.getTime() + days * DAY_MS);
  const algorithm = options.rsaBits ? rsa(options.rsaBits) : ECDSA;
  const [rootKeys, middleKeys, leafKeys] = await Promise.all(
    [ECDSA, ECDSA, algorithm].map(
      (each) => webcrypto.subtle.generateKey(each, true, ["sign", "verify"]) as Promise<webcrypto.CryptoKeyPair>,
    ),
  );
  const ca = [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
  ];
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [authority] }],
    notBefore: day(-3650),
    notAfter: day(options.rootUntil ?? 3650),
    keys: rootKeys!,
    signingAlgorithm: ECDSA,
    extensions: ca,
  });
  const intermediates = [intermediateUntil, options.formerIntermediateUntil ?? intermediateUntil].map((days) =>
    x509.X509CertificateGenerator.create({
      subject: [{ CN: [`${authority} Intermediate`] }],
      issuer: root.subject,
      notBefore: day(-3650),
      notAfter: day(days),
      publicKey: middleKeys!.publicKey,
      signingKey: rootKeys!.privateKey,
      signingAlgorithm: ECDSA,
      extensions: ca,
    }),
  );
  const [intermediate, former] = (await Promise.all(intermediates)) as [x509.X509Certificate, x509.X509Certificate];
  const names = [
    ...hosts.map((value) => ({ type: "dns", value }) as const),
    ...(options.addresses ?? []).map((value) => ({ type: "ip", value }) as const),
  ];
  const leaf = await x509.X509CertificateGenerator.create({
    subject: [{ CN: [hosts[0] ?? "nobody"] }],
    issuer: intermediate.subject,
    notBefore: day(from),
    notAfter: day(until),
    publicKey: options.keys?.publicKey.export({ format: "der", type: "spki" }) ?? leafKeys!.publicKey,
    signingKey: middleKeys!.privateKey,
    signingAlgorithm: ECDSA,
    extensions: [
      ...(names.length ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ...(options.keyUsage === undefined ? [] : [new x509.KeyUsagesExtension(options.keyUsage, true)]),
      ...(usages.length ? [new x509.ExtendedKeyUsageExtension([...usages])] : []),
    ],
  });
  return {
    certificate: `${leaf.toString("pem")}\n`,
    key:
      options.keys?.privateKey.export({ format: "pem", type: "pkcs8" }).toString() ??
      pem(await webcrypto.subtle.exportKey("pkcs8", leafKeys!.privateKey)),
    intermediate: `${intermediate.toString("pem")}\n`,
    formerIntermediate: `${former.toString("pem")}\n`,
    root: `${root.toString("pem")}\n`,
  };
}

/** The certificate with another text for its end: 13 characters, which need not be a time. Nobody has signed that. */
export function withEnd(certificate: string, text: string): string {
  const der = Buffer.from(certificate.replace(/-----[^-]+-----/g, ""), "base64");
  // Times are UTCTimes of 13 bytes; the second one is the end.
  const tag = Buffer.from([0x17, 13]);
  der.write(text, der.indexOf(tag, der.indexOf(tag) + 2) + 2, 13, "latin1");
  return `-----BEGIN CERTIFICATE-----\n${der.toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
}

/** A Secret with these texts, as the API server keeps it. */
export const secretOf = (
  namespace: string,
  name: string,
  texts: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { namespace, name, ...(Object.keys(annotations).length ? { annotations } : {}) },
  data: Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")])),
});

/** A TLS Secret with the certificate, the intermediate after it, and the key. */
export const tlsSecret = (
  namespace: string,
  name: string,
  { certificate, intermediate, key }: Credential,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject => ({
  ...secretOf(namespace, name, { "tls.crt": certificate + intermediate, "tls.key": key }, annotations),
  type: "kubernetes.io/tls",
});
