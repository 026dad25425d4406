import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect, isIP } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { shownCertificate } from "../domain/traffic/certificates/x509.ts";
import type { ProbeTarget, ShownCertificate } from "../domain/traffic/probes.ts";

/** An answer that is not well. */
class UnwellError extends Error {
  override readonly name = "UnwellError";
}

/** The same failure always reads the same: nothing in it that differs from one time to the next. */
export function describe(error: unknown, { protocol, port, timeoutMs }: ProbeTarget): string {
  if (error instanceof UnwellError) return error.message;
  const { code } = error as { readonly code?: unknown };
  const why = typeof code === "string" ? code : "no usable answer";
  return `${protocol} on port ${port}: ${why === "ETIMEDOUT" ? `no answer within ${timeoutMs} ms` : why}`;
}

type Ask = (address: string, target: ProbeTarget) => Promise<ShownCertificate | undefined>;

/** Certificates are judged elsewhere: here it counts that somebody answers. */
export const ASK: { readonly [P in ProbeTarget["protocol"]]: Ask } = {
  TCP: (address, { port, timeoutMs }) =>
    settled(timeoutMs, (done) =>
      connect({ host: address, port })
        .once("connect", () => done())
        .once("error", done),
    ),
  TLS: (address, { port, host, timeoutMs, certificate, algorithm }) =>
    settled(timeoutMs, (done) => {
      const socket = tlsConnect({
        host: address,
        port,
        rejectUnauthorized: false,
        ...serverName(host),
        ...(algorithm ? { sigalgs: SIGNATURES[algorithm] } : {}),
      });
      const shown = () => (certificate ? shownCertificate(socket.getPeerX509Certificate()) : undefined);
      return socket.once("secureConnect", () => done(undefined, shown)).once("error", done);
    }),
  HTTP: (address, target) => ask(httpRequest, address, target),
  HTTPS: (address, target) => ask(httpsRequest, address, target),
};

/** What a client offers that takes certificates with keys of one kind alone. */
const SIGNATURES = {
  RSA: "rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:RSA+SHA256:RSA+SHA384:RSA+SHA512",
  ECDSA: "ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512",
} as const;

/** SNI names hosts, not addresses. */
const serverName = (host: string | undefined): { readonly servername?: string } =>
  host !== undefined && !isIP(host) ? { servername: host } : {};

const ask = (
  request: typeof httpRequest | typeof httpsRequest,
  address: string,
  { protocol, port, host, path, timeoutMs, statuses }: ProbeTarget,
): Promise<undefined> =>
  settled(timeoutMs, (done) => {
    const asked = request({
      host: address,
      port,
      path,
      method: "GET",
      agent: false,
      headers: { "user-agent": "federated-accesspoint", connection: "close", ...(host ? { host } : {}) },
      ...(request === httpsRequest ? { ...serverName(host), rejectUnauthorized: false } : {}),
    });
    asked.once("response", ({ statusCode = 0 }) => {
      const well = statuses.length > 0 ? statuses.includes(statusCode) : statusCode >= 200 && statusCode < 400;
      // Nothing of the body is read.
      done(well ? undefined : new UnwellError(`${protocol} on port ${port}: status ${statusCode}`));
    });
    asked.once("error", done).end();
    return asked;
  });

interface Connection {
  destroy(): unknown;
  on(event: "error", listener: () => void): unknown;
}

/**
 * Waits for the first word, and ends the connection then, or when the time is over. What was asked comes from tenants and what is
 * answered from anybody: whatever throws, as the request is made or as the answer is read, is the answer, and nothing else.
 */
function settled<T>(
  timeoutMs: number,
  begin: (done: (error?: Error, read?: () => T | undefined) => void) => Connection,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let connection: Connection | undefined;
    const end = () => {
      clearTimeout(timer);
      // What the end of the connection brings is of no interest any more.
      connection?.on("error", () => {});
      connection?.destroy();
    };
    const done = (error?: Error, read?: () => T | undefined): void => {
      try {
        if (error) reject(error);
        else resolve(read?.());
      } catch (unreadable) {
        reject(unreadable);
      } finally {
        end();
      }
    };
    const timer = setTimeout(() => done(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })), timeoutMs);
    try {
      connection = begin(done);
    } catch (refused) {
      done(refused as Error);
    }
  });
}
