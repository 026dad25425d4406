import { isDeepStrictEqual } from "node:util";
import { Ip } from "../../addresses.ts";
import { at, invalid } from "../../errors.ts";
import type { FieldError } from "../../schema.ts";
import type { ServiceSpec } from "./service.ts";

/** Whoever keeps the endpoints of a headless service without a selector may keep them of any family. */
const isOpen = ({ clusterIP, selector = {} }: ServiceSpec): boolean => clusterIP === "None" && Object.keys(selector).length === 0;

/** The families and their policy as far as they follow from the rest, in a cluster that has IPv4 alone. */
export function settleFamilies(spec: ServiceSpec, old?: ServiceSpec): ServiceSpec {
  if (spec.type === "ExternalName") return spec;
  const ipFamilyPolicy = spec.ipFamilyPolicy ?? old?.ipFamilyPolicy ?? (isOpen(spec) ? "RequireDualStack" : "SingleStack");
  const settled = { ...spec, ipFamilyPolicy };
  const given = old && ipFamilyPolicy === "SingleStack" ? withoutSecond(settled, old) : settled;
  const { clusterIPs = [], ipFamilies = [] } = given;
  // What cannot be had, or is not given back in the right way, stays as it was sent, for validation to find.
  const isForeign = ipFamilies.length === 0 && Ip.parse(clusterIPs[0] ?? "")?.family === 6;
  const isReduced = ipFamilyPolicy !== "SingleStack" && ipFamilies.length < (old?.ipFamilies?.length ?? 0);
  const isOmitted = isOpen(spec) && ipFamilies.length === 0;
  if (isForeign || (isReduced && !isOmitted)) return given;
  const [first = "IPv4", ...others] = ipFamilies;
  const needsOther = isOpen(spec) && others.length === 0 && ipFamilyPolicy !== "SingleStack";
  return { ...given, ipFamilies: [first, ...(needsOther ? [first === "IPv4" ? "IPv6" : "IPv4"] : others)] };
}

/** Who asks for one stack, and changes nothing else, gives the second address and family back. */
function withoutSecond(spec: ServiceSpec, old: ServiceSpec): ServiceSpec {
  const first = (field: "clusterIPs" | "ipFamilies") => {
    const list = spec[field] ?? [];
    return list.length > 1 && isDeepStrictEqual(list, old[field]) && { [field]: list.slice(0, 1) };
  };
  return { ...spec, ...first("clusterIPs"), ...first("ipFamilies") };
}

/** What a cluster with IPv4 alone cannot give; it is said before anything else, and alone. */
export function validateForCluster(spec: ServiceSpec, old?: ServiceSpec): FieldError[] {
  const { type, clusterIPs = [], ipFamilies = [], ipFamilyPolicy = "SingleStack" } = spec;
  if (type === "ExternalName") return [];
  const policy = (detail: string) => invalid("spec.ipFamilyPolicy", ipFamilyPolicy, detail);
  const errors: FieldError[] = [];
  if (ipFamilyPolicy === "SingleStack") {
    const more = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";
    if (clusterIPs.length === 2) errors.push(policy(`${more} cluster IPs are specified`));
    if (ipFamilies.length === 2) errors.push(policy(`${more} IP families are specified`));
  } else if (old) {
    const isReduced = (after: readonly unknown[], before: readonly unknown[] = []) =>
      after.length > 0 && after.length < before.length;
    if (isReduced(clusterIPs, old.clusterIPs)) errors.push(policy("must be 'SingleStack' to release the secondary cluster IP"));
    if (isReduced(ipFamilies, old.ipFamilies)) errors.push(policy("must be 'SingleStack' to release the secondary IP family"));
  }
  clusterIPs.forEach((ip, i) => {
    const isForeign = i >= ipFamilies.length && Ip.parse(ip)?.family === 6;
    if (isForeign) errors.push(invalid(at("spec.clusterIPs", i), clusterIPs, "IPv6 is not configured on this cluster"));
  });
  if (errors.length > 0 || isOpen(spec)) return errors;
  if (ipFamilyPolicy === "RequireDualStack") errors.push(policy("this cluster is not configured for dual-stack services"));
  ipFamilies.forEach((family, i) => {
    if (family !== "IPv4") errors.push(invalid(at("spec.ipFamilies", i), family, "not configured on this cluster"));
  });
  return errors;
}
