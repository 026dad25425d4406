import type { Location } from "../../api/nameservice.ts";
import type { AwsOptions, Candidate, RecordGroup } from "./model.ts";

const AWS_REGION = /^[a-z]{2}(-[a-z]+)+-[0-9]$/;

export interface Located {
  readonly groups: readonly RecordGroup[];
  /** What no location covers. */
  readonly unlocated: readonly Candidate[];
}

/** The first location that names the candidate's zone or region. */
export const locationOf = ({ zone, region }: Candidate, { locations = [] }: AwsOptions): Location | undefined =>
  locations.find(
    ({ zones, regions }) => (zone !== undefined && zones?.includes(zone)) || (region !== undefined && regions?.includes(region)),
  );

/** Whether the locations are parts of the world; otherwise they are AWS regions. */
export const isGeographic = ({ locations = [] }: AwsOptions): boolean =>
  locations.some(({ continentCode, countryCode }) => continentCode !== undefined || countryCode !== undefined);

/** One group a location, by latency to an AWS region or by the client's place in the world. */
export function localityGroups(candidates: readonly Candidate[], aws: AwsOptions): Located {
  const located = candidates.map((candidate) => ({
    candidate,
    location: locationOf(candidate, aws) ?? nearRegion(candidate, aws),
  }));
  const byName = Map.groupBy(
    located.filter(({ location }) => location !== undefined),
    ({ location }) => location!.name,
  );
  const groups = [...byName.values()].map((members) =>
    groupOf(
      members[0]!.location!,
      members.map(({ candidate }) => candidate),
    ),
  );
  return {
    groups: [...groups, ...elsewhere(groups, aws)],
    unlocated: located.filter(({ location }) => location === undefined).map(({ candidate }) => candidate),
  };
}

/** A region that has the name of an AWS region lies there. Route 53 takes one record set a region. */
function nearRegion({ region }: Candidate, aws: AwsOptions): Location | undefined {
  if (region === undefined || isGeographic(aws) || !AWS_REGION.test(region)) return undefined;
  return aws.locations?.find(({ awsRegion }) => awsRegion === region) ?? { name: region, awsRegion: region };
}

/** Clients of no named place get an answer, too, when everything that lies in the location for them is left out. */
function elsewhere(groups: readonly RecordGroup[], { locations = [] }: AwsOptions): readonly RecordGroup[] {
  const rest = locations.find(({ countryCode }) => countryCode === "*");
  if (!rest || groups.length === 0 || groups.some(({ setIdentifier }) => setIdentifier === rest.name)) return [];
  // Its own health check is about what is left out.
  return [{ ...placed(rest), values: groups.flatMap(({ values }) => values) }];
}

const groupOf = (location: Location, members: readonly Candidate[]): RecordGroup => {
  const { setIdentifier, properties } = placed(location);
  const check = location.healthCheckId ? [{ name: "aws/health-check-id", value: location.healthCheckId }] : [];
  return { setIdentifier, values: members.flatMap(({ values }) => values), properties: [...properties, ...check] };
};

const placed = ({ name, awsRegion, continentCode, countryCode, subdivisionCode }: Location) => ({
  setIdentifier: name,
  properties: [
    ...(awsRegion ? [{ name: "aws/region", value: awsRegion }] : []),
    ...(continentCode ? [{ name: "aws/geolocation-continent-code", value: continentCode }] : []),
    ...(countryCode ? [{ name: "aws/geolocation-country-code", value: countryCode }] : []),
    ...(subdivisionCode ? [{ name: "aws/geolocation-subdivision-code", value: subdivisionCode }] : []),
  ],
});
