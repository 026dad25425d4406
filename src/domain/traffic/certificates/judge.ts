import type { CertificateReason, CertificateState } from "../../../api/conditions.ts";
import { canonical, isAddress } from "../../names/values.ts";
import type { Unreadable } from "../../surroundings.ts";
import type { AuthorityFacts, CredentialFacts } from "./credential.ts";
import { authoritySecrets, type Demand, isAuthorityName } from "./demand.ts";
import { type End, EXPIRY_WARNINGS, isOverdue, renewedInTime } from "./expiry.ts";
import type { CertificateFacts } from "./issued.ts";
import type { LeafFacts } from "./leaf.ts";

/** Everything that is known about one credential of a gateway in one cluster. */
export interface Evidence {
  readonly demand: Pick<Demand, "secretName" | "hosts">;
  /** Namespace of the gateway's pods. */
  readonly namespace: string;
  /** Undefined: there is no such Secret. */
  readonly secret: CredentialFacts | undefined;
  /** The CAs to check clients by that servers with this credential name. */
  readonly authorities: readonly Authority[];
  /** The cert-manager Certificate that makes the Secret, if there is one. */
  readonly issued: CertificateFacts | undefined;
  /** A Certificate of ours is to make the Secret. */
  readonly issuing: boolean;
  readonly now: Date;
}

/** Where a CA is looked for, and what is there. */
export interface Authority {
  /** As Istio has it. */
  readonly name: string;
  /** The first of its Secrets that exists; absent: none does. */
  readonly secret?: string;
  readonly facts?: AuthorityFacts | undefined;
  /** Why it cannot be told. */
  readonly unreadable?: Unreadable;
}

export interface Verdict {
  readonly state: CertificateState;
  readonly reason: CertificateReason;
  readonly message?: string;
}

/** Its name says what it finds; undefined: not that. */
type Check = (evidence: Evidence) => Verdict | undefined;

type LeafCheck = (evidence: Evidence & { readonly secret: CredentialFacts }, leaf: LeafFacts) => Verdict | undefined;

const verdict = (state: CertificateState, reason: CertificateReason, message: string): Verdict => ({ state, reason, message });

const where = ({ namespace, demand }: Evidence): string => `Secret ${namespace}/${demand.secretName}`;

/** What cert-manager says, when it is at work on the Secret. */
const atWork = ({ issued, issuing }: Evidence): string | undefined => {
  if (issued && !issued.ready) return issued.message ?? "cert-manager has not begun to issue it";
  if (issued?.issuing) return issued.message ?? "cert-manager is issuing it anew";
  return issuing && !issued ? "its Certificate is being written" : undefined;
};

const pendingOr = (evidence: Evidence, otherwise: Verdict): Verdict => {
  const message = atWork(evidence);
  return message === undefined ? otherwise : verdict("Pending", "Issuing", message);
};

const secretNotFound: Check = (evidence) =>
  evidence.secret
    ? undefined
    : pendingOr(
        evidence,
        verdict(
          "Missing",
          "SecretNotFound",
          `${where(evidence)} does not exist: create it, or let it be issued with traffic.certificates.issuerRef`,
        ),
      );

const keysMissing: Check = (evidence) =>
  evidence.secret?.missing.length
    ? pendingOr(
        evidence,
        verdict("Invalid", "KeysMissing", `${where(evidence)} has no ${evidence.secret.missing.join(" and no ")}`),
      )
    : undefined;

const unreadable: Check = (evidence) =>
  evidence.secret?.unreadable.length
    ? verdict("Invalid", "Unreadable", `the ${evidence.secret.unreadable.join(" and the ")} in ${where(evidence)} cannot be parsed`)
    : undefined;

const keyMismatch: LeafCheck = ({ secret: { keyOf } }) => {
  if (keyOf === 0) return undefined;
  return verdict(
    "Invalid",
    "KeyMismatch",
    keyOf === undefined
      ? "the key belongs to another certificate than the one beside it"
      : `the key belongs to certificate ${keyOf + 1} of the file: put that one first`,
  );
};

const keyTooWeak: LeafCheck = (_, { weakness }) =>
  weakness === undefined
    ? undefined
    : verdict(
        "Invalid",
        "KeyTooWeak",
        `its key is ${weakness}; Envoy takes RSA from 2048 bits, and ECDSA on P-256, P-384 or P-521`,
      );

const notForServers: LeafCheck = (_, { notForServers: why }) => (why ? verdict("Invalid", "NotForServers", why) : undefined);

const notYetValid: LeafCheck = ({ now }, { notBefore }) =>
  Date.parse(notBefore) > now.getTime() ? verdict("NotYetValid", "NotYetValid", `it becomes valid at ${notBefore}`) : undefined;

const THE_CHAIN = "an intermediate certificate that is sent with it";
const THE_AUTHORITY = "the CA that clients are checked by";

/** When what clients are served with, and checked by, expires. */
export function endsOf({ secret, authorities }: Pick<Evidence, "secret" | "authorities">): readonly End[] {
  const { leaf, chainNotAfter } = secret ?? {};
  return [
    ...(leaf ? [{ what: "it", at: leaf.notAfter }] : []),
    ...(chainNotAfter ? [{ what: THE_CHAIN, at: chainNotAfter }] : []),
    ...authorities.flatMap(({ facts }) => (facts?.notAfter ? [{ what: THE_AUTHORITY, at: facts.notAfter }] : [])),
  ];
}

const expired: LeafCheck = (evidence) => {
  const over = endsOf(evidence).find(({ at }) => Date.parse(at) <= evidence.now.getTime());
  return over && verdict("Expired", "Expired", `${over.what} expired at ${over.at}`);
};

const hostsNotCovered: LeafCheck = (evidence, leaf) => {
  const { names, addresses } = leaf;
  const left = evidence.demand.hosts.filter((host) => host !== "*" && !isCovered(host, leaf));
  if (left.length === 0) return undefined;
  const message = `it is for ${some([...names, ...addresses]) || "no DNS name"}, not for ${some(left)}`;
  return evidence.issuing
    ? pendingOr(evidence, verdict("Invalid", "HostsNotCovered", message))
    : verdict("Invalid", "HostsNotCovered", message);
};

const authorityMissing: LeafCheck = ({ namespace, authorities }) => {
  for (const { name, secret, facts, unreadable: why } of authorities) {
    if (why) return verdict("Unknown", "NotReadable", why.message);
    if (facts?.notAfter) continue;
    return verdict(
      "Invalid",
      "AuthorityMissing",
      `clients are to present certificates, but ${lacking(name, namespace, secret, facts)}`,
    );
  }
  return undefined;
};

function lacking(name: string, namespace: string, secret: string | undefined, facts: AuthorityFacts | undefined): string {
  if (!isAuthorityName(name))
    return `istiod takes caCertCredentialName ${name} for a certificate with its key, because it does not end in -cacert`;
  if (facts) return `the CA under ${facts.key} in Secret ${namespace}/${secret} cannot be parsed`;
  const [first, second] = authoritySecrets(name);
  if (secret === first) return `Secret ${namespace}/${first}, which goes before ${second}, has no CA under cacert or ca.crt`;
  return `neither Secret ${namespace}/${first} nor ${second} has a CA under cacert or ca.crt`;
}

const expiring: LeafCheck = (evidence) => {
  const { issued, now } = evidence;
  const warnings = endsOf(evidence).flatMap(({ what, at }) => {
    // What clients are checked by comes from elsewhere.
    if (what !== THE_AUTHORITY && renewedInTime(issued, at, now)) return [];
    const left = Date.parse(at) - now.getTime();
    const warning = EXPIRY_WARNINGS.find(({ leftMs }) => left <= leftMs);
    return warning ? [{ what, at, reason: warning.reason }] : [];
  });
  const [first] = warnings.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (!first) return undefined;
  const why = issued && first.what !== THE_AUTHORITY ? `; ${complaint(issued, now) ?? "cert-manager has not renewed it"}` : "";
  return verdict("Expiring", first.reason, `${first.what} expires at ${first.at}${why}`);
};

/** What cert-manager says is wrong, or what it is late with; undefined: nothing. */
function complaint(issued: CertificateFacts, now: Date): string | undefined {
  // Without a message it has said nothing yet, as of a Certificate that was just written.
  if ((!issued.ready || issued.failed) && issued.message) return issued.message;
  return isOverdue(issued, now) ? "cert-manager has not renewed it" : undefined;
}

const notRenewed: LeafCheck = ({ issued, now }, { notAfter }) => {
  const why = issued && !issued.issuing ? complaint(issued, now) : undefined;
  return why === undefined ? undefined : verdict("Ready", "NotRenewed", `it can be used until ${notAfter}, but: ${why}`);
};

const notForAllClients: LeafCheck = (_, { notForAllClients: why }) =>
  why ? verdict("Ready", "NotForAllClients", `${why}: browsers and others refuse it`) : undefined;

const chainBroken: LeafCheck = ({ secret: { brokenAt } }) =>
  brokenAt === undefined
    ? undefined
    : verdict(
        "Ready",
        "ChainBroken",
        `certificate ${brokenAt + 1} of the file did not sign certificate ${brokenAt}: some clients will refuse it`,
      );

const CHECKS: readonly Check[] = [secretNotFound, keysMissing, unreadable];

/** In the order in which they matter. */
const LEAF_CHECKS: readonly LeafCheck[] = [
  keyMismatch,
  keyTooWeak,
  notForServers,
  notYetValid,
  expired,
  hostsNotCovered,
  authorityMissing,
  expiring,
  notRenewed,
  notForAllClients,
  chainBroken,
];

/** How a credential stands: the first thing that is wrong with it. */
export function judgeCredential(evidence: Evidence): Verdict {
  for (const check of CHECKS) {
    const found = check(evidence);
    if (found) return found;
  }
  const { secret } = evidence;
  if (secret?.leaf) {
    for (const check of LEAF_CHECKS) {
      const found = check({ ...evidence, secret }, secret.leaf);
      if (found) return found;
    }
  }
  const { issued } = evidence;
  return { state: "Ready", reason: "Usable", ...(issued?.issuing && issued.message ? { message: issued.message } : {}) };
}

const isCovered = (host: string, { names, addresses }: LeafFacts): boolean =>
  isAddress(host) ? addresses.includes(canonical(host)!) : names.some((name) => isCoveredBy(host, name));

/** By RFC 6125: a wildcard stands for exactly one label, the first. A Gateway's own wildcard is covered by the same wildcard alone. */
const isCoveredBy = (host: string, name: string): boolean =>
  host === name || (name.startsWith("*.") && !host.startsWith("*.") && host.slice(host.indexOf(".")) === name.slice(1));

const some = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
