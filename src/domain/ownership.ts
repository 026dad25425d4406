import { FIELD_MANAGER } from "../api/kinds.ts";
import type { KubeObject, ManagedFieldsEntry } from "../api/resource.ts";

type Fields = Record<string, unknown>;

/** Who else wrote an object, most recently. */
export interface ForeignWrite {
  readonly manager: string;
  /** Apply: declared with server-side apply, by another controller or a person who means it. Update: any other write. */
  readonly operation: string;
  readonly time?: string;
}

const isOurs = (entry: ManagedFieldsEntry) => entry.manager === FIELD_MANAGER && entry.operation === "Apply" && !entry.subresource;

/**
 * The fields of a live object that we own, with their values: what we applied, as far as nobody changed it since. A field that
 * somebody else changes leaves our set, whatever they set it to.
 * (Format of fieldsV1: sigs.k8s.io/structured-merge-diff, "f:" a member, "k:" an item by its keys, "v:" an item by its value,
 * "i:" an item by its position, "." the thing itself.)
 */
export function ownedFields(object: KubeObject): unknown {
  const fields = object.metadata.managedFields?.find(isOurs)?.fieldsV1;
  return fields ? project(object, fields) : undefined;
}

/** The newest write by anybody else, status aside. */
export function foreignWrite(object: KubeObject): ForeignWrite | undefined {
  const others = (object.metadata.managedFields ?? []).filter(
    (entry) => !isOurs(entry) && !entry.subresource && !(entry.manager === FIELD_MANAGER && entry.operation === "Update"),
  );
  const newest = others.sort((a, b) => (a.time ?? "").localeCompare(b.time ?? "")).at(-1);
  if (!newest) return undefined;
  return {
    manager: newest.manager ?? "unknown",
    operation: newest.operation ?? "Update",
    ...(newest.time === undefined ? {} : { time: newest.time }),
  };
}

function project(value: unknown, fields: Fields): unknown {
  const inner = Object.entries(fields).filter(([key]) => key !== ".");
  if (inner.length === 0) return "." in fields ? emptied(value) : value;
  if (Array.isArray(value)) {
    return inner.flatMap(([key, child]) => {
      const item = value.find((candidate, index) => isItem(candidate, index, key));
      return item === undefined ? [] : [project(item, child as Fields)];
    });
  }
  if (typeof value !== "object" || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, child] of inner) {
    const name = key.slice(2);
    if (Object.hasOwn(value, name)) result[name] = project((value as Fields)[name], child as Fields);
  }
  return result;
}

const emptied = (value: unknown) => (Array.isArray(value) ? [] : typeof value === "object" && value !== null ? {} : value);

function isItem(item: unknown, index: number, key: string): boolean {
  const text = key.slice(2);
  switch (key.slice(0, 2)) {
    case "k:": {
      const keys = Object.entries(JSON.parse(text) as Fields);
      return typeof item === "object" && item !== null && keys.every(([name, value]) => (item as Fields)[name] === value);
    }
    case "v:":
      return JSON.stringify(item) === text;
    case "i:":
      return index === Number(text);
    default:
      return false;
  }
}
