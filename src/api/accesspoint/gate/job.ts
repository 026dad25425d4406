import { z } from "zod";
import { duration, preserveUnknown } from "../../meta.ts";
import { timeout } from "./outgoing.ts";

export const job = z
  .strictObject({
    template: z
      .strictObject({
        metadata: z
          .strictObject({
            labels: z.record(z.string(), z.string()).optional().describe("Labels of the Job."),
            annotations: z.record(z.string(), z.string()).optional().describe("Annotations of the Job."),
          })
          .optional()
          .describe("Labels and annotations of the Job; its name is made by the controller."),
        spec: z
          .record(z.string(), z.unknown())
          .meta(preserveUnknown)
          .describe("The spec of a batch/v1 Job. Its containers get FAP_ACCESSPOINT, FAP_REVISION, FAP_STAGE and FAP_CLUSTERS."),
      })
      .describe("What is run."),
    runIn: z
      .enum(["Hub", "Clusters"])
      .default("Clusters")
      .describe(
        "Hub: once, on the hub. Clusters: in each cluster of the stage. In the AccessPoint's namespace, and where the controller was given the right to create Jobs.",
      ),
    timeout: timeout("30m"),
    ttl: duration().default("1h").describe("How long a Job that has finished is kept."),
  })
  .describe("Runs a Job: passes when it is complete, everywhere; fails when it failed anywhere.");

export type JobGate = z.output<typeof job>;
