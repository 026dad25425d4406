import { apiVersionOf, type Resource } from "../../kube/resource.ts";
import { type Envelope, openEnvelope } from "../protobuf/envelope.ts";
import { MalformedError } from "../protobuf/errors.ts";
import { readObject } from "../protobuf/object.ts";
import { type ApiError, badRequest } from "../status.ts";
import { excerpt } from "./excerpt.ts";

/** The type of what a body should be. */
export type ExpectedType = Pick<Resource, "group" | "version" | "kind">;

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
 * @param expected what belongs there: of that kind is what does not say what it is
 * @throws ApiError 400
 */
export function decodeProtobuf(body: Buffer, expected: ExpectedType): Record<string, unknown> {
  const envelope = decodeEnvelope(body, expected.kind);
  const kind = envelope.kind || expected.kind;
  const apiVersion = envelope.apiVersion || apiVersionOf(expected);
  const version = JSON.stringify(apiVersion.slice(apiVersion.indexOf("/") + 1));
  return refusing(
    () => readObject({ ...envelope, apiVersion, kind }),
    (why) => badRequest(`${kind} in version ${version} cannot be handled as a ${expected.kind}: ${why}`),
  );
}

function refusing<T>(read: () => T, malformed: (why: string) => ApiError): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedError) throw malformed(error.message);
    throw error;
  }
}
