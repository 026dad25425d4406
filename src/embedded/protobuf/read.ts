import protobuf from "protobufjs";
import { MalformedError } from "./errors.ts";

/**
 * A message as the library holds it, with what is not described kept in `$unknowns`.
 * @throws MalformedError
 */
export function readMessage(type: protobuf.Type, bytes: Uint8Array): protobuf.Message {
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = false;
  try {
    return type.decode(reader);
  } catch (error) {
    // The library says where a message ends too soon, Go that it does.
    const why = error instanceof RangeError ? "unexpected EOF" : (error as Error).message;
    throw new MalformedError(why, { cause: error });
  }
}
