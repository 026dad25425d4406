import type { Resource } from "../api/resource.ts";
import { type Answer, placeIn } from "../domain/inventory.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import { ForbiddenError } from "../kube/errors.ts";

const NODES: Resource = { group: "", version: "v1", plural: "nodes", kind: "Node", namespaced: false };
const ZONE = "topology.kubernetes.io/zone";
const REGION = "topology.kubernetes.io/region";

/** Nodes rarely change where they stand. Milliseconds. */
const READ_AGAIN_MS = 600_000;
/** After they could not be read, or did not say it all: a cluster may be registered before its nodes are there. Milliseconds. */
const TRY_AGAIN_MS = 60_000;

const LABEL_VALUE = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/**
 * Zone and region of a cluster from the labels of its nodes, which count when all of them that have the label agree. Two requests
 * a label, each for at most one node's metadata, however many nodes there are: one that has it, and one that has another value.
 */
export class NodeTopology {
  readonly #client: Pick<KubeClient, "listPage">;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #stopping = new AbortController();
  #answer: Answer = { state: "Pending", message: "its nodes have not been read yet" };
  #reading: Promise<void> | undefined;
  #wanted = false;
  /** Monotonic milliseconds. */
  #dueAt = 0;

  constructor(client: Pick<KubeClient, "listPage">, clock: Clock, onChange: () => void) {
    this.#client = client;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get answer(): Answer {
    return this.#answer;
  }

  /** Whether anybody needs to know: otherwise the nodes are not read. */
  want(wanted: boolean): void {
    this.#wanted = wanted;
  }

  /** Reads the nodes when that is due; `anew`: the cluster was away. A changed answer is told. */
  refresh(anew = false): void {
    if (anew) this.#dueAt = 0;
    if (!this.#wanted || this.#reading || this.#clock.monotonic() < this.#dueAt || this.#stopping.signal.aborted) return;
    this.#dueAt = this.#clock.monotonic() + READ_AGAIN_MS;
    this.#reading = this.#read(this.#stopping.signal).finally(() => {
      this.#reading = undefined;
    });
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#reading;
  }

  async #read(signal: AbortSignal): Promise<void> {
    const before = JSON.stringify(this.#answer);
    try {
      const [zone, region] = [await this.#agreed(ZONE, signal), await this.#agreed(REGION, signal)];
      const found = placeIn({ ...zone.value, ...region.value });
      this.#answer = { ...found, remarks: [...zone.remarks, ...region.remarks, ...found.remarks] };
      if (!found.facts.zone || !found.facts.region) this.#dueAt = this.#clock.monotonic() + TRY_AGAIN_MS;
    } catch (error) {
      if (signal.aborted) return;
      this.#dueAt = this.#clock.monotonic() + TRY_AGAIN_MS;
      this.#answer = { state: "Unreadable", message: explain(error) };
    }
    if (JSON.stringify(this.#answer) !== before) this.#onChange();
  }

  async #agreed(key: string, signal: AbortSignal): Promise<{ value: Record<string, string>; remarks: readonly string[] }> {
    const value = await this.#one(key, key, signal);
    if (value === undefined) return { value: {}, remarks: [`no node has the label ${key}`] };
    const other = await this.#one(`${key},${key}!=${value}`, key, signal);
    if (other !== undefined && other !== value) {
      const [first, second] = [value, other].sort();
      return { value: {}, remarks: [`its nodes do not agree on ${key}: ${first}, ${second}`] };
    }
    return { value: { [key]: value }, remarks: [] };
  }

  /** The label of some node that the selector selects. What is no label's value counts as absent: members are not trusted. */
  async #one(labelSelector: string, key: string, signal: AbortSignal): Promise<string | undefined> {
    const { items } = await this.#client.listPage(NODES, { labelSelector, limit: 1, metadataOnly: true, signal });
    const value: unknown = items[0]?.metadata.labels?.[key];
    return typeof value === "string" && LABEL_VALUE.test(value) ? value : undefined;
  }
}

function explain(error: unknown): string {
  if (error instanceof ForbiddenError) return "the hub may not list its nodes: give it that right there, as deploy/member does";
  return `its nodes cannot be read: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`;
}
