import type { Toleration } from "../../api/accesspoint.ts";
import type { Taint } from "../../api/membercluster.ts";

/** Whether the toleration covers the taint, as Kubernetes sees it: no key means every key, no effect every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== taint.effect) return false;
  if (toleration.key !== undefined && toleration.key !== taint.key) return false;
  switch (toleration.operator) {
    case "Exists":
      return true;
    case "Equal":
      return toleration.key !== undefined && (toleration.value ?? "") === (taint.value ?? "");
  }
}

/**
 * The taint that keeps an AccessPoint away from a cluster; undefined when there is none.
 *
 * @param carries It is there already: NoSchedule lets it stay, NoExecute does not.
 */
export const repelling = (
  taints: readonly Taint[] = [],
  tolerations: readonly Toleration[] = [],
  carries: boolean,
): Taint | undefined =>
  taints
    .filter((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)))
    .find(({ effect }) => effect === "NoExecute" || !carries);

/** "maintenance=true:NoSchedule", as kubectl writes a taint. */
export const taintText = ({ key, value, effect }: Taint): string => `${key}${value ? `=${value}` : ""}:${effect}`;
