import type { KubeObject } from "../../kube/resource.ts";
import { wholeObject } from "../schema/builtin/object-meta.ts";
import type { JsonMap } from "../schema/node.ts";
import { isMap, property } from "../schema/node.ts";
import type { Schema } from "../schema/schema.ts";
import { checkOrder, deleteItems, holdsMaps, inOrder, mergeLists } from "./strategic-lists.ts";
import { printGo, StrategicPatchError, withoutDirectives } from "./strategic-patch.ts";

export { StrategicPatchError } from "./strategic-patch.ts";

/**
 * Applies a strategic merge patch to a built-in object; neither input is mutated.
 * @throws StrategicPatchError when the patch makes no sense (an unknown `$patch`, a list entry without its merge key)
 */
export function strategicMergePatch(live: KubeObject, patch: Record<string, unknown>, schema: Schema): KubeObject {
  return mergeMaps(live as unknown as JsonMap, patch, wholeObject(schema)) as unknown as KubeObject;
}

const orderPrefix = "$setElementOrder";
const deletionPrefix = "$deleteFromPrimitiveList";

export function mergeMaps(original: JsonMap, patch: JsonMap, schema: Schema | undefined): JsonMap {
  if (Object.hasOwn(patch, "$patch")) return direct(patch);
  const { $retainKeys, ...changes } = patch;
  const merged = $retainKeys === undefined ? { ...original } : retain(original, changes, $retainKeys);
  const ordered = new Set<string>();
  for (const [name, order] of Object.entries(changes)) {
    if (!name.startsWith(orderPrefix)) continue;
    const field = fieldOf(name, orderPrefix, "invalid patch format of setElementOrder list");
    ordered.add(field);
    const list = mergeInOrder(listOrNothing(merged[field]), listOrNothing(changes[field]), order, lookUp(schema, field));
    if (list) merged[field] = list;
  }
  for (const [name, value] of Object.entries(changes)) {
    if (ordered.has(name) || name.startsWith(orderPrefix)) continue;
    if (name.startsWith(deletionPrefix)) {
      const field = fieldOf(name, deletionPrefix, "invalid patch format of primitive list");
      if (Array.isArray(merged[field]) && Array.isArray(value)) merged[field] = deleteItems(merged[field], value);
    } else set(merged, name, mergeValues(merged[name], value, name, schema));
  }
  return merged;
}

/** A whole map may be replaced, or emptied. */
function direct({ $patch, ...rest }: JsonMap): JsonMap {
  if ($patch === "replace") return rest;
  if ($patch === "delete") return {};
  throw new StrategicPatchError(500, `unknown patch type: ${printGo($patch)} in map: ${printGo({ $patch, ...rest })}`);
}

/** Only the fields named stay; the patch may set no others. */
function retain(original: JsonMap, changes: JsonMap, names: unknown): Record<string, unknown> {
  if (!Array.isArray(names)) throw new StrategicPatchError(400, "invalid patch format of retainKeys");
  const isSet = ([name, value]: [string, unknown]): boolean =>
    value !== null && !name.startsWith(orderPrefix) && !name.startsWith(deletionPrefix);
  if (Object.entries(changes).some((entry) => isSet(entry) && !names.includes(entry[0]))) {
    throw new StrategicPatchError(400, "invalid patch format of retainKeys");
  }
  return Object.fromEntries(Object.entries(original).filter(([name]) => names.includes(name)));
}

/** The field that `$setElementOrder/ports` is about. */
function fieldOf(name: string, prefix: string, complaint: string): string {
  if (!name.startsWith(`${prefix}/`)) throw new StrategicPatchError(400, complaint);
  return name.slice(prefix.length + 1);
}

function set(map: Record<string, unknown>, name: string, value: unknown): void {
  if (value === undefined) delete map[name];
  else map[name] = value;
}

/** @returns undefined when nothing is left */
function mergeValues(original: unknown, patch: unknown, name: string, schema: Schema | undefined): unknown {
  if (patch === null) return undefined;
  if (isMap(original) && isMap(patch)) return mergeMaps(original, patch, lookUp(schema, name));
  if (Array.isArray(original) && Array.isArray(patch)) return mergeOrReplace(original, patch, lookUp(schema, name));
  return withoutDirectives(patch);
}

function mergeOrReplace(original: readonly unknown[], patch: readonly unknown[], schema: Schema | undefined): readonly unknown[] {
  const merges = schema?.["x-kubernetes-patch-strategy"]?.split(",").includes("merge") ?? false;
  return merges ? mergeLists(original, patch, schema!, mergeMaps) : patch;
}

/** Merges a list whose order the patch tells; undefined when there is no list at all. */
function mergeInOrder(
  original: readonly unknown[] | undefined,
  patch: readonly unknown[] | undefined,
  order: unknown,
  schema: Schema | undefined,
): readonly unknown[] | undefined {
  if (!Array.isArray(order)) throw notList(order);
  checkOrder(patch ?? [], order, schema);
  if (!original && !patch) return undefined;
  const added = () => withoutDirectives(patch) as readonly unknown[];
  const merged = !patch ? original! : !original ? added() : mergeOrReplace(original, patch, schema);
  holdsMaps(original ?? [], patch ?? []);
  return inOrder(merged, order, original ?? [], patch ?? [], schema);
}

function listOrNothing(value: unknown): readonly unknown[] | undefined {
  if (value === undefined || Array.isArray(value)) return value;
  throw notList(value);
}

function notList(value: unknown): StrategicPatchError {
  const number = Number.isInteger(value) ? "int64" : "float64";
  const type = isMap(value) ? "map[string]interface {}" : ({ boolean: "bool", number }[typeof value as string] ?? typeof value);
  return new StrategicPatchError(500, `expected a []interface {}, but received a ${type}`);
}

/** The schema of a field; undefined below what no schema describes. */
function lookUp(schema: Schema | undefined, name: string): Schema | undefined {
  if (!schema || schema["x-kubernetes-preserve-unknown-fields"]) return property(schema, name);
  if (!schema.properties) {
    throw new StrategicPatchError(500, "merging an object in json but data type is not struct, instead is: map");
  }
  const found = property(schema, name);
  if (found) return found;
  throw new StrategicPatchError(
    500,
    `unable to find api field in struct ${schema.title} for the json field ${JSON.stringify(name)}`,
  );
}
