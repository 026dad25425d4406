import type { Condition } from "../api/meta.ts";

/** A condition without what is derived from the one before it. */
export type Judged = Pick<Condition, "type" | "status" | "reason" | "message">;

/** The new list of conditions: a time changes only with the status, so that an unchanged object is an unchanged list. */
export function updateConditions(
  before: readonly Condition[] | undefined,
  judged: readonly Judged[],
  generation: number | undefined,
  now: Date,
): Condition[] {
  return judged.map((condition) => {
    const old = before?.find(({ type }) => type === condition.type);
    return {
      ...condition,
      ...(generation === undefined ? {} : { observedGeneration: generation }),
      lastTransitionTime: old?.status === condition.status ? old.lastTransitionTime : now.toISOString(),
    };
  });
}
