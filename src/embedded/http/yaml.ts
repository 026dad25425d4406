import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  type ScalarTag,
  visit,
  type YAMLMap,
} from "yaml";

/** What a text says, read as kube-apiserver reads YAML: as YAML 1.1 has it, and no more than the first document. */
export interface Yaml {
  readonly value: unknown;
  /** Complaints about keys that a map has more than once, of which the last counts. */
  readonly repeated: readonly string[];
}

/** A number that JSON does not have. */
export class UnsupportedNumberError extends Error {
  override readonly name = "UnsupportedNumberError";
}

/**
 * @throws UnsupportedNumberError
 * @throws Error when it is no YAML
 */
export function readYaml(text: string): Yaml {
  const lines = new LineCounter();
  const document = firstDocument(text, lines);
  if (!document) return { value: null, repeated: [] };
  if (document.errors.length > 0) throw document.errors[0];
  visit(document, {
    Scalar: (_, { value }) => {
      if (typeof value === "number" && !Number.isFinite(value)) throw new UnsupportedNumberError(unsupported(value));
    },
  });
  const repeated = settleKeys(document).map(
    ({ name, offset }) => `line ${lines.linePos(offset).line}: key ${JSON.stringify(name)} already set in map`,
  );
  return { value: document.toJS(), repeated };
}

/** A key that its map has had before. */
interface Repeated {
  readonly name: string;
  /** Where its value begins. */
  readonly offset: number;
}

/**
 * Puts what is merged into a map in its place: of what is said twice the last counts, be it the map's own or merged.
 * @returns what is said twice, in the order in which it is read
 */
function settleKeys(document: Document.Parsed): readonly Repeated[] {
  const repeated: Repeated[] = [];
  const settled = new Set<unknown>();
  const settle = (node: unknown): void => {
    if (isSeq(node)) node.items.forEach(settle);
    if (!isMap(node) || settled.has(node)) return;
    settled.add(node);
    const names = new Set<unknown>();
    node.items = node.items.flatMap((pair) =>
      isMergeKey(pair.key) ? sourcesOf(document, pair.value).flatMap(settledPairs) : [pair],
    );
    for (const pair of node.items) {
      settle(pair.value);
      const name = isScalar(pair.key) ? String(pair.key.value) : pair.key;
      if (names.has(name)) repeated.push({ name: String(name), offset: offsetOf(pair) });
      names.add(name);
    }
  };
  const settledPairs = (source: YAMLMap): Pair[] => {
    settle(source);
    return source.items;
  };
  settle(document.contents);
  return repeated;
}

const offsetOf = ({ key, value }: Pair): number => ((isNode(value) ? value : (key as Node)).range ?? [0])[0];

/** Quoted, it is a key as any other. */
const isMergeKey = (key: unknown): boolean => isScalar(key) && key.value === "<<" && key.type === "PLAIN";

/** The maps that are merged; of several, the first counts most. */
function sourcesOf(document: Document.Parsed, value: unknown): YAMLMap[] {
  const resolved = (node: unknown): unknown => (isAlias(node) ? node.resolve(document) : node);
  const sources = isSeq(value) ? value.items.map(resolved).reverse() : [resolved(value)];
  if (!sources.every((source) => isMap(source))) throw new Error("map merge requires map or sequence of maps as the value");
  return sources;
}

/** What comes behind it is not looked at. */
function firstDocument(text: string, lines: LineCounter): Document.Parsed | undefined {
  const composer = new Composer({ schema: "failsafe", customTags, uniqueKeys: false, logLevel: "silent" });
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    for (const document of composer.next(token)) return document;
  }
  for (const document of composer.end()) return document;
  return undefined;
}

/** How strict decoding puts such complaints together. */
export const unmarshalErrors = (repeated: readonly string[]): string =>
  ["yaml: unmarshal errors:", ...repeated.map((complaint) => `  ${complaint}`)].join("\n");

const unsupported = (value: number): string =>
  `json: unsupported value: ${Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"}`;

/** Underscores are for the eye. */
const digitsOf = (text: string): string => text.replaceAll("_", "").replace(/^\+/, "");

function whole(text: string): number {
  const [, sign, digits] = /^(-?)(.*)$/.exec(digitsOf(text))!;
  // A zero in front is octal without an o, too.
  const size = Number(digits!.replace(/^0(?=[0-7])/, "0o"));
  return sign === "-" ? -size : size;
}

/** What is larger than any number is a text. */
function fraction(text: string): number | string {
  const value = Number(digitsOf(text));
  return Number.isFinite(value) ? value : text;
}

const scalar = (name: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag => ({
  tag: `tag:yaml.org,2002:${name}`,
  default: true,
  test,
  resolve,
});

const customTags: ScalarTag[] = [
  scalar("null", /^(?:~|null|Null|NULL)?$/, () => null),
  scalar("bool", /^(?:y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE)$/, () => true),
  scalar("bool", /^(?:n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$/, () => false),
  scalar("int", /^[-+]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|0|[1-9][\d_]*)$/, whole),
  scalar("float", /^[-+]?(?:\.[\d_]+|\d[\d_]*(?:\.[\d_]*)?)(?:[eE][-+]?\d+)?$/, fraction),
  scalar("float", /^[-+]?\.(?:inf|Inf|INF)$/, (text) =>
    text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY,
  ),
  scalar("float", /^\.(?:nan|NaN|NAN)$/, () => Number.NaN),
  { tag: "tag:yaml.org,2002:binary", resolve: (text) => Buffer.from(text, "base64").toString() },
];
