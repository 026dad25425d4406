import { z } from "zod";
import type { RecordStatus } from "../../api/nameservice.ts";

const ipv4 = z.ipv4();
const ipv6 = z.ipv6();
const LABEL = /^[a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?$/;

/** The record type that holds a value in its canonical form. */
export function recordType(value: string): RecordStatus["type"] {
  if (ipv4.safeParse(value).success) return "A";
  return value.includes(":") ? "AAAA" : "CNAME";
}

/**
 * An address or host name as name servers write it: IPv6 compressed, names in lower case and without the dot at the end (with
 * which external-dns would pass over the whole record). Undefined when it is neither.
 */
export function canonical(value: string): string | undefined {
  if (ipv4.safeParse(value).success) return value;
  // The only parser of IPv6 in the language itself is that of URLs.
  if (ipv6.safeParse(value).success) return new URL(`http://[${value}]/`).hostname.slice(1, -1);
  const name = value.toLowerCase().replace(/\.$/, "");
  const labels = name.split(".");
  const last = labels.at(-1) ?? "";
  const isName = name.length <= 253 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(last);
  return isName ? name : undefined;
}

/** An IP address, and no host name. */
export function isAddress(value: string): boolean {
  const known = canonical(value);
  return known !== undefined && recordType(known) !== "CNAME";
}

/** The name under which FQDNs are compared. */
export const canonicalName = (fqdn: string): string => fqdn.toLowerCase();

/** Whether a host of a Gateway serves a name: the name itself, or a wildcard above it. */
export function serves(host: string, fqdn: string): boolean {
  const offered = canonicalName(host);
  const wanted = canonicalName(fqdn);
  return offered === wanted || (offered.startsWith("*.") && wanted.endsWith(offered.slice(1)));
}
