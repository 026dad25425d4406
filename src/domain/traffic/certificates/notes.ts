import type { CertificateStatus, CertificateSummary, ClusterStatus } from "../../../api/accesspoint.ts";
import type { Note } from "../../rollout/model.ts";

interface Turn extends Note {
  readonly certificate: CertificateStatus;
  readonly cluster: string;
}

/**
 * What a person would want to hear of certificates: one that is lost, wrong, or about to expire, once a certificate and warning; one
 * that was installed or renewed. What status said before is the memory.
 */
export function certificateNotes(before: readonly ClusterStatus[], after: readonly ClusterStatus[]): readonly Note[] {
  const known = new Map(before.flatMap((cluster) => (cluster.certificates ?? []).map((each) => [keyOf(cluster, each), each])));
  const turns = after.flatMap((cluster) =>
    (cluster.certificates ?? []).flatMap((certificate): readonly Turn[] => {
      const note = noteOf(certificate, known.get(keyOf(cluster, certificate)));
      return note ? [{ ...note, certificate, cluster: cluster.name }] : [];
    }),
  );
  const alike = Map.groupBy(turns, ({ reason, message, certificate }) => `${reason} ${certificate.secretName} ${message}`);
  return [...alike.values()].map((some) => {
    const [{ type, reason, message, certificate }] = some as [Turn, ...Turn[]];
    const clusters = some.map(({ cluster }) => cluster);
    const named = clusters.length <= 5 ? clusters.join(", ") : `${clusters.slice(0, 5).join(", ")} and ${clusters.length - 5} more`;
    return { type, reason, message: `certificate ${certificate.secretName} for ${certificate.host} in ${named}: ${message}` };
  });
}

/** Certificates that were the same everywhere and no longer are; said once, and again only after they were the same. */
export function differenceNotes(before: readonly CertificateSummary[], after: readonly CertificateSummary[]): readonly Note[] {
  const differed = new Set(before.filter(({ message }) => message).map(({ secretName }) => secretName));
  return after.flatMap(({ secretName, host, message }): readonly Note[] =>
    message && !differed.has(secretName)
      ? [{ type: "Normal", reason: "CertificatesDiffer", message: `certificate ${secretName} for ${host}: ${message}` }]
      : [],
  );
}

const keyOf = ({ name }: ClusterStatus, { namespace, secretName }: CertificateStatus): string =>
  `${name} ${namespace} ${secretName}`;

function noteOf(after: CertificateStatus, before: CertificateStatus | undefined): Note | undefined {
  const { state, reason, fingerprint, installed, version, notAfter, message = reason } = after;
  const renewed = before?.fingerprint !== undefined && fingerprint !== undefined && before.fingerprint !== fingerprint;
  const news = before?.reason !== reason || renewed;
  switch (state) {
    case "Ready":
      if (renewed)
        return {
          type: "Normal",
          reason: "CertificateRenewed",
          message: `version ${before.version} was replaced by ${version}, valid until ${notAfter}`,
        };
      if (installed && before && !before.installed && before.state !== "Unknown")
        return { type: "Normal", reason: "CertificateInstalled", message: `version ${version}, valid until ${notAfter}` };
      if (reason === "NotRenewed" && news) return { type: "Warning", reason: "CertificateNotRenewed", message };
      return undefined;
    case "Expiring":
      return news ? { type: "Warning", reason: "CertificateExpiring", message } : undefined;
    case "Expired":
      return news ? { type: "Warning", reason: "CertificateExpired", message } : undefined;
    case "Invalid":
    case "NotYetValid":
      return news ? { type: "Warning", reason: "CertificateUnusable", message } : undefined;
    case "Missing":
      return before?.installed ? { type: "Warning", reason: "CertificateMissing", message } : undefined;
    case "Pending":
    case "Unknown":
      return undefined;
  }
}
