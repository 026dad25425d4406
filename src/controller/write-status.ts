import type { AccessPoint, AccessPointStatus } from "../api/accesspoint.ts";
import { ACCESS_POINTS } from "../api/kinds.ts";
import { isIntent } from "../domain/status.ts";
import type { Requeue } from "../kube/queue.ts";
import type { AccessPointContext } from "./context.ts";
import { replaceStatus } from "./patch.ts";

/**
 * Writes status when it changed and the AccessPoint's budget allows it.
 *
 * @returns when to come back, if it has to; `unstored`: something is intended that is not stored, and nothing may be done that needs it.
 */
export async function writeStatus(
  accessPoint: AccessPoint,
  status: AccessPointStatus,
  { hub, budget }: Pick<AccessPointContext, "hub" | "budget">,
  signal: AbortSignal,
): Promise<(Requeue & { readonly unstored?: true }) | undefined> {
  const { uid = "" } = accessPoint.metadata;
  const before = accessPoint.status;
  const edited = before?.observedGeneration !== status.observedGeneration;
  let intent = false;
  const postpone = () => {
    intent = isIntent(before, status);
    return budget.delay({ uid, status, intent, edited, clusters: status.clusters?.length ?? 0 });
  };
  const soon = await replaceStatus(hub.client, hub.accessPoints, ACCESS_POINTS, accessPoint, status, signal, postpone);
  if (!soon) budget.unchanged(uid);
  return soon && (intent || soon.conflict) ? { ...soon, unstored: true } : soon;
}
