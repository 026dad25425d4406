import type { ClusterSelection } from "../../api/accesspoint.ts";
import {
  type NameService,
  type NameServiceSpec,
  nameServiceSpec,
  type RecordStatus,
  type TargetStatus,
} from "../../api/nameservice.ts";
import type { Finding } from "../finding.ts";
import { unknownIn } from "../placement/unknown.ts";
import type { Member } from "../selection.ts";
import { findCandidates, type Surroundings } from "./candidates.ts";
import { checkSpec } from "./check.ts";
import { byAge, type Claim, claimedName, claimOf } from "./claims.ts";
import type { Candidate } from "./model.ts";
import { recordsOf } from "./records.ts";
import { domainsFor, type FqdnRight, mayClaim } from "./rights.ts";

/** Everything that is known when a NameService is looked at. */
export interface Scope extends Surroundings {
  readonly nameService: NameService;
  /** Others that name the same FQDN, in whatever namespace. */
  readonly rivals: readonly Claim[];
  /** Which namespaces may claim which names; absent: all may claim all. */
  readonly rights?: readonly FqdnRight[] | undefined;
}

/** What becomes of the records. */
export type Decision =
  /** Nothing can be made of the specification: what was published before stays. */
  | { readonly action: "Refuse"; readonly findings: readonly Finding[] }
  /** The name is somebody else's: nothing is published. */
  | { readonly action: "Withdraw"; readonly holder: Claim }
  /** The platform lets the namespace have names of these domains alone: nothing is published. */
  | { readonly action: "Forbid"; readonly domains: readonly string[] }
  | Publication;

export interface Publication {
  readonly action: "Publish";
  readonly spec: NameServiceSpec;
  /** Younger ones that name the same FQDN. */
  readonly rivals: readonly Claim[];
  /** Empty: nothing was ever known, what is published (if anything) stays. */
  readonly records: readonly RecordStatus[];
  /** Nothing is ready; `records` are the last known ones. */
  readonly held: boolean;
  readonly targets: readonly TargetStatus[];
  /** What it names without any effect. */
  readonly warnings: readonly Pick<Finding, "field" | "message">[];
  /** What is not answered, or odd, and why. */
  readonly findings: readonly Finding[];
  /** Why the policy became a plain round robin. */
  readonly unsupported?: string;
}

/** What is to be published of a NameService now. */
export function decide(scope: Scope): Decision {
  const { nameService, rights } = scope;
  const { namespace = "" } = nameService.metadata;
  // Before anything else: a mistake elsewhere in the specification would let stand what was published.
  const name = claimedName(nameService);
  if (name !== undefined && !mayClaim(name, namespace, rights))
    return { action: "Forbid", domains: domainsFor(namespace, rights ?? []) };
  const parsed = nameServiceSpec.safeParse(nameService.spec);
  if (!parsed.success) {
    const findings = parsed.error.issues.map(({ path, message }) => ({
      reason: "InvalidSpec",
      field: ["spec", ...path].join("."),
      message,
    }));
    return { action: "Refuse", findings };
  }
  const spec = parsed.data;
  const findings = checkSpec(spec);
  if (findings.length > 0) return { action: "Refuse", findings };
  const own = claimOf(nameService);
  // Who may not have the name cannot keep it from others.
  const rivals = scope.rivals.filter(({ key }) => mayClaim(spec.fqdn, key.slice(0, key.indexOf("/")), rights));
  const [holder] = [own, ...rivals].sort(byAge);
  if (holder && holder !== own) return { action: "Withdraw", holder };
  return publication(spec, { ...scope, rivals });
}

function publication(spec: NameServiceSpec, scope: Scope): Publication {
  const { status } = scope.nameService;
  const { candidates, findings } = findCandidates(spec, status, scope);
  const ready = candidates.filter(({ leftOut }) => leftOut === undefined);
  const lacking = candidates.flatMap((candidate) => toFinding(candidate) ?? []);
  const rivals = scope.rivals.toSorted(byAge);
  const warnings = namesWithoutEffect(spec, scope.members());
  if (ready.length === 0) {
    // What an accident takes away does not take the name away.
    const records = (status?.records ?? []).map((record) => ({ ...record, ttl: spec.ttlSeconds }));
    const answered = new Set((status?.targets ?? []).filter(({ state }) => state !== "LeftOut").map(titleOf));
    const targets = candidates.map((candidate) =>
      toStatus(candidate, records.length > 0 && answered.has(titleOf(candidate)) ? "Held" : "LeftOut"),
    );
    return { action: "Publish", spec, rivals, records, held: true, targets, warnings, findings: [...findings, ...lacking] };
  }
  const made = recordsOf(spec, ready);
  const answered = new Set(
    made.records
      .filter(({ weight }) => weight !== 0 || made.records.every((each) => each.weight === 0))
      .flatMap(({ values }) => values),
  );
  return {
    action: "Publish",
    spec,
    rivals,
    records: made.records,
    held: false,
    targets: candidates.map((candidate) => {
      if (candidate.leftOut) return toStatus(candidate, "LeftOut");
      if (candidate.values.some((value) => answered.has(value))) return toStatus(candidate, "Answered");
      const left = toStatus(candidate, "LeftOut");
      const [why] = made.findings;
      if (!why || (spec.policy === "Ratio" && candidate.ratio === 0)) return { ...left, message: "its ratio is 0" };
      return { ...left, reason: why.reason, message: why.message };
    }),
    warnings,
    findings: [...findings, ...lacking, ...made.findings],
    ...(made.unsupported ? { unsupported: made.unsupported } : {}),
  };
}

/** Zones and regions that no cluster is in; where there is no cluster at all, nothing is wrong with a name. */
function namesWithoutEffect({ targets, provider: { aws } }: NameServiceSpec, members: readonly Member[]): Publication["warnings"] {
  if (members.length === 0) return [];
  const named = [
    ...targets.flatMap(({ zone }, index) =>
      zone === undefined ? [] : [{ at: `spec.targets[${index}]`, places: { zones: [zone] } }],
    ),
    ...(aws?.locations ?? []).map((location) => ({ at: `spec.provider.aws.locations[${location.name}]`, places: location })),
  ];
  return named.flatMap(({ at, places: { zones, regions } }: { at: string; places: Pick<ClusterSelection, "zones" | "regions"> }) =>
    unknownIn({ zones, regions }, members).map(({ field, message }) => ({ field: `${at}.${field}`, message })),
  );
}

const titleOf = ({ name, cluster = "" }: Candidate | TargetStatus): string => `${name} ${cluster}`;

const toFinding = ({ target, leftOut }: Candidate): Finding | undefined =>
  leftOut && { reason: leftOut.reason, field: `spec.targets[${target}]`, message: leftOut.message };

const toStatus = ({ name, cluster, zone, values, leftOut }: Candidate, state: TargetStatus["state"]): TargetStatus => ({
  name,
  ...(cluster === undefined ? {} : { cluster }),
  ...(zone === undefined ? {} : { zone }),
  values: [...values],
  state,
  ...(leftOut ? { reason: leftOut.reason, message: leftOut.message.slice(0, 300) } : {}),
});
