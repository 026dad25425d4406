import { invalid } from "./schema/errors.ts";
import { isLabelKey, isLabelValue } from "./schema/names.ts";
import type { FieldError } from "./schema/schema.ts";
import { type ApiError, badRequest } from "./status.ts";

type Labels = Readonly<Record<string, string>>;
export type Requirement = (labels: Labels) => boolean;

const symbols = ["==", "!=", "=", "!", "(", ")", ",", ">", "<"] as const;
const operators = ["=", "==", "!=", "in", "notin", ">", "<"];

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
    const problems = isLabelKey(token);
    if (problems.length > 0) throw unfit([invalid("<nil>", token, problems.join("; "))]);
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
        else if (peek() === "") throw unexpected("", "',', or identifier");
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
    if (!operators.includes(operator)) throw unexpected(operator, "in, notin, =, ==, !=, gt, lt");
    if (operator === "in" || operator === "notin") {
      const wanted = values();
      checkValues(name, [...wanted].sort());
      return operator === "in"
        ? (labels) => Object.hasOwn(labels, name) && wanted.has(labels[name]!)
        : (labels) => !(Object.hasOwn(labels, name) && wanted.has(labels[name]!));
    }
    return comparison(name, operator, value());
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

const unfit = (errors: readonly FieldError[]): ApiError => {
  const lines = [...new Set(errors.map(({ field, message }) => `${field}: ${message}`))];
  return badRequest(`unable to parse requirement: ${lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`}`);
};

function checkValues(name: string, values: readonly string[]): void {
  const errors = values.flatMap((value, index) => {
    const problems = isLabelValue(value);
    return problems.length === 0 ? [] : [invalid(`values[${index}][${name}]`, value, problems.join("; "))];
  });
  if (errors.length > 0) throw unfit(errors);
}

function checkNumber(value: string): void {
  if (/^[-+]?\d+$/.test(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value)) return;
  throw unfit([invalid("values[0]", value, "for 'Gt', 'Lt' operators, the value must be an integer")]);
}

function comparison(name: string, operator: string, wanted: string): Requirement {
  if (operator === ">" || operator === "<") checkNumber(wanted);
  checkValues(name, [wanted]);
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
