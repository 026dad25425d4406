import { Ip } from "../../addresses.ts";
import { at, forbidden, invalid, notSupported, required } from "../../errors.ts";
import { isDns1123Subdomain } from "../../names.ts";
import type { FieldError } from "../../schema.ts";
import { address, named } from "../rules.ts";
import type { Ingress, Service } from "./service.ts";

const path = "status.loadBalancer.ingress";

export function validateServiceStatus({ spec, status }: Service, old: Service): FieldError[] {
  const { ingress = [] } = status.loadBalancer;
  if (spec.type !== "LoadBalancer" && ingress.length > 0) {
    return [forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const known = (old.status.loadBalancer.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  return ingress.flatMap((one, i) => validateIngress(one, known, at(path, i)));
}

function validateIngress({ ip, hostname, ipMode }: Ingress, known: readonly string[], path: string): FieldError[] {
  const errors = ip ? address(`${path}.ip`, ip, known) : [];
  const mode = `${path}.ipMode`;
  if (ipMode === undefined) {
    if (ip) errors.push(required(mode, "must be specified when `ip` is set"));
  } else if (!ip) errors.push(forbidden(mode, "may not be specified when `ip` is not set"));
  else if (ipMode !== "VIP" && ipMode !== "Proxy") errors.push(notSupported(mode, ipMode, ["Proxy", "VIP"]));
  if (!hostname) return errors;
  errors.push(...named(isDns1123Subdomain, `${path}.hostname`, hostname));
  if (Ip.parse(hostname)) errors.push(invalid(`${path}.hostname`, hostname, "must be a DNS name, not an IP address"));
  return errors;
}
