import { Resolver } from "node:dns/promises";

/** How often a name server, or the next one, is asked within the time. */
const TRIES = 3;

/**
 * The address that a host name leads to: the first of IPv4, else of IPv6. Name servers are asked directly: the system's own look-up
 * would hold one of a few threads that everybody here needs, for as long as whoever answers for the name likes.
 *
 * @param timeoutMs Longest wait in all; milliseconds.
 * @param servers Default: the system's.
 * @throws with the resolver's `code`; ETIMEDOUT when the time is over.
 */
export async function addressOf(name: string, timeoutMs: number, servers?: readonly string[]): Promise<string> {
  const resolver = new Resolver({ timeout: Math.ceil(timeoutMs / TRIES), tries: TRIES });
  if (servers) resolver.setServers(servers);
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    resolver.cancel();
  }, timeoutMs);
  try {
    const [address] = await resolver.resolve4(name).catch((error: NodeJS.ErrnoException) => {
      if (isOver || (error.code !== "ENODATA" && error.code !== "ENOTFOUND")) throw error;
      return resolver.resolve6(name);
    });
    if (address === undefined) throw Object.assign(new Error(`${name}: no address`), { code: "ENODATA" });
    return address;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw isOver || code === "ETIMEOUT" ? Object.assign(new Error(`${name}: no answer in time`), { code: "ETIMEDOUT" }) : error;
  } finally {
    clearTimeout(timer);
  }
}
