import type { AccessPointStatus, CertificateStatus, ClusterStatus, RolloutStatus } from "../api/accesspoint.ts";
import type { AccessPointConditionType, CertificateState, ReasonOf } from "../api/conditions.ts";
import type { Judged } from "./conditions.ts";
import { describeFindings, type Finding } from "./finding.ts";
import { counted } from "./text.ts";
import { certificateProblem } from "./traffic/certificates.ts";

/** What the conditions are judged from. */
export interface Outcome {
  /** What is wrong with the specification. */
  readonly refused: readonly Finding[];
  /** What keeps clusters from being targets. */
  readonly unplaced: readonly Finding[];
  readonly rollout: RolloutStatus | undefined;
  readonly updateRevision: string | undefined;
  readonly paused: boolean;
  /** An earlier revision is asked for, and not what the specification says. */
  readonly rolledBackTo?: boolean;
  readonly targets: number;
  readonly clusters: readonly ClusterStatus[];
  readonly drifted: readonly string[];
  /** Clusters with objects that others change back or take away as often as they are repaired. */
  readonly contested: readonly string[];
  /** Which addresses are not isolated; none or "": all are. */
  readonly shared?: string;
}

/** Conditions of an AccessPoint, in the order in which a person reads them. */
export function judgeConditions(outcome: Outcome): readonly Judged[] {
  const { refused, unplaced, rollout, clusters, paused } = outcome;
  const failed = rollout?.failure;
  return [
    condition(
      "Accepted",
      refused.length === 0,
      refused[0] ? (refused[0].reason as ReasonOf<"Accepted">) : "Valid",
      describeFindings(refused) || "the specification is valid",
    ),
    condition(
      "Scheduled",
      unplaced.length === 0,
      unplaced[0] ? (unplaced[0].reason as ReasonOf<"Scheduled">) : "Placed",
      describeFindings(unplaced) || `${outcome.targets} targets`,
    ),
    condition(
      "Preflighted",
      refused.length === 0 && rollout?.phase !== "Preflight",
      refused.length === 0 && rollout?.phase !== "Preflight" ? "Passed" : "Failed",
      refused.length === 0 && rollout?.phase !== "Preflight"
        ? "the bundle was rendered and checked for every target"
        : describeFindings([...refused, ...unplaced]),
    ),
    progressing(outcome),
    rollout?.phase === "AwaitingApproval"
      ? condition("AwaitingApproval", true, "GateOpen", rollout.message ?? "")
      : condition("AwaitingApproval", false, "NotAwaited", "no decision is needed now"),
    paused
      ? condition("Paused", true, "Requested", "spec.rollout.paused is set: no further cluster is started")
      : condition("Paused", false, "NotPaused", "spec.rollout.paused is not set"),
    applied(clusters),
    available(clusters),
    driftedOf(outcome),
    degraded(outcome),
    failed ? condition("RolloutCompleted", false, failed.reason, failed.message) : completed(outcome),
  ];
}

const condition = <T extends AccessPointConditionType>(
  type: T,
  status: boolean | "Unknown",
  reason: ReasonOf<T>,
  message: string,
): Judged => ({
  type,
  status: status === "Unknown" ? "Unknown" : status ? "True" : "False",
  reason,
  message,
});

function driftedOf({ drifted, contested }: Outcome): Judged {
  if (contested.length > 0) {
    const message = `objects are changed back, or taken away, as often as they are written again in ${named(contested)}; status.clusters says which`;
    return condition("Drifted", true, "Contested", message);
  }
  if (drifted.length === 0) return condition("Drifted", false, "NoDrift", "no object differs");
  const message = `objects were changed by others in ${named(drifted)}; status.clusters says which`;
  return condition("Drifted", true, "ChangedByOthers", message);
}

function progressing({ refused, rollout }: Outcome): Judged {
  const message = rollout?.message ?? "";
  if (refused.length > 0) return condition("Progressing", false, "Blocked", "the specification is refused; see Accepted");
  switch (rollout?.phase) {
    case "Progressing":
      return condition("Progressing", true, "Rolling", message);
    case "Soaking":
      return condition("Progressing", true, "Soaking", message);
    case "Waiting":
      return condition("Progressing", true, "Waiting", message);
    case "AwaitingApproval":
      return condition("Progressing", true, "AwaitingApproval", message);
    case "Paused":
      return condition("Progressing", false, "Paused", message);
    case "Failed":
      return condition("Progressing", false, "Failed", message);
    case "RollingBack":
      return condition("Progressing", true, "RollingBack", message);
    case "Completed":
      return condition("Progressing", false, "Completed", "there is nothing to do");
    case "Idle":
    case "Preflight":
    case undefined:
      return condition("Progressing", false, "Blocked", message || "the rollout has not begun");
  }
}

function applied(clusters: readonly ClusterStatus[]): Judged {
  const given = clusters.filter(({ revision, phase }) => revision !== undefined && phase !== "Removing");
  const lost = given.filter(({ phase }) => phase === "Unreachable");
  const failing = given.filter(({ phase }) => phase === "Failed");
  const writing = given.filter(({ phase }) => phase === "Applying");
  const problem = failing[0]?.objects?.problems?.[0];
  if (failing.length > 0) {
    return condition(
      "Applied",
      false,
      problem?.state === "Conflict" ? "Conflict" : "ApplyFailed",
      `${names(failing)}: ${failing[0]?.message ?? ""}`,
    );
  }
  if (writing.length > 0) return condition("Applied", false, "Applying", `writing to ${names(writing)}`);
  if (lost.length > 0) return condition("Applied", "Unknown", "ClusterUnreachable", `${names(lost)} cannot be reached`);
  return condition("Applied", true, "AllApplied", `everything is in place in ${counted(given.length, "cluster")}`);
}

function available(clusters: readonly ClusterStatus[]): Judged {
  const given = clusters.filter(({ revision, phase }) => revision !== undefined && phase !== "Removing");
  if (given.length === 0) return condition("Available", false, "NothingDeployed", "no cluster has the AccessPoint yet");
  const lost = given.filter(({ phase }) => phase === "Unreachable");
  const unready = given.filter(({ phase }) => phase !== "Ready" && phase !== "Unreachable");
  if (unready.length > 0)
    return condition(
      "Available",
      false,
      "NotReady",
      `${names(unready)} not ready${unready[0]?.message ? `: ${unready[0].message}` : ""}`,
    );
  if (lost.length > 0) return condition("Available", "Unknown", "ClusterUnreachable", `${names(lost)} cannot be reached`);
  return condition("Available", true, "AllReady", `everything is ready in ${counted(given.length, "cluster")}`);
}

function degraded({ rollout, clusters, shared }: Outcome): Judged {
  if (rollout?.failure)
    return condition("Degraded", true, "RolloutFailed", `${rollout.failure.message}${shared ? `; also: ${shared}` : ""}`);
  if (shared) return condition("Degraded", true, "VIPShared", shared);
  const degrading = clusters.filter(({ phase }) => phase === "Failed");
  if (degrading.length > 0)
    return condition("Degraded", true, "ClusterDegraded", `${names(degrading)}: ${degrading[0]?.message ?? ""}`);
  const wrong = certificatesIn(clusters, ({ state }) => REFUSING.includes(state));
  if (wrong) return condition("Degraded", true, "CertificateUnusable", wrong);
  const ending = certificatesIn(clusters, ({ reason }) => reason === "ExpiresWithin7Days");
  if (ending) return condition("Degraded", true, "CertificateExpiring", ending);
  return condition("Degraded", false, "AsExpected", "no cluster has failed");
}

/** States in which clients are refused. */
const REFUSING: readonly CertificateState[] = ["Expired", "NotYetValid", "Invalid", "Missing"];

/** Where there are such certificates, and what is wrong with the first of them; undefined: nowhere. */
function certificatesIn(
  clusters: readonly ClusterStatus[],
  isMeant: (certificate: CertificateStatus) => boolean,
): string | undefined {
  const given = clusters.filter(({ phase }) => phase !== "Removing" && phase !== "Unreachable");
  const found = given.flatMap((cluster) => {
    const certificate = cluster.certificates?.find(isMeant);
    return certificate ? [{ cluster, certificate }] : [];
  });
  return found[0] && `${names(found.map(({ cluster }) => cluster))}: ${certificateProblem(found[0].certificate)}`;
}

function completed({ refused, rollout, updateRevision, targets, clusters, rolledBackTo }: Outcome): Judged {
  if (refused.length > 0) return condition("RolloutCompleted", false, "NotStarted", "the specification is refused; see Accepted");
  switch (rollout?.phase) {
    case "Completed":
      return condition(
        "RolloutCompleted",
        true,
        "Completed",
        `revision ${updateRevision} is in ${whereIn(clusters, updateRevision, targets)}${rolledBackTo ? "; spec.rollout.rollbackTo is set: templates and overrides as they are now do not count" : ""}`,
      );
    case undefined:
    case "Idle":
    case "Preflight":
      return condition("RolloutCompleted", false, "NotStarted", rollout?.message ?? "the rollout has not begun");
    default:
      return condition("RolloutCompleted", false, "InProgress", rollout?.message ?? "");
  }
}

/** Clusters that somebody left out still have what they had. */
function whereIn(clusters: readonly ClusterStatus[], revision: string | undefined, targets: number): string {
  const skipped = clusters.filter((cluster) => cluster.skipped && cluster.revision !== revision);
  if (skipped.length === 0) return `all ${counted(targets, "target")}`;
  return `${targets - skipped.length} of ${counted(targets, "target")}; left out on request: ${names(skipped)}`;
}

const names = (clusters: readonly ClusterStatus[]): string => named(clusters.map(({ name }) => name));

const named = (all: readonly string[]): string =>
  all.length <= 5 ? all.join(", ") : `${all.slice(0, 5).join(", ")} and ${all.length - 5} more`;

/**
 * Whether a change of status says something that people and scripts wait for, so that it must not be held back: what was given
 * to clusters, where the rollout stands, what the conditions say. Everything else may be written together with what follows.
 */
export function isUrgent(before: AccessPointStatus | undefined, after: AccessPointStatus): boolean {
  const essence = (status: AccessPointStatus | undefined) =>
    JSON.stringify([
      status?.observedGeneration,
      status?.currentRevision,
      status?.updateRevision,
      status?.placement?.selected,
      status?.placement?.zones,
      status?.placement?.following,
      status?.rollout?.phase,
      status?.rollout?.stage,
      status?.rollout?.plan,
      status?.rollout?.answered,
      status?.rollout?.stages?.map(({ gates }) => gates?.map(({ state, by, attempts }) => [state, by, attempts])),
      status?.conditions
        ?.filter(({ type }) => type !== "Applied" && type !== "Available")
        .map(({ type, status, reason }) => [type, status, reason]),
      status?.clusters?.map(({ name, revision, variant, startedAt }) => [name, revision, variant, startedAt]),
    ]);
  return essence(before) !== essence(after);
}
