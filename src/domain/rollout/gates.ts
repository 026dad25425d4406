import type { GateStatus, RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { milliseconds } from "../../api/meta.ts";
import { compare } from "../selection.ts";
import { checkDeadline, checkId, isCheck, takeIn } from "./checks.ts";
import type { CheckAnswer, Decision, Verdict } from "./model.ts";

type When = "Before" | "After";

/** What gates stand at: a stage, or the removal. */
type Gated = Pick<StageStatus, "name" | "gates">;

/** For RolloutApprovals, the name of the last step: it has gates before it only. */
export const REMOVAL = "removal";

/** Everything in a rollout that gates stand at. */
export const gatedOf = ({ stages = [], removal }: RolloutStatus): readonly Gated[] => [...stages, ...(removal ? [removal] : [])];

export const gatesOf = (stage: Gated, when: When): readonly GateStatus[] =>
  (stage.gates ?? []).filter((gate) => gate.when === when);

/** Whether nothing of this side of the stage holds the rollout. */
export const passed = (stage: Gated, when: When): boolean =>
  gatesOf(stage, when).every(({ state }) => state === "Passed" || state === "Skipped");

/** The gate that ended the rollout: rejected by a person, or failed by its checks. */
export const rejected = (stage: Gated): GateStatus | undefined =>
  stage.gates?.find(({ state }) => state === "Rejected" || state === "Failed");

/** "RolloutApproval no: too slow (written by kubectl-create)". */
export const rejectedBy = ({ by, message }: Pick<GateStatus, "by" | "message">): string => {
  const because = message?.startsWith("(") ? ` ${message}` : message ? `: ${message}` : "";
  return `RolloutApproval ${by}${because}`;
};

const isOpen = ({ state }: GateStatus): boolean => state === "Pending" || state === "Waiting";

/** The stage with one side's gates changed. */
const withGates = <S extends Gated>(stage: S, when: When, change: (gate: GateStatus, index: number) => GateStatus): S =>
  stage.gates ? { ...stage, gates: stage.gates.map((gate, index) => (gate.when === when ? change(gate, index) : gate)) } : stage;

/** Marks gates that do not count in this run. */
export const skipGates = (stage: StageStatus, message: string): StageStatus =>
  stage.gates
    ? {
        ...stage,
        gates: stage.gates.map((gate) => (gate.state === "Pending" ? { ...gate, state: "Skipped" as const, message } : gate)),
      }
    : stage;

/** Opens the gates of one side, and lets those pass whose time has come. */
export function tendGates<S extends Gated>(stage: S, when: When, now: Date): S {
  return withGates(stage, when, (gate) => {
    const opened: GateStatus =
      gate.state === "Pending"
        ? {
            ...gate,
            state: "Waiting",
            since: now.toISOString(),
            ...(gate.duration ? { until: new Date(now.getTime() + milliseconds(gate.duration)).toISOString() } : {}),
            ...(isCheck(gate) ? { deadline: checkDeadline(gate, now) } : {}),
          }
        : gate;
    const over = opened.state === "Waiting" && opened.until !== undefined && Date.parse(opened.until) <= now.getTime();
    return over ? { ...opened, state: "Passed", decidedAt: now.toISOString() } : opened;
  });
}

/** Takes answers in to the checks of one side's gates. */
export const answerGates = (
  stage: StageStatus,
  when: When,
  rollout: RolloutStatus,
  answers: readonly CheckAnswer[],
  now: Date,
): StageStatus => withGates(stage, when, (gate, index) => takeIn(gate, checkId(rollout, stage.name, index, gate), answers, now));

/** Who says no before the gate is reached need not wait for it. */
export function rejectEarly(stage: StageStatus, when: When, decisions: readonly Decision[], now: Date): StageStatus {
  const no = decisions.filter(({ decision }) => decision === "Reject");
  const isPending = ({ type, state }: GateStatus) => type === "Approval" && state === "Pending";
  if (no.length === 0 || !gatesOf(stage, when).some(isPending)) return stage;
  const opened = withGates(stage, when, (gate) =>
    isPending(gate) ? { ...gate, state: "Waiting" as const, since: now.toISOString() } : gate,
  );
  const decided = decideGates(opened, when, no, now);
  return rejected(decided) ? decided : stage;
}

/** Puts decisions to the gates that wait for one, the oldest first, each to one gate; one that was put there stays. */
export function decideGates<S extends Gated>(stage: S, when: When, decisions: readonly Decision[], now: Date): S {
  const used = new Set(gatesOf(stage, when).map(({ by }) => by));
  const left = decisions.filter(({ name, stage: on, gate }) => on === stage.name && gate === when && !used.has(name));
  return withGates(stage, when, (gate) => {
    if (gate.type !== "Approval" || gate.state !== "Waiting") return gate;
    const decision = left.shift();
    if (!decision) return gate;
    return {
      ...gate,
      state: decision.decision === "Approve" ? "Passed" : "Rejected",
      decidedAt: now.toISOString(),
      by: decision.name,
      message: [decision.reason, decision.by && `(written by ${decision.by})`].filter(Boolean).join(" "),
    };
  });
}

/** Decisions that may count for this run: for its revision and plan, and neither refused nor used before. */
export function eligible(decisions: readonly Decision[], revision: string, rollout: RolloutStatus): readonly Decision[] {
  return decisions
    .filter((decision) => decision.revision === revision && !decision.refused)
    .filter((decision) => decision.plan === undefined || decision.plan === rollout.plan)
    .filter((decision) => decision.acceptedFor === undefined)
    .toSorted((a, b) => compare(a.createdAt, b.createdAt) || compare(a.name, b.name));
}

/** What to answer to those who wrote the decisions. What was said before as final stays as it is and is not repeated. */
export function judge(decisions: readonly Decision[], revision: string, rollout: RolloutStatus): readonly Verdict[] {
  return decisions
    .filter(({ refused, acceptedFor }) => !refused && acceptedFor === undefined)
    .map((decision) => ({ name: decision.name, ...verdict(decision, revision, rollout) }));
}

function verdict(decision: Decision, revision: string, rollout: RolloutStatus): Omit<Verdict, "name"> {
  const refuse = (reason: Verdict["reason"], message: string) => ({ status: "False" as const, reason, message });
  if (decision.revision !== revision) {
    return refuse(
      "StaleRevision",
      `it decides on revision ${decision.revision}, but ${revision} is being rolled out (status.updateRevision)`,
    );
  }
  if (decision.plan !== undefined && decision.plan !== rollout.plan) {
    return refuse("StalePlan", `it decides on plan ${decision.plan}, but the plan is ${rollout.plan} (status.rollout.plan)`);
  }
  const stages = gatedOf(rollout);
  const stage = stages.find(({ name }) => name === decision.stage);
  if (!stage && decision.stage === REMOVAL)
    return refuse("UnknownStage", "nothing waits to be removed now: decide when status.rollout.removal says from which clusters");
  if (!stage)
    return refuse("UnknownStage", `there is no stage ${decision.stage}; there is ${stages.map(({ name }) => name).join(", ")}`);
  const side = stage.name === REMOVAL ? "Before" : decision.gate;
  const gates = gatesOf(stage, side).filter(({ type }) => type === "Approval");
  if (gates.length === 0) {
    return refuse("NoSuchGate", `no Approval stands ${side.toLowerCase()} stage ${stage.name}; check spec.gate`);
  }
  if (gates.some(({ by }) => by === decision.name)) {
    const effect = decision.decision === "Approve" ? "lets the rollout go on" : "ends the rollout";
    return {
      status: "True",
      reason: "Accepted",
      message: `it ${effect} at the gate ${side.toLowerCase()} stage ${stage.name}`,
    };
  }
  const decided = gates.findLast(({ state }) => state === "Passed" || state === "Rejected");
  if (decided && !gates.some(isOpen))
    return refuse("AlreadyDecided", `the gate was decided by RolloutApproval ${decided.by ?? "unknown"} at ${decided.decidedAt}`);
  if (rollout.phase === "Completed" || rollout.failure || gates.every(({ state }) => state === "Skipped")) {
    return refuse("RolloutEnded", `the rollout of ${revision} needs no decision here: it is ${rollout.phase}`);
  }
  return {
    status: "Unknown",
    reason: "NotYetReached",
    message: `it will count when the rollout reaches this gate; now it is at stage ${rollout.stage ?? stages[0]?.name}`,
  };
}
