import type protobuf from "protobufjs";
import { MalformedError } from "./errors.ts";

/** @throws MalformedError */
export function readMessage(type: protobuf.Type, bytes: Uint8Array): protobuf.Message {
  try {
    return type.decode(bytes);
  } catch (error) {
    // The library says where a message ends too soon, Go that it does.
    const why = error instanceof RangeError ? "unexpected EOF" : (error as Error).message;
    throw new MalformedError(why, { cause: error });
  }
}
