import { isMap } from "./node.ts";
import { Quantity } from "./quantity.ts";
import type { Schema } from "./schema.ts";
import { readTime } from "./times.ts";

/**
 * An object cannot be read at all (a label that is a number, say): a bad request rather than an invalid object. The message
 * is what follows `<Kind> in version "<version>" cannot be handled as a <Kind>: `.
 */
export class DecodeError extends Error {
  /** The same as it is said of a value that comes from a strategic merge patch; absent where no type is to blame. */
  readonly conversion: string | undefined;

  constructor(message: string, { conversion, ...options }: ErrorOptions & { readonly conversion?: string } = {}) {
    super(message, options);
    this.conversion = conversion;
  }
}

export const isTime = ({ format }: Schema): boolean => format === "date-time" || format === "micro-time";

/** @throws DecodeError when the text is not what its format says */
export function decodeText({ format }: Schema, text: string): string {
  if (format === "byte") return decodeBytes(text);
  if (format !== "date-time" && format !== "micro-time") return text;
  const read = readTime(text, format);
  if ("problem" in read) throw new DecodeError(read.problem);
  return read.time;
}

function decodeBytes(text: string): string {
  const bare = text.replace(/[\r\n]/g, "");
  const good = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/.exec(bare)![0];
  if (good.length < bare.length)
    throw new DecodeError(`illegal base64 data at input byte ${badByte(bare.slice(good.length)) + good.length}`);
  return Buffer.from(bare, "base64").toString("base64");
}

/** Where Go gives up on a group that is not base64: at a wrong character, or at its beginning when it is cut short. */
function badByte(group: string): number {
  const wrong = group.search(/[^A-Za-z0-9+/]/);
  return wrong === -1 || wrong >= 4 ? 0 : wrong;
}

export function decodeQuantity(value: unknown): string {
  const parsed = typeof value === "string" || typeof value === "number" ? Quantity.parse(String(value).trim()) : undefined;
  if (parsed) return parsed.toString();
  throw new DecodeError("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

/** Whether an integer is within the bounds of its format. */
export const fits = ({ format }: Schema, value: number): boolean => format !== "int32" || (value >= -(2 ** 31) && value < 2 ** 31);

/** Why Go cannot make a `type` of a value that it has already read. */
export function conversionProblem(value: unknown, type: string): string {
  const kind = typeof value === "number" ? (Number.isInteger(value) ? "int64" : "float64") : kindOf(value, false);
  const found = { array: "slice", object: "map" }[kind] ?? kind;
  if (type.startsWith("map[")) return `cannot restore map from ${found}`;
  if (type.startsWith("[]")) return `cannot restore slice from ${found}`;
  if (type.startsWith("v1.")) return `cannot restore struct from: ${found}`;
  const isClose = typeof value === "number" && (type === "string" ? found === "int64" : type !== "bool");
  return isClose ? `cannot convert ${found} to ${type}` : `unrecognized type: ${type}`;
}

/** How Go calls what was found; a number that does not fit is told. */
export function kindOf(value: unknown, tellNumber: boolean): string {
  if (Array.isArray(value)) return "array";
  if (isMap(value)) return "object";
  if (typeof value === "number" && tellNumber) return `number ${value}`;
  return typeof value === "boolean" ? "bool" : typeof value;
}
