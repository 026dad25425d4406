import { Buffer } from "node:buffer";
import { asObject, eventError, isRecord, parseJson, versioned } from "./answer.ts";
import { AnswerTooLargeError, MalformedAnswerError } from "./errors.ts";
import type { KubeObject, Resource } from "./resource.ts";
import type { WatchEvent } from "./verbs.ts";

const LINE_FEED = 10;

/**
 * Lines of a byte stream, without their line feeds; a last line without one is not returned, because it was cut off.
 * @throws AnswerTooLargeError when a line is longer than `maxBytes`.
 */
export async function* lines(chunks: AsyncIterable<Buffer>, maxBytes: number, where: string): AsyncGenerator<string> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const piece = chunk.subarray(start, end);
      limit(restBytes + piece.length);
      yield rest.length === 0 ? piece.toString("utf8") : Buffer.concat([...rest, piece]).toString("utf8");
      rest = [];
      restBytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    rest.push(chunk.subarray(start));
    restBytes += chunk.length - start;
    limit(restBytes);
  }

  function limit(bytes: number): void {
    if (bytes > maxBytes) throw new AnswerTooLargeError(`${where}: a watch event is longer than ${maxBytes} bytes`);
  }
}

/** One line of a watch. @throws ApiError for an ERROR event, MalformedAnswerError for anything that is no event */
export function parseEvent(line: string, where: string, resource: Resource): WatchEvent {
  const event = parseJson(line, where, "a watch event");
  if (!isRecord(event)) throw new MalformedAnswerError(`${where}: a watch event is not an object`);
  switch (event.type) {
    case "ADDED":
    case "MODIFIED":
    case "DELETED":
      return { type: event.type, object: versioned(asObject(event.object, where, resource), where) };
    case "BOOKMARK":
      return { type: event.type, object: versioned(asBookmark(event.object, where, resource), where) };
    case "ERROR":
      throw eventError(where, event.object);
    default:
      throw new MalformedAnswerError(`${where}: a watch event of an unknown type`);
  }
}

/** A bookmark is an object that has nothing but a resourceVersion (and perhaps annotations), not even a name. */
function asBookmark(value: unknown, where: string, resource: Resource): KubeObject {
  if (!isRecord(value) || !isRecord(value.metadata)) throw new MalformedAnswerError(`${where}: a bookmark without metadata`);
  return asObject({ ...value, metadata: { name: "", ...value.metadata } }, where, resource);
}
