import type { AccessPoint, AccessPointStatus } from "../api/accesspoint.ts";
import type { ReasonOf } from "../api/conditions.ts";
import { updateConditions } from "./conditions.ts";
import type { Finding } from "./finding.ts";
import { judgeConditions, messageOf } from "./status.ts";
import { cut } from "./text.ts";

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

/** Status of an AccessPoint that the controller failed to look at: everything else that was said of it stays, as it was judged then. */
export function undecidedStatus({ metadata, status }: AccessPoint, mistake: string, now: Date): AccessPointStatus {
  const reason: ReasonOf<"Progressing"> = "InternalError";
  const message = `a mistake of the controller, please report it: ${cut(mistake)}; what clusters have stays as it is`;
  const judged = updateConditions(
    status?.conditions,
    [{ type: "Progressing", status: "False", reason, message }],
    metadata.generation,
    now,
  );
  const others = (status?.conditions ?? []).filter(({ type }) => type !== "Progressing");
  return { ...status, conditions: [...others, ...judged] };
}
