import { z } from "zod";
import { NOT_SELECTED_REASONS, type NotSelectedReason } from "../conditions.ts";

export const followingStatus = z.strictObject({
  apiVersion: z.string().describe("API group and version of the object that is followed."),
  kind: z.string().describe("Its kind."),
  name: z.string().describe("Its name."),
  clustersPath: z.string().optional().describe("Where in it the names of clusters stand."),
  discover: z.string().optional().describe("Members: it is looked for in the member clusters."),
  state: z
    .enum(["Following", "Held"])
    .describe("Following: it says where it is placed. Held: it does not, and what it said last still counts."),
  message: z.string().optional().describe("Why it is held."),
  clusters: z.array(z.string()).describe("Where it is placed, as far as known."),
});

export const placementStatus = z.strictObject({
  selected: z.array(z.string()).describe("Clusters that are placed, by name."),
  notSelected: z
    .array(
      z.strictObject({
        reason: z
          .enum(Object.keys(NOT_SELECTED_REASONS) as [NotSelectedReason, ...NotSelectedReason[]])
          .describe("Why not, in one word."),
        count: z.int().describe("How many clusters."),
        clusters: z.array(z.string()).describe("Their names, capped."),
      }),
    )
    .optional()
    .describe("Every member cluster that is neither placed nor the Primary of a zone below, by the reason why."),
  zones: z
    .array(
      z.strictObject({
        name: z.string().describe("Name of the zone."),
        primary: z.string().describe("Its Primary; after a change of roles the earlier one, until the new one is verified."),
      }),
    )
    .optional()
    .describe("Zones of placed clusters, and where their zone-scoped objects are."),
  following: z.array(followingStatus).optional().describe("What spec.placement.follow led to."),
  message: z.string().optional().describe("How the clusters were chosen, where there was a choice."),
});

export type FollowingStatus = z.infer<typeof followingStatus>;
export type PlacementStatus = z.infer<typeof placementStatus>;
