import type { KubeObject, Resource } from "../kube/resource.ts";
import { apiVersionOf } from "../kube/resource.ts";
import type { FieldSet } from "./fields/set.ts";
import type { Kernel } from "./kernel.ts";
import type { FieldError, Schema } from "./schema/schema.ts";
import type { ApiError } from "./status.ts";

/** One column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  /** 0: always shown; 1: with `-o wide`. */
  readonly priority: number;
  readonly cell: (object: KubeObject, now: Date) => unknown;
}

/** JSON paths (`.spec.replicas`) of a scale subresource. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface Cleaned {
  readonly object: KubeObject;
  /** Dotted paths of fields that the kind does not know and that were dropped. */
  readonly unknown: readonly string[];
}

/** What a kind does to an object on its way into the store. No function mutates its input. */
export interface KindRules {
  /** Drops what the kind does not know, and nulls that it does not allow unless they are `kept` to be refused. */
  clean(object: KubeObject, nulls?: "kept"): Cleaned;
  applyDefaults(object: KubeObject): KubeObject;
  /** Metadata included. `old` is present on update. */
  validate(object: KubeObject, old: KubeObject | undefined, subresource: string): FieldError[];
}

/** For the one kind that two groups serve in two shapes. Neither function mutates. */
export interface Conversion {
  /** apiVersion of what is kept. */
  readonly storageApiVersion: string;
  toStorage(object: KubeObject): KubeObject;
  fromStorage(object: KubeObject): KubeObject;
}

/** A version of a kind, served or not. */
export interface KindVersion {
  readonly schema: Schema | undefined;
  readonly rules: KindRules;
}

/** A kind at one version, as requests reach it. */
export interface ServedKind {
  readonly resource: Resource;
  readonly singular: string;
  readonly listKind: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  /** `group/plural`: versions of one kind share a collection. */
  readonly collection: string;
  /** The version that objects are kept at. */
  readonly storageVersion: string;
  /** Absent where versions differ in their apiVersion and perhaps their schema, but not in their shape. */
  readonly conversion?: Conversion;
  /** All versions of a custom kind, by their apiVersion. */
  readonly versions?: ReadonlyMap<string, KindVersion>;
  /** Whether the storage version has another schema: it does not keep what it does not know, and has defaults of its own. */
  readonly differsFromStorage?: boolean;
  /** Rises when the schema changes, so that objects kept under an older one are cleaned and defaulted when read. */
  readonly schemaRevision: number;
  readonly schema: Schema | undefined;
  readonly status: boolean;
  /** A new object may bring its status along. */
  readonly statusOnCreate?: boolean;
  /** What a write to the status cannot change: nobody comes to own it by that. */
  readonly statusReset: FieldSet;
  /** An object of which nothing is said; custom kinds begin with nothing. */
  readonly empty?: KubeObject;
  readonly scale: ScalePaths | undefined;
  /** Counts changes of the desired state in metadata.generation. */
  readonly generation: boolean;
  /** What of the metadata is desired state too. */
  readonly desiredMetadata?: readonly ("annotations" | "labels")[];
  /** Kept by the same name elsewhere, and goes with it. */
  readonly takesAlong?: string;
  /** A custom kind, whose objects have no Go type behind them: no strategic merge patch, other wordings. */
  readonly custom: boolean;
  /** Update of an object that is not there creates it. */
  readonly createOnUpdate: boolean;
  /** Updates without a resourceVersion are accepted. */
  readonly unconditionalUpdate: boolean;
  /** A deletion is answered with the object instead of a Status. */
  readonly returnsDeleted: boolean;
  /** Names of objects that cannot be deleted. */
  readonly undeletable?: readonly string[];
  /** Sent as a Warning with every answer. */
  readonly deprecationWarning?: string;
  /** Dotted paths a field selector may name, beside metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[];
  readonly columns: readonly Column[];
  readonly rules: KindRules;
  /** What is accepted and yet worth a Warning. */
  readonly warnings?: (object: KubeObject, old?: KubeObject) => string[];
  /** What is settled before validation, from the object alone. */
  readonly prepare?: (object: KubeObject, old?: KubeObject) => KubeObject;
  /** What the server itself decides about a new object, once it is found to be valid; a dry run allocates nothing. */
  readonly prepareForCreate?: (object: KubeObject, kernel: Kernel, dryRun: boolean) => KubeObject;
  readonly prepareForUpdate?: (object: KubeObject, old: KubeObject, kernel: Kernel, dryRun: boolean) => KubeObject;
  /** How a new object is refused that there is no space for, where what belongs to it is what finds none. */
  readonly outOfSpace?: (object: KubeObject) => ApiError | undefined;
  /** Holds what is deleted until the server itself has cleaned up behind it. */
  readonly deletionFinalizer?: string;
  /** Seconds that an object has to end, when so many are asked for; absent where none has any. */
  readonly gracePeriod?: (object: KubeObject, asked: number | undefined) => number;
  /** What becomes of an object that is newly marked for deletion. */
  readonly prepareForDeletion?: (object: KubeObject) => KubeObject;
}

/** How Go calls what it converts a kind to. */
export const internalPackage = ({ group }: Pick<Resource, "group">): string => (group === "" ? "core" : group.split(".", 1)[0]!);

export const collectionOf = ({ group, plural }: Pick<Resource, "group" | "plural">): string => `${group}/${plural}`;

export const allVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;

/** The same in the order in which discovery names them for custom kinds. */
export const customVerbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"] as const;

/** A group and its versions, the preferred one first. */
export interface ServedGroup {
  readonly name: string;
  readonly versions: readonly string[];
}

/** What is served right now; changes when a CustomResourceDefinition does. */
export class Registry {
  readonly #kinds = new Map<string, ServedKind>();
  #revision = 0;

  /** Rises with every change, for caches of discovery and OpenAPI. */
  get revision(): number {
    return this.#revision;
  }

  find({ group, version, plural }: Pick<Resource, "group" | "version" | "plural">): ServedKind | undefined {
    return this.#kinds.get(`${group}/${version}/${plural}`);
  }

  /** The kind as its own version names it: owner references and lists of mixed kinds say no plural. */
  findKind(apiVersion: string, kind: string): ServedKind | undefined {
    return this.all().find((served) => served.resource.kind === kind && apiVersionOf(served.resource) === apiVersion);
  }

  /** A version of a collection: the storage version if it is served. */
  ofCollection(collection: string): ServedKind | undefined {
    const versions = this.all().filter((served) => served.collection === collection);
    return versions.find(({ resource, storageVersion }) => resource.version === storageVersion) ?? versions[0];
  }

  all(): ServedKind[] {
    return [...this.#kinds.values()];
  }

  add(kind: ServedKind): void {
    const { group, version, plural } = kind.resource;
    this.#kinds.set(`${group}/${version}/${plural}`, kind);
    this.#revision++;
  }

  /** Stops serving every version of a collection. */
  remove(collection: string): void {
    for (const [key, kind] of this.#kinds) if (kind.collection === collection) this.#kinds.delete(key);
    this.#revision++;
  }

  groups(): ServedGroup[] {
    const versions = new Map<string, Set<string>>();
    for (const { resource } of this.#kinds.values()) {
      const found = versions.get(resource.group) ?? new Set();
      versions.set(resource.group, found.add(resource.version));
    }
    return [...versions].map(([name, found]) => ({ name, versions: [...found].sort(byVersionPriority) }));
  }
}

const versionPattern = /^v(\d+)(?:(alpha|beta)(\d+))?$/;

/** Orders versions as Kubernetes prefers them: v2, v1, v1beta1, v1alpha1, then anything else by name. */
export function byVersionPriority(a: string, b: string): number {
  const rank = (version: string): [number, number, number] => {
    const found = versionPattern.exec(version);
    if (!found) return [-1, 0, 0];
    const stability = found[2] === undefined ? 2 : found[2] === "beta" ? 1 : 0;
    return [stability, Number(found[1]), Number(found[3] ?? 0)];
  };
  const [left, right] = [rank(a), rank(b)];
  for (let index = 0; index < 3; index++) {
    const difference = right[index]! - left[index]!;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
