import type { Path, PathElement } from "./element.ts";
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
  const problems = check(type, value, options).map(printProblem);
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

/** Something that is wrong with a value, or at a path below it. */
interface Problem {
  readonly path: Path;
  readonly text: string;
}

const fine: readonly Problem[] = [];

const wrong = (text: string): readonly Problem[] => [{ path: [], text }];

const below = (element: PathElement, problems: readonly Problem[]): readonly Problem[] =>
  problems.map(({ path, text }) => ({ path: [element, ...path], text }));

const printProblem = ({ path, text }: Problem): string => (path.length === 0 ? text : `${printPath(path)}: ${text}`);

function check(type: TypeRef, value: unknown, options: CheckOptions): readonly Problem[] {
  const atom = resolve(type);
  switch (shapeOf(atom, value)) {
    case "scalar":
      return checkScalar(atom.scalar!, value);
    case "list":
      if (Array.isArray(value)) return checkList(atom.list!, value, options);
      return value === null ? fine : wrong(`expected list, got &{${goValue(value)}}`);
    case "map":
      if (isMap(value)) return checkMap(atom.map!, value, options);
      return value === null ? fine : wrong(`expected map, got &{${goValue(value)}}`);
  }
}

const undeclared = wrong("field not declared in schema");

/** What follows an undeclared field is not looked at. */
function checkMap(type: MapType, value: JsonMap, options: CheckOptions): readonly Problem[] {
  let problems = fine;
  for (const name in value) {
    const child = fieldType(type, name);
    const found = child === undefined ? undeclared : check(child, value[name], options);
    if (found.length > 0) problems = [...problems, ...below(fieldElement(name), found)];
    if (child === undefined) break;
  }
  return problems;
}

function checkList(type: ListType, entries: readonly unknown[], options: CheckOptions): readonly Problem[] {
  if (!type.atomic) return checkEntries(type, entries, options);
  let problems = fine;
  for (const [index, entry] of entries.entries()) {
    const found = check(type.element, entry, options);
    if (found.length > 0) problems = [...problems, ...below(`i:${index}`, found)];
  }
  return problems;
}

/** The entries of a set or a map-like list; what follows one that cannot be identified is not looked at. */
function checkEntries(type: ListType, entries: readonly unknown[], options: CheckOptions): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Set<PathElement>();
  for (const [index, entry] of entries.entries()) {
    const element = identify(type, entry);
    if (element instanceof TypeError) return [...problems, ...wrong(`element ${index}: ${element.message}`)];
    if (seen.has(element) && !options.allowDuplicates) problems.push(...wrong(`duplicate entries for key ${printPath([element])}`));
    seen.add(element);
    problems.push(...below(element, check(type.element, entry, options)));
  }
  return problems;
}

function identify(type: ListType, entry: unknown): PathElement | TypeError {
  try {
    return entryElement(type, entry);
  } catch (error) {
    if (error instanceof TypeError) return error;
    throw error;
  }
}

function checkScalar(type: ScalarType, value: unknown): readonly Problem[] {
  if (value === null) return fine;
  switch (type) {
    case "numeric":
      return typeof value === "number" ? fine : wrong(`expected numeric (int or float), got ${goType(value)}`);
    case "string":
      return typeof value === "string" ? fine : wrong(`expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`);
    case "boolean":
      return typeof value === "boolean" ? fine : wrong(`expected boolean, got &{${goValue(value)}}`);
    case "untyped":
      return typeof value === "object" ? wrong(`expected any scalar, got &{${goValue(value)}}`) : fine;
  }
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
