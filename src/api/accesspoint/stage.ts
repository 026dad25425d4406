import { z } from "zod";
import { duration, labelKey, labelName, timestamp } from "../meta.ts";
import { gateStatus, gates } from "./gate.ts";
import { selecting } from "./selection.ts";

export const stage = z
  .strictObject({
    name: labelName().describe("Name of the stage, unique in the list."),
    ...selecting,
    count: z
      .int()
      .min(1)
      .max(1000)
      .optional()
      .describe("At most so many clusters of those selected, the first in order; the others are left to later stages."),
    sortBy: z
      .strictObject({
        label: labelKey().describe("Key of a label of the MemberClusters."),
        order: z.enum(["Ascending", "Descending"]).default("Ascending").describe("Ascending: the smallest value first."),
      })
      .optional()
      .describe(
        "Order of the clusters inside the stage, by the value of a label: numbers as numbers and before texts, clusters without the label last, equal ones by zone, then name. Default: by zone, then name.",
      ),
    maxConcurrency: z
      .union([z.int().min(1), z.string().regex(/^(100|[1-9][0-9]?)%$/)])
      .default(1)
      .meta({
        "x-kubernetes-int-or-string": true,
        minimum: 1,
        pattern: "^(100|[1-9][0-9]?)%$",
      })
      .describe("How many clusters change at once: a number, or a share of the stage's clusters (rounded down, at least one)."),
    maxFailures: z
      .int()
      .min(0)
      .max(1000)
      .default(0)
      .describe(
        "How many clusters of the stage may fail before the rollout stops. A failed cluster keeps its place, so that only a number below maxConcurrency can be used up.",
      ),
    soak: duration()
      .optional()
      .describe("How long every cluster of the stage must have been verified on this revision, without interruption."),
    progressDeadline: duration()
      .default("10m")
      .describe("A cluster that is not verified so long after it was started, or could not be started, counts as failed."),
    before: gates().describe("Gates before the first cluster of the stage is touched."),
    after: gates().describe("Gates after every cluster of the stage is verified and soaked."),
  })
  .describe("A group of clusters that are updated before the next group is touched.");

export const stageStatus = z.strictObject({
  name: z.string().describe("Name of the stage."),
  phase: z
    .enum(["Pending", "Progressing", "Soaking", "AwaitingApproval", "Waiting", "Completed", "Skipped", "Failed"])
    .describe("Where the stage stands."),
  clusters: z.array(z.string()).describe("Its clusters, in the order in which they are started."),
  stepping: z
    .array(z.string())
    .optional()
    .describe("Those of its clusters that overrides are bound to here: a later stage takes them on to what they end with."),
  maxConcurrency: z.int().describe("How many of them change at once."),
  maxFailures: z.int().describe("How many of them may fail."),
  soak: z.string().optional().describe("How long they must stay verified."),
  progressDeadline: z.string().describe("How long each of them may take."),
  startedAt: timestamp().optional().describe("When its first gate or cluster was begun."),
  stuckSince: timestamp()
    .optional()
    .describe("Since when it waits for nothing but clusters that cannot be reached; time in which nobody watched does not count."),
  soaked: z.boolean().optional().describe("Its clusters have soaked, and are verified since."),
  completedAt: timestamp().optional().describe("When it was done."),
  message: z.string().optional().describe("What it waits for."),
  gates: z.array(gateStatus).optional().describe("Its gates."),
  changes: z
    .strictObject({
      clusters: z.int().describe("In how many of its clusters anything changes."),
      created: z.int().describe("How many objects are created, over all its clusters."),
      updated: z.int().describe("How many are changed."),
      removed: z.int().describe("How many are removed."),
    })
    .optional()
    .describe("What it changes, as planned when the rollout began."),
});

export type StageSpec = z.output<typeof stage>;
export type StageStatus = z.infer<typeof stageStatus>;
