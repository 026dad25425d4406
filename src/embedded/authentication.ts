import { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  /** What else is known, e.g. which client certificate proved it. */
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export const authenticated = "system:authenticated";
export const unauthenticated = "system:unauthenticated";

export const anonymous: User = { name: "system:anonymous", groups: [unauthenticated] };

/** What a client certificate proves, and for how long. */
interface Holder {
  readonly user: User;
  readonly fingerprint: string;
  /** Milliseconds. */
  readonly expires: number;
}

/** Who may use the server: holders of a token, and holders of a certificate that the server's CA signed. */
export class Authenticator {
  readonly #tokens = new Map<string, User>();
  /** Fingerprints of certificates. */
  readonly #given = new Set<string>();
  readonly #refused = new Set<string>();
  /** What is behind a connection, whose certificate is read once. */
  readonly #holders = new WeakMap<TLSSocket, Holder | "nobody" | "unproved">();

  /** From now on `token` proves to be that user. */
  accept(token: string, user: { readonly name: string; readonly groups?: readonly string[] }): void {
    this.#tokens.set(token, { name: user.name, groups: withAuthenticated(user.groups ?? []) });
  }

  /** No token is accepted any more: what happens to a client when its credentials expire. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** Notes a certificate (PEM) that a client is given. */
  give(certificate: string): void {
    this.#given.add(new X509Certificate(certificate).fingerprint256);
  }

  /** No certificate that was given is accepted any more, on connections that stand as on new ones. */
  expireCertificates(): void {
    for (const fingerprint of this.#given) this.#refused.add(fingerprint);
  }

  /** Whom a token proves, if it proves anything. */
  userOf(token: string): User | undefined {
    return this.#tokens.get(token);
  }

  /** @returns undefined when credentials were shown that prove nothing; anonymous when none were */
  authenticate(authorization: string | undefined, socket: TLSSocket): User | undefined {
    const bearer = /^Bearer\s+(.+)$/i.exec(authorization ?? "")?.[1];
    if (bearer !== undefined) return this.#tokens.get(bearer);
    let holder = this.#holders.get(socket);
    if (!holder) {
      holder = holderOf(socket);
      this.#holders.set(socket, holder);
    }
    if (holder === "nobody") return anonymous;
    if (holder === "unproved" || holder.expires < Date.now() || this.#refused.has(holder.fingerprint)) return undefined;
    return holder.user;
  }
}

function holderOf(socket: TLSSocket): Holder | "nobody" | "unproved" {
  const { subject, fingerprint256, valid_to } = socket.getPeerCertificate();
  if (fingerprint256 === undefined) return "nobody";
  if (!socket.authorized || !subject.CN) return "unproved";
  const organisations = subject.O as string | string[] | undefined;
  const groups = organisations === undefined ? [] : [organisations].flat();
  const credentialId = `X509SHA256=${fingerprint256.replaceAll(":", "").toLowerCase()}`;
  return {
    user: {
      name: String(subject.CN),
      groups: withAuthenticated(groups),
      extra: { "authentication.kubernetes.io/credential-id": [credentialId] },
    },
    fingerprint: fingerprint256,
    expires: Date.parse(valid_to),
  };
}

const withAuthenticated = (groups: readonly string[]): string[] =>
  groups.includes(authenticated) ? [...groups] : [...groups, authenticated];
