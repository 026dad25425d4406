import type { KubeObject, Resource } from "../../../kube/resource.ts";
import { apiVersionOf } from "../../../kube/resource.ts";
import { decode } from "../decode.ts";
import type { MetadataRules } from "../metadata.ts";
import type { Pruned } from "../prune.ts";
import type { FieldError, Schema } from "../schema.ts";
import { wholeObject } from "./object-meta.ts";

/** A kind that the API server knows without a CustomResourceDefinition. No function mutates what it is given. */
export interface BuiltinKind {
  readonly resource: Resource;
  readonly singular: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Subresources that have their own endpoint, e.g. `status`, `scale`. */
  readonly subresources?: readonly string[];
  /** Everything but apiVersion, kind and metadata. Says how an object is read and how it merges; `validate` says what is valid. */
  readonly schema: Schema;
  readonly metadata: MetadataRules;
  /** Paths that a write to the status endpoint leaves alone; default the spec. */
  readonly statusReset?: readonly (readonly string[])[];
  /**
   * Rewrites fields that are another spelling of others, e.g. `stringData`; belongs to reading.
   * @param unknown where fields go that are not known after all
   */
  readonly normalize?: (object: KubeObject, unknown: string[]) => KubeObject;
  /** All defaults that depend on other fields; runs before the schema's own. */
  readonly applyDefaults?: (object: KubeObject) => KubeObject;
  /**
   * What the API server settles about a write before it validates it, as far as it needs nothing but the object: addresses
   * that a client left out on update, labels that name the uid. Needs the system's metadata. Default: nothing.
   */
  readonly prepare?: (object: KubeObject, old?: KubeObject, subresource?: string) => KubeObject;
  /** Everything but metadata; the schema need not be asked. `old` is present on update, `subresource` e.g. `status`. */
  readonly validate?: (object: KubeObject, old?: KubeObject, subresource?: string) => FieldError[];
}

/**
 * An object as the API server's own types hold it: without unknown fields, with the fields that are always there.
 * @throws DecodeError when a field has the wrong type
 */
export function readBuiltin({ schema, normalize }: BuiltinKind, object: KubeObject): Pruned<KubeObject> {
  const unknown: string[] = [];
  const value = decode(wholeObject(schema), object, { path: "", fields: "" }, unknown) as KubeObject;
  return { value: normalize?.(value, unknown) ?? value, unknown: unknown.sort() };
}

/** An object of which nothing is said, as `Tracking.empty` wants it. */
export function emptyBuiltin({ schema, resource }: BuiltinKind): KubeObject {
  const type = { apiVersion: apiVersionOf(resource), kind: resource.kind };
  return decode(wholeObject(schema), type, { path: "", fields: "" }, []) as KubeObject;
}
