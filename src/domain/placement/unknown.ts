import type { Finding } from "../finding.ts";
import type { Member } from "../selection.ts";
import { nearest } from "./nearest.ts";

/** Places that somebody names. */
interface Places {
  readonly clusters?: readonly string[] | undefined;
  readonly zones?: readonly string[] | undefined;
  readonly regions?: readonly string[] | undefined;
}

/** How each of them is called, and where members have it. */
const KINDS: readonly (readonly [field: keyof Places, sentence: (name: string) => string, read: (member: Member) => string])[] = [
  ["clusters", (name) => `there is no MemberCluster ${name}`, ({ name }) => name],
  ["zones", (name) => `no MemberCluster is in zone ${name}`, ({ zone }) => zone],
  ["regions", (name) => `no MemberCluster is in region ${name}`, ({ region = "" }) => region],
];

/** Names of places that no member has; where nothing is known of any, nothing is wrong with a name. */
export const unknownPlaces = (
  places: Places,
  field: string,
  members: readonly Member[],
): readonly Pick<Finding, "field" | "message">[] =>
  KINDS.flatMap(([kind, sentence, read]) => {
    const named = places[kind] ?? [];
    if (named.length === 0) return [];
    const known = new Set(members.map(read).filter((name) => name !== ""));
    const unknown = known.size > 0 ? named.filter((name) => !known.has(name)) : [];
    return unknown.map((name) => ({ field: `${field}.${kind}`, message: `${sentence(name)}; ${nearest(name, [...known])}` }));
  });

/** Whether one of these names is among the places. */
export const namesOneOf = ({ clusters = [], zones = [], regions = [] }: Places, members: readonly Member[]): boolean =>
  members.some(
    ({ name, zone, region }) =>
      clusters.includes(name) || zones.includes(zone) || (region !== undefined && regions.includes(region)),
  );
