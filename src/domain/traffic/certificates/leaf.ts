import type { AsymmetricKeyDetails, X509Certificate } from "node:crypto";
import { canonical } from "../../names/values.ts";
import { type KeyUsage, keyUsageOf } from "./key-usage.ts";
import { fingerprintOf, time } from "./x509.ts";

/** What a certificate says. */
export interface LeafFacts {
  /** Hexadecimal digits, lower case. */
  readonly serial: string;
  /** SHA-256 of the certificate, hexadecimal digits, lower case. */
  readonly fingerprint: string;
  /** Distinguished name of the issuer, on one line. */
  readonly issuer: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** DNS names it is for, lower case. */
  readonly names: readonly string[];
  /** IP addresses it is for. */
  readonly addresses: readonly string[];
  /** The kind of its key, where that is one of the two that servers may have one of each of. */
  readonly algorithm?: "RSA" | "ECDSA";
  /** What its key is, where Envoy refuses it. */
  readonly weakness?: string;
  /** Why servers may not use it. */
  readonly notForServers?: string;
  /** Why browsers and others refuse it, where some clients do not. */
  readonly notForAllClients?: string;
}

/** Longest part of a distinguished name, or of anything else, that is kept. Characters. */
const MAX_TEXT = 253;

/** Undefined when it cannot be read; nothing that it says makes this throw. */
export function leafFacts(certificate: X509Certificate): LeafFacts | undefined {
  const [notBefore, notAfter] = [time(certificate.validFrom), time(certificate.validTo)];
  if (!notBefore || !notAfter) return undefined;
  try {
    return {
      serial: certificate.serialNumber.toLowerCase().slice(0, 64),
      fingerprint: fingerprintOf(certificate),
      issuer: certificate.issuer.split("\n").join(", ").slice(0, MAX_TEXT),
      notBefore,
      notAfter,
      names: alternatives("DNS", certificate.subjectAltName ?? "")
        .map((name) => name.toLowerCase())
        .filter((name) => /^[*a-z0-9._-]{1,253}$/.test(name)),
      addresses: alternatives("IP Address", certificate.subjectAltName ?? "").flatMap((address) => canonical(address) ?? []),
      ...keyFacts(certificate),
    };
  } catch {
    // A key, or an extension, that OpenSSL does not know.
    return undefined;
  }
}

/** "DNS:a.example.com, IP Address:10.0.0.1"; Node puts what holds a comma or a quote into quotes, so that no name passes for two. */
const alternatives = (kind: string, subjectAltName: string): readonly string[] =>
  [...subjectAltName.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)].flatMap(([, type, name = ""]) =>
    type === kind ? [name] : [],
  );

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE = "2.5.29.37.0";
/** As OpenSSL calls P-256, P-384 and P-521: the curves that Envoy takes. */
const CURVES: readonly unknown[] = ["prime256v1", "secp384r1", "secp521r1"];

/** Kinds of keys that Envoy presents and clients have to offer, which browsers do not. */
const RARE = /^(ed25519|ml-dsa-\d+)$/;
const UNSIGNED = "its key usage does not name digital signatures";

type KeyFacts = Pick<LeafFacts, "algorithm" | "weakness" | "notForServers" | "notForAllClients">;

/** What Envoy and clients make of the key, and of what the certificate lets it be used for. */
function keyFacts({ publicKey, keyUsage: purposes, raw }: X509Certificate): KeyFacts {
  const { asymmetricKeyType: kind = "unknown" } = publicKey;
  const usage = keyUsageOf(raw);
  const weakness = weaknessOf(kind, publicKey.asymmetricKeyDetails ?? {});
  const notForServers = unfit(kind, usage, purposes ?? []);
  const notForAllClients = refusedBySome(kind, usage);
  return {
    ...(kind === "rsa" ? { algorithm: "RSA" } : kind === "ec" ? { algorithm: "ECDSA" } : {}),
    ...(weakness ? { weakness } : {}),
    ...(notForServers ? { notForServers } : {}),
    ...(notForAllClients ? { notForAllClients } : {}),
  };
}

function weaknessOf(kind: string, { modulusLength: bits = 0, namedCurve }: AsymmetricKeyDetails): string | undefined {
  switch (kind) {
    case "rsa":
      return bits < 2048 ? `RSA with ${bits} bits` : undefined;
    case "ec":
      return CURVES.includes(namedCurve) ? undefined : `ECDSA on the curve ${namedCurve ?? "of its own"}`;
    default:
      return RARE.test(kind) ? undefined : `of the kind ${kind}`;
  }
}

function unfit(kind: string, usage: KeyUsage | undefined, purposes: readonly string[]): string | undefined {
  // Without the extension it is for anything.
  if (purposes.length > 0 && !purposes.includes(SERVER_AUTH) && !purposes.includes(ANY_USAGE))
    return "its extended key usage does not name server authentication";
  const old = kind === "rsa" && usage?.keyEncipherment;
  return usage && !usage.digitalSignature && !old ? UNSIGNED : undefined;
}

function refusedBySome(kind: string, usage: KeyUsage | undefined): string | undefined {
  if (RARE.test(kind)) return `its key is of the kind ${kind}`;
  return kind === "rsa" && usage?.keyEncipherment && !usage.digitalSignature ? UNSIGNED : undefined;
}
