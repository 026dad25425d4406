import type { Condition } from "../api/meta.ts";
import type { Note } from "./rollout/model.ts";

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

/** Conditions that say what somebody wrote wrong, or what it names and is not there. */
const TOLD = ["Accepted", "Scheduled"];

/** What to tell of conditions that people have to do something about: that they came to be false, why, and that they no longer are. */
export const conditionNotes = (before: readonly Condition[] = [], after: readonly Condition[] = []): readonly Note[] =>
  after
    .filter(({ type }) => TOLD.includes(type))
    .flatMap(({ type, status, reason, message }): Note[] => {
      const old = before.find((condition) => condition.type === type);
      // The placement's message counts clusters; another specification can be refused for the same reason with other words.
      const isSame = old?.status === status && old.reason === reason && (type !== "Accepted" || old.message === message);
      if (isSame || (status !== "False" && old?.status !== "False")) return [];
      return [status === "False" ? { type: "Warning", reason, message } : { type: "Normal", reason, message }];
    });
