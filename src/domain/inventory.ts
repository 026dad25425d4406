import type { LocatedReason } from "../api/conditions.ts";
import type { MemberClusterSpec, MemberClusterStatus } from "../api/membercluster.ts";
import { labelName } from "../api/meta.ts";

/** What a source answers of where a cluster stands. */
export type Answer =
  /** It was read; what it does not say is absent. `remarks`: what of it cannot be used. */
  | { readonly state: "Read"; readonly facts: Facts; readonly remarks: readonly string[] }
  /** It cannot be read. */
  | { readonly state: "Unreadable"; readonly message: string }
  /** It has not answered yet; nothing is concluded from that. */
  | { readonly state: "Pending"; readonly message: string };

export interface Facts {
  readonly zone?: string | undefined;
  readonly region?: string | undefined;
  readonly labels?: Readonly<Record<string, string>>;
}

/** What counts of a cluster, for its status. */
export interface Located {
  readonly facts: Pick<MemberClusterStatus, "zone" | "region" | "labels" | "sources">;
  readonly reason: LocatedReason;
  readonly message: string;
}

type Source = NonNullable<NonNullable<MemberClusterStatus["sources"]>["zone"]>;
type Field = "zone" | "region";
type Asked = readonly [Source, Answer];

/** A fact that was found, or why it was not; `held`: the source that said so no longer does, and why. */
type Found = { readonly value?: string; readonly from?: Source; readonly problem?: string };

/**
 * Where a cluster stands, and its labels: what spec says, else its ClusterProfile, else all of its nodes. What was taken over stays
 * until a source names something else: a profile that is deleted, or nodes that disagree, move no traffic.
 *
 * @param profile Absent where spec.access names none.
 * @param before status, which survives restarts.
 */
export function locate(
  spec: Pick<MemberClusterSpec, "zone" | "region">,
  profile: Answer | undefined,
  nodes: Answer,
  before: MemberClusterStatus | undefined,
): Located {
  const sources: readonly Asked[] = [
    ["Spec", { state: "Read", facts: spec, remarks: [] }],
    ...(profile ? [["ClusterProfile", profile] satisfies Asked] : []),
    ["Nodes", nodes],
  ];
  const zone = find("zone", sources, before);
  const region = find("region", sources, before);
  const labels = profile?.state === "Read" ? profile.facts.labels : profile && before?.labels;
  const facts = {
    ...(zone.value ? { zone: zone.value } : {}),
    ...(region.value ? { region: region.value } : {}),
    ...(labels && Object.keys(labels).length > 0 ? { labels } : {}),
    ...(zone.from || region.from
      ? { sources: { ...(zone.from ? { zone: zone.from } : {}), ...(region.from ? { region: region.from } : {}) } }
      : {}),
  };
  const place = `zone ${zone.value}${region.value ? ` of region ${region.value}` : ""}`;
  if (!zone.value) return { facts, reason: "ZoneUnknown", message: `${zone.problem}; set spec.zone, or mend that` };
  if (zone.problem) return { facts, reason: "ZoneHeld", message: `${place} still counts: ${zone.problem}` };
  return { facts, reason: "Known", message: `it stands in ${place}` };
}

/** Whether the nodes are needed to know where a cluster stands. */
export const needsNodes = (spec: Pick<MemberClusterSpec, "zone" | "region">, profile: Answer | undefined): boolean =>
  profile?.state !== "Pending" &&
  (["zone", "region"] as const).some((field) => !spec[field] && !(profile?.state === "Read" && profile.facts[field]));

function find(field: Field, sources: readonly Asked[], before: MemberClusterStatus | undefined): Found {
  const last = before?.[field];
  const lastFrom = before?.sources?.[field];
  const held = (problem?: string): Found => ({
    ...(last ? { value: last } : {}),
    ...(last && lastFrom ? { from: lastFrom } : {}),
    ...(problem ? { problem } : {}),
  });
  const problems: string[] = [];
  for (const [source, answer] of sources) {
    if (answer.state === "Read") {
      const value = answer.facts[field];
      if (value) return { value, from: source };
      problems.push(...answer.remarks);
      continue;
    }
    // What another source says does not count while the one that was believed is only silent.
    if (last && (answer.state === "Pending" || lastFrom === source))
      return held(answer.state === "Pending" ? undefined : answer.message);
    problems.push(answer.message);
  }
  return held(problems.join("; ") || `nothing names a ${field}`);
}

const ZONE_KEYS = ["topology.kubernetes.io/zone", "zone"];
const REGION_KEYS = ["topology.kubernetes.io/region", "region", "location"];

const isName = (value: string): boolean => labelName().safeParse(value).success;

/** Zone and region among labels or properties. */
export function placeIn(values: Readonly<Record<string, string>>): Extract<Answer, { state: "Read" }> {
  const remarks: string[] = [];
  const pick = (field: Field, keys: readonly string[]) => {
    const key = keys.find((candidate) => Object.hasOwn(values, candidate));
    if (key === undefined) return {};
    const value = values[key]!;
    if (isName(value)) return { [field]: value };
    remarks.push(`${key} ${JSON.stringify(value.slice(0, 63))} is no name of a ${field} (a-z, 0-9 and -)`);
    return {};
  };
  return { state: "Read", facts: { ...pick("zone", ZONE_KEYS), ...pick("region", REGION_KEYS) }, remarks };
}
