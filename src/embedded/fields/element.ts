/**
 * One step of a path into an object, in the form that fieldsV1 writes it: `f:<field>`, `k:<JSON of the keys of a list
 * entry>`, `v:<JSON of a set's value>` or `i:<index>`. Being canonical, it is also its identity.
 */
export type PathElement = string;

export type Path = readonly PathElement[];

export const fieldElement = (name: string): PathElement => `f:${name}`;

export const valueElement = (value: unknown): PathElement => `v:${json(value)}`;

/** @param keys the list entry's key fields; their order does not matter. */
export function keyElement(keys: Readonly<Record<string, unknown>>): PathElement {
  const fields = Object.keys(keys)
    .sort()
    .map((name) => `${json(name)}:${json(keys[name])}`);
  return `k:{${fields.join(",")}}`;
}

/**
 * Brings a path element read from fieldsV1 into its canonical form; undefined for a kind of step nobody knows (yet).
 * @throws SyntaxError when it cannot be read
 */
export function parseElement(text: string): PathElement | undefined {
  if (text.length < 2 || text[1] !== ":") throw new SyntaxError(`not a path element: ${text}`);
  const content = text.slice(2);
  switch (text[0]) {
    case "f":
      return text;
    case "v":
      return valueElement(JSON.parse(content));
    case "k":
      return keyElement(JSON.parse(content) as Record<string, unknown>);
    case "i":
      if (!/^-?\d+$/.test(content)) throw new SyntaxError(`not an index: ${text}`);
      return `i:${Number(content)}`;
    default:
      return undefined;
  }
}

/** The order in which messages list paths: fields, keys, values, indexes; numbers before strings before booleans. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  const byKind = "fkvi".indexOf(a[0]!) - "fkvi".indexOf(b[0]!);
  if (byKind !== 0) return byKind;
  if (a[0] === "f") return a < b ? -1 : 1;
  const [left, right] = [JSON.parse(a.slice(2)) as unknown, JSON.parse(b.slice(2)) as unknown];
  return a[0] === "k" ? compareKeys(left as Keys, right as Keys) : compareScalars(left, right);
}

/** As messages print a path: `.spec.ports[port=80,protocol="TCP"].name`. */
export const printPath = (path: Path): string => path.map(printElement).join("");

function printElement(element: PathElement): string {
  const content = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${content}`;
    case "k":
      return `[${Object.entries(JSON.parse(content) as Keys)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(",")}]`;
    case "v":
      return `[=${JSON.stringify(JSON.parse(content))}]`;
    default:
      return `[${content}]`;
  }
}

type Keys = Readonly<Record<string, unknown>>;

function compareKeys(a: Keys, b: Keys): number {
  const [left, right] = [Object.entries(a), Object.entries(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const [name, value] = left[i]!;
    const [otherName, otherValue] = right[i]!;
    if (name !== otherName) return name < otherName ? -1 : 1;
    const byValue = compareScalars(value, otherValue);
    if (byValue !== 0) return byValue;
  }
  return left.length - right.length;
}

function compareScalars(a: unknown, b: unknown): number {
  const rank = (value: unknown) => ["number", "string", "boolean"].indexOf(typeof value);
  if (typeof a !== typeof b) return rank(a) - rank(b);
  if (typeof a === "string") return a === b ? 0 : a < (b as string) ? -1 : 1;
  return Number(a) - Number(b);
}

/** JSON as Go's encoder writes it by default: safe inside HTML. */
const json = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
