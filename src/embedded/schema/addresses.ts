import { isIPv4, isIPv6 } from "node:net";

/** An address of either family. */
export class Ip {
  readonly bits: bigint;
  readonly family: 4 | 6;

  constructor(bits: bigint, family: 4 | 6) {
    this.bits = bits;
    this.family = family;
  }

  get size(): number {
    return this.family === 4 ? 32 : 128;
  }

  /** Undefined when the text is no address; addresses with zones and IPv4 inside IPv6 are none. */
  static parse(text: string): Ip | undefined {
    if (isIPv4(text))
      return new Ip(
        text.split(".").reduce((bits, part) => (bits << 8n) | BigInt(part), 0n),
        4,
      );
    if (!isIPv6(text) || text.includes("%") || /^::ffff:/i.test(text)) return undefined;
    const [head = "", tail] = text
      .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
        const hex = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16);
        return `${hex(a, b)}:${hex(c, d)}`;
      })
      .split("::");
    const groups = (part: string | undefined) => (part ? part.split(":") : []);
    const [front, back] = [groups(head), groups(tail)];
    const all = [...front, ...Array<string>(8 - front.length - back.length).fill("0"), ...back];
    return new Ip(
      all.reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n),
      6,
    );
  }

  toString(): string {
    if (this.family === 4) return [24n, 16n, 8n, 0n].map((shift) => (this.bits >> shift) & 255n).join(".");
    const groups = Array.from({ length: 8 }, (_, i) => ((this.bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
    const text = groups.join(":");
    const runs = [...text.matchAll(/(?<![^:])0(?::0)+(?![^:])/g)].sort(([a], [b]) => b.length - a.length);
    const longest = runs[0];
    if (!longest) return text;
    const [before, after] = [text.slice(0, longest.index), text.slice(longest.index + longest[0].length)];
    return `${before.replace(/:$/, "")}::${after.replace(/^:/, "")}`;
  }
}

/** A range of addresses, which may name any address in it: `10.0.0.1/8`. */
export class Cidr {
  readonly ip: Ip;
  readonly prefix: number;

  constructor(ip: Ip, prefix: number) {
    this.ip = ip;
    this.prefix = prefix;
  }

  static parse(text: string): Cidr | undefined {
    const [, address = "", bits = ""] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? [];
    const ip = Ip.parse(address);
    return ip && bits !== "" && Number(bits) <= ip.size ? new Cidr(ip, Number(bits)) : undefined;
  }

  get masked(): Cidr {
    const free = BigInt(this.ip.size - this.prefix);
    return new Cidr(new Ip((this.ip.bits >> free) << free, this.ip.family), this.prefix);
  }

  contains(other: Cidr): boolean {
    if (other.ip.family !== this.ip.family || other.prefix < this.prefix) return false;
    return new Cidr(other.ip, this.prefix).masked.ip.bits === this.masked.ip.bits;
  }

  toString(): string {
    return `${this.ip}/${this.prefix}`;
  }
}

/** A test for addresses in any of the given ranges. */
export function within(...ranges: readonly string[]): (address: Ip) => boolean {
  const nets = ranges.map((range) => Cidr.parse(range)!);
  return (address) => nets.some((net) => net.contains(new Cidr(address, address.size)));
}

export const isUnspecified = ({ bits }: Ip): boolean => bits === 0n;
export const isLoopback = within("127.0.0.0/8", "::1/128");
export const isLinkLocalMulticast = within("224.0.0.0/24", "ff02::/16");
export const isLinkLocalUnicast = within("169.254.0.0/16", "fe80::/10");
