import type { Schema } from "./schema.ts";

export type JsonMap = Readonly<Record<string, unknown>>;

export const isMap = (value: unknown): value is JsonMap => typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema of a declared field; undefined when there is none. */
export function property(schema: Schema | undefined, name: string): Schema | undefined {
  const properties = schema?.properties;
  return properties && Object.hasOwn(properties, name) ? properties[name] : undefined;
}

/** The schema of undeclared fields; undefined when they have none, even where they are allowed. */
export function additional(schema: Schema | undefined): Schema | undefined {
  const additionalProperties = schema?.additionalProperties;
  return typeof additionalProperties === "object" ? additionalProperties : undefined;
}

export const field = (schema: Schema | undefined, name: string): Schema | undefined => property(schema, name) ?? additional(schema);

/** A copy of a map with each value changed; a value changed to `dropped` is left out. The map itself when nothing changed. */
export function mapValues(map: JsonMap, change: (value: unknown, name: string) => unknown): JsonMap {
  let changed: Record<string, unknown> | undefined;
  for (const name in map) {
    const value = map[name];
    const next = change(value, name);
    if (next === value) continue;
    changed ??= { ...map };
    if (next === dropped) delete changed[name];
    else changed[name] = next;
  }
  return changed ?? map;
}

export function mapItems(list: readonly unknown[], change: (value: unknown, index: number) => unknown): readonly unknown[] {
  let changed: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const next = change(list[index], index);
    if (next === list[index]) continue;
    changed ??= [...list];
    changed[index] = next;
  }
  return changed ?? list;
}

export const dropped = Symbol("dropped");
