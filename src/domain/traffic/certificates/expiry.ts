import type { CertificateReason } from "../../../api/conditions.ts";
import type { CertificateFacts } from "./issued.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** When people are warned that a certificate expires: so many milliseconds ahead; the most urgent first. */
export const EXPIRY_WARNINGS: readonly { readonly leftMs: number; readonly reason: CertificateReason }[] = [
  { leftMs: 7 * DAY_MS, reason: "ExpiresWithin7Days" },
  { leftMs: 30 * DAY_MS, reason: "ExpiresWithin30Days" },
];

/** For so long cert-manager may be late before nobody counts on it. */
const RENEWAL_GRACE_MS = HOUR_MS;

/** Whether cert-manager is well and going to renew the certificate before this ends: nobody needs to be warned, however short it lives. */
export const renewedInTime = (issued: CertificateFacts | undefined, end: string, now: Date): boolean =>
  issued?.ready === true && now.getTime() < lateAt(issued) && Date.parse(issued.renewalTime ?? end) < Date.parse(end);

/** Whether cert-manager should have renewed it by now. */
export const isOverdue = (issued: CertificateFacts, now: Date): boolean =>
  issued.renewalTime !== undefined && now.getTime() >= lateAt(issued);

const lateAt = ({ renewalTime }: Pick<CertificateFacts, "renewalTime">): number =>
  renewalTime === undefined ? Number.NEGATIVE_INFINITY : Date.parse(renewalTime) + RENEWAL_GRACE_MS;

/** Something without which clients are refused, and until when it is valid. */
export interface End {
  /** In words, as the subject of a sentence. */
  readonly what: string;
  /** ISO 8601. */
  readonly at: string;
}

/**
 * When time alone changes next how a certificate stands; undefined: never again.
 *
 * @param ends When what is needed for it expires.
 */
export function nextChange(
  {
    notBefore,
    ends,
    renewalTime,
  }: { readonly notBefore: string; readonly ends: readonly End[]; readonly renewalTime?: string | undefined },
  now: Date,
): Date | undefined {
  const times = [
    Date.parse(notBefore),
    ...(renewalTime === undefined ? [] : [lateAt({ renewalTime })]),
    ...ends.flatMap(({ at }) => [0, ...EXPIRY_WARNINGS.map(({ leftMs }) => leftMs)].map((leftMs) => Date.parse(at) - leftMs)),
  ].filter((time) => time > now.getTime());
  // What has expired stays so.
  if (ends.some(({ at }) => Date.parse(at) <= now.getTime())) return undefined;
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}
