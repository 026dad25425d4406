import { Composer, type Document, isScalar, LineCounter, Parser, type ScalarTag, visit } from "yaml";

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
  const repeated: Repeated[] = [];
  visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        const name = String(key.value);
        if (seen.has(name)) repeated.push({ name, offset: key.range![0] });
        seen.add(name);
      }
    },
    Scalar: (_, { value }) => {
      if (typeof value === "number" && !Number.isFinite(value)) throw new UnsupportedNumberError(unsupported(value));
    },
  });
  const complaints = repeated
    .sort((a, b) => a.offset - b.offset)
    .map(({ name, offset }) => `line ${lines.linePos(offset).line}: key ${JSON.stringify(name)} already set in map`);
  return { value: document.toJS(), repeated: complaints };
}

/** A key that its map has had before. */
interface Repeated {
  readonly name: string;
  readonly offset: number;
}

/** What comes behind it is not looked at. */
function firstDocument(text: string, lines: LineCounter): Document.Parsed | undefined {
  const composer = new Composer({ schema: "failsafe", customTags, merge: true, uniqueKeys: false, logLevel: "silent" });
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
