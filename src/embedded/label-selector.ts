import { type ApiError, badRequest } from "./status.ts";

type Labels = Readonly<Record<string, string>>;
export type Requirement = (labels: Labels) => boolean;

const symbols = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"] as const;
const operators = ["=", "==", "!=", "in", "notin", ">", "<"];
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** Words and symbols, with "" for the end. */
function tokenise(text: string): string[] {
  const tokens: string[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const symbol = symbols.find((one) => rest.startsWith(one));
    const token = symbol ?? /^[^\s=!(),<>]+/.exec(rest)![0];
    tokens.push(token);
    rest = rest.slice(token.length).trimStart();
  }
  return [...tokens, ""];
}

const isWord = (token: string): boolean => token !== "" && !(symbols as readonly string[]).includes(token);

/**
 * Reads a label selector as the API server does, word for word in its complaints.
 * @throws ApiError 400
 */
export function parseLabelSelector(text: string): Requirement[] {
  const tokens = tokenise(text);
  let at = 0;
  const peek = (): string => tokens[at] ?? "";
  const next = (): string => tokens[at++] ?? "";
  const unexpected = (found: string, expected: string): ApiError =>
    badRequest(`unable to parse requirement: found '${found}', expected: ${expected}`);

  const key = (): { readonly name: string; readonly absent: boolean } => {
    let token = next();
    const absent = token === "!";
    if (absent) token = next();
    if (!isWord(token)) throw unexpected(token, "identifier");
    return { name: token, absent };
  };

  const values = (): Set<string> => {
    const open = next();
    // No comma here: so it is worded.
    if (open !== "(") throw badRequest(`unable to parse requirement: found '${open}' expected: '('`);
    const found = new Set<string>();
    for (;;) {
      const token = next();
      if (isWord(token)) {
        found.add(token);
        const after = next();
        if (after === ")") return found;
        if (after !== ",") throw unexpected(after, "',' or ')'");
        if (peek() === ")") found.add("");
      } else if (token === ",") found.add("");
      else if (token === ")") return found.size === 0 ? found.add("") : found;
      else throw unexpected(token, "',', ')' or identifier");
    }
  };

  const value = (): string => {
    if (peek() === "" || peek() === ",") return "";
    const token = next();
    if (!isWord(token)) throw unexpected(token, "identifier");
    return token;
  };

  const requirement = (): Requirement => {
    const { name, absent } = key();
    if (absent) return (labels) => !Object.hasOwn(labels, name);
    if (peek() === "" || peek() === ",") return (labels) => Object.hasOwn(labels, name);
    const operator = next();
    if (!operators.includes(operator)) throw unexpected(operator, "in, notin, =, ==, !=, >, <");
    if (operator === "in" || operator === "notin") {
      const wanted = values();
      for (const one of wanted) checkValue(one);
      return operator === "in"
        ? (labels) => Object.hasOwn(labels, name) && wanted.has(labels[name]!)
        : (labels) => !(Object.hasOwn(labels, name) && wanted.has(labels[name]!));
    }
    return comparison(name, operator, checkValue(value()));
  };

  const requirements: Requirement[] = [];
  for (;;) {
    const token = peek();
    if (!isWord(token) && token !== "!" && token !== "") {
      throw badRequest(`found '${token}', expected: !, identifier, or 'end of string'`);
    }
    if (token === "") return requirements;
    requirements.push(requirement());
    const after = next();
    if (after === "") return requirements;
    if (after !== ",") throw badRequest(`found '${after}', expected: ',' or 'end of string'`);
    if (!isWord(peek()) && peek() !== "!") throw badRequest(`found '${peek()}', expected: identifier after ','`);
  }
}

function checkValue(value: string): string {
  if (value.length > 63 || !labelValue.test(value)) {
    throw badRequest(
      `values[0][]: Invalid value: ${JSON.stringify(value)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    );
  }
  return value;
}

function comparison(name: string, operator: string, wanted: string): Requirement {
  const whole = (text: string | undefined): number => (text !== undefined && /^-?\d+$/.test(text) ? Number(text) : Number.NaN);
  switch (operator) {
    case "!=":
      return (labels) => labels[name] !== wanted;
    case ">":
      return (labels) => whole(labels[name]) > whole(wanted);
    case "<":
      return (labels) => whole(labels[name]) < whole(wanted);
    default:
      return (labels) => labels[name] === wanted;
  }
}
