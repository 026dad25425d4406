import type { KubeObject } from "../../api/resource.ts";
import { counted } from "../../domain/text.ts";
import { list, record } from "../../domain/untrusted.ts";

export interface JobState {
  readonly state: "Complete" | "Failed" | "Running";
  /** Changes only when something does. */
  readonly message: string;
}

/**
 * How a Job is doing, by what its cluster says of it.
 *
 * @param title Begins the message: which Job it is, and where.
 */
export function jobState({ metadata, status }: KubeObject, title: string): JobState {
  const { conditions, startTime, ...pods } = record(status);
  const found = (type: string) =>
    list(conditions)
      .map(record)
      .find((condition) => condition["type"] === type && condition["status"] === "True");
  const logs = `its logs: kubectl logs -n ${metadata.namespace} job/${metadata.name}`;
  if (found("Complete")) return { state: "Complete", message: `${title} is complete; ${logs}` };
  const failed = found("Failed");
  if (failed) return { state: "Failed", message: `${title} failed${why(failed)}; ${logs}` };
  const suspended = found("Suspended");
  if (suspended) return { state: "Running", message: `${title} is suspended${why(suspended)}` };
  if (typeof startTime !== "string")
    return { state: "Running", message: `${title} has not begun since it was created at ${metadata.creationTimestamp}` };
  return { state: "Running", message: `${title} runs since ${startTime}: ${describePods(pods)}` };
}

function why({ reason, message }: Readonly<Record<string, unknown>>): string {
  const said = [reason, message].filter((text) => typeof text === "string" && text);
  return said.length > 0 ? ` (${said.join(": ")})` : "";
}

/** "1 pod active (0 ready), 2 failed": a pod whose image cannot be had is active, and never ready. */
function describePods({ active, ready, failed }: Readonly<Record<string, unknown>>): string {
  const readiness = typeof ready === "number" ? ` (${ready} ready)` : "";
  const failures = typeof failed === "number" && failed > 0 ? `, ${failed} failed` : "";
  return `${counted(typeof active === "number" ? active : 0, "pod")} active${readiness}${failures}`;
}
