import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../kube/resource.ts";
import { at, forbidden, invalid, tooLong } from "../errors.ts";
import { isConfigMapKey } from "../names.ts";
import type { FieldError } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { named } from "./rules.ts";
import { bool, bytes, mapOf, pointer, struct, texts } from "./shapes.ts";

interface ConfigMap extends KubeObject {
  readonly immutable?: boolean;
  readonly data?: Readonly<Record<string, string>>;
  readonly binaryData?: Readonly<Record<string, string>>;
}

/** Bytes that a ConfigMap or Secret may hold. */
export const maxBytes = 1024 * 1024;

export const configMap: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "configmaps", kind: "ConfigMap", namespaced: true },
  singular: "configmap",
  shortNames: ["cm"],
  metadata: { namespaced: true, qualifiedFinalizers: true },
  schema: struct("ConfigMap", { immutable: pointer(bool), data: texts, binaryData: mapOf(bytes) }),
  validate: (object, old) => [...(old ? validateImmutable(object, old, ["data", "binaryData"]) : []), ...validateData(object)],
};

function validateData(object: KubeObject): FieldError[] {
  const { data = {}, binaryData = {} } = object as ConfigMap;
  const errors = Object.keys(data).flatMap((key) => [
    ...named(isConfigMapKey, at("data", key), key),
    ...(Object.hasOwn(binaryData, key) ? [invalid(at("data", key), key, "duplicate of key present in binaryData")] : []),
  ]);
  errors.push(...Object.keys(binaryData).flatMap((key) => named(isConfigMapKey, at("binaryData", key), key)));
  const size = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0) + binarySize(binaryData);
  // The API server means the object as a whole, and this is how it says it.
  return size > maxBytes ? [...errors, tooLong("[]", maxBytes)] : errors;
}

/** How many bytes some base64 stands for. */
export const binarySize = (data: Readonly<Record<string, string>>): number =>
  Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, "base64"), 0);

/** What may not change, nor be made changeable again, in an object that says it is immutable. */
export function validateImmutable(object: KubeObject, old: KubeObject, fields: readonly string[]): FieldError[] {
  if (old["immutable"] !== true) return [];
  const detail = "field is immutable when `immutable` is set";
  const changed = fields.filter((field) => !isDeepStrictEqual(object[field] ?? {}, old[field] ?? {}));
  return [...(object["immutable"] === true ? [] : ["immutable"]), ...changed].map((field) => forbidden(field, detail));
}
