import { jsonEqual } from "../json.ts";
import type { PathElement } from "./element.ts";
import type { JsonMap } from "./shape.ts";
import { entryElement, listOf, mapOf, shapeOf } from "./shape.ts";
import type { ListType, MapType, TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/**
 * Lays `config` over `live`: nothing is removed, and what both have is as in `config`. Undefined is absent, null is a value.
 * Where that makes no difference the result is `live` itself, so that what follows need not look for one.
 */
export function merge(type: TypeRef, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  const atom = resolve(type);
  switch (shapeOf(atom, config)) {
    case "scalar":
      return config;
    case "list": {
      const [left, right] = [listOf(live), listOf(config)];
      if (atom.list!.atomic || (left.length === 0 && right.length === 0)) return replaced(live, config);
      return mergeList(atom.list!, left, right);
    }
    case "map": {
      const [left, right] = [mapOf(live), mapOf(config)];
      const isBare = Object.keys(left).length === 0 && Object.keys(right).length === 0;
      return atom.map!.atomic || isBare ? replaced(live, config) : mergeMap(atom.map!, left, right);
    }
  }
}

const replaced = (live: unknown, config: unknown): unknown => (jsonEqual(live, config) ? live : config);

function mergeMap(type: MapType, live: JsonMap, config: JsonMap): unknown {
  const merged: [string, unknown][] = [];
  let isLive = true;
  const mergeField = (name: string): void => {
    const value = merge(fieldType(type, name) ?? "deduced", live[name], config[name]);
    if (value !== live[name]) isLive = false;
    if (value !== undefined) merged.push([name, value]);
  };
  for (const name of Object.keys(live)) mergeField(name);
  for (const name of Object.keys(config)) if (!Object.hasOwn(live, name)) mergeField(name);
  if (isLive) return live;
  return merged.length > 0 ? Object.fromEntries(merged) : undefined;
}

/**
 * Entries keep the order of `live` as far as the order of `config` allows: entries of `config` come in its own order, and
 * those that `live` alone has stay in front of the shared entry that they were in front of.
 */
function mergeList(type: ListType, live: readonly unknown[], config: readonly unknown[]): unknown {
  const left = live.map((entry) => entryElement(type, entry));
  const right = config.map((entry) => entryElement(type, entry));
  const inLeft = new Set(left);
  const inRight = new Set(right);
  const shared = right.filter((element) => inLeft.has(element));
  const placed = new Set<PathElement>();
  const merged: unknown[] = [];
  const place = (entry: unknown, element: PathElement, laid: unknown): void => {
    placed.add(element);
    const value = merge(type.element, entry, laid);
    if (value !== undefined) merged.push(value);
  };
  // Duplicates in live count as null: config replaces them all.
  const liveEntry = (element: PathElement): unknown => {
    const index = left.indexOf(element);
    return index < 0 ? undefined : left.lastIndexOf(element) === index ? live[index] : null;
  };
  let nextShared = shared.shift();
  for (let l = 0, r = 0; l < left.length || r < right.length; ) {
    if (l < left.length && r < right.length) {
      const element = left[l]!;
      if (element === right[r]) {
        place(liveEntry(element), element, config[r]);
        l++;
        r++;
        nextShared = shared.shift();
        continue;
      }
      if (inRight.has(element) && nextShared !== undefined && nextShared !== element) {
        l++;
        continue;
      }
    }
    if (l < left.length) {
      const element = left[l]!;
      if (!inRight.has(element)) {
        const value = merge(type.element, live[l], undefined);
        if (value !== undefined) merged.push(value);
        l++;
        continue;
      }
      if (placed.has(element)) l++;
    }
    if (r < right.length) {
      const element = right[r]!;
      place(liveEntry(element), element, config[r]);
      r++;
      if (nextShared === element) nextShared = shared.shift();
    }
  }
  if (merged.length === live.length && merged.every((entry, i) => entry === live[i])) return live;
  return merged.length > 0 ? merged : undefined;
}
