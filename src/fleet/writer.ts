import {
  CERTIFICATES,
  DIGEST_ANNOTATION,
  FIELD_MANAGER,
  MANAGED_BY_LABEL,
  NAMESPACES,
  OWNER_ANNOTATION,
  REVISION_ANNOTATION,
  SECRETS,
  UID_LABEL,
} from "../api/kinds.ts";
import type { KubeObject, Resource } from "../api/resource.ts";
import { type Action, type Found, takeOver } from "../domain/delivery.ts";
import { type Drift, driftOf, driftText } from "../domain/drift.ts";
import type { Desired, Manifest } from "../domain/manifest.ts";
import { isStripped, marksOf } from "../domain/marks.ts";
import type { Observed } from "../domain/observed.ts";
import type { Assignment } from "../domain/plan/cluster-judge.ts";
import type { KubeClient } from "../kube/client.ts";
import { ConflictError, NotFoundError } from "../kube/errors.ts";
import { describeResource, type HoldingsStore, kindKey } from "./holdings.ts";

/** On whose behalf something is written. */
export interface Mandate extends Assignment {
  readonly uid: string;
  /** `<namespace>/<name>`. */
  readonly owner: string;
}

/** An object is there that is not ours, and may not be made ours. */
export class ForeignObjectError extends Error {
  override readonly name = "ForeignObjectError";
}

/** Fields of ours belong to other managers who apply them as their own. */
export class ManagerConflictError extends Error {
  override readonly name = "ManagerConflictError";
}

/** An object of ours has lost the label by which it is seen, and is to be left as others made it. */
export class StrippedError extends Error {
  override readonly name = "StrippedError";
  readonly drift: Drift;

  constructor(drift: Drift) {
    const fields = driftText(drift);
    super(
      `its label ${UID_LABEL} is not as it was written${fields ? ` (changed: ${fields})` : ""}, so that it is not watched; sync.whenDrifted is Report, so it is left as it is`,
    );
    this.drift = drift;
  }
}

/** The cluster does not serve the kind. What is written now, as its CRD is just being installed, nobody would watch or remove. */
export class KindNotServedError extends Error {
  override readonly name = "KindNotServedError";
}

/** The hub's account may not read the kind in the cluster. What is written there nobody would watch or remove. */
export class KindDeniedError extends Error {
  override readonly name = "KindDeniedError";
}

/** The namespace is not in the member, and is not to be created. */
export class NamespaceMissingError extends Error {
  override readonly name = "NamespaceMissingError";
}

/**
 * resourceVersion of a server-side apply that creates and never overwrites: no object ever has it, so that an API server refuses
 * the apply as outdated where the object exists, and ignores it where it does not. Found by trying on kube-apiserver 1.36;
 * docs/adr/0002-create-only-apply.md.
 */
const CREATE_ONLY = "1";

/** What became of a write. */
export type Outcome =
  /** `content`: digest of our fields, as the API server keeps them. */
  | { readonly type: "Written"; readonly content: string }
  /** It was there after all, as ours. */
  | { readonly type: "Met" }
  /** It was there as ours without its label, which it has again. */
  | { readonly type: "Stripped"; readonly drift: Drift }
  | { readonly type: "Removed" };

/** Carries out single writes to one cluster: one request each, unless somebody else's objects are in the way. */
export class Writer {
  readonly #client: KubeClient;
  readonly #holdings: HoldingsStore;
  readonly #cluster: string;

  constructor(client: KubeClient, holdings: HoldingsStore, cluster: string) {
    this.#client = client;
    this.#holdings = holdings;
    this.#cluster = cluster;
  }

  /** @throws what the client throws, and this file's errors. */
  async carryOut(action: Action, mandate: Mandate, signal: AbortSignal): Promise<Outcome> {
    switch (action.type) {
      case "create":
        return this.#create(action.desired, mandate, signal);
      case "apply": {
        // The uid keeps the apply from creating, or touching, another object of the same name.
        const uid = this.#holdings.of(mandate.uid).get(action.desired.key)?.object.uid;
        return written(await this.#update(action.desired, uid, mandate, signal));
      }
      case "delete":
        await this.#delete(action.found, signal);
        return { type: "Removed" };
      case "release":
        await this.#release(action.found.resource, action.found.object, signal);
        return { type: "Removed" };
    }
  }

  async #create(desired: Desired, mandate: Mandate, signal: AbortSignal): Promise<Outcome> {
    const state = this.#holdings.state(kindKey(desired.resource));
    if (state === "Unserved") throw new KindNotServedError(`${desired.resource.plural}: not served`);
    if (state === "Denied") throw new KindDeniedError(`${desired.resource.plural}: not readable`);
    if (state === "Failing") throw new Error(`${describeResource(desired.resource)} cannot be read in ${this.#cluster}`);
    if (kindKey(desired.resource) === kindKey(CERTIFICATES)) await this.#spareSecret(desired, mandate, signal);
    const createOnly = { resourceVersion: CREATE_ONLY };
    try {
      return written(await this.#apply(desired, mandate, createOnly, false, signal));
    } catch (error) {
      if (error instanceof ConflictError) return this.#meet(desired, mandate, signal);
      if (!isNamespaceMissing(error)) throw error;
      await this.#createNamespace(desired, mandate, signal);
      return written(await this.#apply(desired, mandate, createOnly, false, signal));
    }
  }

  /** Something is there already. */
  async #meet(desired: Desired, mandate: Mandate, signal: AbortSignal): Promise<Outcome> {
    const { name, namespace } = desired.manifest.metadata;
    const existing = await this.#client.get(desired.resource, name, namespace, { signal });
    const marks = marksOf(existing);
    if (marks.uid === mandate.uid) {
      // Ours after all: the answer to an earlier create was lost, or the watch is late.
      this.#holdings.written(existing, desired.digest);
      return { type: "Met" };
    }
    const { uid } = existing.metadata;
    if (isStripped(marks, mandate.owner)) {
      const drift = driftOf(existing, desired.manifest);
      if (mandate.sync.whenDrifted === "Report") throw new StrippedError(drift);
      await this.#update(desired, uid, mandate, signal);
      return { type: "Stripped", drift };
    }
    const { allowed, message } = takeOver(existing as unknown as Manifest, desired, syncOf(desired, mandate), mandate.owner);
    if (!allowed) throw new ForeignObjectError(`${message}${writtenBy(existing)}`);
    return written(await this.#apply(desired, mandate, { uid }, true, signal));
  }

  /** Looks whether an object is there that was not seen, so that it is known, and can be removed. */
  async lookFor(desired: Desired, mandate: Mandate, signal: AbortSignal): Promise<void> {
    const { name, namespace } = desired.manifest.metadata;
    try {
      const existing = await this.#client.get(desired.resource, name, namespace, { signal });
      const marks = marksOf(existing);
      if (marks.uid === mandate.uid) this.#holdings.written(existing, desired.digest);
      else if (isStripped(marks, mandate.owner)) await this.#reclaim(desired, existing, mandate, signal);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }

  /** Nothing is removed that does not carry our label: it gets it back first. */
  async #reclaim(desired: Desired, existing: KubeObject, mandate: Mandate, signal: AbortSignal): Promise<void> {
    const { name, namespace = "", uid = "" } = existing.metadata;
    if (mandate.sync.whenRemoved === "Orphan") await this.#release(desired.resource, { name, namespace, uid }, signal);
    else await this.#apply(desired, mandate, { uid }, true, signal);
  }

  /** How an object differs from what was written; undefined when it is gone. One read. */
  async examine({ resource, manifest }: Desired, signal: AbortSignal): Promise<Drift | undefined> {
    const { name, namespace } = manifest.metadata;
    try {
      return driftOf(await this.#client.get(resource, name, namespace, { signal }), manifest);
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  /** Writes over what others just wrote, and not over what they apply as theirs: the API server knows which it is, field by field. */
  async #update(desired: Desired, uid: string | undefined, mandate: Mandate, signal: AbortSignal): Promise<string> {
    try {
      return await this.#apply(desired, mandate, { uid }, false, signal);
    } catch (error) {
      const managers = error instanceof ConflictError ? conflictingManagers(error) : [];
      if (managers.length === 0) throw error;
      if (mandate.sync.whenDrifted !== "Repair" || managers.some(({ applies }) => applies)) {
        throw new ManagerConflictError(
          `${managers.map(({ name, field }) => `${field} belongs to ${name}`).join(", ")}: make that manager let go of it, or leave the field out of the bundle`,
          { cause: error },
        );
      }
      return this.#apply(desired, mandate, { uid }, true, signal);
    }
  }

  /** Returns the digest of our fields, as the API server keeps them. */
  async #apply(
    { resource, manifest, digest }: Desired,
    { revision }: Mandate,
    precondition: { readonly resourceVersion?: string; readonly uid?: string | undefined },
    force: boolean,
    signal: AbortSignal,
  ): Promise<string> {
    const metadata = {
      ...manifest.metadata,
      ...precondition,
      annotations: { ...manifest.metadata.annotations, [REVISION_ANNOTATION]: revision },
    };
    const answer = await this.#client.apply(resource, { ...manifest, metadata } as unknown as KubeObject, {
      fieldManager: FIELD_MANAGER,
      fieldValidation: "Strict",
      force,
      signal,
    });
    return this.#holdings.written(answer, digest);
  }

  /**
   * cert-manager writes over the Secret that a Certificate names, whoever's it is: one that was not issued for this AccessPoint
   * keeps the Certificate from being created.
   *
   * @throws ForeignObjectError
   */
  async #spareSecret(desired: Desired, mandate: Mandate, signal: AbortSignal): Promise<void> {
    const { name, namespace = "" } = desired.manifest.metadata;
    if (syncOf(desired, mandate).whenAlreadyExists !== "Fail") return;
    const fieldSelector = `metadata.name=${name}`;
    const { items } = await this.#client.listPage(SECRETS, { namespace, fieldSelector, metadataOnly: true, limit: 1, signal });
    const owner = items[0]?.metadata.annotations?.[OWNER_ANNOTATION] ?? "";
    if (items.length === 0 || owner === mandate.owner) return;
    throw new ForeignObjectError(
      `Secret ${namespace}/${name} exists already and was ${owner ? `issued for AccessPoint ${owner}` : "not issued for an AccessPoint"}: use another credentialName, or delete it`,
    );
  }

  async #createNamespace(desired: Desired, { owner, sync }: Mandate, signal: AbortSignal): Promise<void> {
    const name = desired.manifest.metadata.namespace ?? "";
    if (isOutside(desired, owner))
      throw new NamespaceMissingError(
        `namespace ${name} does not exist in ${this.#cluster}: say in spec.traffic.certificates.namespace where the gateway's pods are`,
      );
    if (!sync.createNamespace) {
      throw new NamespaceMissingError(
        `namespace ${name} does not exist in ${this.#cluster}: create it there, or set sync.createNamespace: true`,
      );
    }
    const namespace = {
      apiVersion: "v1",
      kind: NAMESPACES.kind,
      metadata: { name, labels: { [MANAGED_BY_LABEL]: FIELD_MANAGER } },
    };
    try {
      await this.#client.create(NAMESPACES, namespace, { fieldManager: FIELD_MANAGER, signal });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
    }
  }

  async #delete({ resource, object }: Found, signal: AbortSignal): Promise<void> {
    try {
      await this.#client.delete(resource, object.name, object.namespace, {
        preconditions: { uid: object.uid },
        propagationPolicy: "Background",
        signal,
      });
    } catch (error) {
      // Gone, or replaced by an object that is not the one we wrote: the watch tells which.
      if (!(error instanceof NotFoundError || error instanceof ConflictError)) throw error;
    }
  }

  /** Takes our marks off, so that the object no longer belongs to anybody here. */
  async #release(resource: Resource, { name, namespace, uid }: Identity, signal: AbortSignal): Promise<void> {
    const metadata = {
      uid,
      labels: { [MANAGED_BY_LABEL]: null, [UID_LABEL]: null },
      annotations: { [OWNER_ANNOTATION]: null, [REVISION_ANNOTATION]: null, [DIGEST_ANNOTATION]: null },
    };
    try {
      await this.#client.patch(resource, name, namespace, { metadata }, "merge", {
        fieldManager: FIELD_MANAGER,
        signal,
      });
    } catch (error) {
      if (!(error instanceof NotFoundError || error instanceof ConflictError)) throw error;
    }
  }
}

/** Whether it is written into another namespace than the AccessPoint's. */
const isOutside = ({ manifest }: Desired, owner: string): boolean => !owner.startsWith(`${manifest.metadata.namespace}/`);

/** Outside its own namespace an AccessPoint takes nothing over. */
const syncOf = (desired: Desired, { owner, sync }: Mandate): Mandate["sync"] =>
  isOutside(desired, owner) ? { ...sync, whenAlreadyExists: "Fail" } : sync;

type Identity = Pick<Observed, "name" | "namespace" | "uid">;

const written = (content: string): Outcome => ({ type: "Written", content });

const isNamespaceMissing = (error: unknown): boolean => error instanceof NotFoundError && error.details?.kind === "namespaces";

interface Manager {
  readonly name: string;
  readonly field: string;
  /** It applies the field as its own, which is a decision; a manager that updated it just did so once. */
  readonly applies: boolean;
}

/** Who holds fields that a server-side apply wanted. The API server writes `conflict with "NAME"`, and for updates ` using VERSION`. */
function conflictingManagers({ details }: ConflictError): readonly Manager[] {
  return (details?.causes ?? []).flatMap(({ reason, message = "", field = "" }) => {
    const name = /conflict with "([^"]+)"/.exec(message)?.[1];
    return reason === "FieldManagerConflict" && name ? [{ name, field, applies: !message.includes(" using ") }] : [];
  });
}

function writtenBy({ metadata }: KubeObject): string {
  const managers = [...new Set((metadata.managedFields ?? []).flatMap(({ manager }) => (manager ? [manager] : [])))];
  return managers.length > 0 ? ` (written by ${managers.slice(0, 3).join(", ")})` : "";
}
