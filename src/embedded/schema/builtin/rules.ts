import { isDeepStrictEqual } from "node:util";
import { Cidr, Ip, isLinkLocalMulticast, isLinkLocalUnicast, isLoopback, isUnspecified } from "../addresses.ts";
import { InOrder, invalid, quote } from "../errors.ts";
import type { NameRule } from "../names.ts";
import { isPortName } from "../names.ts";
import { isMap } from "../node.ts";
import type { FieldError } from "../schema.ts";

/** What validation of several built-in kinds asks. */
export const named = (rule: NameRule, path: string, name: string): FieldError[] =>
  rule(name).map((problem) => invalid(path, name, problem));

export const nonNegative = (path: string, value: number | undefined): FieldError[] =>
  value !== undefined && value < 0 ? [invalid(path, value, "must be greater than or equal to 0")] : [];

export const immutable = (path: string, value: unknown, old: unknown): FieldError[] =>
  isDeepStrictEqual(value ?? null, old ?? null) ? [] : [invalid(path, shown(value), "field is immutable")];

const shown = (value: unknown): unknown => (isMap(value) ? new InOrder(value) : (value ?? null));

export const portNumber = (path: string, port: number): FieldError[] =>
  port >= 1 && port <= 65_535 ? [] : [invalid(path, port, "must be between 1 and 65535, inclusive")];

/** @param known addresses that were there before and may stay as they are */
export function address(path: string, text: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(text) || Ip.parse(text)) return [];
  return [invalid(path, text, addressProblem(text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"))];
}

function addressProblem(text: string, otherwise: string): string {
  if (Ip.parse(withoutLeadingZeros(text))) return "must not have leading 0s";
  const mapped = /^::ffff:(.*)$/i.exec(text)?.[1];
  return mapped !== undefined && Ip.parse(mapped)?.family === 4 ? "must not be an IPv4-mapped IPv6 address" : otherwise;
}

const withoutLeadingZeros = (text: string): string => text.replace(/(^|[./])0+(?=\d)/g, "$1");

/** About an address that is right, but not written as it should be. */
export function addressWarnings(path: string, text: string): string[] {
  const ip = Ip.parse(text);
  if (ip?.family !== 6 || ip.toString() === text) return [];
  return [`${path}: IPv6 address ${quote(text)} should be in RFC 5952 canonical format (${quote(ip.toString())})`];
}

/** The same about a range. */
export function rangeWarnings(path: string, text: string): string[] {
  const range = Cidr.parse(text);
  if (range?.ip.family !== 6 || range.toString() === text) return [];
  return [`${path}: IPv6 CIDR value ${quote(text)} should be in RFC 5952 canonical format (${quote(range.toString())})`];
}

/** An address that packets of the cluster may be sent to. */
export function endpointAddress(path: string, text: string): FieldError[] {
  const ip = Ip.parse(withoutLeadingZeros(text));
  if (!ip) return [invalid(path, text, "must be a valid IP address")];
  const refused: readonly (readonly [boolean, string])[] = [
    [isUnspecified(ip), `may not be unspecified (${text})`],
    [isLoopback(ip), "may not be in the loopback range (127.0.0.0/8, ::1/128)"],
    [isLinkLocalUnicast(ip), "may not be in the link-local range (169.254.0.0/16, fe80::/10)"],
    [isLinkLocalMulticast(ip), "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"],
  ];
  return refused.filter(([is]) => is).map(([, problem]) => invalid(path, text, problem));
}

/** @param known ranges that were there before and may stay as they are */
export function addressRange(path: string, text: string, known: readonly string[] = []): FieldError[] {
  if (known.includes(text)) return [];
  const range = Cidr.parse(text);
  if (range) {
    return range.ip.bits === range.masked.ip.bits ? [] : [invalid(path, text, "must not have bits set beyond the prefix length")];
  }
  if (Cidr.parse(withoutLeadingZeros(text))) return [invalid(path, text, "must not have leading 0s in IP or prefix length")];
  return [invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")];
}

export const portNumberOrName = (path: string, port: number | string): FieldError[] =>
  typeof port === "number" ? portNumber(path, port) : named(isPortName, path, port);
