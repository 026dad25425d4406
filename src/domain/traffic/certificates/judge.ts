import type { CertificateReason, CertificateState } from "../../../api/conditions.ts";
import type { CredentialFacts, LeafFacts } from "./credential.ts";
import { authoritySecret, type Demand } from "./demand.ts";
import { EXPIRY_WARNINGS, renewedInTime } from "./expiry.ts";
import type { CertificateFacts } from "./issued.ts";

/** Everything that is known about one credential of a gateway in one cluster. */
export interface Evidence {
  readonly demand: Pick<Demand, "secretName" | "hosts" | "mutual">;
  /** Namespace of the gateway's pods. */
  readonly namespace: string;
  /** Undefined: there is no such Secret. */
  readonly secret: CredentialFacts | undefined;
  /** Whether a Secret beside it holds a CA to check clients by. */
  readonly authorityBeside: boolean;
  /** The cert-manager Certificate that makes the Secret, if there is one. */
  readonly issued: CertificateFacts | undefined;
  /** A Certificate of ours is to make the Secret. */
  readonly issuing: boolean;
  readonly now: Date;
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
    : verdict("Invalid", "KeyTooWeak", `its key is ${weakness}; Envoy takes RSA from 2048 bits, or ECDSA`);

const notForServers: LeafCheck = (_, { forServers }) =>
  forServers ? undefined : verdict("Invalid", "NotForServers", "its extended key usage does not name server authentication");

const notYetValid: LeafCheck = ({ now }, { notBefore }) =>
  Date.parse(notBefore) > now.getTime() ? verdict("NotYetValid", "NotYetValid", `it becomes valid at ${notBefore}`) : undefined;

const expired: LeafCheck = ({ secret: { chainNotAfter }, now }, { notAfter }) => {
  if (Date.parse(notAfter) <= now.getTime()) return verdict("Expired", "Expired", `it expired at ${notAfter}`);
  if (chainNotAfter === undefined || Date.parse(chainNotAfter) > now.getTime()) return undefined;
  return verdict("Expired", "Expired", `an intermediate certificate that is sent with it expired at ${chainNotAfter}`);
};

const hostsNotCovered: LeafCheck = (evidence, { names }) => {
  const left = evidence.demand.hosts.filter((host) => host !== "*" && !names.some((name) => isCoveredBy(host, name)));
  if (left.length === 0) return undefined;
  const message = `it is for ${some(names) || "no DNS name"}, not for ${some(left)}`;
  return evidence.issuing
    ? pendingOr(evidence, verdict("Invalid", "HostsNotCovered", message))
    : verdict("Invalid", "HostsNotCovered", message);
};

const authorityMissing: LeafCheck = ({ demand, namespace, secret, authorityBeside }) =>
  !demand.mutual || secret.authority || authorityBeside
    ? undefined
    : verdict(
        "Invalid",
        "AuthorityMissing",
        `clients are to present certificates, but neither Secret ${namespace}/${authoritySecret(demand.secretName)} nor ${demand.secretName} has a CA under ca.crt or cacert`,
      );

const expiring: LeafCheck = ({ now, issued }, { notAfter }) => {
  if (renewedInTime(issued, now)) return undefined;
  const left = Date.parse(notAfter) - now.getTime();
  const warning = EXPIRY_WARNINGS.find(({ leftMs }) => left <= leftMs);
  return (
    warning &&
    verdict(
      "Expiring",
      warning.reason,
      `it expires at ${notAfter}${issued ? `; ${issued.message ?? "cert-manager has not renewed it"}` : ""}`,
    )
  );
};

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
  return { state: "Ready", reason: "Usable" };
}

/** By RFC 6125: a wildcard stands for exactly one label, the first. A Gateway's own wildcard is covered by the same wildcard alone. */
const isCoveredBy = (host: string, name: string): boolean =>
  host === name || (name.startsWith("*.") && !host.startsWith("*.") && host.slice(host.indexOf(".")) === name.slice(1));

const some = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
