import type { Envelope } from "./envelope.ts";
import { MalformedError } from "./errors.ts";
import { type Message, toJson } from "./json.ts";
import { messageOf } from "./messages/index.ts";
import { readMessage } from "./read.ts";

/**
 * The object in an envelope, as it is in JSON. A field that the kind does not have is dropped, as Go does.
 * @throws MalformedError
 */
export function readObject({ apiVersion, kind, raw }: Envelope): Record<string, unknown> {
  const type = messageOf(apiVersion, kind);
  if (!type) {
    const version = JSON.stringify(apiVersion);
    throw new MalformedError(`no kind "${kind}" is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`);
  }
  const fields = toJson(type, readMessage(type, raw) as unknown as Message) as object;
  return { kind, apiVersion, ...fields };
}
