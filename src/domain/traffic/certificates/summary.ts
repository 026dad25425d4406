import type { CertificateStatus, CertificateSummary, ClusterStatus } from "../../../api/accesspoint.ts";
import type { CertificateState } from "../../../api/conditions.ts";
import { compare } from "../../selection.ts";
import { cut } from "../../text.ts";

/** The best first. */
const ORDER: readonly CertificateState[] = [
  "Ready",
  "Expiring",
  "Unknown",
  "Pending",
  "NotYetValid",
  "Missing",
  "Invalid",
  "Expired",
];

/** By state, then by when they end. */
export const worstCertificateFirst = (a: CertificateStatus, b: CertificateStatus): number =>
  ORDER.indexOf(b.state) - ORDER.indexOf(a.state) || compare(a.notAfter ?? "", b.notAfter ?? "");

/** More would not be read; what is left out stands with the clusters. */
const MAX_SUMMARIES = 16;

interface Seen {
  readonly cluster: string;
  readonly certificate: CertificateStatus;
}

/** The certificates of all clusters together, by the Secret that they are in. */
export function summarise(clusters: readonly ClusterStatus[]): readonly CertificateSummary[] {
  const seen = clusters.flatMap(({ name, certificates = [] }) =>
    certificates.map((certificate): Seen => ({ cluster: name, certificate })),
  );
  return [...Map.groupBy(seen, ({ certificate }) => certificate.secretName)]
    .sort(([a], [b]) => compare(a, b))
    .slice(0, MAX_SUMMARIES)
    .map(([secretName, some]) => summary(secretName, some));
}

function summary(secretName: string, seen: readonly Seen[]): CertificateSummary {
  const all = seen.map(({ certificate }) => certificate);
  const notAfter = all.flatMap(({ notAfter }) => notAfter ?? []).sort()[0];
  const worst = all.reduce((a, b) => (ORDER.indexOf(b.state) > ORDER.indexOf(a.state) ? b : a));
  const message = differences(seen);
  return {
    host: all[0]!.host,
    secretName,
    clusters: seen.length,
    usable: all.filter(({ state }) => state === "Ready" || state === "Expiring").length,
    state: worst.state,
    ...(notAfter ? { notAfter } : {}),
    ...(message ? { message: cut(message) } : {}),
  };
}

/**
 * What is not the same everywhere. Certificates that cert-manager issues in each cluster are each another one, and that is as it
 * should be: of those the issuers are compared, of all others the certificates themselves.
 */
function differences(seen: readonly Seen[]): string | undefined {
  // Of what status once had no room for it is not known whether it differs.
  const installed = seen.filter(({ certificate }) => certificate.fingerprint !== undefined);
  const issuers = Map.groupBy(installed, ({ certificate }) => certificate.issuer ?? "");
  if (issuers.size > 1) return `issuers differ: ${listed(issuers)}`;
  if (installed.every(({ certificate }) => certificate.renewalTime !== undefined)) return undefined;
  const versions = Map.groupBy(installed, ({ certificate }) => certificate.fingerprint ?? "");
  if (versions.size < 2) return undefined;
  return `versions differ: ${listed(Map.groupBy(installed, ({ certificate }) => `${certificate.version}, valid until ${certificate.notAfter},`))}`;
}

const listed = (groups: ReadonlyMap<string, readonly Seen[]>): string =>
  [...groups].map(([what, some]) => `${what} in ${clustersIn(some)}`).join("; ");

const clustersIn = (seen: readonly Seen[]): string => {
  const names = seen.map(({ cluster }) => cluster);
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
};
