import type { KubeObject } from "../kube/resource.ts";
import { compilePath } from "./jsonpath.ts";
import { printSelector } from "./kinds/selector-text.ts";
import type { ServedKind } from "./registry.ts";
import { ApiError, badRequest } from "./status.ts";

/** The scale subresource of an object, as autoscaling/v1 says it. */
export function scaleOf({ scale }: ServedKind, { metadata, ...object }: KubeObject): KubeObject {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = scale!;
  const replicas = compilePath(specReplicasPath)(object)[0];
  if (typeof replicas !== "number") {
    const message = `the spec replicas field "${specReplicasPath}" does not exist`;
    throw new ApiError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
  }
  const selector = labelSelectorPath === undefined ? undefined : compilePath(labelSelectorPath)(object)[0];
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, ...(namespace !== undefined && { namespace }), uid, resourceVersion, creationTimestamp },
    spec: { replicas },
    status: {
      replicas: (compilePath(statusReplicasPath)(object)[0] as number | undefined) ?? 0,
      ...(selector !== undefined && { selector: typeof selector === "string" ? selector : printSelector(selector) }),
    },
  } as KubeObject;
}

/** The object with the number of replicas that a Scale asks for. */
export function scaled({ scale }: ServedKind, object: KubeObject, wanted: KubeObject): KubeObject {
  const replicas = (wanted["spec"] as { replicas?: number } | undefined)?.replicas ?? 0;
  if (typeof replicas !== "number")
    throw badRequest('Scale in version "v1" cannot be handled as a Scale: spec.replicas is no number');
  return withValue(object, scale!.specReplicasPath.split(".").slice(1), replicas) as KubeObject;
}

function withValue(object: unknown, [field, ...rest]: readonly string[], value: unknown): unknown {
  if (field === undefined) return value;
  const parent = (object ?? {}) as Record<string, unknown>;
  return { ...parent, [field]: withValue(parent[field], rest, value) };
}
