import { z } from "zod";
import { cel, labelName, listAtomic, listSet, objectName, preserveUnknown, shallow } from "../meta.ts";
import { selecting } from "./selection.ts";

const jsonPatchOperation = z
  .strictObject({
    op: z.enum(["add", "remove", "replace", "move", "copy", "test"]).describe("Operation of RFC 6902."),
    path: z
      .string()
      .max(1024)
      .regex(/^(\/.*)?$/)
      .describe("JSON Pointer to what is changed, e.g. /spec/http/0/route/0/weight."),
    from: z.string().max(1024).optional().describe("JSON Pointer to the source of move and copy."),
    value: shallow(z.unknown()).optional().meta(preserveUnknown).describe("Value of add, replace and test."),
  })
  // The API server's rules do not see a field of any type.
  .refine(({ op, value }) => !["add", "replace", "test"].includes(op) || value !== undefined, {
    path: ["value"],
    message:
      "add, replace and test need a value; kubectl apply drops value: null, so use op remove, or kubectl apply --server-side",
  })
  .meta(
    cel({
      rule: "self.op in ['move', 'copy'] ? has(self.from) : !has(self.from)",
      message: "move and copy need from; the others take none",
    }),
  );

export const override = z
  .strictObject({
    name: labelName().describe("Name of the override, unique in the list; errors name it."),
    ...selecting,
    stages: z
      .array(labelName())
      .min(1)
      .max(50)
      .meta(listSet)
      .optional()
      .describe(
        "Names of stages of the rollout: the override counts only while a cluster is in one of them, and a later stage takes the cluster on without it. Default: it counts always.",
      ),
    target: z
      .strictObject({
        template: labelName().optional().describe("Name of the template to change."),
        kind: z.string().min(1).max(63).optional().describe("Kind of the objects to change."),
        name: objectName().optional().describe("metadata.name of the object to change; together with kind."),
      })
      .meta(
        cel({
          rule: "has(self.template) ? !has(self.kind) && !has(self.name) : has(self.kind)",
          message: "target is either {template: NAME} or {kind: KIND} with an optional name",
        }),
      )
      .describe("Which objects of the bundle are changed."),
    jsonPatch: z
      .array(jsonPatchOperation)
      .min(1)
      .max(100)
      .meta(listAtomic)
      .optional()
      .describe("Operations of RFC 6902, in order."),
    mergePatch: shallow(z.record(z.string(), z.unknown()))
      .optional()
      .meta(preserveUnknown)
      .describe("Merge patch of RFC 7386: objects are merged, null removes, everything else replaces."),
  })
  .meta(cel({ rule: "has(self.jsonPatch) != has(self.mergePatch)", message: "an override has either jsonPatch or mergePatch" }))
  .describe("A change of the bundle for some clusters.");

export type Override = z.output<typeof override>;
