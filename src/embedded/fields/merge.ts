import type { PathElement } from "./element.ts";
import { entryElement, listOf, mapOf, shapeOf } from "./shape.ts";
import type { ListType, MapType, TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/**
 * Lays `config` over `live`: nothing is removed, and what both have is as in `config`. Undefined is absent, null is a value.
 */
export function merge(type: TypeRef, live: unknown, config: unknown): unknown {
  const atom = resolve(type);
  const whole = config === undefined ? live : config;
  const shape = shapeOf(atom, whole);
  if (shape === "scalar") return whole;
  if (shape === "list") {
    const [left, right] = [listOf(live), listOf(config)];
    return atom.list!.atomic || (left.length === 0 && right.length === 0) ? whole : mergeList(atom.list!, left, right);
  }
  const [left, right] = [mapOf(live), mapOf(config)];
  const isBare = Object.keys(left).length === 0 && Object.keys(right).length === 0;
  return atom.map!.atomic || isBare ? whole : mergeMap(atom.map!, left, right);
}

function mergeMap(type: MapType, live: Readonly<Record<string, unknown>>, config: Readonly<Record<string, unknown>>): unknown {
  const merged: [string, unknown][] = [];
  for (const name of new Set([...Object.keys(live), ...Object.keys(config)])) {
    const value = merge(fieldType(type, name) ?? "deduced", live[name], config[name]);
    if (value !== undefined) merged.push([name, value]);
  }
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
  return merged.length > 0 ? merged : undefined;
}
