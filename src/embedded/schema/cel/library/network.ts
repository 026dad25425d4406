import type { Environment } from "@marcbachmann/cel-js";
import { Cidr, Ip, isLinkLocalMulticast, isLinkLocalUnicast, isLoopback, isUnspecified, within } from "../../addresses.ts";

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

const isMulticast = within("224.0.0.0/4", "ff00::/8");
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
