import { isMap } from "./schema/node.ts";

/** What a step of a path makes of the values found so far. */
type Step = (values: readonly unknown[]) => readonly unknown[];

/** What was found is not what the path goes on with: an index into a map, or one past the end. */
class Unfit extends Error {}

/**
 * Kubernetes' own dialect of JSONPath, which printer columns and scale subresources use: `.spec.hosts[*]`, `.spec.ports[-1:]`,
 * `.spec['host','port']`, `.metadata.labels.a\.b/c`, `..name`, `.status.conditions[?(@.type=="Ready")].status`.
 * @returns finds every value that the path names; none where the path does not fit the value
 * @throws Error when the path cannot be read
 */
export function compilePath(path: string): (root: unknown) => readonly unknown[] {
  const follow = stepsOf(path);
  return (root) => {
    try {
      return follow([root]);
    } catch (error) {
      if (error instanceof Unfit) return [];
      throw error;
    }
  };
}

function stepsOf(path: string): Step {
  const steps: Step[] = [];
  for (let rest = path; rest !== ""; ) {
    const found = patterns.find(({ pattern }) => pattern.test(rest));
    if (!found) throw new Error(`cannot read ${JSON.stringify(rest)} in the path ${JSON.stringify(path)}`);
    const groups = found.pattern.exec(rest)!;
    steps.push(...found.steps(groups));
    rest = rest.slice(groups[0].length);
  }
  return (root) => steps.reduce((values, step) => step(values), root);
}

/** Field by field: brackets bind what is in them no closer than a dot does. */
const member = (name: string): Step =>
  name === "*"
    ? children
    : (values) => values.flatMap((value) => (isMap(value) && Object.hasOwn(value, name) ? [value[name]] : []));

const children: Step = (values) => values.flatMap(below);

const below = (value: unknown): readonly unknown[] => (typeof value === "object" && value !== null ? Object.values(value) : []);

const descendants: Step = (values) =>
  values.flatMap((value) => {
    const found = below(value);
    return found.length === 0 ? [] : [value, ...descendants(found)];
  });

const literal =
  (value: unknown): Step =>
  (values) =>
    values.map(() => value);

function bracket(path: string, inside: string): Step {
  const parts = inside.split(",");
  if (parts.length > 1) {
    const union = parts.map((part) => bracket(path, part.trim()));
    return (values) => union.flatMap((step) => step(values));
  }
  const key = /^'([^']*)'$/.exec(inside)?.[1];
  if (key !== undefined) return stepsOf(`.${key}`);
  const [, from, to, by] = /^(\*|-?\d+|)(?::(-?\d+|))?(?::(-?\d+|))?$/.exec(inside) ?? [];
  if (from === undefined) throw new Error(`cannot read ${JSON.stringify(inside)} in the path ${JSON.stringify(path)}`);
  if (from === "*") return slice(0, undefined, 1);
  const first = Number(from);
  const step = by ? Number(by) : 1;
  // An index is a slice of one: behind the last one, which is -1, comes the end.
  if (to === undefined) return slice(first, first === -1 ? undefined : first + 1, step);
  return slice(first, to === "" ? undefined : Number(to), step);
}

function slice(first: number, last: number | undefined, step: number): Step {
  return (values) => {
    const found: unknown[] = [];
    for (const list of values) {
      if (list === null) continue;
      if (!Array.isArray(list)) throw new Unfit();
      const { length } = list;
      const from = first < 0 ? first + length : first;
      const to = last === undefined ? length : last < 0 ? last + length : last;
      if (from === to) return found;
      if (from < 0 || from > to || to > length || step < 1) throw new Unfit();
      for (let at = from; at < to; at += step) found.push(list[at]);
    }
    return found;
  };
}

/** Elements of lists of which the condition holds. */
function filter(condition: string): Step {
  const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)(.+)$/s.exec(condition) ?? [];
  const holds = operator === undefined ? exists(stepsOf(condition)) : comparison(stepsOf(left!), operator, stepsOf(right!));
  return (values) =>
    values.flatMap((list) => {
      if (!Array.isArray(list)) throw new Unfit();
      return list.filter(holds);
    });
}

/** What cannot be looked into is taken to be there. */
const exists = (find: Step) => (item: unknown) => {
  try {
    return find([item]).length > 0;
  } catch (error) {
    if (error instanceof Unfit) return true;
    throw error;
  }
};

const comparison = (findLeft: Step, operator: string, findRight: Step) => (item: unknown) => {
  const [left, right] = [findLeft([item]), findRight([item])];
  if (left.length === 0 || right.length === 0) return false;
  if (left.length > 1 || right.length > 1 || kindOf(left[0]) !== kindOf(right[0])) throw new Unfit();
  return compare(left[0], operator, right[0]);
};

/** What can be compared, and only with its own kind. */
function kindOf(value: unknown): string {
  if (typeof value === "string" || typeof value === "boolean") return typeof value;
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  throw new Unfit();
}

function compare(left: unknown, operator: string, right: unknown): boolean {
  if (operator === "==") return left === right;
  if (operator === "!=") return left !== right;
  if (typeof left === "boolean") throw new Unfit();
  const [a, b] = [left, right] as [string | number, string | number];
  switch (operator) {
    case "<":
      return a < b;
    case "<=":
      return a <= b;
    case ">":
      return a > b;
    case ">=":
      return a >= b;
    default:
      throw new Unfit();
  }
}

const unknownWord: Step = () => {
  throw new Unfit();
};

const unescaped = (text: string): string => text.replace(/\\(.)/gs, "$1");

const patterns: readonly { readonly pattern: RegExp; readonly steps: (groups: RegExpExecArray) => readonly Step[] }[] = [
  {
    pattern: /^\[\?\(((?:[^)"'\n]|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')*)\)\]/,
    steps: ([, condition]) => [filter(condition!)],
  },
  {
    pattern: /^\.\.(?!\.\.)((?=[\p{L}\p{N}_])(?:\\.|[^\\\s.,[\]$@{}])+)?/u,
    steps: ([, name]) => [descendants, ...(name === undefined ? [] : [member(unescaped(name))])],
  },
  { pattern: /^\[([^\]\n]*)\]/, steps: ([whole, inside]) => [bracket(whole!, inside!)] },
  { pattern: /^\.(?!\.)((?:\\.|[^\\\s.,[\]$@{}])*)/, steps: ([, name]) => [member(unescaped(name!))] },
  { pattern: /^"((?:\\.|[^"\\\n])*)"|^'((?:\\.|[^'\\\n])*)'/, steps: ([, a, b]) => [literal(unescaped(a ?? b!))] },
  { pattern: /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?![.\d])/, steps: ([number]) => [literal(Number(number))] },
  { pattern: /^(true|false)(?![^\s.,[\]$@{}])/, steps: ([word]) => [literal(word === "true")] },
  { pattern: /^[\p{L}_][^\s.,[\]$@{}]*/u, steps: () => [unknownWord] },
  { pattern: /^[ @$]/, steps: () => [] },
];
