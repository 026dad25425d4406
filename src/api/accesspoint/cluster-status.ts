import { z } from "zod";
import { timestamp } from "../meta.ts";
import { certificateStatus } from "./certificates.ts";

export const objectProblem = z.strictObject({
  kind: z.string().describe("Kind of the object."),
  namespace: z.string().optional().describe("Namespace of the object."),
  name: z.string().describe("Name of the object."),
  state: z.enum(["Failed", "Conflict", "Drifted", "Missing"]).describe("What is wrong."),
  message: z.string().describe("Why, and what to do."),
  fields: z
    .array(
      z.strictObject({
        path: z.string().describe("The field, e.g. spec.http[0].route[0].weight."),
        manager: z.string().optional().describe("Field manager that has it now, as far as the API server knows."),
        time: z.string().optional().describe("When that manager last wrote."),
      }),
    )
    .optional()
    .describe("Fields that differ, capped."),
  omittedFields: z.int().optional().describe("How many fields were left out."),
});

const gatewayPath = z.strictObject({
  vip: z.string().optional().describe("IPv4 or IPv6 address, or host name. Absent: the Service has none yet."),
  service: z.string().describe("namespace/name of the Service."),
  healthy: z
    .boolean()
    .optional()
    .describe(
      "False: traffic sent there fails, as no pod is ready or the probe says so. True: the probe succeeds. Absent: not known.",
    ),
  since: timestamp().optional().describe("Since when the probe says so."),
  message: z.string().optional().describe("Why it is not healthy, or not known to be."),
});

export const clusterStatus = z.strictObject({
  name: z.string().describe("Name of the MemberCluster."),
  zone: z.string().optional().describe("Its availability zone."),
  region: z.string().optional().describe("Its region."),
  stage: z.string().optional().describe("The stage that it is in."),
  revision: z.string().optional().describe("The revision that it runs or is being given."),
  variant: z.string().optional().describe("Digest of what this revision renders to for this cluster."),
  variantStage: z
    .string()
    .optional()
    .describe("The stage whose overrides it has on its way; not set once it has what it ends with."),
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
        vips: z.array(z.string()).describe("Addresses under which it is reached: those of the Services that count."),
        fqdns: z.array(z.string()).describe("Host names that it serves, and those that NameServices give it."),
        ports: z
          .array(z.int())
          .optional()
          .describe("Ports that its servers listen on, in the revision that the cluster has. Absent: not told."),
        state: z
          .enum(["Ready", "Pending", "Degraded", "Unexposed", "Ambiguous", "Unknown"])
          .describe(
            "Ready: it has an address. Pending: its Service has none yet. Degraded: traffic to its address fails, in part or altogether. Unexposed: no Service exposes it. Ambiguous: several do, and nobody said which count. Unknown: that cannot be read.",
          ),
        reason: z.string().optional().describe("Why, in one CamelCase word from the documented list."),
        message: z.string().optional().describe("Why, and what to do."),
        paths: z
          .array(gatewayPath)
          .optional()
          .describe("Every way to it, one entry an address of a Service; in state Ambiguous those of all Services."),
        omitted: z.int().optional().describe("How many addresses, host names and paths were left out."),
      }),
    )
    .optional()
    .describe("Its Gateways, capped."),
  omittedGateways: z.int().optional().describe("How many Gateways were left out."),
  certificates: z.array(certificateStatus).optional().describe("Certificates that its Gateways name, capped."),
  omittedCertificates: z.int().optional().describe("How many certificates were left out."),
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
