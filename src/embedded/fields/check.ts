import type { PathElement } from "./element.ts";
import { fieldElement, printPath } from "./element.ts";
import { entryElement, isMap, shapeOf } from "./shape.ts";
import type { ListType, MapType, ScalarType, TypeRef } from "./type.ts";
import { fieldType, resolve } from "./type.ts";

/** A value does not have the type that its schema says; the message is as the API server's merging prints it. */
export class TypeMismatch extends Error {}

export interface CheckOptions {
  /** Whether entries of sets and map-like lists may repeat. */
  readonly allowDuplicates: boolean;
}

/** @throws TypeMismatch naming everything that is wrong with the value */
export function checkType(type: TypeRef, value: unknown, options: CheckOptions): void {
  const problems = check(type, value, "", options);
  if (problems.length === 0) return;
  throw new TypeMismatch(
    problems.length === 1 ? problems[0]! : ["errors:", ...problems.map((problem) => `  ${problem}`)].join("\n"),
  );
}

function check(type: TypeRef, value: unknown, path: string, options: CheckOptions): string[] {
  const atom = resolve(type);
  switch (shapeOf(atom, value)) {
    case "scalar":
      return checkScalar(atom.scalar!, value).map((problem) => at(path, problem));
    case "list":
      return value === null
        ? []
        : Array.isArray(value)
          ? checkList(atom.list!, value, path, options)
          : [at(path, `expected list, got &{${goValue(value)}}`)];
    case "map":
      return value === null
        ? []
        : isMap(value)
          ? checkMap(atom.map!, value, path, options)
          : [at(path, `expected map, got &{${goValue(value)}}`)];
  }
}

function checkMap(type: MapType, value: Readonly<Record<string, unknown>>, path: string, options: CheckOptions): string[] {
  const problems: string[] = [];
  for (const [name, child] of Object.entries(value)) {
    const below = path + print(fieldElement(name));
    const childType = fieldType(type, name);
    if (childType === undefined) return [...problems, at(below, "field not declared in schema")];
    problems.push(...check(childType, child, below, options));
  }
  return problems;
}

function checkList(type: ListType, entries: readonly unknown[], path: string, options: CheckOptions): string[] {
  const seen = new Set<PathElement>();
  const problems: string[] = [];
  for (const [i, entry] of entries.entries()) {
    let element: PathElement = `i:${i}`;
    if (!type.atomic) {
      try {
        element = entryElement(type, entry);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        return [...problems, at(path, `element ${i}: ${error.message}`)];
      }
      if (seen.has(element) && !options.allowDuplicates) problems.push(at(path, `duplicate entries for key ${print(element)}`));
      seen.add(element);
    }
    problems.push(...check(type.element, entry, path + print(element), options));
  }
  return problems;
}

function checkScalar(type: ScalarType, value: unknown): string[] {
  if (value === null) return [];
  switch (type) {
    case "numeric":
      return typeof value === "number" ? [] : [`expected numeric (int or float), got ${goType(value)}`];
    case "string":
      return typeof value === "string" ? [] : [`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`expected boolean, got &{${goValue(value)}}`];
    case "untyped":
      return typeof value === "object" ? [`expected any scalar, got &{${goValue(value)}}`] : [];
  }
}

const print = (element: PathElement): string => printPath([element]);

const at = (path: string, problem: string): string => (path === "" ? problem : `${path}: ${problem}`);

function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isMap(value)) return "map[string]interface {}";
  if (typeof value === "boolean") return "bool";
  return typeof value;
}

/** Go's `%v`. */
function goValue(value: unknown): string {
  if (value === null) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(goValue).join(" ")}]`;
  if (!isMap(value)) return String(value);
  return `map[${sortedEntries(value)
    .map(([name, child]) => `${name}:${goValue(child)}`)
    .join(" ")}]`;
}

/** Go's `%#v`. */
function goSyntax(value: unknown): string {
  if (value === null) return "interface {}(nil)";
  if (Array.isArray(value)) return `${goType(value)}{${value.map(goSyntax).join(", ")}}`;
  if (!isMap(value)) return JSON.stringify(value);
  return `${goType(value)}{${sortedEntries(value)
    .map(([name, child]) => `${JSON.stringify(name)}:${goSyntax(child)}`)
    .join(", ")}}`;
}

const sortedEntries = (value: Readonly<Record<string, unknown>>) => Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
