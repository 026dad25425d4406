import { jsonEqual } from "../json.ts";
import { field, isMap } from "./node.ts";
import type { Schema } from "./schema.ts";

/**
 * A value next to what it was before, as far as that can be told: fields by their name, entries of a map-like list by their
 * keys, other entries not at all. What is unchanged is not refused, even where its schema became stricter.
 */
export class Correlated {
  readonly schema: Schema;
  readonly value: unknown;
  readonly old: unknown;
  #unchanged: boolean | undefined;

  constructor(schema: Schema, value: unknown, old: unknown) {
    this.schema = schema;
    this.value = value;
    this.old = old;
  }

  field(name: string): Correlated | undefined {
    const { value, old } = this;
    if (!isMap(value) || !isMap(old) || !Object.hasOwn(value, name) || !Object.hasOwn(old, name)) return undefined;
    const schema = field(this.schema, name);
    return schema && new Correlated(schema, value[name], old[name]);
  }

  item(index: number): Correlated | undefined {
    const { value, old, schema } = this;
    if (!Array.isArray(value) || !Array.isArray(old) || index >= value.length || !schema.items) return undefined;
    const before = correlatedItem(schema, old, value[index]);
    return before === undefined || before === null ? undefined : new Correlated(schema.items, value[index], before);
  }

  /** The very same value: nothing below it needs to be looked at. */
  get isSame(): boolean {
    return this.value === this.old;
  }

  /** Entries of map-like lists may have changed their order. */
  get unchanged(): boolean {
    this.#unchanged ??= this.#compare();
    return this.#unchanged;
  }

  #compare(): boolean {
    const { value, old } = this;
    if (value === old) return true;
    if (Array.isArray(value) && Array.isArray(old)) {
      if (value.length !== old.length) return false;
      if (this.schema["x-kubernetes-list-type"] !== "map") return jsonEqual(value, old);
      return value.every((_, i) => this.item(i)?.unchanged ?? false);
    }
    if (isMap(value) && isMap(old)) {
      const names = Object.keys(value);
      return names.length === Object.keys(old).length && names.every((name) => this.field(name)?.unchanged ?? false);
    }
    return jsonEqual(value, old);
  }
}

/** The entry of a former map-like list that has the keys of `item`; undefined when there is none. */
export function correlatedItem(schema: Schema, old: unknown, item: unknown): unknown {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  if (schema["x-kubernetes-list-type"] !== "map" || !Array.isArray(old) || !isMap(item)) return undefined;
  const isKey = (value: unknown): boolean => value !== undefined && value !== null && typeof value !== "object";
  if (!keys.every((key) => isKey(item[key]))) return undefined;
  return old.find((before) => isMap(before) && keys.every((key) => before[key] === item[key]));
}
