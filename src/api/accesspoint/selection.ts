import { z } from "zod";
import { labelName, labelSelector, listSet, objectName } from "../meta.ts";

/**
 * The fields that select clusters, the same in placement, overrides and stages: each one narrows, none of them selects by itself. A
 * list without entries narrows a placement to nothing, and is as good as none in overrides and stages.
 */
export const selecting = {
  clusters: z.array(objectName()).max(1000).meta(listSet).optional().describe("Names of MemberClusters."),
  clusterSelector: labelSelector.optional().describe("Labels of MemberClusters."),
  zones: z.array(labelName()).max(200).meta(listSet).optional().describe("Availability zones."),
  regions: z.array(labelName()).max(100).meta(listSet).optional().describe("Regions."),
};

const clusterSelection = z.strictObject(selecting);
/** Who is meant: every field that is set must match. */
export type ClusterSelection = z.infer<typeof clusterSelection>;
