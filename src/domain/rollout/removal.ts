import type { GateSpec, RemovalStatus, RolloutStatus } from "../../api/accesspoint.ts";
import { type Failure, listed } from "./failure.ts";
import { decideGates, eligible, passed, REMOVAL, rejected, rejectedBy, tendGates } from "./gates.ts";
import type { LeavingView, Observation } from "./model.ts";

/** The last step of a rollout, as far as gates hold it. */
export interface Removal {
  /** For status; absent where nothing is gated. */
  readonly removal?: RemovalStatus;
  /** Clusters that may be cleaned up. */
  readonly allowed: ReadonlySet<string>;
  readonly holds?: { readonly phase: RolloutStatus["phase"]; readonly message: string; readonly wakeAt?: Date };
  readonly failure?: Failure;
}

/**
 * Clusters that left are cleaned up once the gates of spec.rollout.beforeRemoval have passed for them. They are as the
 * specification has them when the first cluster is due; a cluster that leaves later is not among those that were decided on.
 */
export function tendRemoval(rollout: RolloutStatus, left: readonly LeavingView[], seen: Observation): Removal {
  const specs = seen.settings.beforeRemoval ?? [];
  const due = left.filter(({ empty }) => !empty);
  const names = due.map(({ name }) => name);
  if (specs.length === 0) return { allowed: new Set(names) };
  const time = seen.now.toISOString();
  const { removal: before } = rollout;
  if (names.length === 0) {
    if (!before || before.phase === "Completed") return { allowed: new Set(), ...(before ? { removal: before } : {}) };
    return { allowed: new Set(), removal: { ...before, phase: "Completed", completedAt: time } };
  }

  const opened = before && goesOn(before, due) ? before : begin(names, specs, time);
  const decisions = eligible(seen.decisions, seen.revision, rollout).map((decision) => ({ ...decision, gate: "Before" as const }));
  const removal = decideGates(tendGates(opened, "Before", seen.now), "Before", decisions, seen.now);
  const no = rejected(removal);
  if (no) {
    const message = `the removal from ${listed(removal.clusters)} was rejected by ${rejectedBy(no)}`;
    return { removal: { ...removal, phase: "Failed" }, allowed: new Set(), failure: { reason: "Rejected", message } };
  }
  if (passed(removal, "Before")) return { removal: { ...removal, phase: "Progressing" }, allowed: new Set(removal.clusters) };
  return atGate(removal, seen.revision);
}

/** What was opened or decided counts for the clusters that it was about, as long as one of them is to be cleaned up. */
function goesOn(before: RemovalStatus, due: readonly LeavingView[]): boolean {
  if (before.phase === "Completed" || before.phase === "Failed") return false;
  const isMeant = ({ name }: LeavingView) => before.clusters.includes(name);
  return passed(before, "Before") ? due.some((view) => isMeant(view) && view.reach !== "Unreachable") : due.every(isMeant);
}

const begin = (clusters: readonly string[], specs: readonly GateSpec[], time: string): RemovalStatus => ({
  name: REMOVAL,
  phase: "Pending",
  clusters: [...clusters].sort(),
  startedAt: time,
  gates: specs.map(({ type, duration }) => ({ type, when: "Before", state: "Pending", ...(duration ? { duration } : {}) })),
});

function atGate(removal: RemovalStatus, revision: string): Removal {
  const open = (removal.gates ?? []).filter(({ state }) => state === "Waiting");
  const untils = open.flatMap(({ until }) => (until ? [Date.parse(until)] : []));
  const phase = open.some(({ type }) => type === "Approval") ? "AwaitingApproval" : "Waiting";
  const needed =
    phase === "Waiting"
      ? `it waits until ${new Date(Math.max(...untils)).toISOString()}`
      : `revision ${revision} needs a RolloutApproval for stage ${REMOVAL}`;
  return {
    removal: { ...removal, phase },
    allowed: new Set(),
    holds: {
      phase,
      message: `${listed(removal.clusters)} left the placement; before it is cleaned up ${needed}`,
      ...(untils.length > 0 ? { wakeAt: new Date(Math.min(...untils)) } : {}),
    },
  };
}
