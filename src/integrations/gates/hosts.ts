import { BlockList, isIP } from "node:net";

/** A host, or an address that it resolves to, that gates may not call. */
export class HostRefusedError extends Error {
  override readonly name = "HostRefusedError";
}

const subnets = (...ranges: readonly (readonly [string, number, "ipv4" | "ipv6"])[]): BlockList => {
  const list = new BlockList();
  for (const range of ranges) list.addSubnet(...range);
  return list;
};

/** Where clouds serve their credentials, and what is no host at all: never called, whoever allows it. */
const NEVER = subnets(
  ["0.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["224.0.0.0", 3, "ipv4"],
  ["fd00:ec2::254", 128, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
);
/** The hub's own surroundings. */
const PRIVATE = subnets(
  ["10.0.0.0", 8, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["64:ff9b::", 96, "ipv6"],
  ["fc00::", 7, "ipv6"],
);
const LOOPBACK = subnets(["127.0.0.0", 8, "ipv4"], ["::1", 128, "ipv6"]);

const has = (list: BlockList, address: string): boolean => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");

/** Whether a host is one of those that a list of `name`, `*.domain` and `*` names. */
export const isNamed = (host: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => pattern === "*" || pattern === host || (pattern.startsWith("*.") && host.endsWith(pattern.slice(1))));

/** Without the brackets that a URL puts around an IPv6 address, and without the dot at the end of a full name. */
export const hostOf = ({ hostname }: URL): string =>
  hostname
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();

/**
 * Which hosts gates may call. Whoever may write an AccessPoint says which URL is called, from the hub's network: without a list
 * of the platform's that is https to the world outside, and loopback; with one, exactly what it names.
 */
export class HostPolicy {
  readonly #allowed: readonly string[];

  /** @param allowed Names, `*.domain` or `*`; empty: none is given. */
  constructor(allowed: readonly string[] = []) {
    this.#allowed = allowed;
  }

  /** @throws HostRefusedError when the URL may not be called, whatever its host resolves to. */
  check(url: URL): void {
    const host = hostOf(url);
    if (this.#allowed.length > 0 && !this.#isListed(host))
      throw new HostRefusedError(`${host} is none of the hosts that gates may call here (--gate-hosts)`);
    if (url.protocol !== "https:" && !this.#isListed(host) && !isLoopback(host))
      throw new HostRefusedError(`${host} is to be called by https; http is for loopback and for what --gate-hosts names`);
    if (isIP(host)) this.checkAddress(host, host);
  }

  /** @throws HostRefusedError when the host may not be called at that address. */
  checkAddress(host: string, address: string): void {
    if (has(NEVER, address)) throw new HostRefusedError(`${host} is at ${address}, which gates never call`);
    if (this.#isListed(host)) return;
    if (has(LOOPBACK, address) ? !isLoopback(host) : has(PRIVATE, address))
      throw new HostRefusedError(`${host} is at a private address; the platform has to name it (--gate-hosts)`);
  }

  #isListed(host: string): boolean {
    return isNamed(host, this.#allowed);
  }
}

const isLoopback = (host: string): boolean => host === "localhost" || (isIP(host) !== 0 && has(LOOPBACK, host));
