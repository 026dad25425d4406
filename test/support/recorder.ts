import { DELIVERABLE, REVISION_ANNOTATION } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/kube/resource.ts";
import type { Station } from "./fleet.ts";

/** One change of one object in one member, as its API server told it. */
export interface MemberWrite {
  /** Counts over all members, in the order in which they were heard of. */
  readonly index: number;
  readonly cluster: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** `Kind/name`. */
  readonly title: string;
  readonly namespace: string;
  /** Of accesspoint.dev/revision; "" without. */
  readonly revision: string;
  readonly object: KubeObject;
}

/** Watches every kind that can be delivered in every member, by itself: what it has not seen was not written. */
export class WriteRecorder {
  readonly #writes: MemberWrite[] = [];
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>[] = [];
  #error: unknown;

  static async start(stations: readonly Station[]): Promise<WriteRecorder> {
    const recorder = new WriteRecorder();
    await Promise.all(
      stations.flatMap((station) =>
        DELIVERABLE.map(async (resource) => {
          const { resourceVersion } = await station.client.listPage(resource, { limit: 1 });
          const opened = Promise.withResolvers<void>();
          recorder.#watching.push(recorder.#watch(station, resource, resourceVersion, opened.resolve).catch(opened.reject));
          await opened.promise;
        }),
      ),
    );
    return recorder;
  }

  /** @throws Error when a watch broke: then writes may have been missed */
  writes(namespace: string): readonly MemberWrite[] {
    if (this.#error) throw this.#error;
    return this.#writes.filter((write) => write.namespace === namespace);
  }

  /** How many were heard of so far, of all namespaces: a mark to compare an index with. */
  get length(): number {
    return this.#writes.length;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#watching);
  }

  async #watch(
    { name: cluster, client }: Station,
    resource: (typeof DELIVERABLE)[number],
    resourceVersion: string,
    onOpen: () => void,
  ): Promise<void> {
    const { signal } = this.#stopping;
    try {
      for await (const { type, object } of client.watch(resource, { resourceVersion, signal, onOpen })) {
        if (type === "BOOKMARK") continue;
        this.#writes.push({
          index: this.#writes.length,
          cluster,
          type,
          title: `${resource.kind}/${object.metadata.name}`,
          namespace: object.metadata.namespace ?? "",
          revision: object.metadata.annotations?.[REVISION_ANNOTATION] ?? "",
          object,
        });
      }
      if (!signal.aborted) throw new Error(`the watch of ${resource.plural} in ${cluster} ended`);
    } catch (error) {
      if (signal.aborted) return;
      this.#error = error;
      throw error;
    }
  }
}
