import type { AccessPoint, AccessPointStatus } from "../api/accesspoint.ts";
import { updateConditions } from "./conditions.ts";
import type { Finding } from "./finding.ts";
import { judgeConditions, messageOf } from "./status.ts";

/** Status of an AccessPoint whose specification does not even fit the schema: what was reported of the clusters stays. */
export function refusedStatus({ metadata, status }: AccessPoint, refused: readonly Finding[], now: Date): AccessPointStatus {
  const { generation } = metadata;
  const judged = judgeConditions({
    refused,
    unplaced: [],
    rollout: status?.rollout,
    updateRevision: status?.updateRevision,
    paused: false,
    targets: status?.clustersDesired ?? 0,
    clusters: status?.clusters ?? [],
    drifted: [],
    contested: [],
  });
  const message = messageOf(status?.rollout, judged);
  return {
    ...status,
    ...(message ? { message } : {}),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: updateConditions(status?.conditions, judged, generation, now),
  };
}
