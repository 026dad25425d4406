/** external-dns: record sets are handed to it as DNSEndpoints on the hub, whether or not the hub serves that kind yet. */
import { FIELD_MANAGER, MANAGED_BY_LABEL, UID_LABEL } from "../api/kinds.ts";
import type { Resource } from "../api/resource.ts";
import { digest } from "../domain/digest.ts";
import type { Outcome } from "../domain/names/outcome.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import { ConflictError, ForbiddenError, InvalidError, NotFoundError } from "../kube/errors.ts";
import type { Logger } from "../kube/logger.ts";
import { objectKey, Reflector, type ReflectorState } from "../kube/reflector.ts";
import type { KubeObject } from "../kube/resource.ts";

export const DNS_ENDPOINTS: Resource = {
  group: "externaldns.k8s.io",
  version: "v1alpha1",
  plural: "dnsendpoints",
  kind: "DNSEndpoint",
  namespaced: true,
};

export interface DnsEndpointsOptions {
  /** The hub. */
  readonly client: KubeClient;
  /** `<namespace>/<name>` of a DNSEndpoint that changed. */
  readonly onChange: (key: string) => void;
  /** The kind became readable, or stopped being so. */
  readonly onState: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is kept of a DNSEndpoint of ours. */
interface Stored {
  readonly uid: string;
  /** uid of the NameService that it was written for. */
  readonly owner: string;
  /** Of its specification. */
  readonly content: string;
  /** external-dns has read the newest generation. */
  readonly read: boolean;
}

/** A request that was refused is not repeated before something changes, or this long. Milliseconds. */
const DECLINED_MS = 60_000;
/** How soon the kind is looked for again. Milliseconds. */
const MISSING_RETRY_MS = 5_000;

type Declined = Exclude<Outcome, { state: "Nothing" | "Stands" }>;

/** The DNSEndpoints that are ours, as the hub has them; watched from the first one that is needed. */
export class DnsEndpoints {
  readonly #options: DnsEndpointsOptions;
  readonly #reflector: Reflector<Stored>;
  #started = false;
  /** What was asked for where the hub stores it differently (defaults, webhooks): by key, `<wanted> <stored>`. */
  readonly #accepted = new Map<string, string>();
  readonly #declined = new Map<string, { readonly content: string; readonly until: number; readonly outcome: Declined }>();

  constructor(options: DnsEndpointsOptions) {
    this.#options = options;
    const { client, onChange, onState, clock, logger } = options;
    this.#reflector = new Reflector<Stored>({
      client,
      resource: DNS_ENDPOINTS,
      labelSelector: `${MANAGED_BY_LABEL}=${FIELD_MANAGER}`,
      transform: stored,
      onChange: ({ key }) => onChange(key),
      onStateChange: onState,
      missingRetryMs: MISSING_RETRY_MS,
      clock,
      logger,
    });
  }

  /** Why nothing can be handed over now: Loading until the first answer; undefined when it can. */
  get obstacle(): Declined | { readonly state: "Loading" } | undefined {
    if (!this.#started) {
      this.#started = true;
      this.#reflector.start();
    }
    const { synced, lastError }: ReflectorState = this.#reflector.state;
    if (lastError instanceof NotFoundError) return missing();
    if (lastError instanceof ForbiddenError) return { state: "EndpointUnreadable", message: lastError.message };
    return synced ? undefined : { state: "Loading" };
  }

  /** Whether records of this NameService stand, whatever they are. */
  standing(key: string, owner: string): Outcome {
    const known = this.#reflector.get(key)?.object;
    return known?.owner === owner ? { state: "Stands", read: known.read, written: false } : { state: "Nothing" };
  }

  /**
   * Makes the DNSEndpoint what it should be: one request when it is not, none when it is.
   *
   * @throws what the client throws when the hub cannot be asked.
   */
  async put(wanted: KubeObject, signal: AbortSignal): Promise<Outcome> {
    const key = objectKey(wanted.metadata);
    const content = digest(wanted["spec"]);
    const owner = wanted.metadata.labels?.[UID_LABEL] ?? "";
    const known = this.#reflector.get(key)?.object;
    const ours = known?.owner === owner ? known : undefined;
    if (ours && (ours.content === content || this.#accepted.get(key) === `${content} ${ours.content}`))
      return { state: "Stands", read: ours.read, written: false };
    const declined = this.#declined.get(key);
    if (declined?.content === content && declined.until > this.#options.clock.monotonic()) return declined.outcome;
    this.#declined.delete(key);
    try {
      const answer = stored(await this.#apply(wanted, ours, signal));
      if (answer.content === content) this.#accepted.delete(key);
      else this.#accepted.set(key, `${content} ${answer.content}`);
      return { state: "Stands", read: answer.read, written: true };
    } catch (error) {
      const outcome = await this.#declineOf(error, wanted, signal);
      this.#declined.set(key, { content, until: this.#options.clock.monotonic() + DECLINED_MS, outcome });
      return outcome;
    }
  }

  /** Removes the DNSEndpoint if it was written for this NameService. */
  async remove(key: string, owner: string, signal: AbortSignal): Promise<void> {
    const known = this.#reflector.get(key)?.object;
    if (known?.owner !== owner) return;
    const [namespace, name] = key.split("/") as [string, string];
    try {
      await this.#options.client.delete(DNS_ENDPOINTS, name, namespace, { preconditions: { uid: known.uid }, signal });
    } catch (error) {
      // It is gone already, or another one has its name.
      if (!(error instanceof NotFoundError || error instanceof ConflictError)) throw error;
    }
  }

  /** The NameService is no more. */
  forget(key: string): void {
    this.#accepted.delete(key);
    this.#declined.delete(key);
  }

  async stop(): Promise<void> {
    if (this.#started) await this.#reflector.stop();
  }

  /** Creates without overwriting (docs/adr/0002-create-only-apply.md), or changes that very object. */
  async #apply(wanted: KubeObject, ours: Stored | undefined, signal: AbortSignal): Promise<KubeObject> {
    const identity = ours ? { uid: ours.uid } : { resourceVersion: "1" };
    const object = { ...wanted, metadata: { ...wanted.metadata, ...identity } };
    const answer = await this.#options.client.apply(DNS_ENDPOINTS, object, { fieldManager: FIELD_MANAGER, force: true, signal });
    this.#reflector.observe(answer);
    return answer;
  }

  async #declineOf(error: unknown, { metadata }: KubeObject, signal: AbortSignal): Promise<Declined> {
    if (error instanceof InvalidError) return { state: "EndpointRefused", message: error.message };
    if (error instanceof ForbiddenError) return { state: "EndpointRefused", message: error.message };
    if (error instanceof NotFoundError) return missing();
    if (!(error instanceof ConflictError)) throw error;
    const found = await this.#options.client.get(DNS_ENDPOINTS, metadata.name, metadata.namespace, { signal });
    // Ours after all: an answer was lost, or the watch is behind. The next pass sees it.
    if (found.metadata.labels?.[UID_LABEL] === metadata.labels?.[UID_LABEL]) throw error;
    const message = `DNSEndpoint ${metadata.namespace}/${metadata.name} is not this NameService's: rename the NameService, or delete the DNSEndpoint`;
    return { state: "EndpointNotOurs", message };
  }
}

const missing = (): Declined => ({
  state: "ExternalDnsMissing",
  message: `the hub does not serve ${DNS_ENDPOINTS.kind} of ${DNS_ENDPOINTS.group}/${DNS_ENDPOINTS.version}: install the CRD of external-dns; it is looked for every ${MISSING_RETRY_MS / 1000} seconds`,
});

function stored({ metadata, ...object }: KubeObject): Stored {
  const { observedGeneration } = (object["status"] ?? {}) as { readonly observedGeneration?: unknown };
  return {
    uid: metadata.uid ?? "",
    owner: metadata.labels?.[UID_LABEL] ?? "",
    content: digest(object["spec"]),
    read: observedGeneration === metadata.generation,
  };
}
