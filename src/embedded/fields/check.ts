import type { PathElement } from "./element.ts";
import { fieldElement, printPath } from "./element.ts";
import type { JsonMap } from "./shape.ts";
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
  const problems: string[] = [];
  check(type, value, undefined, { ...options, problems });
  if (problems.length === 0) return;
  throw new TypeMismatch(
    problems.length === 1 ? problems[0]! : ["errors:", ...problems.map((problem) => `  ${problem}`)].join("\n"),
  );
}

/** Says what was tried, where that comes to a mismatch. */
export function explaining(what: string, attempt: () => void): void {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof TypeMismatch)) throw error;
    throw new TypeMismatch(`${what}: ${error.message}`, { cause: error });
  }
}

interface Context extends CheckOptions {
  readonly problems: string[];
}

/** Where a value is; put together when something is wrong there. */
interface Place {
  readonly above: Place | undefined;
  /** A field of this name, or the entry of an atomic list, or of another one. */
  readonly step: { readonly field: string } | { readonly index: number } | { readonly element: PathElement };
}

function check(type: TypeRef, value: unknown, place: Place | undefined, context: Context): void {
  const atom = resolve(type);
  switch (shapeOf(atom, value)) {
    case "scalar":
      checkScalar(atom.scalar!, value, place, context);
      return;
    case "list":
      if (Array.isArray(value)) checkList(atom.list!, value, place, context);
      else if (value !== null) report(context, place, `expected list, got &{${goValue(value)}}`);
      return;
    case "map":
      if (isMap(value)) checkMap(atom.map!, value, place, context);
      else if (value !== null) report(context, place, `expected map, got &{${goValue(value)}}`);
  }
}

function checkMap(type: MapType, value: JsonMap, above: Place | undefined, context: Context): void {
  for (const field of Object.keys(value)) {
    const below = { above, step: { field } };
    const childType = fieldType(type, field);
    if (childType === undefined) {
      report(context, below, "field not declared in schema");
      return;
    }
    check(childType, value[field], below, context);
  }
}

function checkList(type: ListType, entries: readonly unknown[], above: Place | undefined, context: Context): void {
  if (type.atomic) {
    for (let index = 0; index < entries.length; index++) check(type.element, entries[index], { above, step: { index } }, context);
    return;
  }
  const seen = new Set<PathElement>();
  for (const [i, entry] of entries.entries()) {
    let element: PathElement;
    try {
      element = entryElement(type, entry);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      report(context, above, `element ${i}: ${error.message}`);
      return;
    }
    if (seen.has(element) && !context.allowDuplicates) report(context, above, `duplicate entries for key ${printPath([element])}`);
    seen.add(element);
    check(type.element, entry, { above, step: { element } }, context);
  }
}

function checkScalar(type: ScalarType, value: unknown, place: Place | undefined, context: Context): void {
  if (value === null) return;
  switch (type) {
    case "numeric":
      if (typeof value !== "number") report(context, place, `expected numeric (int or float), got ${goType(value)}`);
      return;
    case "string":
      if (typeof value === "string") return;
      report(context, place, `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
      return;
    case "boolean":
      if (typeof value !== "boolean") report(context, place, `expected boolean, got &{${goValue(value)}}`);
      return;
    case "untyped":
      if (typeof value === "object") report(context, place, `expected any scalar, got &{${goValue(value)}}`);
  }
}

function report({ problems }: Context, place: Place | undefined, problem: string): void {
  const path: PathElement[] = [];
  for (let at = place; at; at = at.above) {
    const { step } = at;
    path.unshift("field" in step ? fieldElement(step.field) : "index" in step ? `i:${step.index}` : step.element);
  }
  problems.push(path.length === 0 ? problem : `${printPath(path)}: ${problem}`);
}

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
