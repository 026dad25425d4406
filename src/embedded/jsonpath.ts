/** What a step of a path makes of the values found so far. */
type Step = (values: readonly unknown[]) => unknown[];

/**
 * The dialect of JSONPath that printer columns and scale subresources use: `.spec.hosts[*]`, `.metadata.labels['a.b/c']`,
 * `.status.conditions[?(@.type=="Ready")].status`.
 * @returns finds every value that the path names
 * @throws Error when the path cannot be read
 */
export function compilePath(path: string): (root: unknown) => unknown[] {
  const steps: Step[] = [];
  let rest = path.startsWith("$") ? path.slice(1) : path;
  while (rest !== "") {
    const found = patterns.find(({ pattern }) => pattern.test(rest));
    if (!found) throw new Error(`cannot read ${JSON.stringify(rest)} in the path ${JSON.stringify(path)}`);
    const groups = found.pattern.exec(rest)!;
    steps.push(found.step(groups));
    rest = rest.slice(groups[0].length);
  }
  return (root) => steps.reduce<readonly unknown[]>((values, step) => step(values), [root]) as unknown[];
}

const member =
  (name: string): Step =>
  (values) =>
    values.flatMap((value) => {
      const found = (value as Record<string, unknown> | null | undefined)?.[name];
      return found === undefined ? [] : [found];
    });

const children: Step = (values) =>
  values.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));

const element =
  (index: number): Step =>
  (values) =>
    values.flatMap((value) => (Array.isArray(value) && value.at(index) !== undefined ? [value.at(index)] : []));

const filter = (path: string, operator: string, literal: string): Step => {
  const find = compilePath(path);
  const wanted = literal.replace(/^(['"])(.*)\1$/, "$2");
  return (values) =>
    values
      .flatMap((value) => (Array.isArray(value) ? value : []))
      .filter((item) => find(item).some((found) => (String(found) === wanted) === (operator === "==")));
};

const patterns: readonly { readonly pattern: RegExp; readonly step: (groups: RegExpExecArray) => Step }[] = [
  { pattern: /^\.?\[\?\(\s*@([^=!]+?)\s*(==|!=)\s*(.+?)\s*\)\]/, step: (groups) => filter(groups[1]!, groups[2]!, groups[3]!) },
  { pattern: /^\.?\[['"]([^'"]+)['"]\]/, step: (groups) => member(groups[1]!) },
  { pattern: /^\.?\[(-?\d+)\]/, step: (groups) => element(Number(groups[1])) },
  { pattern: /^(?:\.?\[\*\]|\.\*)/, step: () => children },
  { pattern: /^\.((?:[^.[\]\\]|\\.)+)/, step: (groups) => member(groups[1]!.replace(/\\(.)/g, "$1")) },
  { pattern: /^\.$/, step: () => (values) => [...values] },
];
