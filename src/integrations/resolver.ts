import { lookup, Resolver } from "node:dns/promises";
import { isIP } from "node:net";
import type { Answer } from "../domain/names/answer.ts";
import type { Clock } from "../kube/clock.ts";

export type QueriedType = "A" | "AAAA" | "CNAME";

/** Time for one question, in milliseconds, and how often it is asked. */
const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** However short the TTL is, a name is not asked about more often than this. Milliseconds. */
const SHORTEST_MS = 1_000;
/** Values of one type that are looked at. */
const MAX_VALUES = 512;

interface Remembered {
  readonly question: string;
  readonly until: number;
  readonly answer: Answer;
}

/** Asks one name server, and not more often than answers may be kept. */
export class NameResolver {
  /** As it was configured: `HOST:PORT`. */
  readonly server: string;
  readonly #clock: Clock;
  readonly #remembered = new Map<string, Remembered>();

  constructor(server: string, clock: Clock) {
    this.server = server;
    this.#clock = clock;
  }

  /**
   * What the name server says of a name, or said within the TTL; where there is no CNAME that was asked for, also its addresses.
   *
   * @param key Whose question it is; it is remembered under that key until `forget`.
   */
  async ask(key: string, fqdn: string, types: readonly QueriedType[], ttlSeconds: number, signal: AbortSignal): Promise<Answer> {
    const question = `${fqdn} ${types.join()}`;
    const known = this.#remembered.get(key);
    if (known?.question === question && known.until > this.#clock.monotonic()) return known.answer;
    const answer = await this.#query(fqdn, types, signal);
    const until = this.#clock.monotonic() + this.intervalMs(ttlSeconds);
    this.#remembered.set(key, { question, until, answer });
    return answer;
  }

  /** When it is worth asking again, in milliseconds. */
  intervalMs(ttlSeconds: number): number {
    return Math.max(SHORTEST_MS, ttlSeconds * 1000);
  }

  forget(key: string): void {
    this.#remembered.delete(key);
  }

  async #query(fqdn: string, types: readonly QueriedType[], signal: AbortSignal): Promise<Answer> {
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    const cancel = () => resolver.cancel();
    signal.addEventListener("abort", cancel, { once: true });
    try {
      resolver.setServers([await addressOf(this.server)]);
      signal.throwIfAborted();
      const values = await Promise.all(types.map(async (type) => [type, await queryType(resolver, fqdn, type)] as const));
      const answered = new Map(values);
      // Of a CNAME that leads to a load balancer of its own a provider makes an alias, which answers addresses alone.
      if (answered.get("CNAME")?.length === 0)
        for (const type of ["A", "AAAA"] as const) answered.set(type, await queryType(resolver, fqdn, type));
      return { values: answered };
    } catch (error) {
      return { failure: error instanceof Error ? error.message : String(error) };
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }
}

async function queryType(resolver: Resolver, fqdn: string, type: QueriedType): Promise<readonly string[]> {
  try {
    const values = await (type === "A"
      ? resolver.resolve4(fqdn)
      : type === "AAAA"
        ? resolver.resolve6(fqdn)
        : resolver.resolveCname(fqdn));
    return values.slice(0, MAX_VALUES);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // An answer, too: there is no such name, or no such record.
    if (code === "ENOTFOUND" || code === "ENODATA") return [];
    throw error;
  }
}

/** c-ares takes addresses only. */
async function addressOf(server: string): Promise<string> {
  const [, host = "", port = "53"] = /^(.*?)(?::(\d+))?$/.exec(server) ?? [];
  if (isIP(server)) return server;
  const bare = host.replace(/^\[|\]$/g, "");
  const address = isIP(bare) ? bare : (await lookup(bare)).address;
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}
