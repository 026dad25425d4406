import { createHash, createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { KubeObject } from "../../../api/resource.ts";

/** What is kept of a Secret that a Gateway names: facts about its public part. Nothing of the key, and nothing that tells it. */
export interface CredentialFacts {
  readonly namespace: string;
  readonly name: string;
  /** Keys that are absent or empty, of the form that the Secret comes nearest to: tls.crt and tls.key, or Istio's cert and key. */
  readonly missing: readonly string[];
  /** What cannot be parsed. */
  readonly unreadable: readonly ("certificate" | "key")[];
  /** The first certificate of the file, which is the one that servers present. */
  readonly leaf?: LeafFacts;
  /** Position in the file, from 0, of the certificate that the key belongs to; absent: none. */
  readonly keyOf?: number;
  /** Position, from 1, of the first certificate that the one before it was not signed by; absent: all are in order. */
  readonly brokenAt?: number;
  /** The earliest notAfter among the certificates after the first. ISO 8601. */
  readonly chainNotAfter?: string;
  /** It holds a CA to check clients by. */
  readonly authority: boolean;
  /** Name of the cert-manager Certificate that it was made for. */
  readonly madeFor?: string;
}

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
  readonly forServers: boolean;
  /** Why Envoy refuses its key. */
  readonly weakness?: string;
}

/** Longest file that is parsed, in characters; more is not a certificate chain. */
const MAX_PEM = 256 * 1024;
const MAX_CHAIN = 10;
const MAX_NAMES = 200;
const MAX_TEXT = 253;
const FORMS = [
  ["cert", "key"],
  ["tls.crt", "tls.key"],
] as const;
const AUTHORITIES = ["cacert", "ca.crt"] as const;
const MADE_FOR = "cert-manager.io/certificate-name";

/**
 * Reads a Secret as Istio does: keys cert and key go before tls.crt and tls.key. The private key is compared here and dropped.
 * Members are not trusted: nothing that the Secret holds makes it throw.
 */
export function credentialFacts({ metadata, data }: KubeObject): CredentialFacts {
  const text = (key: string): string => decode((data as Readonly<Record<string, unknown>> | null | undefined)?.[key]);
  const form = FORMS.find((keys) => keys.every((key) => text(key) !== "")) ?? FORMS.find((keys) => keys.some(text)) ?? FORMS[1];
  const [certificate, key] = [text(form[0]), text(form[1])];
  const madeFor = metadata.annotations?.[MADE_FOR];
  const base = {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    missing: form.filter((name) => text(name) === ""),
    authority: AUTHORITIES.some((name) => (chainOf(text(name))?.length ?? 0) > 0),
    ...(typeof madeFor === "string" ? { madeFor: madeFor.slice(0, MAX_TEXT) } : {}),
  };
  const chain = certificate ? chainOf(certificate) : undefined;
  const privateKey = key ? keyOf(key) : undefined;
  const leaf = chain?.[0] && leafFacts(chain[0]);
  const unreadable = [
    ...(certificate && !leaf ? (["certificate"] as const) : []),
    ...(key && !privateKey ? (["key"] as const) : []),
  ];
  if (!chain || !leaf) return { ...base, unreadable };
  const belongs = privateKey ? chain.findIndex((each) => matches(each, privateKey)) : -1;
  const broken = chain.findIndex((each, index) => index > 0 && !isSignedBy(chain[index - 1]!, each));
  const chainNotAfter = chain
    .slice(1)
    .map((each) => time(each.validTo))
    .sort()[0];
  return {
    ...base,
    unreadable,
    leaf,
    ...(belongs >= 0 ? { keyOf: belongs } : {}),
    ...(broken > 0 ? { brokenAt: broken } : {}),
    ...(chainNotAfter ? { chainNotAfter } : {}),
  };
}

/** Empty for what is no base64 text. */
function decode(value: unknown): string {
  return typeof value === "string" && value.length <= MAX_PEM ? Buffer.from(value, "base64").toString("latin1") : "";
}

/** The certificates of a PEM file in their order; undefined when one of them cannot be parsed, or there are none. */
function chainOf(pem: string): readonly X509Certificate[] | undefined {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)?.slice(0, MAX_CHAIN) ?? [];
  try {
    return blocks.length > 0 ? blocks.map((block) => new X509Certificate(block)) : undefined;
  } catch {
    // That it cannot be parsed is the fact; the parser's words may quote what they read.
    return undefined;
  }
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // As above, and here they must not be kept.
    return undefined;
  }
}

function matches(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.checkPrivateKey(key);
  } catch {
    // Keys of different kinds.
    return false;
  }
}

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  } catch {
    // A signature of a kind that the issuer's key does not make.
    return false;
  }
}

function leafFacts(certificate: X509Certificate): LeafFacts | undefined {
  const [notBefore, notAfter] = [time(certificate.validFrom), time(certificate.validTo)];
  if (!notBefore || !notAfter) return undefined;
  const weakness = weaknessOf(certificate);
  return {
    serial: certificate.serialNumber.toLowerCase().slice(0, 64),
    fingerprint: createHash("sha256").update(certificate.raw).digest("hex"),
    issuer: certificate.issuer.split("\n").join(", ").slice(0, MAX_TEXT),
    notBefore,
    notAfter,
    names: namesOf(certificate.subjectAltName ?? ""),
    forServers: isForServers(certificate.keyUsage),
    ...(weakness ? { weakness } : {}),
  };
}

/** "DNS:a.example.com, IP Address:10.0.0.1"; Node puts what holds a comma or a quote into quotes, so that no name passes for two. */
const namesOf = (subjectAltName: string): readonly string[] =>
  [...subjectAltName.matchAll(/(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g)]
    .filter(([, type]) => type === "DNS")
    .map(([, , name = ""]) => name.toLowerCase())
    .filter((name) => /^[*a-z0-9._-]{1,253}$/.test(name))
    .slice(0, MAX_NAMES);

const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const ANY_USAGE = "2.5.29.37.0";

/** Extended key usage, by object identifiers; a certificate without it is for anything. */
const isForServers = (usages: readonly string[] | undefined): boolean =>
  !usages || usages.length === 0 || usages.includes(SERVER_AUTH) || usages.includes(ANY_USAGE);

/** RSA keys below 2048 bits are refused by Envoy. */
function weaknessOf({ publicKey }: X509Certificate): string | undefined {
  const bits = publicKey.asymmetricKeyDetails?.modulusLength;
  return publicKey.asymmetricKeyType === "rsa" && bits !== undefined && bits < 2048 ? `RSA with ${bits} bits` : undefined;
}

/** ISO 8601; undefined for what is no time. */
function time(text: string): string | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
