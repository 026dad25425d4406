import type { Finding } from "../finding.ts";
import type { Member } from "../selection.ts";
import { nearest } from "./nearest.ts";

/** Places that somebody names. */
interface Places {
  readonly clusters?: readonly string[] | undefined;
  readonly zones?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
}

/** How each of them is told of. */
const SENTENCES: readonly (readonly [kind: keyof Places, sentence: (name: string) => string])[] = [
  ["clusters", (name) => `there is no MemberCluster ${name}`],
  ["zones", (name) => `no MemberCluster is in zone ${name}`],
  ["regions", (name) => `no MemberCluster is in region ${name}`],
];

/** Places that members have. */
export type KnownPlaces = Readonly<Record<keyof Places, ReadonlySet<string>>>;

export const knownPlaces = (members: readonly Member[]): KnownPlaces => ({
  clusters: new Set(members.map(({ name }) => name)),
  zones: new Set(members.flatMap(({ zone }) => zone || [])),
  regions: new Set(members.flatMap(({ region }) => region || [])),
});

/** Names of places that no member has; where nothing is known of any, nothing is wrong with a name. */
export const unknownPlaces = (places: Places, field: string, known: KnownPlaces): readonly Pick<Finding, "field" | "message">[] =>
  SENTENCES.flatMap(([kind, sentence]) => {
    const unknown = known[kind].size > 0 ? (places[kind] ?? []).filter((name) => !known[kind].has(name)) : [];
    return unknown.map((name) => ({ field: `${field}.${kind}`, message: `${sentence(name)}; ${nearest(name, [...known[kind]])}` }));
  });

/** Whether one of these names is among the places. */
export const namesOneOf = ({ clusters = [], zones = [], regions = [] }: Places, members: readonly Member[]): boolean =>
  members.some(
    ({ name, zone, region }) =>
      clusters.includes(name) || zones.includes(zone) || (region !== undefined && regions.includes(region)),
  );
