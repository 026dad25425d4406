import { z } from "zod";
import { cel, duration, listAtomic, timestamp } from "../meta.ts";

const gate = z
  .strictObject({
    type: z
      .enum(["Approval", "Wait"])
      .describe("Approval: a RolloutApproval for this revision and stage is needed. Wait: time must pass."),
    duration: duration().optional().describe("How long a Wait lasts."),
  })
  .meta(cel({ rule: "(self.type == 'Wait') == has(self.duration)", message: "a Wait needs a duration; an Approval takes none" }))
  .describe("What must happen before the rollout goes on.");

export const gates = () => z.array(gate).max(8).meta(listAtomic).optional();

export const gateStatus = z.strictObject({
  type: z.string().describe("Type of the gate."),
  when: z.enum(["Before", "After"]).describe("On which side of the stage it stands."),
  state: z.enum(["Pending", "Waiting", "Passed", "Rejected", "Skipped"]).describe("Where it stands."),
  duration: z.string().optional().describe("How long a Wait lasts."),
  since: timestamp().optional().describe("Since when it is waiting."),
  until: timestamp().optional().describe("When a Wait ends."),
  decidedAt: timestamp().optional().describe("When it was decided."),
  by: z.string().optional().describe("The RolloutApproval that decided it."),
  message: z.string().optional().describe("Why it was decided so."),
});

export type GateSpec = z.output<typeof gate>;
export type GateStatus = z.infer<typeof gateStatus>;
