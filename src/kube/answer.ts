import type { IncomingHttpHeaders } from "node:http";
import { type ApiError, apiError, MalformedAnswerError, type StatusDetails, UnreachableError } from "./errors.ts";
import { apiVersionOf, type KubeObject, type Resource } from "./resource.ts";
import type { ObjectList } from "./verbs.ts";

/** The edge where bytes from a server become values: shapes are checked here and trusted further in. */

/** `where` is the verb and the path, for messages. @throws MalformedAnswerError */
export function parseJson(text: string, where: string, contentType = "unknown type"): unknown {
  if (text.length > WORTH_A_LOOK && isDeep(text)) throw new MalformedAnswerError(`${where}: the answer is nested too deeply`);
  try {
    return JSON.parse(text);
  } catch {
    // Without the parser's error as cause: it quotes the text, which may be a Secret.
    throw new MalformedAnswerError(`${where}: the answer is not JSON (${contentType})`);
  }
}

/** Shorter texts cannot cost much; characters. */
const WORTH_A_LOOK = 100_000;
/**
 * An API server takes objects of up to 10,000 levels and sends them again, inside of a list: whoever may write one object must not be
 * able to make the list of all of them unreadable.
 */
const DEEPEST = 10_100;

/** Whether a text opens so many more brackets than it closes that no API server sent it; what stands in strings does not count. */
function isDeep(text: string): boolean {
  let depth = 0;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) index = endOfString(text, index);
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > DEEPEST) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Where the string ends that begins here, or the text. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) return index;
    if (code === BACKSLASH) index++;
  }
  return text.length;
}

/** @throws MalformedAnswerError when `value` is not an object with apiVersion, kind (or `defaults` for them) and metadata.name */
export function asObject(value: unknown, where: string, defaults?: Resource): KubeObject {
  if (!isRecord(value)) throw new MalformedAnswerError(`${where}: the answer is not an object`);
  const { metadata } = value;
  if (!isRecord(metadata) || typeof metadata.name !== "string") {
    throw new MalformedAnswerError(`${where}: an object without metadata.name`);
  }
  if (typeof value.apiVersion === "string" && typeof value.kind === "string") return value as KubeObject;
  if (defaults === undefined) throw new MalformedAnswerError(`${where}: an object without apiVersion and kind`);
  return { ...value, apiVersion: apiVersionOf(defaults), kind: defaults.kind } as unknown as KubeObject;
}

/** Checks what is cached and compared. @throws MalformedAnswerError without metadata.resourceVersion */
export function versioned(object: KubeObject, where: string): KubeObject {
  if (typeof object.metadata.resourceVersion === "string" && object.metadata.resourceVersion !== "") return object;
  throw new MalformedAnswerError(`${where}: an object without a resourceVersion`);
}

/** @throws MalformedAnswerError: one wrong item makes the whole list wrong, because a missing item means a deleted object. */
export function asList(value: unknown, where: string, resource: Resource): Omit<ObjectList, "bytes"> {
  const metadata = isRecord(value) ? value.metadata : undefined;
  // Go writes an empty list as null; an answer without the field is something else, and must not look like an empty cluster.
  const items = isRecord(value) ? (value.items === null ? [] : value.items) : undefined;
  if (!Array.isArray(items) || !isRecord(metadata) || typeof metadata.resourceVersion !== "string") {
    throw new MalformedAnswerError(`${where}: the answer is not a list`);
  }
  const list = {
    items: items.map((item) => versioned(asObject(item, where, resource), where)),
    resourceVersion: metadata.resourceVersion,
  };
  return typeof metadata.continue === "string" && metadata.continue !== "" ? { ...list, continue: metadata.continue } : list;
}

/** Servers write essays; a condition or a log line has room for the beginning. Characters. */
const LONGEST_MESSAGE = 2_000;

/**
 * The error for an answer that is not 2xx. Only the code is trusted: an API server sends a `Status`, but answers some failures as
 * plain text (an unknown group, too many requests), and what stands in front of it sends whatever it likes.
 */
export function answerError(where: string, status: number, headers: IncomingHttpHeaders, text: string, now: number): Error {
  const answer = statusOf(text);
  if (status < 400) return new MalformedAnswerError(`${where}: ${status} is nothing an API server answers; the URL may be wrong`);
  if (answer === undefined && (status === 502 || status === 504)) {
    return new UnreachableError(`${where}: ${status} from a proxy in front of the API server`);
  }
  return statusError(where, status, answer, retryAfterMs(headers["retry-after"], now));
}

/** The error that a `Status` object says, e.g. the one in a watch's ERROR event. @throws MalformedAnswerError when it is none */
export function eventError(where: string, value: unknown): ApiError {
  const answer = asStatus(value);
  if (answer?.code === undefined) throw new MalformedAnswerError(`${where}: an ERROR event without a Status`);
  return statusError(where, answer.code, answer, undefined);
}

interface Status {
  readonly code: number | undefined;
  readonly reason: string | undefined;
  readonly message: string;
  readonly details: StatusDetails | undefined;
}

function statusError(where: string, code: number, answer: Status | undefined, headerRetryAfterMs: number | undefined): ApiError {
  const reason = answer?.reason || REASONS[code] || "Unknown";
  const seconds = answer?.details?.retryAfterSeconds;
  const askedMs = headerRetryAfterMs ?? (typeof seconds === "number" && seconds > 0 ? seconds * 1_000 : undefined);
  const message = `${where}: ${code} ${reason}${answer?.message ? `: ${answer.message}` : ""}`;
  return apiError(message, { status: code, reason, details: answer?.details, retryAfterMs: askedMs });
}

/** Reasons of the API's own, for the answers that come without. */
const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

function statusOf(text: string): Status | undefined {
  try {
    return asStatus(JSON.parse(text));
  } catch {
    return undefined; // Plain text or HTML: the code has to say it alone.
  }
}

function asStatus(value: unknown): Status | undefined {
  if (!isRecord(value) || value.kind !== "Status") return undefined;
  return {
    code: typeof value.code === "number" ? value.code : undefined,
    reason: typeof value.reason === "string" ? value.reason : undefined,
    message: typeof value.message === "string" ? value.message.slice(0, LONGEST_MESSAGE) : "",
    details: statusDetails(value.details),
  };
}

function statusDetails(value: unknown): StatusDetails | undefined {
  if (!isRecord(value)) return undefined;
  return { ...value, causes: Array.isArray(value.causes) ? value.causes.filter(isRecord) : [] };
}

/** What a header Retry-After asks for: seconds, or a date. Anything else asks for nothing. */
export function retryAfterMs(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
