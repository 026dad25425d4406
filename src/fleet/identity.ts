import { isRecord } from "../kube/answer.ts";
import type { KubeClient } from "../kube/client.ts";
import { ForbiddenError, NotFoundError } from "../kube/errors.ts";

const LONGEST = 64;

/**
 * What tells a cluster from every other: the uid of its namespace kube-system, which lives as long as the cluster. Undefined where
 * the credentials may not read it.
 */
export async function readIdentity(
  client: Pick<KubeClient, "raw">,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<string | undefined> {
  try {
    const namespace = await client.raw("GET", "/api/v1/namespaces/kube-system", options);
    const uid = isRecord(namespace) && isRecord(namespace["metadata"]) ? namespace["metadata"]["uid"] : undefined;
    return typeof uid === "string" && uid.length <= LONGEST ? uid : undefined;
  } catch (error) {
    if (error instanceof ForbiddenError || error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** A MemberCluster, as far as it matters whether another one leads to the same cluster. */
interface Registered {
  /** When it was registered, ISO 8601. */
  readonly at: string;
  readonly identity: string | undefined;
}

/** Which MemberCluster has a cluster when several lead to it: the one that was registered first. */
export class Identities {
  readonly #registered = new Map<string, Registered>();
  /** By identity. */
  #first = new Map<string, string>();

  /** Returns the names of all that lead to a cluster that this one led to before, or leads to now. */
  set(name: string, registered: Registered): readonly string[] {
    const before = this.#registered.get(name);
    if (before?.identity === registered.identity && before?.at === registered.at) return [];
    this.#registered.set(name, registered);
    return this.#changed(before?.identity, registered.identity);
  }

  delete(name: string): readonly string[] {
    const before = this.#registered.get(name);
    this.#registered.delete(name);
    return this.#changed(before?.identity);
  }

  get(name: string): Registered | undefined {
    return this.#registered.get(name);
  }

  /** The MemberCluster that has the cluster to which this one leads, too; undefined where it has it itself. */
  twinOf(name: string): string | undefined {
    const identity = this.#registered.get(name)?.identity;
    const first = identity === undefined ? undefined : this.#first.get(identity);
    return first === name ? undefined : first;
  }

  #changed(...identities: readonly (string | undefined)[]): readonly string[] {
    const inOrder = [...this.#registered].sort(([a, one], [b, other]) =>
      one.at === other.at ? (a < b ? -1 : 1) : one.at < other.at ? -1 : 1,
    );
    this.#first = new Map(
      inOrder.toReversed().flatMap(([name, { identity }]) => (identity === undefined ? [] : [[identity, name]])),
    );
    return inOrder.filter(([, { identity }]) => identity !== undefined && identities.includes(identity)).map(([name]) => name);
  }
}
