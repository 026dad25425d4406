import { isIPv4, isIPv6 } from "node:net";
import type { Environment } from "@marcbachmann/cel-js";

class Ip {
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
    const zeros = [...groups.join(":").matchAll(/(?<![^:])0(?::0)+(?![^:])/g)].map(([run]) => run);
    const longest = zeros.reduce((best, run) => (run.length > best.length ? run : best), "");
    if (longest === "") return groups.join(":");
    const at = groups.join(":").indexOf(longest);
    const text = groups.join(":");
    return `${text.slice(0, at).replace(/:$/, "")}::${text.slice(at + longest.length).replace(/^:/, "")}`;
  }
}

class Cidr {
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

function ip(text: string): Ip {
  const parsed = Ip.parse(text);
  if (!parsed) throw new SyntaxError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  return parsed;
}

function cidr(text: string): Cidr {
  const parsed = Cidr.parse(text);
  if (!parsed) throw new SyntaxError(`network address parse error during conversion from string: ${JSON.stringify(text)}`);
  return parsed;
}

const inNet =
  (...nets: readonly string[]) =>
  (address: Ip): boolean =>
    nets.some((net) => cidr(net).contains(new Cidr(address, address.size)));

const isUnspecified = ({ bits }: Ip): boolean => bits === 0n;
const isLoopback = inNet("127.0.0.0/8", "::1/128");
const isLinkLocalMulticast = inNet("224.0.0.0/24", "ff02::/16");
const isLinkLocalUnicast = inNet("169.254.0.0/16", "fe80::/10");
const isMulticast = inNet("224.0.0.0/4", "ff00::/8");
const isBroadcast = ({ bits, family }: Ip): boolean => family === 4 && bits === 0xffffffffn;

export function registerNetwork(env: Environment): void {
  class IpNamespace {}
  env
    .registerType("net.IP", Ip)
    .registerType("net.CIDR", Cidr)
    .registerType("IpNamespace", IpNamespace)
    .registerConstant("ip", "IpNamespace", new IpNamespace())
    .registerFunction("ip(string): net.IP", ip)
    .registerFunction("isIP(string): bool", (text: string) => Ip.parse(text) !== undefined)
    .registerFunction("IpNamespace.isCanonical(string): bool", (_: IpNamespace, text: string) => String(ip(text)) === text)
    .registerFunction("net.IP.family(): int", ({ family }: Ip) => BigInt(family))
    .registerFunction("net.IP.isUnspecified(): bool", isUnspecified)
    .registerFunction("net.IP.isLoopback(): bool", isLoopback)
    .registerFunction("net.IP.isLinkLocalMulticast(): bool", isLinkLocalMulticast)
    .registerFunction("net.IP.isLinkLocalUnicast(): bool", isLinkLocalUnicast)
    .registerFunction(
      "net.IP.isGlobalUnicast(): bool",
      (address: Ip) => ![isUnspecified, isLoopback, isMulticast, isLinkLocalUnicast, isBroadcast].some((is) => is(address)),
    )
    .registerFunction("string(net.IP): string", String)
    .registerOperator("net.IP == net.IP", (a: Ip, b: Ip) => a.family === b.family && a.bits === b.bits)
    .registerFunction("cidr(string): net.CIDR", cidr)
    .registerFunction("isCIDR(string): bool", (text: string) => Cidr.parse(text) !== undefined)
    .registerFunction("net.CIDR.containsIP(string): bool", (net: Cidr, text: string) => net.contains(asNet(ip(text))))
    .registerFunction("net.CIDR.containsIP(net.IP): bool", (net: Cidr, address: Ip) => net.contains(asNet(address)))
    .registerFunction("net.CIDR.containsCIDR(string): bool", (net: Cidr, text: string) => net.contains(cidr(text)))
    .registerFunction("net.CIDR.containsCIDR(net.CIDR): bool", (net: Cidr, other: Cidr) => net.contains(other))
    .registerFunction("net.CIDR.ip(): net.IP", (net: Cidr) => net.ip)
    .registerFunction("net.CIDR.prefixLength(): int", (net: Cidr) => BigInt(net.prefix))
    .registerFunction("net.CIDR.masked(): net.CIDR", (net: Cidr) => net.masked)
    .registerFunction("string(net.CIDR): string", String)
    .registerOperator("net.CIDR == net.CIDR", (a: Cidr, b: Cidr) => String(a) === String(b));
}

const asNet = (address: Ip): Cidr => new Cidr(address, address.size);
