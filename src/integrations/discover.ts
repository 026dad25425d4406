import { z } from "zod";
import type { Leader } from "../api/accesspoint.ts";
import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";

/** How a workload stands in one cluster. */
export type Presence =
  /** It has at least one ready replica, or is of a kind without replicas. */
  | "Running"
  /** It is there and has nothing ready. */
  | "Starting"
  /** It is there with no replica to run, or is not there. */
  | "Absent"
  /** The cluster does not serve its kind. */
  | "Unserved"
  /** The hub may not, or cannot, read its kind there. */
  | "Unreadable"
  /** Nobody can say now. */
  | "Unknown";

const workload = z.looseObject({
  spec: z.looseObject({ replicas: z.int().optional() }).optional(),
  status: z
    .looseObject({
      readyReplicas: z.int().optional(),
      numberReady: z.int().optional(),
      desiredNumberScheduled: z.int().optional(),
    })
    .optional(),
});

/** Kinds whose status counts what is ready; of others it is enough that they exist. */
const COUNTED = ["Deployment", "StatefulSet", "ReplicaSet", "DaemonSet", "ReplicationController", "Rollout"];

export function presenceOf(object: KubeObject): Presence {
  if (object.metadata.deletionTimestamp) return "Absent";
  const { spec, status } = workload.parse(object);
  if (spec?.replicas === 0) return "Absent";
  if (!COUNTED.includes(object.kind)) return "Running";
  return (status?.readyReplicas ?? status?.numberReady ?? 0) > 0 ? "Running" : "Starting";
}

/**
 * A cluster is joined when the workload runs there, and left when the workload is gone from there: one that is restarting, or a
 * cluster that does not answer, changes nothing.
 *
 * @param seen Every registered cluster.
 * @param before Where it was placed so far.
 */
export function whereItRuns(
  { apiVersion, kind, name }: Leader,
  seen: ReadonlyMap<string, Presence>,
  before: readonly string[],
): Reading {
  const clusters = [...seen]
    .filter(([cluster, presence]) => presence === "Running" || (presence !== "Absent" && before.includes(cluster)))
    .map(([cluster]) => cluster)
    .sort();
  if (clusters.length > 0) return { state: "Placed", clusters };
  const those = (wanted: Presence) => [...seen].filter(([, presence]) => presence === wanted).map(([cluster]) => cluster);
  if (those("Unknown").length > 0 || seen.size === 0) return { state: "Loading" };
  const [unserved, unreadable] = [those("Unserved"), those("Unreadable")];
  if (unserved.length === seen.size)
    return { state: "LeaderKindMissing", message: `no member cluster serves ${kind} (${apiVersion})` };
  if (unreadable.length > 0)
    return { state: "LeaderUnreadable", message: `${kind} (${apiVersion}) cannot be read in ${unreadable.slice(0, 5).join(", ")}` };
  return { state: "LeaderNotFound", message: `${kind} ${name} runs in no member cluster` };
}
