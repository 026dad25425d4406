/**
 * Gates that ask the world: Webhook, Metric, Job. The engine says which checks are due, and takes their answers in when they
 * come. Only an answer decides: a time that is over makes the check that is due the last one, so that a gate does not fail because
 * nobody was there to ask.
 */
import type { GateResult, GateStatus, RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import { milliseconds } from "../../api/meta.ts";
import type { Member } from "../selection.ts";
import { cut } from "../text.ts";
import { judgeMeasurement } from "./measure.ts";
import type { Check, CheckAnswer } from "./model.ts";

/** After an answer that decides nothing the next one is asked for after 1, 2, 4 … seconds, but at most after so many ms. */
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Answers that are kept of an open gate; of one that is decided the last one stays. */
const KEPT_RESULTS = 3;

export const isCheck = ({ type }: GateStatus): boolean => type === "Webhook" || type === "Metric" || type === "Job";

const timeoutOf = ({ webhook, metric, job }: GateStatus): string => (webhook ?? metric ?? job)?.timeout ?? "0s";

/** When the gate, opened now, is to have passed. */
export const checkDeadline = (gate: GateStatus, now: Date): string =>
  new Date(now.getTime() + milliseconds(timeoutOf(gate))).toISOString();

/** Tells the gate from every other one, and from itself in another run or opened at another time. */
export const checkId = ({ plan, startedAt }: RolloutStatus, stage: string, index: number, { since }: GateStatus): string =>
  [plan, startedAt, stage, index, since].join(" ");

/** Takes the answers to this gate's open check in. */
export function takeIn(gate: GateStatus, id: string, answers: readonly CheckAnswer[], now: Date): GateStatus {
  if (!isCheck(gate) || gate.state !== "Waiting") return gate;
  const attempt = (gate.attempts ?? 0) + 1;
  const answer = answers.find((candidate) => candidate.id === id && candidate.attempt === attempt);
  if (!answer) return gate;
  const { outcome } = answer;
  const { nextAttemptAt: _, message: __, ...rest } = gate;
  if (outcome === "Running") return { ...rest, message: cut(answer.message) };
  const result: GateResult = { time: answer.at.toISOString(), ...judge(gate, { ...answer, outcome }) };
  const successes = (gate.successes ?? 0) + (result.outcome === "Success" ? 1 : 0);
  const failures = (gate.failures ?? 0) + (result.outcome === "Failure" ? 1 : 0);
  const next: GateStatus = {
    ...rest,
    attempts: attempt,
    ...(successes > 0 ? { successes } : {}),
    ...(failures > 0 ? { failures } : {}),
    results: [...(gate.results ?? []), result].slice(-KEPT_RESULTS),
  };
  const { count = 1, failureLimit = 0 } = gate.metric ?? {};
  if (failures > failureLimit)
    return decided(next, "Failed", failureLimit > 0 ? `${failures} failures: ${result.message}` : result.message, now);
  if (successes >= count) return decided(next, "Passed", result.message, now);
  const deadline = Date.parse(gate.deadline ?? "");
  if (!(deadline > now.getTime()))
    return decided(next, "Failed", `it has not passed within ${timeoutOf(gate)}; at last: ${result.message}`, now);
  const pause = Math.max(pauseMs(gate, attempt), answer.retryAfterMs ?? 0);
  return { ...next, nextAttemptAt: new Date(Math.min(now.getTime() + pause, deadline)).toISOString() };
}

type Ended = CheckAnswer & { readonly outcome: Exclude<CheckAnswer["outcome"], "Running"> };

const judge = ({ metric }: GateStatus, { outcome, message, values = [] }: Ended): Omit<GateResult, "time"> => {
  if (outcome !== "Measured") return { outcome, message: cut(message) };
  return metric ? judgeMeasurement(metric, values) : { outcome: "Error", message: "a number, where none was asked for" };
};

const decided = (gate: GateStatus, state: "Passed" | "Failed", message: string, now: Date): GateStatus => ({
  ...gate,
  state,
  decidedAt: now.toISOString(),
  message: cut(message),
  results: gate.results!.slice(-1),
});

const pauseMs = ({ metric }: GateStatus, attempt: number): number =>
  metric ? Math.max(1000, milliseconds(metric.interval)) : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1));

/** When the gate asks next, where that is yet to come; after a clock was set back to before the last answer it asks at once. */
export function nextAttempt(gate: GateStatus, now: Date): Date | undefined {
  if (!isCheck(gate) || gate.state !== "Waiting" || !gate.nextAttemptAt) return undefined;
  const next = new Date(gate.nextAttemptAt);
  return next > now && Date.parse(gate.results?.at(-1)?.time ?? "") <= now.getTime() ? next : undefined;
}

/** What the gates at which the rollout stands ask now. */
export function dueChecks(
  rollout: RolloutStatus | undefined,
  clustersOf: (stage: StageStatus) => readonly Member[],
  paused: boolean,
  now: Date,
): readonly Check[] {
  const stage = rollout?.stages?.find(({ name }) => name === rollout.stage);
  if (!rollout || rollout.failure || !stage || (stage.phase !== "Waiting" && stage.phase !== "AwaitingApproval")) return [];
  return (stage.gates ?? []).flatMap((gate, index) =>
    isCheck(gate) && gate.state === "Waiting" && !nextAttempt(gate, now)
      ? [
          {
            id: checkId(rollout, stage.name, index, gate),
            attempt: (gate.attempts ?? 0) + 1,
            stage: stage.name,
            gate,
            clusters: clustersOf(stage),
            deadline: new Date(gate.deadline ?? now),
            held: paused,
          },
        ]
      : [],
  );
}

/** Where a gate has a Job run. */
export interface JobPlace extends Pick<Check, "id" | "stage"> {
  /** "": the hub. */
  readonly cluster: string;
}

/** Jobs of gates that were open and are not any more, because they were decided or their run has ended: what still runs is of no use. */
export function jobsLeft(before: RolloutStatus | undefined, after: RolloutStatus | undefined): readonly JobPlace[] {
  const open = new Set(openJobs(after).map(({ id }) => id));
  return openJobs(before).filter(({ id }) => !open.has(id));
}

const openJobs = (rollout: RolloutStatus | undefined): readonly JobPlace[] =>
  (rollout?.failure ? [] : (rollout?.stages ?? [])).flatMap(({ name: stage, clusters, gates = [] }) =>
    gates.flatMap((gate, index) => {
      if (!gate.job || gate.state !== "Waiting") return [];
      const id = checkId(rollout!, stage, index, gate);
      return (gate.job.runIn === "Hub" ? [""] : clusters).map((cluster) => ({ id, stage, cluster }));
    }),
  );

/** The gate, to be asked anew after a retry: nothing of what was answered before counts. */
export function reopened(gate: GateStatus, now: Date): GateStatus {
  if (!isCheck(gate) || (gate.state !== "Waiting" && gate.state !== "Failed")) return gate;
  const { type, when, webhook, metric, job } = gate;
  return {
    type,
    when,
    state: "Waiting",
    since: now.toISOString(),
    deadline: checkDeadline(gate, now),
    ...(webhook ? { webhook } : {}),
    ...(metric ? { metric } : {}),
    ...(job ? { job } : {}),
  };
}

/** What an open check waits for, in words. */
export function describeCheck(gate: GateStatus): string {
  const last = gate.results?.at(-1);
  const tally = gate.metric && gate.metric.count > 1 ? `${gate.successes ?? 0} of ${gate.metric.count} successes` : "";
  const at = gate.nextAttemptAt ? `again at ${gate.nextAttemptAt}` : "";
  const said = [tally, gate.message ?? (last && `last answer: ${last.message}`), at].filter(Boolean).join("; ");
  return `the ${gate.type}${said ? ` (${said})` : ""}`;
}
