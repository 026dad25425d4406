/**
 * kubectl asks who it is and what it may do in protobuf. Of what it sends only the type is needed: the envelope is four
 * bytes, then a message whose first field holds apiVersion and kind.
 */
const magic = Buffer.from("k8s\0");

export const protobufType = "application/vnd.kubernetes.protobuf";

export interface EnvelopeType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** @throws Error when it is no such envelope */
export function envelopeType(body: Buffer): EnvelopeType {
  if (!body.subarray(0, 4).equals(magic)) throw new Error("no protobuf of Kubernetes");
  const type = fields(fields(body.subarray(4)).get(1) ?? Buffer.alloc(0));
  return { apiVersion: String(type.get(1) ?? ""), kind: String(type.get(2) ?? "") };
}

const lengthDelimited = 2;

/** The length-delimited fields of a message, by number. */
function fields(message: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = message[at++];
      if (byte === undefined) throw new Error("a protobuf that ends too soon");
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    if ((tag & 7) !== lengthDelimited) throw new Error(`a field of wire type ${tag & 7} in an envelope`);
    const length = varint();
    found.set(tag >>> 3, message.subarray(at, at + length));
    at += length;
  }
  return found;
}
