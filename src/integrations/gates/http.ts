import { type LookupOptions, lookup } from "node:dns";
import { Agent, request } from "undici";
import { type HostPolicy, HostRefusedError, hostOf } from "./hosts.ts";

export interface GateRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  readonly body?: string;
  /** Values may be secrets; they are blotted out of whatever comes back. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM. */
  readonly caBundle?: string;
}

export interface GateAnswer {
  /** HTTP status code. */
  readonly status: number;
  /** The body, as far as it was read, without the secrets that were sent. */
  readonly text: string;
  /** The header of this name. */
  readonly retryAfter?: string;
}

/** There was no answer; the message can be shown. */
export class NoAnswerError extends Error {
  override readonly name = "NoAnswerError";
}

/** From the connection to the last byte, milliseconds. What takes longer answers 503 until it knows. */
const REQUEST_MS = 10_000;
/** What is read of a body. Bytes. */
const MAX_BODY = 256 * 1024;

/**
 * One request over a connection of its own: no redirect is followed, and the host is called at no address that may not be called.
 *
 * @throws NoAnswerError, or HostRefusedError when it may not be called.
 */
export async function call(
  { url, method, body, headers, caBundle }: GateRequest,
  hosts: HostPolicy,
  signal: AbortSignal,
): Promise<GateAnswer> {
  const target = new URL(url);
  hosts.check(target);
  const agent = new Agent({
    allowH2: false,
    connect: { lookup: checkedLookup(hosts), timeout: REQUEST_MS, ...(caBundle ? { ca: caBundle } : {}) },
  });
  try {
    const answer = await request(target, {
      method,
      dispatcher: agent,
      headers: {
        "user-agent": "federated-accesspoint",
        accept: "application/json",
        ...(body ? { "content-type": "application/json" } : {}),
        ...headers,
      },
      ...(body ? { body } : {}),
      signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]),
    });
    const retryAfter = answer.headers["retry-after"];
    return {
      status: answer.statusCode,
      text: blotted(await read(answer.body), Object.values(headers)),
      ...(typeof retryAfter === "string" ? { retryAfter } : {}),
    };
  } catch (error) {
    const cause = causeOf(error);
    if (cause instanceof HostRefusedError) throw cause;
    throw new NoAnswerError(blotted(`no answer from ${hostOf(target)}: ${inWords(cause)}`, Object.values(headers)));
  } finally {
    await agent.destroy();
  }
}

/** Name resolution that refuses what a connection must not be made to; what was looked at is what is connected to. */
function checkedLookup(hosts: HostPolicy) {
  return (host: string, options: LookupOptions, done: (error: Error | null, address: never, family?: number) => void): void => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, undefined as never);
      try {
        for (const { address } of addresses) hosts.checkAddress(host.toLowerCase(), address);
      } catch (refused) {
        return done(refused as Error, undefined as never);
      }
      if (options.all) done(null, addresses as never);
      else done(null, addresses[0]!.address as never, addresses[0]!.family);
    });
  };
}

async function read(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BODY) break;
  }
  return Buffer.concat(chunks).subarray(0, MAX_BODY).toString("utf8");
}

/** A server may send back what it was sent, whole or a word of it. */
function blotted(text: string, secrets: readonly string[]): string {
  const words = secrets.flatMap((secret) => [secret, ...secret.split(/\s+/)]).filter((word) => word.length >= 4);
  return words.toSorted((a, b) => b.length - a.length).reduce((left, word) => left.replaceAll(word, "***"), text);
}

function causeOf(error: unknown): unknown {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof HostRefusedError || cause.cause === undefined) return cause;
  return error;
}

function inWords(cause: unknown): string {
  if (!(cause instanceof Error)) return "it failed";
  if (cause.name === "TimeoutError" || cause.name.endsWith("TimeoutError")) return `nothing within ${REQUEST_MS / 1000} s`;
  const { code } = cause as Error & { readonly code?: unknown };
  return typeof code === "string" && !cause.message.includes(code) ? `${code} ${cause.message}` : cause.message || String(code);
}
