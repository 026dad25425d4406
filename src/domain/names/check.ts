import type { Location, NameServiceSpec } from "../../api/nameservice.ts";
import type { Finding } from "../finding.ts";
import { targetName } from "./candidates.ts";
import { isGeographic } from "./locality.ts";
import { canonical, canonicalName } from "./values.ts";

const LOCATIONS = "spec.provider.aws.locations";
const finding = (field: string, message: string): Finding => ({ reason: "InvalidSpec", field, message });

/** What is wrong with a specification that fits the schema. */
export function checkSpec(spec: NameServiceSpec): readonly Finding[] {
  return [...checkTargets(spec), ...checkLocations(spec)];
}

function checkTargets({ fqdn, targets }: NameServiceSpec): readonly Finding[] {
  const names = targets.map(targetName);
  return targets.flatMap((target, index) => {
    const field = `spec.targets[${index}]`;
    const name = names[index]!;
    if ((target.accessPoint === undefined) === (target.host === undefined))
      return [finding(field, "a target is either an accessPoint or a host")];
    if (names.indexOf(name) !== index)
      return [finding(field, `${name} stands in the list twice; name different Gateways of it, or leave one out`)];
    if (target.host === undefined) return [];
    const host = canonical(target.host);
    if (host === undefined)
      return [
        finding(`${field}.host`, `${target.host} is neither an IPv4 or IPv6 address nor a host name such as edge.example.com`),
      ];
    return host === canonicalName(fqdn) ? [finding(`${field}.host`, `${fqdn} would lead to itself; name another host`)] : [];
  });
}

function checkLocations({ policy, provider: { aws } }: NameServiceSpec): readonly Finding[] {
  const locations = aws?.locations ?? [];
  if (locations.length === 0) return [];
  if (policy === "RoundRobin")
    return [
      finding(
        LOCATIONS,
        "RoundRobin makes one record set, which Route 53 gives neither a location nor a health check: choose Locality or Ratio, or remove the locations",
      ),
    ];
  if (policy === "Ratio") return [];
  const aimless = locations.filter((location) => placeOf(location) === undefined);
  if (aimless.length > 0)
    return aimless.map(({ name }) =>
      finding(`${LOCATIONS}[${name}]`, "Locality needs awsRegion, continentCode or countryCode, or nothing would be sent there"),
    );
  if (!isGeographic({ locations })) return twice(locations);
  const latency = locations.filter(({ awsRegion }) => awsRegion !== undefined);
  if (latency.length > 0)
    return latency.map(({ name }) =>
      finding(
        `${LOCATIONS}[${name}].awsRegion`,
        "Route 53 does not mix latency and geolocation in one name: all locations have awsRegion, or none has",
      ),
    );
  if (!locations.some(({ countryCode }) => countryCode === "*"))
    return [
      finding(LOCATIONS, 'clients of no named place would get no answer: one location needs countryCode "*"'),
      ...twice(locations),
    ];
  return twice(locations);
}

const placeOf = ({ awsRegion, continentCode, countryCode, subdivisionCode }: Location): string | undefined => {
  const place = awsRegion ?? continentCode ?? countryCode;
  return place && (subdivisionCode ? `${place}-${subdivisionCode}` : place);
};

function twice(locations: readonly Location[]): readonly Finding[] {
  const seen = locations.map(placeOf);
  return locations.flatMap((location, index) =>
    seen.indexOf(seen[index]) === index
      ? []
      : [
          finding(
            `${LOCATIONS}[${location.name}]`,
            `${seen[index]} stands in two locations, but Route 53 takes one record set for it: make them one location`,
          ),
        ],
  );
}
