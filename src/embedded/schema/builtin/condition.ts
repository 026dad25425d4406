import { int64, struct, text, time } from "./shapes.ts";

/** A condition as newer kinds have it. */
export const condition = struct(
  "Condition",
  { type: text, status: text, observedGeneration: int64, lastTransitionTime: time, reason: text, message: text },
  ["type", "status", "lastTransitionTime", "reason", "message"],
);
