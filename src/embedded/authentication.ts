import type { TLSSocket } from "node:tls";

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  /** Names the client certificate that proved it, as in SelfSubjectReview. */
  readonly credentialId?: string;
}

const authenticated = "system:authenticated";

export const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] };

/** Who may use the server: holders of a token, and holders of a certificate that the server's CA signed. */
export class Authenticator {
  readonly #tokens = new Map<string, User>();
  /** Who is behind a connection: a certificate is read once. */
  readonly #holders = new WeakMap<TLSSocket, User>();

  /** From now on `token` proves to be that user. */
  accept(token: string, user: { readonly name: string; readonly groups?: readonly string[] }): void {
    this.#tokens.set(token, { name: user.name, groups: withAuthenticated(user.groups ?? []) });
  }

  /** No token is accepted any more: what happens to a client when its credentials expire. */
  revokeTokens(): void {
    this.#tokens.clear();
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
    return holder;
  }
}

function holderOf(socket: TLSSocket): User {
  if (!socket.authorized) return anonymous;
  const { subject, fingerprint256 } = socket.getPeerCertificate();
  if (!subject?.CN) return anonymous;
  const organisations = subject.O as string | string[] | undefined;
  const groups = organisations === undefined ? [] : [organisations].flat();
  return {
    name: String(subject.CN),
    groups: withAuthenticated(groups),
    credentialId: `X509SHA256=${fingerprint256.replaceAll(":", "").toLowerCase()}`,
  };
}

const withAuthenticated = (groups: readonly string[]): string[] =>
  groups.includes(authenticated) ? [...groups] : [...groups, authenticated];
