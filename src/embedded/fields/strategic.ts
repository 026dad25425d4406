import type { KubeObject } from "../../kube/resource.ts";
import type { Schema } from "../schema/schema.ts";

/**
 * Applies a strategic merge patch to a built-in object; neither input is mutated.
 * @throws StrategicPatchError when the patch makes no sense (an unknown `$patch`, a list entry without its merge key).
 */
export function strategicMergePatch(_live: KubeObject, _patch: Record<string, unknown>, _schema: Schema): KubeObject {
  throw new Error("not yet");
}
