import { type Envelope, openEnvelope } from "../protobuf/envelope.ts";
import { MalformedError, UndescribedError } from "../protobuf/errors.ts";
import { readObject } from "../protobuf/object.ts";
import { ApiError, badRequest } from "../status.ts";
import { excerpt } from "./excerpt.ts";

export const protobufType = "application/vnd.kubernetes.protobuf";

/**
 * What a body in protobuf says it is.
 * @param expected the kind that belongs there
 * @throws ApiError 400
 */
export const decodeEnvelope = (body: Buffer, expected: string): Envelope =>
  refusing(
    () => openEnvelope(body),
    (why) => badRequest(`the object provided is unrecognized (must be of type ${expected}): ${why} (${excerpt(body)})`),
  );

/**
 * The object in a body in protobuf.
 * @param expected the kind that belongs there
 * @throws ApiError 400, or 415 about a kind or a field that is not described
 */
export function decodeProtobuf(body: Buffer, expected: string): Record<string, unknown> {
  const envelope = decodeEnvelope(body, expected);
  const { kind, apiVersion } = envelope;
  const version = JSON.stringify(apiVersion.slice(apiVersion.indexOf("/") + 1));
  return refusing(
    () => readObject(envelope),
    (why) => badRequest(`${kind} in version ${version} cannot be handled as a ${expected}: ${why}`),
  );
}

function refusing<T>(read: () => T, malformed: (why: string) => ApiError): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UndescribedError) throw new ApiError(415, "UnsupportedMediaType", error.message);
    if (error instanceof MalformedError) throw malformed(error.message);
    throw error;
  }
}
