import type { AccessPointSpec } from "../api/accesspoint.ts";
import type { Finding } from "./finding.ts";
import { byZoneThenName, isEmptySelection, type Member, mismatch } from "./selection.ts";

/** One unit of a rollout: a placed cluster, or the Primary of a placed cluster's zone. */
export interface Target {
  readonly member: Member;
  /** Receives cluster-scoped templates: it is placed itself. */
  readonly placed: boolean;
  /** Receives zone-scoped templates: it is the Primary of a zone with a placed cluster. */
  readonly zonePrimary: boolean;
}

export interface Placement {
  /** By zone, then name. */
  readonly targets: readonly Target[];
  /** What keeps clusters or zones from being targets although they are asked for. */
  readonly findings: readonly Finding[];
  /** Zones without exactly one Primary: what is in their clusters stays as it is until that is put right. */
  readonly heldZones: ReadonlySet<string>;
}

/**
 * Which clusters receive what.
 *
 * @param occupied Names of the clusters that carry this AccessPoint already: a cordoned cluster keeps what it has.
 */
export function place(
  spec: Pick<AccessPointSpec, "placement" | "templates">,
  members: readonly Member[],
  occupied: ReadonlySet<string>,
): Placement {
  const findings: Finding[] = [];
  const present = members.filter((member) => !member.detaching);
  const known = new Set(present.map(({ name }) => name));
  const closed = (member: Member) => member.unschedulable && !occupied.has(member.name);

  spec.placement.clusters?.forEach((name, index) => {
    if (!known.has(name)) {
      findings.push({
        reason: "ClusterNotFound",
        field: `spec.placement.clusters[${index}]`,
        message: `there is no MemberCluster ${JSON.stringify(name)}; ${nearest(name, [...known])}`,
      });
    }
  });

  const selected = isEmptySelection(spec.placement) ? [] : present.filter((member) => !mismatch(spec.placement, member));
  const placed = selected.filter((member) => !closed(member));
  for (const member of selected.filter(closed)) {
    findings.push({
      reason: "ClusterUnschedulable",
      field: "spec.placement",
      message: `MemberCluster ${member.name} is cordoned (spec.unschedulable): nothing is added to it`,
    });
  }

  const heldZones = new Set<string>();
  const primaries = new Map<string, Member>();
  if (spec.templates.some((template) => scopeOf(template) === "AvailabilityZone")) {
    for (const zone of new Set(placed.map((member) => member.zone))) {
      const found = present.filter((member) => member.zone === zone && member.role === "Primary");
      if (found.length === 1 && !closed(found[0]!)) primaries.set(zone, found[0]!);
      else {
        heldZones.add(zone);
        findings.push(primaryFinding(zone, found));
      }
    }
  }

  const targets = new Map<string, Target>();
  for (const member of placed) {
    if (!heldZones.has(member.zone))
      targets.set(member.name, { member, placed: true, zonePrimary: primaries.get(member.zone) === member });
  }
  for (const member of primaries.values()) {
    if (!targets.has(member.name)) targets.set(member.name, { member, placed: false, zonePrimary: true });
  }
  const ordered = [...targets.values()]
    .filter((target) => templatesFor(spec.templates, target).length > 0)
    .sort((a, b) => byZoneThenName(a.member, b.member));
  if (ordered.length === 0 && findings.length === 0) {
    findings.push({
      reason: "NoClusters",
      field: "spec.placement",
      message: isEmptySelection(spec.placement)
        ? "an empty placement selects nothing: name clusters, zones, regions or labels"
        : `none of the ${present.length} member clusters matches`,
    });
  }
  return { targets: ordered, findings, heldZones };
}

/** The scope of a template where it does not say it: Cluster for a v1 Service, AvailabilityZone for everything else. */
export function scopeOf(template: AccessPointSpec["templates"][number]): "AvailabilityZone" | "Cluster" {
  if (template.scope) return template.scope;
  return template.manifest["kind"] === "Service" && template.manifest["apiVersion"] === "v1" ? "Cluster" : "AvailabilityZone";
}

/** The templates that a target receives. */
export const templatesFor = (templates: AccessPointSpec["templates"], target: Pick<Target, "placed" | "zonePrimary">) =>
  templates.filter((template) => (scopeOf(template) === "Cluster" ? target.placed : target.zonePrimary));

function primaryFinding(zone: string, found: readonly Member[]): Finding {
  if (found.length === 0) {
    return {
      reason: "NoPrimary",
      field: "spec.placement",
      message: `zone ${zone} has no MemberCluster with role Primary, so there is nowhere to write zone-scoped objects`,
    };
  }
  if (found.length === 1) {
    return {
      reason: "ClusterUnschedulable",
      field: "spec.placement",
      message: `${found[0]!.name}, the Primary of zone ${zone}, is cordoned (spec.unschedulable)`,
    };
  }
  return {
    reason: "SeveralPrimaries",
    field: "spec.placement",
    message: `zone ${zone} has ${found.length} Primaries (${found.map(({ name }) => name).join(", ")}); it must have exactly one`,
  };
}

/** "did you mean …" where one name is close, the known names otherwise. */
export function nearest(name: string, known: readonly string[]): string {
  const close = known.find((candidate) => distance(candidate, name) <= 2);
  if (close) return `did you mean ${JSON.stringify(close)}?`;
  const shown = [...known].sort().slice(0, 5);
  return shown.length ? `known are ${shown.join(", ")}${known.length > shown.length ? ", …" : ""}` : "no cluster is registered yet";
}

/** Levenshtein distance of two names. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}
