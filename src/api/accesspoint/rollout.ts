import { z } from "zod";
import { cel, listAtomic, listMap, listSet, timestamp } from "../meta.ts";
import { gates } from "./gate.ts";
import { stage, stageStatus } from "./stage.ts";
import { opening, window } from "./window.ts";

export const rollout = z
  .strictObject({
    paused: z.boolean().default(false).describe("A person's pause: no further cluster is started until it is taken back."),
    rollbackTo: z
      .string()
      .max(253)
      .optional()
      .describe(
        "Name of an earlier revision that is rolled out instead of what templates and overrides say, as long as it is set.",
      ),
    stages: z
      .array(stage)
      .max(50)
      .meta(listMap("name"))
      .optional()
      .describe(
        "Stages in order. Default: stage canary with one target (the Primary of the first zone by name) and an Approval after it, then stage rest, one target at a time.",
      ),
    verify: z
      .array(z.enum(["Routes", "Gateways", "Certificates", "Probe"]))
      .max(4)
      .meta(listSet)
      .default(["Routes"])
      .describe(
        "What must be green before a cluster counts as verified. Routes: VirtualServices and DestinationRules are configured. Gateways: every Gateway has an address. Certificates: every certificate that a Gateway names can be used. Probe: every address of every Gateway answers as spec.traffic.probe wants it.",
      ),
    unmatchedClusters: z
      .enum(["Append", "Fail"])
      .default("Append")
      .describe(
        "What happens to clusters that no stage selects. Append: one more stage at the end. Fail: the rollout does not start.",
      ),
    onFailure: z
      .enum(["Pause", "Rollback"])
      .default("Pause")
      .describe(
        "What happens when the rollout fails or is rejected. Pause: everything stays as it is. Rollback: the clusters that it touched return to the revision they had, the last one first.",
      ),
    beforeRemoval: gates()
      .meta(
        cel({
          rule: "self.all(gate, gate.type in ['Approval', 'Wait'])",
          message: "before a removal there are gates of type Approval and Wait",
        }),
      )
      .describe(
        "Gates before clusters that left the placement are cleaned up, which is the last step; of type Approval (a RolloutApproval for stage removal) or Wait. Default: none.",
      ),
    windows: z
      .array(window)
      .max(20)
      .meta(listAtomic)
      .optional()
      .describe(
        "When clusters may be given a new revision: while one of these is open. What was begun goes on outside of them, and so do soaks and gates; rollback, going back and retries are not held. Default: always.",
      ),
  })
  .prefault({})
  .describe("How a change reaches the clusters. Frozen for each rollout when it starts, except for paused and windows.");

export const removalStatus = stageStatus
  .pick({ name: true, phase: true, clusters: true, startedAt: true, completedAt: true, gates: true })
  .describe("The clean-up of clusters that left, as far as gates stand before it; for RolloutApprovals it is stage removal.");

export const rolloutStatus = z.strictObject({
  phase: z
    .enum([
      "Idle",
      "Preflight",
      "Progressing",
      "Soaking",
      "AwaitingApproval",
      "Waiting",
      "Paused",
      "Failed",
      "RollingBack",
      "Completed",
    ])
    .describe("Where the rollout stands."),
  stage: z.string().optional().describe("The stage that it is at."),
  plan: z.string().optional().describe("Digest of templates, overrides and plan."),
  strategy: z.string().optional().describe("Digest of the rules in spec.rollout by which it goes."),
  message: z.string().optional().describe("What it is doing or waiting for."),
  startedAt: timestamp().optional().describe("When it began."),
  completedAt: timestamp().optional().describe("When it ended."),
  failure: z
    .strictObject({
      reason: z
        .enum(["MaxFailuresBreached", "ProgressDeadlineExceeded", "Rejected", "Aborted", "RolledBack"])
        .describe("Why it failed."),
      message: z.string().describe("Why, in a sentence."),
    })
    .optional()
    .describe("Set when it failed."),
  window: opening.optional().describe("The window that is open, or the next one, as long as the rollout is bound to windows."),
  observedAt: timestamp()
    .optional()
    .describe(
      "When the controller last looked, while a soak or a deadline runs; time in which it did not look counts for neither.",
    ),
  onFailure: z.enum(["Pause", "Rollback"]).optional().describe("What happens when it fails, frozen when it began."),
  returned: z
    .array(z.string())
    .optional()
    .describe("Clusters that were given back the revision they had, in that order; set when it is rolled back."),
  verify: z.array(z.string()).optional().describe("What must be green before a cluster counts as verified."),
  stages: z.array(stageStatus).optional().describe("Its stages, frozen when it began."),
  removal: removalStatus.optional(),
  diff: z
    .array(
      z.strictObject({
        stage: z.string().describe("The stage."),
        cluster: z.string().describe("The clusters in which the same changes: lvs-1, or lvs-1 and 11 more."),
        object: z.string().describe("The object, e.g. VirtualService/checkout."),
        summary: z.string().describe("What becomes of it, e.g. /v2 checkout v2 weight 10 → 50."),
      }),
    )
    .optional()
    .describe("What changes against what the clusters had when the rollout began, capped."),
  omittedDiffs: z.int().optional().describe("How many entries of diff were left out."),
  answered: z
    .array(z.string())
    .optional()
    .describe(
      "Requests that were answered and still stand: annotations (stray: they ask for another revision), a pause, a rollbackTo.",
    ),
});

export type RemovalStatus = z.infer<typeof removalStatus>;
export type RolloutStatus = z.infer<typeof rolloutStatus>;
