import type { Envelope } from "./envelope.ts";
import { UndescribedError } from "./errors.ts";
import { type Message, toJson } from "./json.ts";
import { messageOf } from "./messages/index.ts";
import { readMessage } from "./read.ts";

/**
 * The object in an envelope, as it is in JSON.
 * @throws MalformedError
 * @throws UndescribedError about a kind, or a field of it, that is not described
 */
export function readObject({ apiVersion, kind, raw }: Envelope): Record<string, unknown> {
  const type = messageOf(apiVersion, kind);
  if (!type) throw new UndescribedError(`${kind} of ${apiVersion} is not read in protobuf: send it as application/json`);
  const fields = toJson(type, readMessage(type, raw) as unknown as Message) as object;
  return { kind, apiVersion, ...fields };
}
