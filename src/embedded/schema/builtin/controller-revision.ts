import { isDeepStrictEqual } from "node:util";
import { invalid, required } from "../errors.ts";
import { isMap } from "../node.ts";
import type { FieldError } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { nonNegative } from "./rules.ts";
import { atomic, int64, named, pointer, struct } from "./shapes.ts";

export const controllerRevision: BuiltinKind = {
  resource: { group: "apps", version: "v1", plural: "controllerrevisions", kind: "ControllerRevision", namespaced: true },
  singular: "controllerrevision",
  metadata: { namespaced: true, qualifiedFinalizers: true },
  schema: struct("ControllerRevision", { data: pointer(atomic(named("RawExtension"))), revision: int64 }, ["data", "revision"]),
  validate: (object, old) => {
    const { data, revision } = object as unknown as { readonly data: unknown; readonly revision: number };
    const errors = nonNegative("revision", revision);
    if (old === undefined) return [...errors, ...validateData(data)];
    return isDeepStrictEqual(data, old["data"]) ? errors : [...errors, invalid("data", data, "field is immutable")];
  },
};

function validateData(data: unknown): FieldError[] {
  if (data === null || data === undefined) return [required("data", "data is mandatory")];
  return isMap(data) ? [] : [required("data", "data must be a valid JSON object")];
}
