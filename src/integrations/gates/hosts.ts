import { isIP } from "node:net";
import { hidesIPv4, isLoopback, isOffLimits, isPrivate } from "../../net/networks.ts";

/** A host, or an address that it resolves to, that gates may not call. */
export class HostRefusedError extends Error {
  override readonly name = "HostRefusedError";
}

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
    if (url.protocol !== "https:" && !this.#isListed(host) && !isThisMachine(host))
      throw new HostRefusedError(`${host} is to be called by https; http is for loopback and for what --gate-hosts names`);
    if (isIP(host)) this.checkAddress(host, host);
  }

  /** @throws HostRefusedError when the host may not be called at that address. */
  checkAddress(host: string, address: string): void {
    if (isOffLimits(address)) throw new HostRefusedError(`${host} is at ${address}, which gates never call`);
    if (this.#isListed(host)) return;
    if (isLoopback(address) ? !isThisMachine(host) : isPrivate(address) || hidesIPv4(address))
      throw new HostRefusedError(`${host} is at a private address; the platform has to name it (--gate-hosts)`);
  }

  #isListed(host: string): boolean {
    return isNamed(host, this.#allowed);
  }
}

const isThisMachine = (host: string): boolean => host === "localhost" || (isIP(host) !== 0 && isLoopback(host));
