import type { NameService } from "../../api/nameservice.ts";
import { claimedName } from "./claims.ts";
import { serves } from "./values.ts";

/** A name that a NameService gives to the Gateways of an AccessPoint. */
export interface GivenName {
  readonly fqdn: string;
  /** The one that is meant; absent: those that serve the name. */
  readonly gateway?: string;
}

/** Names that a NameService gives to an AccessPoint (`<namespace>/<name>`): none while the name is somebody else's, or it goes. */
export function namesGiven(nameService: NameService, accessPoint: string): readonly GivenName[] {
  const { metadata, spec, status } = nameService;
  const fqdn = claimedName(nameService);
  const refused = status?.conditions?.some((condition) => condition.type === "Accepted" && condition.status === "False");
  if (fqdn === undefined || refused) return [];
  return (spec.targets ?? [])
    .filter((target) => `${metadata.namespace}/${target.accessPoint}` === accessPoint)
    .map(({ gateway }) => ({ fqdn, ...(gateway === undefined ? {} : { gateway }) }));
}

interface Serving {
  readonly name: string;
  /** `*` included. */
  readonly hosts: readonly string[];
}

/** Those of the names that a Gateway is reached by: one that takes any host is not where another one names its hosts. */
export function namesOf(gateway: Serving, all: readonly Serving[], given: readonly GivenName[]): readonly string[] {
  const serving = ({ hosts }: Serving, fqdn: string) => hosts.some((host) => serves(host, fqdn));
  return given
    .filter(({ fqdn, gateway: meant }) => {
      if (meant !== undefined && meant !== gateway.name) return false;
      if (serving(gateway, fqdn)) return true;
      return gateway.hosts.includes("*") && (meant !== undefined || !all.some((each) => serving(each, fqdn)));
    })
    .map(({ fqdn }) => fqdn);
}
