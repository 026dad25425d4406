import type { ClusterSelection } from "../../api/accesspoint.ts";
import type { Site } from "../selection.ts";
import { nearest } from "./nearest.ts";

/** A name that no member cluster answers to. */
export interface Unknown {
  /** Which of the selecting fields it stands in, and where. */
  readonly field: "clusters" | "zones" | "regions";
  readonly index: number;
  readonly message: string;
}

/** Names of one field that are told, and looked for among those that there are. */
const MAX_TOLD = 20;

/** Names of clusters, zones and regions in a selection that no member cluster has: slips, most of the time. */
export function unknownIn(selection: ClusterSelection, sites: readonly Site[]): readonly Unknown[] {
  const known = {
    clusters: new Set(sites.map(({ name }) => name)),
    zones: new Set(sites.flatMap(({ zone }) => zone || [])),
    regions: new Set(sites.flatMap(({ region }) => region || [])),
  };
  return (["clusters", "zones", "regions"] as const).flatMap((field) =>
    (selection[field] ?? [])
      .flatMap((name, index) => (known[field].has(name) ? [] : [{ name, index }]))
      .slice(0, MAX_TOLD)
      .map(({ name, index }) => ({
        field,
        index,
        message: `${WHAT[field]} ${JSON.stringify(name)}; ${nearest(name, [...known[field]])}`,
      })),
  );
}

const WHAT = {
  clusters: "there is no MemberCluster",
  zones: "no MemberCluster is in zone",
  regions: "no MemberCluster is in region",
} as const;
