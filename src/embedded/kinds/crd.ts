import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../kube/resource.ts";
import type { Kernel } from "../kernel.ts";
import { timestamp } from "../kernel.ts";
import type { ServedKind } from "../registry.ts";
import type { CustomResourceDefinition } from "./custom.ts";

/** Holds a definition until its objects are gone. */
export const cleanupFinalizer = "customresourcecleanup.apiextensions.k8s.io";

export interface Condition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

export interface DefinitionStatus {
  readonly conditions: readonly Condition[] | null;
  readonly acceptedNames: object;
  readonly storedVersions: readonly string[];
}

const storageVersion = ({ spec }: CustomResourceDefinition): string => spec.versions.find(({ storage }) => storage)!.name;

export const crdHooks: Pick<ServedKind, "prepareForCreate" | "prepareForUpdate" | "prepareForDeletion" | "deletionFinalizer"> = {
  deletionFinalizer: cleanupFinalizer,
  prepareForCreate: (object) => {
    const crd = object as CustomResourceDefinition;
    return { ...crd, status: { conditions: null, acceptedNames: { plural: "", kind: "" }, storedVersions: [storageVersion(crd)] } };
  },
  prepareForUpdate: (object) => {
    const crd = object as CustomResourceDefinition;
    const status = crd.status as unknown as DefinitionStatus | undefined;
    const stored = status?.storedVersions ?? [];
    const version = storageVersion(crd);
    return stored.includes(version) ? object : { ...object, status: { ...status, storedVersions: [...stored, version] } };
  },
  prepareForDeletion: (object) => {
    const { deletionGracePeriodSeconds, ...metadata } = object.metadata as KubeObject["metadata"] & Record<string, unknown>;
    // It is marked without counting as a change.
    const marked = { ...object, metadata: { ...metadata, generation: (object.metadata.generation ?? 1) - 1 } } as KubeObject;
    return withCondition(marked, {
      type: "Terminating",
      status: "True",
      lastTransitionTime: object.metadata.deletionTimestamp!,
      reason: "InstanceDeletionPending",
      message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    });
  },
};

export function withCondition(object: KubeObject, condition: Condition): KubeObject {
  const status = object["status"] as DefinitionStatus;
  const conditions = status.conditions ?? [];
  const index = conditions.findIndex(({ type }) => type === condition.type);
  const found = conditions[index];
  const { lastTransitionTime } = found?.status === condition.status ? found : condition;
  const next = { ...condition, lastTransitionTime };
  if (isDeepStrictEqual(found, next)) return object;
  return { ...object, status: { ...status, conditions: index === -1 ? [...conditions, next] : conditions.with(index, next) } };
}

/** A definition whose names are taken: by which names, and what for. */
function conflictOf(crd: CustomResourceDefinition, kernel: Kernel): string | undefined {
  const { group, names } = crd.spec;
  for (const other of kernel.registry.all()) {
    if (other.resource.group !== group || other.resource.plural === names.plural) continue;
    if (other.resource.kind === names.kind) return `"${names.kind}" is already in use`;
    const taken = [other.resource.plural, other.singular, ...other.shortNames];
    const clash = [names.plural, names.singular ?? "", ...(names.shortNames ?? [])].find(
      (name) => name !== "" && taken.includes(name),
    );
    if (clash !== undefined) return `"${clash}" is already in use`;
  }
  return undefined;
}

/** The definition with its names judged; unchanged when they were. */
export function judgeNames(crd: CustomResourceDefinition, kernel: Kernel): KubeObject {
  const lastTransitionTime = timestamp(kernel.now());
  const clash = conflictOf(crd, kernel);
  if (clash !== undefined) {
    const refused = withCondition(crd, {
      type: "NamesAccepted",
      status: "False",
      lastTransitionTime,
      reason: "KindConflict",
      message: clash,
    });
    return withCondition(refused, {
      type: "Established",
      status: "False",
      lastTransitionTime,
      reason: "NotAccepted",
      message: "not all names are accepted",
    });
  }
  const { plural, singular, shortNames, kind, listKind, categories } = crd.spec.names;
  const acceptedNames = {
    plural,
    singular,
    ...(shortNames && { shortNames }),
    kind,
    listKind,
    ...(categories && { categories }),
  };
  const named = isDeepStrictEqual((crd.status as unknown as DefinitionStatus).acceptedNames, acceptedNames)
    ? crd
    : { ...crd, status: { ...crd.status, acceptedNames } };
  const accepted = withCondition(named, {
    type: "NamesAccepted",
    status: "True",
    lastTransitionTime,
    reason: "NoConflicts",
    message: "no conflicts found",
  });
  if (isEstablished(accepted)) return accepted;
  return withCondition(accepted, {
    type: "Established",
    status: "False",
    lastTransitionTime,
    reason: "Installing",
    message: "the initial names have been accepted",
  });
}

export const isEstablished = (object: KubeObject): boolean =>
  ((object["status"] as DefinitionStatus | undefined)?.conditions ?? []).some(
    ({ type, status }) => type === "Established" && status === "True",
  );
