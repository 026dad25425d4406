import type { KubeObject } from "../kube/resource.ts";
import { managersOfScale, type ReplicasAt } from "./fields/scale.ts";
import { compilePath } from "./jsonpath.ts";
import { printSelector } from "./kinds/selector-text.ts";
import type { ServedKind } from "./registry.ts";
import { ApiError } from "./status.ts";

/** The scale subresource of an object, as autoscaling/v1 says it. */
export function scaleOf({ scale }: ServedKind, { metadata, ...object }: KubeObject): KubeObject {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale!;
  const selector = labelSelectorPath === undefined ? undefined : compilePath(labelSelectorPath)(object)[0];
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { ...nonZero(compilePath(specReplicasPath)(object)[0]) },
    status: {
      replicas: (compilePath(statusReplicasPath)(object)[0] as number | undefined) ?? 0,
      ...(selector !== undefined && { selector: typeof selector === "string" ? selector : printSelector(selector) }),
    },
  } as KubeObject;
}

/** None is said by leaving it out. */
const nonZero = (replicas: unknown) => (typeof replicas === "number" && replicas !== 0 ? { replicas } : {});

/** The same with who owns what of it. */
export function ownedScaleOf(kind: ServedKind, object: KubeObject, replicasAt: ReplicasAt): KubeObject {
  const { metadata, ...scale } = scaleOf(kind, object);
  const managedFields = managersOfScale(object.metadata.managedFields ?? [], replicasAt);
  return { ...scale, metadata: { ...metadata, ...(managedFields.length > 0 && { managedFields }) } } as KubeObject;
}

/** @throws ApiError 500 about an object that does not say how many it wants */
export function checkReplicas({ scale }: ServedKind, object: KubeObject): void {
  const { specReplicasPath } = scale!;
  if (typeof compilePath(specReplicasPath)(object)[0] === "number") return;
  const message = `the spec replicas field "${specReplicasPath}" does not exist`;
  throw new ApiError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** The object with the number of replicas that a Scale asks for. */
export function scaled({ scale }: ServedKind, object: KubeObject, wanted: KubeObject): KubeObject {
  const replicas = (wanted["spec"] as { replicas?: number } | undefined)?.replicas ?? 0;
  return withValue(object, scale!.specReplicasPath.split(".").slice(1), replicas) as KubeObject;
}

function withValue(object: unknown, [field, ...rest]: readonly string[], value: unknown): unknown {
  if (field === undefined) return value;
  const parent = (object ?? {}) as Record<string, unknown>;
  return { ...parent, [field]: withValue(parent[field], rest, value) };
}
