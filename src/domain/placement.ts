import type { AccessPointSpec, PlacementStatus } from "../api/accesspoint.ts";
import type { NotSelectedReason } from "../api/conditions.ts";
import type { Finding } from "./finding.ts";
import { limit } from "./placement/choice.ts";
import { followAll, type Reading } from "./placement/following.ts";
import { type ZonePrimary, zonePrimary } from "./placement/primaries.ts";
import { qualify } from "./placement/qualify.ts";
import { nothingSelected, notSelected } from "./placement/report.ts";
import { unknownIn } from "./placement/unknown.ts";
import { byZoneThenName, compare, type Member } from "./selection.ts";

/** One unit of a rollout: a placed cluster, or the Primary of a placed cluster's zone. */
export interface Target {
  readonly member: Member;
  /** Receives cluster-scoped templates: it is placed itself. */
  readonly placed: boolean;
  /** Receives zone-scoped templates: it is the Primary of a zone with a placed cluster, or was until its successor is verified. */
  readonly zonePrimary: boolean;
}

/** A zone whose Primary changed: the earlier one keeps what it has until the new one is verified. */
export interface Handover {
  readonly zone: string;
  readonly from: string;
  readonly to: string;
}

export interface Placement {
  /** By zone, then name. */
  readonly targets: readonly Target[];
  /** What keeps clusters or zones from being targets although they are asked for. */
  readonly findings: readonly Finding[];
  /** Zones whose Primary cannot be told or written to: what is in their clusters stays as it is until that is put right. */
  readonly heldZones: ReadonlySet<string>;
  readonly handovers: readonly Handover[];
  /** Why nothing may be removed from clusters that are no longer selected. */
  readonly holdRemoval?: string;
  /** For status.placement, as far as zones are concerned before any handover is done. */
  readonly status: PlacementStatus;
}

/** What earlier passes decided, and what the leaders say. */
export interface PlacementContext {
  /** status.placement. */
  readonly before?: PlacementStatus;
  /** One for each of spec.placement.follow, in its order. */
  readonly readings?: readonly Reading[];
  /** `<namespace>/<name>` of the AccessPoint: whose turn it is where there is a choice. */
  readonly seed?: string;
}

const NOT_FOUND = { clusters: "ClusterNotFound", zones: "ZoneNotFound", regions: "RegionNotFound" } as const;

/**
 * Which clusters receive what, and why the others do not.
 *
 * @param occupied Names of the clusters that carry this AccessPoint already: a cordoned cluster keeps what it has.
 */
export function place(
  spec: Pick<AccessPointSpec, "placement" | "templates">,
  members: readonly Member[],
  occupied: ReadonlySet<string>,
  { before, readings = [], seed = "" }: PlacementContext = {},
): Placement {
  const { placement } = spec;
  const tolerations = placement.tolerations ?? [];
  const present = members.filter((member) => !member.detaching);
  const following = placement.follow && followAll(placement.follow, readings, present, before?.following ?? []);
  const unknown = unknownIn(placement, present).map(({ field, index, message }) => ({
    reason: NOT_FOUND[field],
    field: `spec.placement.${field}[${index}]`,
    message,
  }));
  const findings: Finding[] = [...unknown, ...(following?.findings ?? [])];

  const selectedBefore = before && new Set(before.selected);
  const carries = ({ name }: Member) => occupied.has(name) && (selectedBefore?.has(name) ?? true);
  const verdicts = new Map<string, NotSelectedReason>();
  const candidates: Member[] = [];
  for (const member of members) {
    const { reason, finding } = qualify(member, placement, following?.clusters, carries(member));
    if (reason) verdicts.set(member.name, reason);
    else candidates.push(member);
    if (finding) findings.push(finding);
  }

  const primaryBefore = new Map(before?.zones?.map(({ name, primary }) => [name, primary]));
  const zones = new Map<string, ZonePrimary>();
  if (spec.templates.some((template) => scopeOf(template) === "AvailabilityZone")) {
    for (const { zone } of candidates) {
      if (zones.has(zone)) continue;
      const has = ({ name }: Member) => occupied.has(name) && (primaryBefore.get(zone) ?? name) === name;
      zones.set(zone, zonePrimary(zone, present, tolerations, has));
    }
  }
  const usable = (member: Member): boolean => {
    const type = zones.get(member.zone)?.type ?? "Usable";
    // Where there is a choice, nothing new goes to a zone that is held.
    return type === "Usable" || (type === "Held" && (placement.numberOfClusters === undefined || carries(member)));
  };
  for (const { name } of candidates.filter((member) => !usable(member))) verdicts.set(name, "ZoneUnusable");
  const qualified = candidates.filter(usable);
  const silent = ({ silent, zone }: Member): boolean => {
    const found = zones.get(zone);
    return silent === true || (found?.type === "Usable" && found.primary.silent === true);
  };
  const { placed, message, tooFew } = limit(qualified, placement.numberOfClusters, selectedBefore ?? occupied, seed, silent);
  if (tooFew) findings.push(tooFew);
  for (const { name } of qualified.filter((member) => !placed.includes(member))) verdicts.set(name, "NotNeeded");

  const heldZones = new Set<string>();
  const primaries = new Map<string, Member>();
  for (const [zone, found] of zones) {
    const used = placed.some((member) => member.zone === zone);
    if (found.type === "Usable" && used) primaries.set(zone, found.primary);
    if (found.type === "Held" && used) heldZones.add(zone);
    if (found.type !== "Usable" && (used || placement.numberOfClusters === undefined)) findings.push(found.finding);
  }

  const targets = new Map<string, Target>();
  const handovers: Handover[] = [];
  for (const member of placed) {
    const { name, zone } = member;
    if (heldZones.has(zone)) continue;
    const primary = primaries.get(zone);
    // Taking the zone-scoped objects from the earlier Primary before the new one has them would break the zone.
    const outgoing = primary !== undefined && primary !== member && primaryBefore.get(zone) === name && occupied.has(name);
    if (outgoing) handovers.push({ zone, from: name, to: primary.name });
    targets.set(name, { member, placed: true, zonePrimary: primary === member || outgoing });
  }
  for (const member of primaries.values()) {
    if (!targets.has(member.name)) targets.set(member.name, { member, placed: false, zonePrimary: true });
  }
  const ordered = [...targets.values()]
    .filter((target) => templatesFor(spec.templates, target).length > 0)
    .sort((a, b) => byZoneThenName(a.member, b.member));
  // The Primary of a zone is a target without having been selected; where it stands status.zones says.
  for (const { member } of ordered) verdicts.delete(member.name);
  const excluded = notSelected(verdicts);
  if (ordered.length === 0 && findings.length === 0) findings.push(nothingSelected(placement, present.length, excluded));

  const zoneStatus = [...primaries].map(([name, { name: primary }]) => ({ name, primary }));
  for (const name of heldZones) {
    const primary = primaryBefore.get(name);
    if (primary) zoneStatus.push({ name, primary });
  }
  const slip = unknown[0]?.message ?? following?.undecided;
  return {
    targets: ordered,
    findings,
    heldZones,
    handovers,
    ...(slip ? { holdRemoval: slip } : {}),
    status: {
      selected: placed.map(({ name }) => name).sort(compare),
      ...(excluded.length ? { notSelected: excluded } : {}),
      ...(zoneStatus.length ? { zones: zoneStatus.sort((a, b) => compare(a.name, b.name)) } : {}),
      ...(following ? { following: [...following.status] } : {}),
      ...(message ? { message } : {}),
    },
  };
}

/** The scope of a template where it does not say it: Cluster for a v1 Service, AvailabilityZone for everything else. */
export function scopeOf(template: AccessPointSpec["templates"][number]): "AvailabilityZone" | "Cluster" {
  if (template.scope) return template.scope;
  return template.manifest["kind"] === "Service" && template.manifest["apiVersion"] === "v1" ? "Cluster" : "AvailabilityZone";
}

/** The templates that a target receives. */
export const templatesFor = (templates: AccessPointSpec["templates"], target: Pick<Target, "placed" | "zonePrimary">) =>
  templates.filter((template) => (scopeOf(template) === "Cluster" ? target.placed : target.zonePrimary));

export { nearest } from "./placement/nearest.ts";
