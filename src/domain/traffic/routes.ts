import type { ClusterStatus } from "../../api/accesspoint.ts";
import type { Holdings, Standing } from "../delivery.ts";
import { type Desired, objectTitle } from "../manifest.ts";
import { cut } from "../text.ts";

const MAX_MESSAGES = 5;

/** Whether the routes of one cluster are configured, as far as the cluster tells. */
export function routesOf(
  judged: readonly { readonly object: Desired; readonly standing: Standing }[],
  holdings: Holdings,
): NonNullable<ClusterStatus["routes"]> {
  const routes = judged.filter(
    ({ object: { manifest } }) => manifest.kind === "VirtualService" || manifest.kind === "DestinationRule",
  );
  const messages = routes.flatMap(({ object }) =>
    (holdings.get(object.key)?.object.errors ?? []).map((error) => cut(`${objectTitle(object.manifest)}: ${error}`)),
  );
  if (messages.length > 0) return { state: "Invalid", messages: messages.slice(0, MAX_MESSAGES) };
  return { state: routes.every(({ standing: { state } }) => state === "Ready") ? "Configured" : "Pending" };
}
