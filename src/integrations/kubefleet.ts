import { z } from "zod";
import type { Leader } from "../api/accesspoint.ts";
import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";
import { ownName, type Source, undecided, unreadable } from "./source.ts";

const condition = z.looseObject({ type: z.string(), status: z.string(), observedGeneration: z.int().optional() });

const placement = z.looseObject({
  status: z
    .looseObject({
      conditions: z.array(condition).optional(),
      placementStatuses: z
        .array(z.looseObject({ clusterName: z.string().optional(), conditions: z.array(condition).optional() }))
        .optional(),
    })
    .optional(),
});

/** KubeFleet's ResourcePlacement and ClusterResourcePlacement. */
export const fleetPlacement = ({ apiVersion, kind, name }: Leader): Source => ({ apiVersion, kind, name, names: ownName, read });

/** Where its scheduler put it. What was decided on an earlier generation does not count: it is about to change. */
function read(object: KubeObject): Reading {
  const title = `${object.kind} ${object.metadata.name}`;
  const parsed = placement.safeParse(object);
  if (!parsed.success) return unreadable(`${title} is not as KubeFleet defines it`);
  const { conditions = [], placementStatuses = [] } = parsed.data.status ?? {};
  const scheduled = conditions.find(({ type }) => type === `${object.kind}Scheduled`);
  const stale = scheduled?.observedGeneration !== object.metadata.generation;
  if (!scheduled || stale || scheduled.status === "Unknown") return undecided(`${title} is being scheduled`);
  const clusters = placementStatuses.flatMap(({ clusterName, conditions = [] }) =>
    clusterName && !conditions.some(({ type, status }) => type === "Scheduled" && status === "False") ? [clusterName] : [],
  );
  return clusters.length > 0 ? { state: "Placed", clusters } : undecided(`${title} is not scheduled to any cluster`);
}
