import { z } from "zod";
import { certificateSummary } from "./accesspoint/certificates.ts";
import { clusterStatus } from "./accesspoint/cluster-status.ts";
import { override } from "./accesspoint/override.ts";
import { placement } from "./accesspoint/placement.ts";
import { placementStatus } from "./accesspoint/placement-status.ts";
import { rollout, rolloutStatus } from "./accesspoint/rollout.ts";
import { sync } from "./accesspoint/sync.ts";
import { template } from "./accesspoint/template.ts";
import { traffic } from "./accesspoint/traffic.ts";
import { cel, conditions, listAtomic, listMap, timestamp } from "./meta.ts";
import type { ObjectMeta } from "./resource.ts";

export type { CertificateStatus, CertificateSummary, CertificatesSpec } from "./accesspoint/certificates.ts";
export type { ClusterStatus, ObjectProblem } from "./accesspoint/cluster-status.ts";
export type { JobGate } from "./accesspoint/gate/job.ts";
export type { MetricGate, Threshold } from "./accesspoint/gate/metric.ts";
export type { WebhookGate } from "./accesspoint/gate/webhook.ts";
export type { GateResult, GateSpec, GateStatus } from "./accesspoint/gate.ts";
export type { Override } from "./accesspoint/override.ts";
export type { Leader, PlacementSpec, Toleration } from "./accesspoint/placement.ts";
export type { FollowingStatus, PlacementStatus } from "./accesspoint/placement-status.ts";
export type { RemovalStatus, RolloutStatus } from "./accesspoint/rollout.ts";
export type { ClusterSelection } from "./accesspoint/selection.ts";
export type { StageSpec, StageStatus } from "./accesspoint/stage.ts";
export type { Sync } from "./accesspoint/sync.ts";
export type { Template } from "./accesspoint/template.ts";
export type { Traffic } from "./accesspoint/traffic.ts";

export const accessPointSpec = z
  .strictObject({
    templates: z.array(template).min(1).max(64).meta(listAtomic).describe("The bundle of objects to deliver."),
    placement: placement.describe(
      "Which clusters the application runs in. Every field that is set narrows; an empty placement selects nothing.",
    ),
    overrides: z
      .array(override)
      .max(200)
      .meta(listMap("name"))
      .optional()
      .describe("Changes for some clusters, in list order; the last one wins."),
    sync,
    traffic: traffic.optional(),
    rollout,
    revisionHistoryLimit: z.int().min(1).max(100).default(10).describe("How many revisions that are in no use are kept."),
  })
  .meta(
    cel({
      rule: "!has(self.rollout) || !has(self.rollout.verify) || !('Probe' in self.rollout.verify) || (has(self.traffic) && has(self.traffic.probe))",
      message: "rollout.verify has Probe, so traffic.probe has to say what is asked",
    }),
  )
  .describe("How an application is reached.");

export const accessPointStatus = z
  .strictObject({
    observedGeneration: z.int().optional().describe("metadata.generation that this status was made from."),
    currentRevision: z.string().optional().describe("The last revision that was rolled out completely."),
    updateRevision: z.string().optional().describe("The revision that is to be everywhere."),
    failedRevision: z
      .string()
      .optional()
      .describe("The revision whose rollout failed; it is not tried again until the spec or a retry asks for it."),
    clustersDesired: z.int().optional().describe("How many targets there are."),
    clustersUpdated: z.int().optional().describe("How many of them run the update revision and are verified."),
    clustersReady: z.int().optional().describe("How many of them are as their revision says."),
    updated: z.string().optional().describe("clustersUpdated/clustersDesired, for the printer column."),
    ready: z.string().optional().describe("clustersReady/clustersDesired, for the printer column."),
    rollout: rolloutStatus.optional().describe("The rollout under way, or the last one."),
    placement: placementStatus.optional().describe("Which clusters are placed, and why the others are not."),
    clusters: z.array(clusterStatus).meta(listMap("name")).optional().describe("Every target, by name."),
    certificates: z
      .array(certificateSummary)
      .optional()
      .describe("Certificates that the Gateways name, over all clusters; the first 16 by name."),
    vip: z.string().optional().describe("The first VIP, and how many others there are, for the printer column."),
    fqdn: z
      .string()
      .optional()
      .describe("The first host name of a Gateway, and how many others there are, for the printer column."),
    routes: z
      .string()
      .optional()
      .describe("Clusters whose routes are configured, of those that have routes, for the printer column."),
    certificateExpiry: timestamp().optional().describe("When the first of all these certificates expires, for the printer column."),
    message: z
      .string()
      .optional()
      .describe("Why it is refused, else what the rollout does or waits for, else what is wrong; for the printer column."),
    conditions: conditions(),
  })
  .describe("What is true; written by the controller alone.");

export type AccessPointSpec = z.output<typeof accessPointSpec>;
export type AccessPointStatus = z.infer<typeof accessPointStatus>;

export interface AccessPoint {
  readonly apiVersion: string;
  readonly kind: "AccessPoint";
  readonly metadata: ObjectMeta;
  readonly spec: AccessPointSpec;
  readonly status?: AccessPointStatus;
}

export const accessPoint = z
  .looseObject({ spec: accessPointSpec, status: accessPointStatus.optional() })
  .describe(
    "How an application is reached: a bundle of Service and Istio objects, the clusters they go to, and the way a change takes.",
  )
  .meta(
    cel({
      rule: "size(self.metadata.name) <= 52",
      message: "an AccessPoint's name has at most 52 characters, because revisions are named <name>-<digest>",
    }),
  );
