import type { PodSpec } from "./types.ts";

/** How well a pod is kept when resources get scarce: by what its containers ask for. */
export function qualityOfService({ containers, initContainers = [] }: PodSpec): "BestEffort" | "Burstable" | "Guaranteed" {
  const all = [...(containers ?? []), ...initContainers].map(({ resources: { limits = {}, requests = {} } = {} }) =>
    (["cpu", "memory"] as const).map((name) => ({ limit: limits[name], request: requests[name] })),
  );
  const amounts = all.flat();
  if (amounts.every(({ limit, request }) => limit === undefined && request === undefined)) return "BestEffort";
  return amounts.every(({ limit, request }) => limit !== undefined && limit === request) ? "Guaranteed" : "Burstable";
}
