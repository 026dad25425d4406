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

/** Whether cert-manager is well and going to renew the certificate: nobody needs to be warned, however short it lives. */
export const renewedInTime = (issued: CertificateFacts | undefined, now: Date): boolean =>
  issued?.ready === true && now.getTime() < lateAt(issued);

const lateAt = ({ renewalTime }: Pick<CertificateFacts, "renewalTime">): number =>
  renewalTime === undefined ? Number.NEGATIVE_INFINITY : Date.parse(renewalTime) + RENEWAL_GRACE_MS;

/** When time alone changes next how a certificate stands; undefined: never again. */
export function nextChange(
  { notBefore, notAfter, renewalTime }: { readonly notBefore?: string; readonly notAfter?: string; readonly renewalTime?: string },
  now: Date,
): Date | undefined {
  const end = notAfter === undefined ? Number.NaN : Date.parse(notAfter);
  const times = [
    ...(notBefore === undefined ? [] : [Date.parse(notBefore)]),
    ...(renewalTime === undefined ? [] : [lateAt({ renewalTime })]),
    ...EXPIRY_WARNINGS.map(({ leftMs }) => end - leftMs),
    end,
  ].filter((time) => time > now.getTime());
  return times.length > 0 ? new Date(Math.min(...times)) : undefined;
}
