import { at, child } from "../errors.ts";
import { additional, property } from "../node.ts";
import type { Schema } from "../schema.ts";

/**
 * Reads a rule's `fieldPath`, a JSON path of fields and map keys such as `.spec.name` or `.labels['a.b']`, against the schema
 * that it starts from.
 * @returns the path without the leading dot, and the schema it leads to
 * @throws SyntaxError when it is no such path, or leads nowhere
 */
export function parseFieldPath(path: string, schema: Schema, allowBrackets = true): { path: string; schema: Schema } {
  let found = "";
  let node = schema;
  let rest = path;
  while (rest !== "") {
    const [token, name] = nextStep(rest, allowBrackets);
    rest = rest.slice(token.length);
    if (node.properties) {
      const next = property(node, name);
      if (!next) throw new SyntaxError("does not refer to a valid field");
      node = next;
      found = child(found, name);
    } else {
      const next = additional(node);
      if (!next) throw new SyntaxError("does not refer to a valid field");
      node = next;
      found = at(found, name);
    }
  }
  return { path: found, schema: node };
}

function nextStep(rest: string, allowBrackets: boolean): [token: string, name: string] {
  const dotted = /^\.([^.[\]]+)/.exec(rest);
  if (dotted) return [dotted[0], dotted[1]!];
  if (rest.startsWith("[")) {
    if (!allowBrackets) throw new SyntaxError("array notation is not allowed");
    const quoted = /^\['((?:[^'\\]|\\.)*)'\]/.exec(rest);
    if (quoted) return [quoted[0], unquote(quoted[1]!)];
    const [, content] = /^\[([^\].[]*)/.exec(rest)!;
    throw new SyntaxError(content === "" ? "unexpected end of JSON path" : `expected single quoted string but got ${content}`);
  }
  if (rest.startsWith(".")) throw new SyntaxError("unexpected end of JSON path");
  throw new SyntaxError(`expected [ or . but got: ${/^[^.[\]]+/.exec(rest)?.[0] ?? rest[0]}`);
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "'": "'",
  "\\": "\\",
};

const unquote = (text: string): string =>
  text.replace(/\\(.)/g, (all, char: string) => {
    const plain = escapes[char];
    if (plain === undefined) throw new SyntaxError(`invalid string literal: invalid escape char ${all}`);
    return plain;
  });
