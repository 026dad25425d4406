import "reflect-metadata";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const day = 24 * 60 * 60 * 1000;

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Signs serving and client certificates; lives as long as the API server whose CA it is. */
export interface Authority {
  /** PEM of the CA certificate. */
  readonly certificate: string;
  serving(hosts: readonly { readonly type: "dns" | "ip"; readonly value: string }[]): Promise<KeyPair>;
  /** `name` becomes the common name, `groups` the organisations. Default validity: a year from yesterday. */
  client(user: { readonly name: string; readonly groups?: readonly string[] }, validity?: Validity): Promise<KeyPair>;
}

const aYear = (): Validity => ({ notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + 365 * day) });

const pem = (key: ArrayBuffer): string =>
  `-----BEGIN PRIVATE KEY-----\n${Buffer.from(key).toString("base64").replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;

export async function createAuthority(commonName: string): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    ...aYear(),
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });

  const sign = async (subject: x509.JsonName, extensions: x509.Extension[], validity: Validity): Promise<KeyPair> => {
    const leaf = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await x509.X509CertificateGenerator.create({
      subject,
      issuer: authority.subject,
      ...validity,
      publicKey: leaf.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(keys.publicKey),
        ...extensions,
      ],
    });
    return { certificate: certificate.toString("pem"), key: pem(await crypto.subtle.exportKey("pkcs8", leaf.privateKey)) };
  };

  return {
    certificate: authority.toString("pem"),
    serving: (hosts) =>
      sign(
        [{ CN: ["kube-apiserver"] }],
        [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension(hosts.map(({ type, value }) => ({ type, value }))),
        ],
        aYear(),
      ),
    client: ({ name, groups = [] }, validity = aYear()) =>
      sign(
        [...groups.map((group) => ({ O: [group] })), { CN: [name] }],
        [new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth])],
        validity,
      ),
  };
}
