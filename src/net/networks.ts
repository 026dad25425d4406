import { BlockList, isIP } from "node:net";

/** Whether an address lies in a set of networks; IPv4 also where it is written as IPv6. */
export type Networks = (address: string) => boolean;

/** @param networks As CIDR. */
export function networksOf(networks: readonly string[]): Networks {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? "ipv6" : "ipv4");
  }
  return (address) => list.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

/** What is no host, and where clouds serve credentials and settings of the machine: never called, whoever allows it. */
export const isOffLimits = networksOf([
  "0.0.0.0/8",
  "169.254.0.0/16",
  "224.0.0.0/3",
  "::/128",
  "fe80::/10",
  "ff00::/8",
  // Alibaba Cloud, Oracle Cloud, Azure, AWS, Google Cloud, where these are not link-local.
  "100.100.100.200/32",
  "192.0.0.192/32",
  "168.63.129.16/32",
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
]);

/** This machine. */
export const isLoopback = networksOf(["127.0.0.0/8", "::1/128"]);

/** The hub's own surroundings. */
export const isPrivate = networksOf(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"]);

/** IPv6 in which an IPv4 address is hidden that may be any of the above: IPv4-compatible, NAT64, 6to4. */
export const hidesIPv4 = networksOf(["::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16"]);
