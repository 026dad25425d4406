import type { BuiltinKind } from "./kind.ts";
import { nonNegative } from "./rules.ts";
import { int32, struct, text } from "./shapes.ts";

/** What every kind that can be scaled shows of itself; it is kept nowhere. */
export const scale: BuiltinKind = {
  resource: { group: "autoscaling", version: "v1", plural: "scales", kind: "Scale", namespaced: true },
  singular: "scale",
  metadata: { namespaced: true },
  schema: struct(
    "Scale",
    {
      spec: struct("ScaleSpec", { replicas: int32 }),
      status: struct("ScaleStatus", { replicas: int32, selector: text }, ["replicas"]),
    },
    ["spec", "status"],
  ),
  validate: (object) => nonNegative("spec.replicas", (object["spec"] as { readonly replicas?: number }).replicas),
};
