import type { X509Certificate } from "node:crypto";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { connect as tlsConnect } from "node:tls";
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
  TLS: (address, { port, host, timeoutMs, certificate }) =>
    settled(timeoutMs, (done) => {
      const socket = tlsConnect({ host: address, port, rejectUnauthorized: false, ...(host ? { servername: host } : {}) });
      const shown = () => (certificate ? shownBy(socket.getPeerX509Certificate()) : undefined);
      return socket.once("secureConnect", () => done(undefined, shown())).once("error", done);
    }),
  HTTP: (address, target) => ask(httpRequest, address, target),
  HTTPS: (address, target) => ask(httpsRequest, address, target),
};

const shownBy = (certificate: X509Certificate | undefined): ShownCertificate | undefined =>
  certificate && {
    fingerprint: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    notAfter: certificate.validToDate.toISOString(),
  };

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
      ...(host && request === httpsRequest ? { servername: host } : {}),
      ...(request === httpsRequest ? { rejectUnauthorized: false } : {}),
    });
    asked.once("response", ({ statusCode = 0 }) => {
      const well = statuses.length > 0 ? statuses.includes(statusCode) : statusCode >= 200 && statusCode < 400;
      // Nothing of the body is read.
      done(well ? undefined : new UnwellError(`${protocol} on port ${port}: status ${statusCode}`));
    });
    asked.once("error", done).end();
    return asked;
  });

/** Waits for the first word, and ends the connection then, or when the time is over. */
function settled<T>(
  timeoutMs: number,
  begin: (done: (error?: Error, answer?: T) => void) => { destroy(): unknown; on(event: "error", listener: () => void): unknown },
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => done(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" })), timeoutMs);
    const done = (error?: Error, answer?: T): void => {
      clearTimeout(timer);
      // What the end of the connection brings is of no interest any more.
      connection.on("error", () => {});
      connection.destroy();
      if (error) reject(error);
      else resolve(answer);
    };
    const connection = begin(done);
  });
}
