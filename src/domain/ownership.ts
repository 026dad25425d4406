import { FIELD_MANAGER } from "../api/kinds.ts";
import type { KubeObject, ManagedFieldsEntry } from "../api/resource.ts";
import type { FieldPath } from "./field-path.ts";
import { compare } from "./selection.ts";

type Fields = Record<string, unknown>;

/** What somebody else wrote of an object. */
export interface ForeignWrite {
  readonly manager: string;
  /** Apply: declared with server-side apply, by another controller or a person who means it. Update: any other write. */
  readonly operation: "Apply" | "Update";
  readonly time?: string;
  /** Which fields are theirs. */
  readonly entry: ManagedFieldsEntry;
}

/** Characters that an API server allows in the name of a manager, and that a time has. */
const MAX_MANAGER = 128;
const MAX_TIME = 40;

/** Members are not trusted: what is not as it should be counts as absent. */
const entriesOf = ({ metadata }: KubeObject): readonly ManagedFieldsEntry[] =>
  Array.isArray(metadata.managedFields) ? metadata.managedFields.filter(isRecord) : [];

const isRecord = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const isOurs = (entry: ManagedFieldsEntry) => entry.manager === FIELD_MANAGER && entry.operation === "Apply" && !entry.subresource;

/**
 * The fields of a live object that we own, with their values: what we applied, as far as nobody changed it since. A field that
 * somebody else changes leaves our set, whatever they set it to.
 * (Format of fieldsV1: sigs.k8s.io/structured-merge-diff, "f:" a member, "k:" an item by its keys, "v:" an item by its value,
 * "i:" an item by its position, "." the thing itself.)
 */
export function ownedFields(object: KubeObject): unknown {
  const fields = ownWrite(object)?.fieldsV1;
  return isRecord(fields) ? project(object, fields) : undefined;
}

/** What the API server knows of our own applies. */
export const ownWrite = (object: KubeObject): ManagedFieldsEntry | undefined => entriesOf(object).find(isOurs);

/** Writes by others, status aside, the newest first. */
export function foreignWrites(object: KubeObject): readonly ForeignWrite[] {
  return entriesOf(object)
    .filter((entry) => !isOurs(entry) && !entry.subresource && !(entry.manager === FIELD_MANAGER && entry.operation === "Update"))
    .toSorted((a, b) => compare(String(b.time ?? ""), String(a.time ?? "")))
    .map((entry) => ({
      entry,
      manager: typeof entry.manager === "string" ? entry.manager.slice(0, MAX_MANAGER) : "unknown",
      operation: entry.operation === "Apply" ? "Apply" : "Update",
      ...(typeof entry.time === "string" && entry.time.length <= MAX_TIME ? { time: entry.time } : {}),
    }));
}

/**
 * How a manager has a field of the live object: all of it, by itself or with what it is in, or only something that is in it;
 * undefined: it has nothing of it.
 */
export function shareOf({ fieldsV1 }: ManagedFieldsEntry, live: unknown, path: FieldPath): "Whole" | "Part" | undefined {
  let fields: unknown = fieldsV1;
  let value = live;
  for (const step of path) {
    if (!isRecord(fields)) return undefined;
    const inner = innerOf(fields);
    if (inner.length === 0) return "Whole";
    if (typeof step === "number") {
      const item = Array.isArray(value) ? value[step] : undefined;
      const key = inner.find((candidate) => itemTest(candidate)(item, step));
      fields = key === undefined ? undefined : fields[key];
      value = item;
    } else {
      fields = Object.hasOwn(fields, `f:${step}`) ? fields[`f:${step}`] : undefined;
      value = isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    }
  }
  if (!isRecord(fields)) return undefined;
  return innerOf(fields).length === 0 ? "Whole" : "Part";
}

const innerOf = (fields: Fields): readonly string[] => Object.keys(fields).filter((key) => key !== ".");

function project(value: unknown, fields: unknown): unknown {
  if (!isRecord(fields)) return value;
  const inner = Object.entries(fields).filter(([key]) => key !== ".");
  if (inner.length === 0) return Object.hasOwn(fields, ".") ? emptied(value) : value;
  if (Array.isArray(value)) {
    return inner.flatMap(([key, child]) => {
      const isItem = itemTest(key);
      const item = value.find(isItem);
      return item === undefined ? [] : [project(item, child)];
    });
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    inner
      .map(([key, child]): [string, unknown] => [key.slice(2), child])
      .filter(([name]) => Object.hasOwn(value, name))
      .map(([name, child]) => [name, project(value[name], child)]),
  );
}

const emptied = (value: unknown) => (Array.isArray(value) ? [] : isRecord(value) ? {} : value);

/** Tells the item of a list that a key of fieldsV1 is about. */
function itemTest(key: string): (item: unknown, index: number) => boolean {
  const text = key.slice(2);
  switch (key.slice(0, 2)) {
    case "k:": {
      const keys = parsed(text);
      if (!isRecord(keys)) return () => false;
      return (item) => isRecord(item) && Object.entries(keys).every(([name, value]) => item[name] === value);
    }
    case "v:":
      return (item) => JSON.stringify(item) === text;
    case "i:":
      return (_, index) => index === Number(text);
    default:
      return () => false;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not a key that any API server writes.
    return undefined;
  }
}
