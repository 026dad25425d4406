import { FIELD_MANAGER, REVISION_ANNOTATION } from "../../src/api/kinds.ts";
import type { KubeObject, Resource } from "../../src/api/resource.ts";
import type { Accepted, Action, Found, Holdings } from "../../src/domain/delivery.ts";
import { type Desired, type Manifest, type ObjectKey, objectKey } from "../../src/domain/manifest.ts";
import { observe } from "../../src/domain/observed.ts";

interface Stored {
  readonly resource: Resource;
  readonly object: KubeObject;
  /** The watch has told it. */
  readonly confirmed: boolean;
}

/**
 * A member cluster that carries out single writes as an API server would, as far as delivery looks at it: who owns which field,
 * and that the watch tells later what an answer said before.
 */
export class FakeMember {
  readonly #objects = new Map<ObjectKey, Stored>();
  readonly #accepted = new Map<ObjectKey, Accepted>();
  readonly #uid: string;
  #lastUid = 0;

  constructor(uid: string) {
    this.#uid = uid;
  }

  get holdings(): Holdings {
    return {
      get: (key) => this.#found(key),
      own: () => this.#own(),
      accepted: (key) => this.#accepted.get(key),
    };
  }

  get live(): readonly Manifest[] {
    return [...this.#objects.values()].map(({ object }) => object as unknown as Manifest);
  }

  /** Puts an object there, as if it had been written by this manager. */
  put({ resource, manifest }: Desired, manager = FIELD_MANAGER, operation = "Apply"): void {
    const key = objectKey(resource, manifest.metadata.namespace ?? "", manifest.metadata.name);
    const uid = this.#objects.get(key)?.object.metadata.uid ?? `o${++this.#lastUid}`;
    const object = {
      ...structuredClone(manifest),
      metadata: {
        ...structuredClone(manifest.metadata),
        uid,
        managedFields: [{ manager, operation, time: "2026-01-01T00:00:00Z", fieldsV1: fieldsOf(manifest) }],
      },
    } as unknown as KubeObject;
    this.#objects.set(key, { resource, object, confirmed: true });
  }

  /** Changes an object behind our back: the fields that the change names belong to the other manager from then on. */
  edit(key: ObjectKey, spec: object, manager: string, operation: "Apply" | "Update"): void {
    const stored = this.#objects.get(key)!;
    const { object } = stored;
    const ours = object.metadata.managedFields![0]!;
    const fields = structuredClone(ours.fieldsV1!) as { "f:spec": Record<string, unknown> };
    for (const name of Object.keys(spec)) delete fields["f:spec"][`f:${name}`];
    const theirs = { manager, operation, time: "2026-02-02T00:00:00Z", fieldsV1: { "f:spec": fieldsOf(spec) } };
    const changed = {
      ...object,
      spec: { ...(object["spec"] as object), ...spec },
      metadata: { ...object.metadata, managedFields: [{ ...ours, fieldsV1: fields }, theirs] },
    };
    this.#objects.set(key, { ...stored, object: changed });
  }

  /** Somebody deletes it, and a finalizer holds it. */
  beginDeletion(key: ObjectKey): void {
    const stored = this.#objects.get(key)!;
    const metadata = { ...stored.object.metadata, deletionTimestamp: "2026-03-03T00:00:00Z" };
    this.#objects.set(key, { ...stored, object: { ...stored.object, metadata } });
  }

  remove(key: ObjectKey): void {
    this.#objects.delete(key);
  }

  /** One write arrives; the watch tells of it later. */
  carryOut(action: Action, revision: string): void {
    switch (action.type) {
      case "create":
      case "apply": {
        const { desired } = action;
        const annotations = { ...desired.manifest.metadata.annotations, [REVISION_ANNOTATION]: revision };
        this.put({ ...desired, manifest: { ...desired.manifest, metadata: { ...desired.manifest.metadata, annotations } } });
        this.#objects.set(desired.key, { ...this.#objects.get(desired.key)!, confirmed: false });
        return;
      }
      case "delete":
      case "release":
        this.#objects.delete(action.key);
    }
  }

  /** What the API server made of a manifest: another digest stands for the same content. */
  accept(key: ObjectKey, wanted: string): void {
    this.#accepted.set(key, { wanted, stored: this.#found(key)!.object.ownedDigest });
  }

  /** The watch tells of one object, or of all. */
  confirm(key?: ObjectKey): void {
    for (const [each, stored] of this.#objects)
      if (key === undefined || key === each) this.#objects.set(each, { ...stored, confirmed: true });
  }

  get unconfirmed(): readonly ObjectKey[] {
    return [...this.#objects].filter(([, { confirmed }]) => !confirmed).map(([key]) => key);
  }

  #found(key: ObjectKey): Found | undefined {
    const stored = this.#objects.get(key);
    return stored && { object: observe(stored.object), resource: stored.resource, version: "1", confirmed: stored.confirmed };
  }

  *#own(): Generator<readonly [ObjectKey, Found]> {
    for (const key of this.#objects.keys()) {
      const found = this.#found(key)!;
      if (found.object.ownerUid === this.#uid) yield [key, found];
    }
  }
}

/** fieldsV1 of everything that a manifest says, status aside; lists are atomic, as in Istio's kinds. */
export function fieldsOf(value: object): Record<string, unknown> {
  const { apiVersion, kind, status, metadata, ...content } = value as Record<string, unknown>;
  return nestedFields({ ...content, ...(isRecord(metadata) ? { metadata: withoutIdentity(metadata) } : {}) });
}

const nestedFields = (value: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).map(([name, member]) => [`f:${name}`, isRecord(member) ? nestedFields(member) : {}]));

function withoutIdentity(metadata: object): object {
  const { name, namespace, ...rest } = metadata as Record<string, unknown>;
  return rest;
}

const isRecord = (value: unknown): value is object => typeof value === "object" && value !== null && !Array.isArray(value);
