import { z } from "zod";
import { cel, conditions, labelName, objectName, timestamp } from "./meta.ts";
import type { ObjectMeta } from "./resource.ts";

export const rolloutApprovalSpec = z
  .strictObject({
    accessPoint: objectName().describe("Name of the AccessPoint in the same namespace."),
    revision: z
      .string()
      .min(1)
      .max(253)
      .describe("Revision that is decided on, as in status.updateRevision; it counts for no other."),
    stage: labelName().describe("Stage whose gate is decided."),
    gate: z.enum(["Before", "After"]).default("After").describe("Which gate of the stage."),
    decision: z.enum(["Approve", "Reject"]).describe("Approve lets the rollout go on; Reject ends it."),
    reason: z.string().max(1024).optional().describe("Why, for those who read it later, e.g. the build that tested the canary."),
    plan: z
      .string()
      .max(128)
      .optional()
      .describe(
        "Digest of templates, overrides and plan, as in status.rollout.plan; when given, the decision counts for that plan alone.",
      ),
  })
  .describe("The decision. It cannot be changed afterwards: write another RolloutApproval.")
  .meta(cel({ rule: "self == oldSelf", message: "a decision cannot be changed afterwards: create another RolloutApproval" }));

export const rolloutApprovalStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe("metadata.generation that this status was made from."),
    conditions: conditions(),
    plan: z.string().optional().describe("Digest of the plan that the decision was accepted for."),
    acceptedAt: timestamp().optional().describe("When the decision was accepted."),
  })
  .describe("What became of the decision; written by the controller alone.");

export type RolloutApprovalSpec = z.output<typeof rolloutApprovalSpec>;
export type RolloutApprovalStatus = z.infer<typeof rolloutApprovalStatus>;

export interface RolloutApproval {
  readonly apiVersion: string;
  readonly kind: "RolloutApproval";
  readonly metadata: ObjectMeta;
  readonly spec: RolloutApprovalSpec;
  readonly status?: RolloutApprovalStatus;
}

export const rolloutApproval = z
  .looseObject({ spec: rolloutApprovalSpec, status: rolloutApprovalStatus.optional() })
  .describe("One decision at one gate of one rollout. A kind of its own, so that RBAC says who may decide.");
