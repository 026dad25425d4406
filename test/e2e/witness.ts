import type { ClusterStatus, RolloutStatus } from "../../src/api/accesspoint.ts";
import type { ClusterKind } from "../support/clusters.ts";
import type { HubReport, MemberWrite, WriteRecorder } from "../support/recorder.ts";
import { weightOf } from "./scene.ts";

/**
 * What two API servers tell is not heard in the order in which it came about, when little time was between; those of this process
 * tell before they answer. Milliseconds.
 */
export const lagOf = (kind: ClusterKind): number => (kind === "embedded" ? 0 : 2000);

const isDone = ({ phase }: { readonly phase: string }): boolean => phase === "Completed" || phase === "Skipped";

/** What somebody who sees every status and every write to a member can hold against the controller. Empty when nothing. */
export function violations(recorder: WriteRecorder, namespace: string, lagMs: number): readonly string[] {
  const reports = recorder.reports(namespace);
  const writes = recorder.writes(namespace).filter(({ type, revision }) => type !== "DELETED" && revision !== "");
  return [
    ...unintended(reports, writes, lagMs),
    ...reports.flatMap((report, index) => untimely(report, reports[index - 1], writes, lagMs)),
  ];
}

/** Intent is stored before it is carried out: no revision is in a cluster that status had not given it before. */
const unintended = (reports: readonly HubReport[], writes: readonly MemberWrite[], lagMs: number): readonly string[] =>
  writes
    .filter(
      ({ at, cluster, revision }) =>
        !reports.some((report) => report.at <= at + lagMs && entryOf(report, cluster)?.revision === revision),
    )
    .map(({ title, cluster, revision }) => `${title} of ${revision} was written to ${cluster} before status had given it that`);

/** A cluster is given the revision only after the stages before its own, its gate, and as many of its own stage as it may not pass. */
function untimely(
  report: HubReport,
  before: HubReport | undefined,
  writes: readonly MemberWrite[],
  lagMs: number,
): readonly string[] {
  const { rollout, updateRevision, clusters = [] } = report.accessPoint.status ?? {};
  const given = clusters.filter(
    ({ name, revision, startedAt }) =>
      revision !== undefined && revision === updateRevision && (!before || entryOf(before, name)?.startedAt !== startedAt),
  );
  const isRetry = before?.accessPoint.status?.rollout?.failure !== undefined;
  return given
    .filter(({ name, revision }) => !isRetry && (!before || entryOf(before, name)?.revision !== revision))
    .flatMap((entry) => tooEarly(entry, rollout, clusters, report.at, writes, lagMs));
}

function tooEarly(
  { name, revision }: ClusterStatus,
  rollout: RolloutStatus | undefined,
  clusters: readonly ClusterStatus[],
  at: number,
  writes: readonly MemberWrite[],
  lagMs: number,
): readonly string[] {
  const stages = rollout?.stages ?? [];
  const position = stages.findIndex((stage) => stage.clusters.includes(name));
  const stage = stages[position];
  if (!stage) return [`${name} was given ${revision} and is in no stage`];
  const undone = stages.slice(0, position).filter((earlier) => !isDone(earlier));
  const closed = (stage.gates ?? []).filter(({ when, state }) => when === "Before" && state !== "Passed" && state !== "Skipped");
  const open = stages
    .slice(0, position)
    .flatMap(({ name: on, gates = [] }) => gates.map((gate) => ({ ...gate, on })))
    .filter(({ state }) => state !== "Passed" && state !== "Skipped");
  const inFlight = clusters.filter(
    (entry) => stage.clusters.includes(entry.name) && entry.revision === revision && !entry.verifiedAt && !entry.skipped,
  );
  const late = stages
    .slice(0, position)
    .flatMap((earlier) => earlier.clusters)
    .filter((cluster) => clusters.some((entry) => entry.name === cluster && entry.verifiedAt && entry.revision === revision))
    .filter((cluster) => (firstRoute(writes, cluster, revision!)?.at ?? 0) > at + lagMs);
  return [
    ...undone.map((earlier) => `${name} was given ${revision} while stage ${earlier.name} was ${earlier.phase}`),
    ...[...closed, ...open].map(({ type, state }) => `${name} was given ${revision} while a gate ${type} was ${state}`),
    ...(inFlight.length > stage.maxConcurrency ? [`${inFlight.map((entry) => entry.name).join(", ")} were in flight at once`] : []),
    ...late.map((cluster) => `${name} was given ${revision} before ${cluster}, which was called verified, had it`),
  ];
}

const entryOf = ({ accessPoint }: HubReport, cluster: string): ClusterStatus | undefined =>
  accessPoint.status?.clusters?.find(({ name }) => name === cluster);

const firstRoute = (writes: readonly MemberWrite[], cluster: string, revision: string): MemberWrite | undefined =>
  writes.find((write) => write.cluster === cluster && write.revision === revision && write.title.startsWith("VirtualService/"));

/** The shares of v2 that a cluster's routes had, one after the other; "none" where they went. */
export function historyOf(recorder: WriteRecorder, namespace: string, cluster: string): readonly (number | "none")[] {
  const shares = recorder
    .writes(namespace)
    .filter((write) => write.cluster === cluster && write.title === "VirtualService/checkout")
    .map(({ type, object }) => (type === "DELETED" ? "none" : (weightOf(object) ?? 0)));
  return shares.filter((share, index) => share !== shares[index - 1]);
}
