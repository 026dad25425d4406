import { at, child, forbidden, invalid, notSupported, required } from "../errors.ts";
import type { FieldError, Schema } from "../schema.ts";

/** What is wrong with how a list or map is said to merge. */
export function mergeTypeProblems(schema: Schema, path: string): FieldError[] {
  return [
    ...mapTypeProblems(schema, path),
    ...listTypeProblems(schema, path),
    ...mapKeyProblems(schema, path),
    ...nullableEntries(schema, path),
  ];
}

function mapTypeProblems(schema: Schema, path: string): FieldError[] {
  const mapType = schema["x-kubernetes-map-type"];
  if (mapType === undefined) return [];
  const errors = wrongTypeFor(schema, path, "object", "x-kubernetes-map-type");
  const isKnown = mapType === "atomic" || mapType === "granular";
  return isKnown ? errors : [...errors, notSupported(child(path, "x-kubernetes-map-type"), mapType, ["atomic", "granular"])];
}

function wrongTypeFor({ type = "" }: Schema, path: string, expected: string, extension: string): FieldError[] {
  const detail = `must be ${expected} if ${extension} is specified`;
  if (type === expected) return [];
  return [type === "" ? required(child(path, "type"), detail) : invalid(child(path, "type"), type, detail)];
}

function listTypeProblems(schema: Schema, path: string): FieldError[] {
  const { type, items, "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  const errors: FieldError[] = [];
  if (listType !== undefined && type !== "array") errors.push(...wrongTypeFor(schema, path, "array", "x-kubernetes-list-type"));
  else if (listType === "set" && items) errors.push(...setItemProblems(items, child(path, "items")));
  if (listType !== undefined && !["atomic", "set", "map"].includes(listType)) {
    errors.push(notSupported(child(path, "x-kubernetes-list-type"), listType, ["atomic", "set", "map"]));
  }
  if (keys.length > 0 && listType !== "map") {
    const detail = "must be map if x-kubernetes-list-map-keys is non-empty";
    const where = child(path, "x-kubernetes-list-type");
    errors.push(listType === undefined ? required(where, detail) : invalid(where, listType, detail));
  }
  return errors;
}

function setItemProblems(items: Schema, path: string): FieldError[] {
  const detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
  const listType = items["x-kubernetes-list-type"];
  if (items.type === "array" && listType !== undefined && listType !== "atomic") {
    return [invalid(child(path, "x-kubernetes-list-type"), listType, detail)];
  }
  if (items.type === "object" && items["x-kubernetes-map-type"] !== "atomic") {
    return [invalid(child(path, "x-kubernetes-map-type"), listType ?? null, detail)];
  }
  return [];
}

function mapKeyProblems(schema: Schema, path: string): FieldError[] {
  const { items, "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  if (listType !== "map") return [];
  const where = child(path, "x-kubernetes-list-map-keys");
  const errors: FieldError[] = [];
  if (keys.length === 0) errors.push(required(where, "must not be empty if x-kubernetes-list-type is map"));
  if (!items) return [...errors, required(child(path, "items"), "must have a schema if x-kubernetes-list-type is map")];
  if (items.type !== "object") {
    const detail = "must be object if parent array's x-kubernetes-list-type is map";
    return [...errors, invalid(child(child(path, "items"), "type"), items.type ?? "", detail)];
  }
  for (const [i, key] of keys.entries()) {
    const property = items.properties?.[key];
    if (!property) errors.push(invalid(where, keys, "entries must all be names of item properties"));
    else if (property.type === "array" || property.type === "object") {
      const detail = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      errors.push(invalid(child(at(child(child(path, "items"), "properties"), key), "type"), items.type, detail));
    }
    if (keys.indexOf(key) < i) errors.push(invalid(where, keys, "must not contain duplicate entries"));
  }
  return errors;
}

/** Entries of sets and map-like lists, and their keys, must be there to be told apart. */
function nullableEntries(schema: Schema, path: string): FieldError[] {
  const { items, "x-kubernetes-list-type": listType, "x-kubernetes-list-map-keys": keys = [] } = schema;
  if (!items || (listType !== "set" && listType !== "map")) return [];
  const where = child(path, "items");
  const errors: FieldError[] = [];
  if (items.nullable)
    errors.push(forbidden(child(where, "nullable"), `cannot be nullable when x-kubernetes-list-type is ${listType}`));
  if (listType === "set") return errors;
  for (const key of keys) {
    const property = items.properties?.[key];
    if (!property) continue;
    const keyPath = at(child(where, "properties"), key);
    if (!items.required?.includes(key) && property.default === undefined) {
      const detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
      errors.push(required(child(keyPath, "default"), detail));
    }
    if (property.nullable) {
      errors.push(
        forbidden(child(keyPath, "nullable"), "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"),
      );
    }
  }
  return errors;
}
