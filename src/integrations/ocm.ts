import { z } from "zod";
import type { Leader } from "../api/accesspoint.ts";
import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";
import { type Source, undecided, unreadable } from "./source.ts";

const decision = z.looseObject({
  status: z.looseObject({ decisions: z.array(z.looseObject({ clusterName: z.string() })).optional() }).optional(),
});

/** On every PlacementDecision: the Placement that it belongs to. */
const PLACEMENT_LABEL = "cluster.open-cluster-management.io/placement";

/**
 * OCM's PlacementDecision, by its own name; or by the name of its Placement (as kind Placement or PlacementDecision), which then
 * stands for all decisions of that Placement: OCM divides many clusters over several objects.
 */
export const placementDecision = ({ apiVersion, name }: Leader): Source => ({
  apiVersion,
  kind: "PlacementDecision",
  name,
  names: ({ metadata }) => [metadata.name, ...(metadata.labels?.[PLACEMENT_LABEL] ? [metadata.labels[PLACEMENT_LABEL]] : [])],
  read,
});

function read(object: KubeObject): Reading {
  const title = `PlacementDecision ${object.metadata.name}`;
  const parsed = decision.safeParse(object);
  if (!parsed.success) return unreadable(`${title} is not as OCM defines it`);
  const clusters = (parsed.data.status?.decisions ?? []).map(({ clusterName }) => clusterName).filter((name) => name !== "");
  return clusters.length > 0 ? { state: "Placed", clusters } : undecided(`${title} names no cluster`);
}
