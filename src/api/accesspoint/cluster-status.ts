import { z } from "zod";
import { timestamp } from "../meta.ts";

export const objectProblem = z.strictObject({
  kind: z.string().describe("Kind of the object."),
  namespace: z.string().optional().describe("Namespace of the object."),
  name: z.string().describe("Name of the object."),
  state: z.enum(["Failed", "Conflict", "Drifted", "Missing"]).describe("What is wrong."),
  message: z.string().describe("Why, and what to do."),
});

export const clusterStatus = z.strictObject({
  name: z.string().describe("Name of the MemberCluster."),
  zone: z.string().optional().describe("Its availability zone."),
  region: z.string().optional().describe("Its region."),
  stage: z.string().optional().describe("The stage that it belongs to."),
  revision: z.string().optional().describe("The revision that it runs or is being given."),
  variant: z.string().optional().describe("Digest of what this revision renders to for this cluster."),
  previousRevision: z.string().optional().describe("The revision that it ran before this rollout touched it."),
  phase: z.enum(["Pending", "Applying", "Verifying", "Ready", "Failed", "Unreachable", "Removing"]).describe("Where it stands."),
  message: z.string().optional().describe("Why."),
  startedAt: timestamp().optional().describe("When it was given its revision."),
  progressingSince: timestamp()
    .optional()
    .describe("Since when it is on its way to being verified; the progress deadline counts from here."),
  verifiedAt: timestamp().optional().describe("Since when it is verified on its revision without interruption."),
  soakingSince: timestamp()
    .optional()
    .describe("The soak counts from here: verifiedAt, moved on by the time in which nobody watched. Default: verifiedAt."),
  unknownSince: timestamp()
    .optional()
    .describe("Since when the controller has been connecting to it: until it answers its soak stands still."),
  skipped: z.boolean().optional().describe("Left out of this rollout by a person."),
  objects: z
    .strictObject({
      total: z.int().describe("How many objects it is to have."),
      ready: z.int().describe("How many of them are as they should be."),
      problems: z.array(objectProblem).optional().describe("Those that are not, capped."),
      omittedProblems: z.int().optional().describe("How many problems were left out."),
    })
    .optional()
    .describe("Its objects."),
  gateways: z
    .array(
      z.strictObject({
        name: z.string().describe("Name of the Gateway."),
        vips: z.array(z.string()).describe("Addresses under which the bundle's own Services expose it."),
        fqdns: z.array(z.string()).describe("Host names that it serves."),
        state: z
          .enum(["Ready", "Pending", "Unexposed"])
          .describe("Ready: it has an address. Pending: its Service has none yet. Unexposed: no Service of the bundle exposes it."),
        omitted: z.int().optional().describe("How many addresses and host names were left out."),
      }),
    )
    .optional()
    .describe("Its Gateways, capped."),
  omittedGateways: z.int().optional().describe("How many Gateways were left out."),
  routes: z
    .strictObject({
      state: z.enum(["Configured", "Pending", "Invalid", "Unknown"]).describe("Whether the routes are configured."),
      messages: z.array(z.string()).optional().describe("What Istio says of them."),
    })
    .optional()
    .describe("Its routes."),
  lastObservedTime: timestamp().optional().describe("When it last answered; set while it is unreachable."),
});

export type ClusterStatus = z.infer<typeof clusterStatus>;
export type ObjectProblem = z.infer<typeof objectProblem>;
