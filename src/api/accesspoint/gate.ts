import { z } from "zod";
import { cel, duration, listAtomic, timestamp } from "../meta.ts";
import { job } from "./gate/job.ts";
import { METRIC_RULES, metric } from "./gate/metric.ts";
import { webhook } from "./gate/webhook.ts";

const only = (type: string, field: string) => ({
  rule: `(self.type == '${type}') == has(self.${field})`,
  message: `${field} is set exactly when type is ${type}`,
});

/** What the type needs; kept with a run as it was when the run began. */
const settings = {
  duration: duration().optional().describe("How long a Wait lasts."),
  webhook: webhook.optional(),
  metric: metric.optional(),
  job: job.optional(),
};

const gate = z
  .strictObject({
    type: z
      .enum(["Approval", "Wait", "Webhook", "Metric", "Job"])
      .describe(
        "Approval: a RolloutApproval for this revision and stage is needed. Wait: time must pass. Webhook: a server is asked. Metric: numbers are measured. Job: a batch/v1 Job must complete.",
      ),
    ...settings,
  })
  .meta(
    cel(
      { rule: "(self.type == 'Wait') == has(self.duration)", message: "a Wait needs a duration; the others take none" },
      only("Webhook", "webhook"),
      only("Metric", "metric"),
      only("Job", "job"),
      ...METRIC_RULES,
    ),
  )
  .describe("What must happen before the rollout goes on.");

export const gates = () => z.array(gate).max(8).meta(listAtomic).optional();

const gateResult = z.strictObject({
  time: timestamp().describe("When the check ended."),
  outcome: z
    .enum(["Success", "Failure", "Inconclusive", "Error"])
    .describe("Inconclusive: the answer decides nothing. Error: there was no answer that could be used."),
  message: z.string().describe("What was answered."),
  values: z
    .array(
      z.strictObject({
        cluster: z.string().optional().describe("The cluster that was measured, for a query that names it."),
        value: z.string().describe("The number."),
      }),
    )
    .optional()
    .describe("What was measured, the worst first, capped."),
});

export const gateStatus = z.strictObject({
  type: z.string().describe("Type of the gate."),
  when: z.enum(["Before", "After"]).describe("On which side of the stage it stands."),
  state: z.enum(["Pending", "Waiting", "Passed", "Rejected", "Failed", "Skipped"]).describe("Where it stands."),
  since: timestamp().optional().describe("Since when it is waiting."),
  until: timestamp().optional().describe("When a Wait ends."),
  deadline: timestamp().optional().describe("When a check that has not passed by then fails."),
  attempts: z.int().optional().describe("How many checks were answered."),
  successes: z.int().optional().describe("How many of them succeeded."),
  failures: z.int().optional().describe("How many of them failed."),
  nextAttemptAt: timestamp().optional().describe("When the next check is due."),
  results: z.array(gateResult).optional().describe("The last answers."),
  decidedAt: timestamp().optional().describe("When it was decided."),
  by: z.string().optional().describe("The RolloutApproval that decided it."),
  message: z.string().optional().describe("Why it was decided so; of a Job that runs, where, and how it is doing."),
  ...settings,
});

export type GateSpec = z.output<typeof gate>;
export type GateStatus = z.infer<typeof gateStatus>;
export type GateResult = z.infer<typeof gateResult>;
