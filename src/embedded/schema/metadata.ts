import type { KubeObject, ManagedFieldsEntry, ObjectMeta, OwnerReference } from "../../kube/resource.ts";
import { jsonEqual } from "../json.ts";
import { at, child, forbidden, InOrder, invalid, required, tooLong } from "./errors.ts";
import type { NameRule } from "./names.ts";
import { asPrefix, isDns1123Label, isDns1123Subdomain, isLabelKey, isLabelValue } from "./names.ts";
import type { FieldError } from "./schema.ts";

export interface MetadataRules {
  readonly namespaced: boolean;
  /** Default a DNS-1123 subdomain. */
  readonly name?: NameRule;
  /** Whether finalizers without a domain must be known ones: so it is in most built-in kinds. Default false. */
  readonly qualifiedFinalizers?: boolean;
}

type Metadata = Partial<ObjectMeta> & { readonly deletionGracePeriodSeconds?: number };

/**
 * Says why the metadata of an object is refused; with `old`, also what an update may not change. The name has been generated
 * already where one was to be.
 */
export function validateMetadata(object: KubeObject, rules: MetadataRules, old?: KubeObject): FieldError[] {
  const metadata = (object.metadata ?? {}) as Metadata;
  return [
    ...(old ? validateMetadataChange(object, old) : validateNames(metadata, rules, "metadata")),
    ...validateContent(metadata, rules, "metadata"),
  ];
}

/** The metadata of an embedded resource; it need not have a name, and is namespaced if it says so. */
export function validateEmbeddedMetadata(metadata: Metadata, rule: NameRule, path: string): FieldError[] {
  const rules = { namespaced: (metadata.namespace ?? "") !== "", name: rule };
  return [
    ...validateNames({ ...metadata, name: metadata.name || "embedded" }, rules, path),
    ...validateContent(metadata, rules, path),
  ];
}

function validateNames(
  metadata: Metadata,
  { name: rule = isDns1123Subdomain, namespaced }: MetadataRules,
  path: string,
): FieldError[] {
  const { name = "", generateName = "", namespace = "" } = metadata;
  const errors: FieldError[] = [];
  if (generateName !== "") {
    errors.push(...asPrefix(rule)(generateName).map((problem) => invalid(child(path, "generateName"), generateName, problem)));
  }
  if (name === "") errors.push(required(child(path, "name"), "name or generateName is required"));
  else errors.push(...rule(name).map((problem) => invalid(child(path, "name"), name, problem)));
  const where = child(path, "namespace");
  if (!namespaced) return namespace === "" ? errors : [...errors, forbidden(where, "not allowed on this type")];
  if (namespace === "") return [...errors, required(where)];
  return [...errors, ...isDns1123Label(namespace).map((problem) => invalid(where, namespace, problem))];
}

/** Says what an update of the metadata may not change. */
export function validateMetadataChange(object: KubeObject, { metadata: old }: { readonly metadata: Metadata }): FieldError[] {
  const metadata = (object.metadata ?? {}) as Metadata;
  const errors: FieldError[] = [];
  const added = (metadata.finalizers ?? []).filter((finalizer) => !old.finalizers?.includes(finalizer));
  if (old.deletionTimestamp && added.length > 0) {
    const list = added.sort().map((finalizer) => JSON.stringify(finalizer));
    const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list.join(", ")}}`;
    errors.push(forbidden("metadata.finalizers", detail));
  }
  if (!metadata.resourceVersion) errors.push(invalid("metadata.resourceVersion", "", "must be specified for an update"));
  if ((metadata.generation ?? 0) < (old.generation ?? 0)) {
    errors.push(invalid("metadata.generation", metadata.generation ?? 0, "must not be decremented"));
  }
  const immutable = ["name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds"] as const;
  for (const name of immutable) {
    if (jsonEqual(metadata[name] ?? null, old[name] ?? null)) continue;
    const isText = name === "name" || name === "namespace" || name === "uid";
    errors.push(invalid(child("metadata", name), metadata[name] ?? (isText ? "" : null), "field is immutable"));
  }
  return errors;
}

function validateContent(metadata: Metadata, { qualifiedFinalizers = false }: MetadataRules, path: string): FieldError[] {
  const { labels = {}, annotations = {}, ownerReferences = [], finalizers = [], managedFields = [], generation = 0 } = metadata;
  return [
    ...(generation < 0 ? [invalid(child(path, "generation"), generation, "must be greater than or equal to 0")] : []),
    ...validateLabels(labels, child(path, "labels")),
    ...validateAnnotations(annotations, child(path, "annotations")),
    ...validateOwners(ownerReferences, child(path, "ownerReferences")),
    ...validateFinalizers(finalizers, qualifiedFinalizers, child(path, "finalizers")),
    ...managedFields.flatMap((entry, i) => validateManager(entry, at(child(path, "managedFields"), i))),
  ];
}

export function validateLabels(labels: Readonly<Record<string, string>>, path: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...isLabelKey(key).map((problem) => invalid(path, key, problem)),
    ...isLabelValue(value).map((problem) => invalid(path, value, problem)),
  ]);
}

const maxAnnotationsBytes = 256 * 1024;

export function validateAnnotations(annotations: Readonly<Record<string, string>>, path: string): FieldError[] {
  const errors = Object.keys(annotations).flatMap((key) =>
    isLabelKey(key.toLowerCase()).map((problem) => invalid(path, key, problem)),
  );
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return size > maxAnnotationsBytes ? [...errors, tooLong(path, maxAnnotationsBytes)] : errors;
}

/** What has more than one slash names nothing. */
function readApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const parts = apiVersion.split("/");
  if (parts.length > 2) return { group: "", version: "" };
  return { group: parts.length === 2 ? parts[0]! : "", version: parts.at(-1)! };
}

function validateOwners(owners: readonly OwnerReference[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners) {
    const { group, version } = readApiVersion(owner.apiVersion);
    if (version === "") errors.push(invalid(child(path, "apiVersion"), owner.apiVersion, "version must not be empty"));
    for (const field of ["kind", "name", "uid"] as const) {
      if (owner[field] === "") errors.push(invalid(child(path, field), "", "must not be empty"));
    }
    if (group === "" && version === "v1" && owner.kind === "Event") {
      errors.push(invalid(path, new InOrder(owner), "/v1, Kind=Event is disallowed from being an owner"));
    }
    if (!owner.controller) continue;
    const current = `${owner.kind}/${owner.name}`;
    if (controller !== undefined) {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${current}`;
      errors.push(invalid(path, new InOrder(owners), detail));
    } else controller = current;
  }
  return errors;
}

const standardFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function validateFinalizers(finalizers: readonly string[], qualified: boolean, path: string): FieldError[] {
  const errors = finalizers.flatMap((finalizer) => isLabelKey(finalizer).map((problem) => invalid(path, finalizer, problem)));
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    errors.push(invalid(path, finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
  if (!qualified) return errors;
  const unknown = finalizers.flatMap((finalizer, i) =>
    finalizer.includes("/") || standardFinalizers.has(finalizer)
      ? []
      : [invalid(at(path, i), finalizer, "name is neither a standard finalizer name nor is it fully qualified")],
  );
  return [...errors, ...unknown];
}

function validateManager(
  { operation, fieldsType, manager = "", subresource = "" }: ManagedFieldsEntry,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (operation !== "Apply" && operation !== "Update") {
    errors.push(invalid(child(path, "operation"), operation ?? "", "must be `Apply` or `Update`"));
  }
  if (fieldsType && fieldsType !== "FieldsV1") errors.push(invalid(child(path, "fieldsType"), fieldsType, "must be `FieldsV1`"));
  if (Buffer.byteLength(manager) > 128) errors.push(tooLong(child(path, "manager"), 128));
  if (Buffer.byteLength(subresource) > 256) errors.push(tooLong(child(path, "subresource"), 256));
  return errors;
}
