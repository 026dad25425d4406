import { createHash, X509Certificate } from "node:crypto";
import type { ShownCertificate } from "../probes.ts";

/** The certificates of a PEM file in their order; undefined when one of them is cut off or cannot be parsed, or there are none. */
export function certificatesIn(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || blocks.length !== pem.split("-----BEGIN CERTIFICATE-----").length - 1) return undefined;
  try {
    return blocks.map((block) => new X509Certificate(block));
  } catch {
    // That it cannot be parsed is the fact; the parser's words may quote what they read.
    return undefined;
  }
}

export function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A signature of a kind that the issuer's key does not make.
    return false;
  }
}

/**
 * The certificates that lead from the first one to its root, as far as they are there. A root is not among them: clients look at
 * their own. Of several that signed the same one, as before and after a renewal, clients find the one that is valid.
 */
export function pathOf([last, ...others]: readonly X509Certificate[]): readonly X509Certificate[] {
  const signers = others.filter((each) => last && !isSignedBy(each, each) && isSignedBy(last, each));
  const next = signers.toSorted((a, b) => Date.parse(b.validTo) - Date.parse(a.validTo))[0];
  return next ? [next, ...pathOf([next, ...others.filter((each) => each !== next)])] : [];
}

/** When they expire, the first first. */
export const endsOf = (certificates: readonly X509Certificate[]): readonly string[] =>
  certificates.flatMap(({ validTo }) => time(validTo) ?? []).sort();

/** SHA-256, in lower case hexadecimal digits. */
export const fingerprintOf = ({ raw }: X509Certificate): string => createHash("sha256").update(raw).digest("hex");

/** ISO 8601; undefined for what is no time. */
export function time(text: string): string | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** What is told of a certificate that somebody showed in a handshake; nothing that it says makes it throw. */
export function shownCertificate(certificate: X509Certificate | undefined): ShownCertificate | undefined {
  if (!certificate) return undefined;
  const notAfter = time(certificate.validTo);
  return { fingerprint: fingerprintOf(certificate), ...(notAfter ? { notAfter } : {}) };
}
