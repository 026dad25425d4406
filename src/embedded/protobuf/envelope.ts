import { MalformedError } from "./errors.ts";
import { envelopeMessage } from "./messages/index.ts";
import { readMessage } from "./read.ts";

/** Every body in protobuf is four bytes, then a message that says what kind the message inside it is of. */
const prefix = Buffer.from("k8s\0");

export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object, without its apiVersion and kind. */
  readonly raw: Uint8Array;
}

/** @throws MalformedError when it is no such envelope */
export function openEnvelope(body: Uint8Array): Envelope {
  if (body.length === 0) throw new MalformedError("empty data");
  if (!prefix.equals(body.subarray(0, prefix.length))) {
    throw new MalformedError(`provided data does not appear to be a protobuf message, expected prefix [${[...prefix].join(" ")}]`);
  }
  const { typeMeta, raw } = readMessage(envelopeMessage, body.subarray(prefix.length)) as unknown as {
    readonly typeMeta: { readonly apiVersion: string; readonly kind: string } | null;
    readonly raw: Uint8Array;
  };
  return { apiVersion: typeMeta?.apiVersion ?? "", kind: typeMeta?.kind ?? "", raw };
}
