import { ApiError, badRequest } from "../status.ts";
import { excerpt } from "./excerpt.ts";
import { decodeProtobuf, type ExpectedType, protobufType } from "./protobuf.ts";
import { readYaml, UnsupportedNumberError } from "./yaml.ts";

const accepted = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

/** What a body says. */
export interface Content {
  readonly object: Record<string, unknown>;
  /** Of YAML: complaints about keys that come more than once. */
  readonly repeated: readonly string[];
}

/**
 * The object in the body of a create or update.
 * @throws ApiError 415 or 400
 */
export function decodeObject(body: Buffer, contentType: string, expected: ExpectedType): Content {
  const type = mediaType(contentType);
  if (type === protobufType) return { object: decodeProtobuf(body, expected), repeated: [] };
  if (type !== "" && type !== "application/json" && type !== "application/yaml") throw unknownFormat();
  const unrecognised = (why: string): ApiError =>
    badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${why} (${excerpt(body)})`);
  const { value, repeated } = type === "application/yaml" ? parseYaml(body, unrecognised) : parseJson(body, unrecognised);
  const untyped = (why: string): ApiError => unrecognised(`${typeUnknown}${why}`);
  if (!isObject(value)) throw untyped(`json: cannot unmarshal ${goType(value)} into Go value of type ${typeStruct}`);
  const misread = mistyped(value);
  if (misread !== undefined) throw untyped(misread);
  return { object: value, repeated };
}

const typeUnknown = "couldn't get version/kind; json parse error: ";

type Parsed = { readonly value: unknown; readonly repeated: readonly string[] };

function parseJson(body: Buffer, unrecognised: (why: string) => ApiError): Parsed {
  const text = body.toString();
  try {
    return { value: JSON.parse(text), repeated: [] };
  } catch (error) {
    throw unrecognised(`${typeUnknown}${jsonProblem(text, error)}`);
  }
}

/** An empty text is an empty object. */
function parseYaml(body: Buffer, unrecognised: (why: string) => ApiError): Parsed {
  try {
    const { value, repeated } = readYaml(body.toString());
    return { value: value ?? {}, repeated };
  } catch (error) {
    throw unrecognised(error instanceof UnsupportedNumberError ? error.message : `yaml: ${(error as Error).message}`);
  }
}

export const unknownFormat = (): ApiError =>
  new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
  );

/** What an object is first read as, to see of which type it is. */
export const typeStruct = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }';

/** Go's complaint about an apiVersion or a kind that is no text. */
export function mistyped(object: Readonly<Record<string, unknown>>): string | undefined {
  const found = Object.entries(object).find(
    ([name, value]) => (name === "apiVersion" || name === "kind") && typeof (value ?? "") !== "string",
  );
  return found && `json: cannot unmarshal ${goType(found[1])} into Go struct field .${found[0]} of type string`;
}

/** A Content-Type without its parameters. */
export const bareType = (contentType: string): string => contentType.split(";", 1)[0]!.trim();

/** The same in small letters; as it is when its parameters cannot be read. Types of patches are not read so. */
export function mediaType(contentType: string): string {
  if (contentType === "application/json") return contentType;
  const [type = "", ...parameters] = contentType.split(";");
  const isReadable = parameters.every((parameter, i) => /^\s*[^\s=]+=/.test(parameter) || isLastAndEmpty(parameter, i, parameters));
  return isReadable ? type.trim().toLowerCase() : contentType;
}

const isLastAndEmpty = (parameter: string, index: number, all: readonly string[]): boolean =>
  index === all.length - 1 && parameter.trim() === "";

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** How Go names what it found instead of what it expected. */
export const goType = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "object" ? "object" : typeof value === "boolean" ? "bool" : typeof value;

/** Go's words for a text that is no JSON, where they can be told. */
export function jsonProblem(text: string, error: unknown): string {
  if (
    text.trim() === "" ||
    (error instanceof Error &&
      /end of JSON input|Expected .* at position \d+ \(line \d+ column \d+\)$|Unterminated/.test(error.message) &&
      positionOf(error) >= text.length)
  )
    return "unexpected end of JSON input";
  const position = error instanceof Error ? positionOf(error) : Number.NaN;
  const character = Number.isNaN(position) ? text[0] : text[position];
  return `invalid character '${character}' looking for beginning of value`;
}

const positionOf = (error: Error): number => Number(/at position (\d+)/.exec(error.message)?.[1] ?? Number.NaN);
