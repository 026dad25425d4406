import type { AccessPoint } from "../../src/api/accesspoint.ts";
import { ACCESS_POINTS, DELIVERABLE, REVISION_ANNOTATION } from "../../src/api/kinds.ts";
import type { WatchEvent } from "../../src/kube/client.ts";
import type { KubeObject, Resource } from "../../src/kube/resource.ts";
import type { Station } from "./fleet.ts";

/** An AccessPoint as the hub told of it. */
export interface HubReport {
  /** Counts over the hub and all members, in the order in which they were heard of. */
  readonly index: number;
  /** When it was heard of, in monotonic milliseconds. */
  readonly at: number;
  readonly accessPoint: AccessPoint;
}

/** One change of one object in one member, as its API server told it. */
export interface MemberWrite {
  /** See HubReport. */
  readonly index: number;
  /** See HubReport. */
  readonly at: number;
  readonly cluster: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  /** `Kind/name`. */
  readonly title: string;
  readonly namespace: string;
  /** Of accesspoint.dev/revision; "" without. */
  readonly revision: string;
  readonly object: KubeObject;
}

/** Watches the hub's AccessPoints, and in every member every kind that can be delivered: what it has not seen was not written. */
export class WriteRecorder {
  readonly #writes: MemberWrite[] = [];
  readonly #reports: HubReport[] = [];
  readonly #stopping = new AbortController();
  readonly #watching: Promise<void>[] = [];
  #heard = 0;
  #error: unknown;

  /** @param hub without it there are no reports */
  static async start(members: readonly Station[], hub?: Station): Promise<WriteRecorder> {
    const recorder = new WriteRecorder();
    await Promise.all([
      ...(hub ? [recorder.#follow(hub, ACCESS_POINTS, ({ object }) => recorder.#report(object))] : []),
      ...members.flatMap((member) =>
        DELIVERABLE.map((resource) => recorder.#follow(member, resource, (event) => recorder.#write(member.name, resource, event))),
      ),
    ]);
    return recorder;
  }

  /** @throws Error when a watch broke: then writes may have been missed */
  writes(namespace: string): readonly MemberWrite[] {
    if (this.#error) throw this.#error;
    return this.#writes.filter((write) => write.namespace === namespace);
  }

  /** @throws Error like `writes` */
  reports(namespace: string): readonly HubReport[] {
    if (this.#error) throw this.#error;
    return this.#reports.filter(({ accessPoint }) => accessPoint.metadata.namespace === namespace);
  }

  /** How much was heard of so far: a mark to compare an index with. */
  get length(): number {
    return this.#heard;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#watching);
  }

  #report(object: KubeObject): void {
    this.#reports.push({ index: this.#heard++, at: performance.now(), accessPoint: object as unknown as AccessPoint });
  }

  #write(cluster: string, { kind }: Resource, { type, object }: WatchEvent): void {
    const { name, namespace = "", annotations } = object.metadata;
    this.#writes.push({
      index: this.#heard++,
      at: performance.now(),
      cluster,
      type: type as MemberWrite["type"],
      title: `${kind}/${name}`,
      namespace,
      revision: annotations?.[REVISION_ANNOTATION] ?? "",
      object,
    });
  }

  /** Resolves when the watch is open. */
  async #follow(station: Station, resource: Resource, onEvent: (event: WatchEvent) => void): Promise<void> {
    const { resourceVersion } = await station.client.listPage(resource, { limit: 1 });
    const opened = Promise.withResolvers<void>();
    this.#watching.push(this.#watch(station, resource, resourceVersion, opened.resolve, onEvent).catch(opened.reject));
    await opened.promise;
  }

  async #watch(
    { name, client }: Station,
    resource: Resource,
    resourceVersion: string,
    onOpen: () => void,
    onEvent: (event: WatchEvent) => void,
  ): Promise<void> {
    const { signal } = this.#stopping;
    try {
      for await (const event of client.watch(resource, { resourceVersion, signal, onOpen })) {
        if (event.type !== "BOOKMARK") onEvent(event);
      }
      if (!signal.aborted) throw new Error(`the watch of ${resource.plural} in ${name} ended`);
    } catch (error) {
      if (signal.aborted) return;
      this.#error = error;
      throw error;
    }
  }
}
