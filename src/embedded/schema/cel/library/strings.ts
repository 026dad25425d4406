import type { Environment } from "@marcbachmann/cel-js";
import { goRegExp } from "../../regexp.ts";

/** What CEL of Kubernetes does with strings beyond the standard functions. */
export function registerStrings(env: Environment): void {
  env
    .registerFunction("string.charAt(int): string", charAt)
    .registerFunction("string.replace(string, string): string", (text: string, from: string, to: string) =>
      text.replaceAll(from, () => to),
    )
    .registerFunction("string.replace(string, string, int): string", replaceSome)
    .registerFunction("string.find(string): string", (text: string, pattern: string) => goRegExp(pattern).exec(text)?.[0] ?? "")
    .registerFunction("string.findAll(string): list<string>", (text: string, pattern: string) => findAll(text, pattern))
    .registerFunction("string.findAll(string, int): list<string>", (text: string, pattern: string, limit: bigint) =>
      limit < 0n ? findAll(text, pattern) : findAll(text, pattern).slice(0, Number(limit)),
    )
    .registerFunction("string(google.protobuf.Timestamp): string", (time: Date) => time.toISOString().replace(/\.000Z$/, "Z"))
    .registerFunction("string(google.protobuf.Duration): string", String)
    .registerFunction("int(google.protobuf.Timestamp): int", (time: Date) => BigInt(Math.floor(time.getTime() / 1000)));
  class Strings {}
  env
    .registerType("StringsNamespace", Strings)
    .registerConstant("strings", "StringsNamespace", new Strings())
    .registerFunction("StringsNamespace.quote(string): string", (_: Strings, text: string) => JSON.stringify(text));
}

function charAt(text: string, index: bigint): string {
  const chars = [...text];
  if (index < 0n || index > chars.length) throw new RangeError(`index out of range: ${index}`);
  return chars[Number(index)] ?? "";
}

function replaceSome(text: string, from: string, to: string, limit: bigint): string {
  if (limit < 0n) return text.replaceAll(from, () => to);
  let left = limit;
  return text.replaceAll(from, (found) => (left-- > 0n ? to : found));
}

const findAll = (text: string, pattern: string): string[] => {
  const { source, flags } = goRegExp(pattern);
  return [...text.matchAll(new RegExp(source, `${flags}g`))].map(([found]) => found);
};

/** `%s`, `%d`, `%f`, `%e`, `%x`, `%X`, `%o`, `%b` and `%%`, with a precision for the floating ones. */
export function formatText(template: string, values: readonly unknown[]): string {
  let next = 0;
  return template.replace(/%(?:\.(\d+))?([a-zA-Z%])/g, (directive, precision: string | undefined, verb: string) => {
    if (verb === "%") return "%";
    if (next >= values.length) throw new RangeError(`index ${next} out of range`);
    return formatValue(values[next++], verb, precision === undefined ? 6 : Number(precision), directive);
  });
}

function formatValue(value: unknown, verb: string, precision: number, directive: string): string {
  switch (verb) {
    case "s":
      return asText(value);
    case "d":
      return String(value);
    case "f":
      return Number(value).toFixed(precision);
    case "e":
      return Number(value)
        .toExponential(precision)
        .replace(/e([+-])(\d)$/, "e$10$2");
    case "b":
      return typeof value === "boolean" ? String(Number(value)) : (value as bigint).toString(2);
    case "o":
      return (value as bigint).toString(8);
    case "x":
    case "X": {
      const hex = typeof value === "string" ? Buffer.from(value).toString("hex") : (value as bigint).toString(16);
      return verb === "X" ? hex.toUpperCase() : hex;
    }
    default:
      throw new SyntaxError(`could not parse formatting clause: unrecognized formatting clause "${directive.slice(1)}"`);
  }
}

function asText(value: unknown): string {
  if (value instanceof Date) return value.toISOString().replace(/\.000Z$/, "Z");
  if (Array.isArray(value)) return `[${value.map(asText).join(", ")}]`;
  if (value instanceof Map)
    return `{${[...value]
      .map(([key, item]) => `${asText(key)}: ${asText(item)}`)
      .sort()
      .join(", ")}}`;
  return String(value);
}
