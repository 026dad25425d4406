/** What a certificate lets its key be used for (RFC 5280, 4.2.1.3), as far as it concerns TLS servers. */
export interface KeyUsage {
  readonly digitalSignature: boolean;
  readonly keyEncipherment: boolean;
}

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const OCTET_STRING = 0x04;
const EXTENSIONS = 0xa3;
/** 2.5.29.15 */
const KEY_USAGE = Buffer.from([0x55, 0x1d, 0x0f]);

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/**
 * Reads the extension that Node.js does not tell of; undefined without it: for anything.
 *
 * @param der The whole certificate.
 * @throws RangeError when it is none.
 */
export function keyUsageOf(der: Buffer): KeyUsage | undefined {
  const signed = inside(inside([...elementsOf(der)], SEQUENCE), SEQUENCE);
  const extensions = inside(inside(signed, EXTENSIONS), SEQUENCE).map(({ content }) => [...elementsOf(content)]);
  const found = extensions.find((parts) =>
    parts.some(({ tag, content }) => tag === OBJECT_IDENTIFIER && content.equals(KEY_USAGE)),
  );
  const [bits] = found ? inside(found, OCTET_STRING) : [];
  // The first byte of a bit string says how many bits of the last one are none.
  const flags = bits?.content[1];
  return flags === undefined ? undefined : { digitalSignature: (flags & 0x80) !== 0, keyEncipherment: (flags & 0x20) !== 0 };
}

/** What is in the first of the elements that has this tag. */
function inside(elements: readonly Element[], tag: number): readonly Element[] {
  const element = elements.find((each) => each.tag === tag);
  return element ? [...elementsOf(element.content)] : [];
}

function* elementsOf(bytes: Buffer): Generator<Element> {
  for (let at = 0; at + 2 <= bytes.length; ) {
    const first = bytes.readUInt8(at + 1);
    const digits = first < 0x80 ? 0 : first & 0x7f;
    const length = digits === 0 ? first : bytes.readUIntBE(at + 2, digits);
    const start = at + 2 + digits;
    yield { tag: bytes.readUInt8(at), content: bytes.subarray(start, start + length) };
    at = start + length;
  }
}
