import type { KubeObject } from "../../kube/resource.ts";
import { checkType, TypeMismatch } from "./check.ts";
import { compare } from "./compare.ts";
import { fieldSetOf } from "./fieldset.ts";
import type { FieldSet } from "./set.ts";
import { difference, emptySet } from "./set.ts";
import type { TypeRef } from "./type.ts";

/** Where kubectl's client-side apply remembers what it applied. */
export const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

const maxAnnotationsBytes = 256 * 1024;

/** The fields that kubectl applied client-side and that are still as it applied them; none when it cannot be told. */
export function lastAppliedFields(type: TypeRef, live: KubeObject): FieldSet {
  const text = live.metadata?.annotations?.[lastAppliedAnnotation];
  if (!text) return emptySet;
  const lastApplied = parse(text);
  if (lastApplied?.apiVersion !== live.apiVersion) return emptySet;
  try {
    checkType(type, lastApplied, { allowDuplicates: false });
  } catch (error) {
    if (error instanceof TypeMismatch) return emptySet;
    throw error;
  }
  const { modified, added, removed } = compare(type, lastApplied, live);
  return [modified, added, removed].reduce(difference, fieldSetOf(type, lastApplied));
}

/** Keeps the annotation, where there is one, in step with what is applied server-side. */
export function withLastApplied(object: KubeObject, config: KubeObject): KubeObject {
  const annotations = object.metadata?.annotations;
  if (!annotations?.[lastAppliedAnnotation]) return object;
  const { [lastAppliedAnnotation]: _, ...others } = config.metadata?.annotations ?? {};
  const { annotations: applied, ...metadata } = config.metadata ?? {};
  const remembered = { ...config, metadata: applied === undefined ? metadata : { ...metadata, annotations: others } };
  const next = { ...annotations, [lastAppliedAnnotation]: `${JSON.stringify(sortKeys(remembered))}\n` };
  const size = Object.entries(next).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (size > maxAnnotationsBytes) delete (next as Record<string, string>)[lastAppliedAnnotation];
  return { ...object, metadata: { ...object.metadata, annotations: next } };
}

function parse(text: string): KubeObject | undefined {
  try {
    return JSON.parse(text) as KubeObject;
  } catch {
    return undefined;
  }
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sortKeys(child)]));
}
