import type { KubeObject, ObjectMeta } from "../../../kube/resource.ts";
import { invalid } from "../errors.ts";
import { isDns1123Label, isLabelKey } from "../names.ts";
import type { FieldError } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { choice, list, listMap, struct, text, time } from "./shapes.ts";

interface Namespace extends KubeObject {
  readonly spec: { readonly finalizers?: readonly string[] };
  readonly status: { readonly phase?: string };
}

const nameLabel = "kubernetes.io/metadata.name";

export const namespace: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false },
  singular: "namespace",
  shortNames: ["ns"],
  subresources: ["status", "finalize"],
  metadata: { namespaced: false, name: isDns1123Label, qualifiedFinalizers: true },
  schema: struct("Namespace", {
    spec: struct("NamespaceSpec", { finalizers: list(text) }),
    status: struct("NamespaceStatus", {
      phase: choice("Active", "Terminating"),
      conditions: listMap(
        ["type"],
        struct("NamespaceCondition", { type: text, status: text, lastTransitionTime: time, reason: text, message: text }, [
          "type",
          "status",
        ]),
      ),
    }),
  }),
  applyDefaults: (object) => {
    const { metadata, status, ...rest } = object as Namespace;
    return { ...rest, metadata: withNameLabel(metadata), status: { ...status, phase: status.phase || "Active" } } as KubeObject;
  },
  prepare: (object, old) => {
    const { metadata, spec, ...rest } = object as Namespace;
    const finalizers = old ? (old as Namespace).spec.finalizers : withOwnFinalizer(spec.finalizers);
    return { ...rest, metadata: withNameLabel(metadata), spec: { ...spec, ...(finalizers && { finalizers }) } } as KubeObject;
  },
  validate: (object, _old, subresource) => {
    const { spec, status, metadata } = object as Namespace;
    if (subresource === "status") return validatePhase(status.phase, metadata.deletionTimestamp !== undefined);
    const isFinalize = subresource === "finalize";
    return (spec.finalizers ?? []).flatMap((name, i) => validateFinalizer(name, `spec.finalizers${isFinalize ? `[${i}]` : ""}`));
  },
};

/** The name is not known to defaults when it is to be generated. */
function withNameLabel(metadata: ObjectMeta): ObjectMeta {
  return metadata.name ? { ...metadata, labels: { ...metadata.labels, [nameLabel]: metadata.name } } : metadata;
}

const withOwnFinalizer = (finalizers: readonly string[] = []): readonly string[] =>
  finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"];

const standardFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function validateFinalizer(name: string, path: string): FieldError[] {
  const errors = isLabelKey(name).map((problem) => invalid(path, name, problem));
  if (name.includes("/") || standardFinalizers.has(name)) return errors;
  return [...errors, invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified")];
}

function validatePhase(phase: string | undefined, isDeleted: boolean): FieldError[] {
  const expected = isDeleted ? "Terminating" : "Active";
  if (phase === expected) return [];
  const when = isDeleted ? "is not empty" : "is empty";
  return [invalid("status.Phase", phase ?? "", `may only be '${expected}' if \`deletionTimestamp\` ${when}`)];
}
