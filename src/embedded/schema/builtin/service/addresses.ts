import { Ip } from "../../addresses.ts";
import { at, duplicate, invalid, notSupported, required } from "../../errors.ts";
import type { FieldError } from "../../schema.ts";
import { address } from "../rules.ts";
import type { ServiceSpec } from "./service.ts";
import { isHeadless } from "./service.ts";

const [addresses, families, policy] = ["spec.clusterIPs", "spec.ipFamilies", "spec.ipFamilyPolicy"];

/** Whether clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy agree. */
export function validateAddresses(spec: ServiceSpec, old?: ServiceSpec): FieldError[] {
  if (spec.type === "ExternalName") return [];
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = spec;
  const errors = validatePlural(clusterIP, clusterIPs);
  errors.push(...validateFamilies(ipFamilies));
  const policies = ["PreferDualStack", "RequireDualStack", "SingleStack"];
  if (ipFamilyPolicy !== undefined && !policies.includes(ipFamilyPolicy)) {
    errors.push(notSupported(policy, ipFamilyPolicy, policies));
  }
  const wrong = clusterIPs.flatMap((ip, i) => {
    if (i > 0 || ip !== "None") return address(at(addresses, i), ip, old?.clusterIPs);
    return clusterIPs.length > 1 ? [invalid(addresses, clusterIPs, "'None' must be the first and only value")] : [];
  });
  errors.push(...wrong);
  if (clusterIPs.length > 2) errors.push(invalid(addresses, clusterIPs, "may only hold up to 2 values"));
  if (wrong.length > 0) return errors;
  const known = clusterIPs.map((ip) => (Ip.parse(ip)?.family === 6 ? "IPv6" : "IPv4"));
  if (clusterIPs.length > 1 && new Set(known).size < 2) {
    errors.push(invalid(addresses, clusterIPs, "may specify no more than one IP for each IP family"));
  }
  if (isHeadless(spec)) return errors;
  const misfits = clusterIPs.flatMap((ip, i) => {
    const family = ipFamilies[i];
    const isWrong = (family === "IPv4" || family === "IPv6") && family !== known[i];
    return isWrong ? [invalid(at(addresses, i), ip, `expected an ${family} value as indicated by \`ipFamilies[${i}]\``)] : [];
  });
  return [...errors, ...misfits];
}

function validatePlural(clusterIP: string | undefined, clusterIPs: readonly string[]): FieldError[] {
  if (!clusterIP) {
    return clusterIPs.length > 0 ? [invalid(addresses, clusterIPs, "must be empty when `clusterIP` is not specified")] : [];
  }
  if (clusterIPs.length === 0) return [required(addresses)];
  return clusterIPs[0] === clusterIP ? [] : [invalid(addresses, clusterIPs, "first value must match `clusterIP`")];
}

function validateFamilies(ipFamilies: readonly string[]): FieldError[] {
  return ipFamilies.flatMap((family, i) => [
    ...(family === "IPv4" || family === "IPv6" ? [] : [notSupported(at(families, i), family, ["IPv4", "IPv6"])]),
    ...(ipFamilies.indexOf(family) < i ? [duplicate(at(families, i), family)] : []),
  ]);
}

/** The first address and family stay; a second one may come, or go with a policy of one. */
export function validateAddressChange(spec: ServiceSpec, old: ServiceSpec): FieldError[] {
  if (spec.type === "ExternalName" || old.type === "ExternalName") return [];
  const errors: FieldError[] = [];
  const [before, after] = [old.clusterIPs ?? [], spec.clusterIPs ?? []];
  if (!(isHeadless(old) && isHeadless(spec))) {
    errors.push(...validateShift(before, after, addresses, "clusterIP", spec));
  }
  if (isHeadless(old) || isHeadless(spec)) return errors;
  return [...errors, ...validateShift(old.ipFamilies ?? [], spec.ipFamilies ?? [], families, "ipFamily", spec)];
}

function validateShift(
  before: readonly string[],
  after: readonly string[],
  path: string,
  what: "clusterIP" | "ipFamily",
  { clusterIPs = [], ipFamilyPolicy }: ServiceSpec,
): FieldError[] {
  const isAddress = what === "clusterIP";
  const unset = (list: readonly string[]) => (list.length === 0 ? null : list);
  if (before.length === after.length) {
    return before.flatMap((one, i) =>
      one === after[i] ? [] : [invalid(at(path, isAddress ? i : 0), unset(after), "may not change once set")],
    );
  }
  const errors: FieldError[] = [];
  if (before.length > after.length && clusterIPs.length === 0) {
    errors.push(invalid(at(path, 0), unset(after), `primary ${what} can not be unset`));
  }
  if (before.length > 0 && after.length > 0 && before[0] !== after[0]) {
    errors.push(invalid(at(path, 0), unset(clusterIPs), "may not change once set"));
  }
  if (before.length > after.length && after.length === 1 && ipFamilyPolicy !== "SingleStack") {
    errors.push(invalid(policy, ipFamilyPolicy ?? null, `must be set to 'SingleStack' when releasing the secondary ${what}`));
  }
  return errors;
}
