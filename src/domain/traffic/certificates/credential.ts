import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import type { KubeObject } from "../../../api/resource.ts";
import { type LeafFacts, leafFacts } from "./leaf.ts";
import { certificatesIn, endsOf, isSignedBy, pathOf } from "./x509.ts";

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
  /** The earliest notAfter among the certificates after the first that lead from it to its root. ISO 8601. */
  readonly chainNotAfter?: string;
  /** The CAs to check clients by. */
  readonly authority?: AuthorityFacts;
  /** Name of the cert-manager Certificate that it was made for. */
  readonly madeFor?: string;
}

/** The CAs that a Secret holds. */
export interface AuthorityFacts {
  /** Under which key. */
  readonly key: string;
  /** When the last of them expires, ISO 8601; absent: they cannot be parsed. */
  readonly notAfter?: string;
}

/** Longest file that is parsed, in characters; more is not a certificate chain. It bounds what is kept of one, too. */
const MAX_PEM = 256 * 1024;
const MAX_CHAIN = 10;
const MAX_TEXT = 253;
const FORMS = [
  ["cert", "key"],
  ["tls.crt", "tls.key"],
] as const;
/** The first that is not empty counts, whether it can be parsed or not. */
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
  const authority = AUTHORITIES.find((name) => text(name) !== "");
  const madeFor = metadata.annotations?.[MADE_FOR];
  const base = {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    missing: form.filter((name) => text(name) === ""),
    ...(authority ? { authority: authorityFacts(authority, text(authority)) } : {}),
    ...(typeof madeFor === "string" ? { madeFor: madeFor.slice(0, MAX_TEXT) } : {}),
  };
  const chain = certificate ? certificatesIn(certificate)?.slice(0, MAX_CHAIN) : undefined;
  const privateKey = key ? keyOf(key) : undefined;
  const leaf = chain?.[0] && leafFacts(chain[0]);
  const unreadable = [
    ...(certificate && !leaf ? (["certificate"] as const) : []),
    ...(key && !privateKey ? (["key"] as const) : []),
  ];
  if (!chain || !leaf) return { ...base, unreadable };
  const belongs = privateKey ? chain.findIndex((each) => matches(each, privateKey)) : -1;
  const broken = chain.findIndex((each, index) => index > 0 && !isSignedBy(chain[index - 1]!, each));
  const chainNotAfter = endsOf(pathOf(chain))[0];
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

function authorityFacts(key: string, pem: string): AuthorityFacts {
  const notAfter = endsOf(certificatesIn(pem) ?? []).at(-1);
  return { key, ...(notAfter ? { notAfter } : {}) };
}

function keyOf(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // The parser's words may quote what they read, and here they must not be kept.
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
