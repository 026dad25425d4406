import {
  CERTIFICATES,
  DIGEST_ANNOTATION,
  FIELD_MANAGER,
  MANAGED_BY_LABEL,
  OWNER_ANNOTATION,
  REVISION_ANNOTATION,
  SECRETS,
  UID_LABEL,
} from "../api/kinds.ts";
import type { KubeObject } from "../api/resource.ts";
import { type Action, takeOver } from "../domain/delivery.ts";
import { type Drift, driftOf } from "../domain/drift.ts";
import type { Desired, Manifest } from "../domain/manifest.ts";
import type { Assignment } from "../domain/plan/cluster-judge.ts";
import type { KubeClient } from "../kube/client.ts";
import { ConflictError, NotFoundError } from "../kube/errors.ts";
import { createNamespace, isNamespaceMissing } from "../kube/namespace.ts";
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
  async carryOut(action: Action, mandate: Mandate, signal: AbortSignal): Promise<void> {
    switch (action.type) {
      case "create":
        return this.#create(action.desired, mandate, signal);
      case "apply":
        return this.#update(action.desired, action.repair !== undefined, mandate, signal);
      case "delete":
        return this.#delete(action, signal);
      case "release":
        return this.#release(action, signal);
    }
  }

  async #create(desired: Desired, mandate: Mandate, signal: AbortSignal): Promise<void> {
    const state = this.#holdings.state(kindKey(desired.resource));
    if (state === "Unserved") throw new KindNotServedError(`${desired.resource.plural}: not served`);
    if (state === "Denied") throw new KindDeniedError(`${desired.resource.plural}: not readable`);
    if (state === "Failing") throw new Error(`${describeResource(desired.resource)} cannot be read in ${this.#cluster}`);
    if (kindKey(desired.resource) === kindKey(CERTIFICATES)) await this.#spareSecret(desired, mandate, signal);
    try {
      await this.#apply(desired, mandate, { resourceVersion: CREATE_ONLY }, false, signal);
    } catch (error) {
      if (error instanceof ConflictError) return this.#meet(desired, mandate, signal);
      if (!isNamespaceMissing(error)) throw error;
      await this.#createNamespace(desired, mandate, signal);
      await this.#apply(desired, mandate, { resourceVersion: CREATE_ONLY }, false, signal);
    }
  }

  /** Something is there already. */
  async #meet(desired: Desired, mandate: Mandate, signal: AbortSignal): Promise<void> {
    const { name, namespace } = desired.manifest.metadata;
    const existing = await this.#client.get(desired.resource, name, namespace, { signal });
    if (existing.metadata.labels?.[UID_LABEL] === mandate.uid) {
      // Ours after all: the answer to an earlier create was lost, or the watch is late.
      this.#holdings.written(existing, desired.digest);
      return;
    }
    const { allowed, message } = takeOver(existing as unknown as Manifest, desired, syncOf(desired, mandate), mandate.owner);
    if (!allowed) throw new ForeignObjectError(`${message}${writtenBy(existing)}`);
    await this.#apply(desired, mandate, { uid: existing.metadata.uid }, true, signal);
  }

  /** Looks whether an object was created although its answer was lost, so that it is known, and can be removed. */
  async lookFor({ resource, manifest, digest }: Desired, uid: string, signal: AbortSignal): Promise<void> {
    const { name, namespace } = manifest.metadata;
    try {
      const existing = await this.#client.get(resource, name, namespace, { signal });
      if (existing.metadata.labels?.[UID_LABEL] === uid) this.#holdings.written(existing, digest);
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
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

  async #update(desired: Desired, repair: boolean, mandate: Mandate, signal: AbortSignal): Promise<void> {
    // The uid keeps the apply from creating, or touching, another object of the same name.
    const uid = this.#holdings.of(mandate.uid).get(desired.key)?.object.uid;
    try {
      await this.#apply(desired, mandate, { uid }, repair, signal);
    } catch (error) {
      const managers = error instanceof ConflictError ? conflictingManagers(error) : [];
      if (managers.length === 0) throw error;
      if (mandate.sync.whenDrifted !== "Repair" || managers.some(({ applies }) => applies)) {
        throw new ManagerConflictError(
          `${managers.map(({ name, field }) => `${field} belongs to ${name}`).join(", ")}: make that manager let go of it, or leave the field out of the bundle`,
          { cause: error },
        );
      }
      await this.#apply(desired, mandate, { uid }, true, signal);
    }
  }

  async #apply(
    { resource, manifest, digest }: Desired,
    { revision }: Mandate,
    precondition: { readonly resourceVersion?: string; readonly uid?: string | undefined },
    force: boolean,
    signal: AbortSignal,
  ): Promise<void> {
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
    this.#holdings.written(answer, digest);
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
    await createNamespace(this.#client, name, signal);
  }

  async #delete({ found: { resource, object } }: Removal, signal: AbortSignal): Promise<void> {
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
  async #release({ found: { resource, object } }: Removal, signal: AbortSignal): Promise<void> {
    const metadata = {
      uid: object.uid,
      labels: { [MANAGED_BY_LABEL]: null, [UID_LABEL]: null },
      annotations: { [OWNER_ANNOTATION]: null, [REVISION_ANNOTATION]: null, [DIGEST_ANNOTATION]: null },
    };
    try {
      await this.#client.patch(resource, object.name, object.namespace, { metadata }, "merge", {
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

type Removal = Extract<Action, { type: "delete" | "release" }>;

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
