/** Says what is wrong with a name; nothing when it is fine. */
export type NameRule = (name: string) => readonly string[];

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const subdomain = `${label}(\\.${label})*`;
const label1035 = "[a-z]([-a-z0-9]*[a-z0-9])?";
const keyName = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const configKey = "[-._a-zA-Z0-9]+";
const portName = "[-a-z0-9]+";
const labelValue = `(${keyName})?`;

/** Each pattern, compiled to match a text as a whole. */
const whole = Object.fromEntries(
  [label, subdomain, label1035, keyName, labelValue, configKey, portName].map((pattern) => [pattern, new RegExp(`^${pattern}$`)]),
);

const keyNameText =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const keyNameExamples = ["MyName", "my.name", "123-abc"];

export const isDns1123Label: NameRule = (name) => [
  ...tooLong(name, 63, "characters"),
  ...(matches(name, label)
    ? []
    : matches(name, subdomain)
      ? ["must not contain dots"]
      : [
          mismatch(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
            label,
            ["my-name", "123-abc"],
          ),
        ]),
];

export const isDns1123Subdomain: NameRule = (name) => subdomainProblems(name, "characters");

export const isDns1035Label: NameRule = (name) => [
  ...tooLong(name, 63, "characters"),
  ...(matches(name, label1035)
    ? []
    : [
        mismatch(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
          label1035,
          ["my-name", "abc-123"],
        ),
      ]),
];

/** A label's key: a name of up to 63 characters, behind an optional `domain/`. Annotations and finalizers are named alike. */
export const isLabelKey: NameRule = (key) => {
  const parts = key.split("/");
  if (parts.length > 2) {
    return [
      `a valid label key ${mismatch(keyNameText, keyName, keyNameExamples)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  const name = parts.at(-1)!;
  const problems: string[] = [];
  if (parts.length === 2) {
    const prefix = parts[0]!;
    const wrong = prefix === "" ? ["must be non-empty"] : subdomainProblems(prefix, "bytes");
    problems.push(...wrong.map((problem) => `prefix part ${problem}`));
  }
  if (name === "") problems.push("name part must be non-empty");
  else problems.push(...tooLong(name, 63, "bytes").map((problem) => `name part ${problem}`));
  if (!matches(name, keyName)) problems.push(`name part ${mismatch(keyNameText, keyName, keyNameExamples)}`);
  return problems;
};

export const isLabelValue: NameRule = (value) => [
  ...tooLong(value, 63, "bytes"),
  ...(matches(value, labelValue)
    ? []
    : [
        mismatch(`a valid label must be an empty string or ${keyNameText.slice(5)}`, `(${keyName})?`, [
          "MyValue",
          "my_value",
          "12345",
        ]),
      ]),
];

/** A name of at least two labels, without a dot at its end. */
export const isFullyQualifiedName: NameRule = (name) => {
  const problems = isDns1123Subdomain(name);
  if (problems.length > 0) return [problems.join(",")];
  return name.includes(".") ? [] : ["should be a domain with at least two segments separated by dots"];
};

/** A key of a ConfigMap or Secret. */
export const isConfigMapKey: NameRule = (key) => [
  ...tooLong(key, 253, "characters"),
  ...(matches(key, configKey)
    ? []
    : [
        mismatch("a valid config key must consist of alphanumeric characters, '-', '_' or '.'", "[-._a-zA-Z0-9]+", [
          "key.name",
          "KEY_NAME",
          "key-name",
        ]),
      ]),
  ...(key === "." ? ["must not be '.'"] : []),
  ...(key === ".." ? ["must not be '..'"] : key.startsWith("..") ? ["must not start with '..'"] : []),
];

export const isPortName: NameRule = (name) => [
  ...tooLong(name, 15, "characters"),
  ...(matches(name, portName) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(name) ? [] : ["must contain at least one letter (a-z)"]),
  ...(name.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(/^-|-$/.test(name) ? ["must not begin or end with a hyphen"] : []),
];

/** What every name must be, being part of a path. */
export const isPathSegment: NameRule = (name) =>
  name === "." || name === ".." ? [`may not be '${name}'`] : isPathSegmentPrefix(name);

export const isPathSegmentPrefix: NameRule = (prefix) =>
  ["/", "%"].filter((char) => prefix.includes(char)).map((char) => `may not contain '${char}'`);

/** A prefix of generated names may end in a dash. */
export const asPrefix =
  (rule: NameRule): NameRule =>
  (prefix) =>
    rule(prefix.length > 1 && prefix.endsWith("-") ? `${prefix.slice(0, -2)}a` : prefix);

function subdomainProblems(name: string, unit: "bytes" | "characters"): readonly string[] {
  const problems = tooLong(name, 253, unit);
  if (matches(name, subdomain)) return problems;
  const text =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return [...problems, mismatch(text, subdomain, ["example.com"])];
}

const matches = (text: string, pattern: string): boolean => whole[pattern]!.test(text);

const tooLong = (text: string, max: number, unit: "bytes" | "characters"): string[] =>
  Buffer.byteLength(text) > max ? [`must be no more than ${max} ${unit}`] : [];

const mismatch = (text: string, pattern: string, examples: readonly string[]): string =>
  `${text} (e.g. ${examples.map((example) => `'${example}', `).join(" or ")}regex used for validation is '${pattern}')`;
