import type { KubeConfig } from "@kubernetes/client-node";
import type { AccessPoint } from "../api/accesspoint.ts";
import { ACCESS_POINTS } from "../api/kinds.ts";
import { createClient } from "../kube/client.ts";
import { ApiError, NotFoundError, UnreachableError } from "../kube/errors.ts";

export interface WaitOptions {
  readonly hub: KubeConfig;
  readonly namespace: string;
  readonly name: string;
  /** Condition that is waited for; a rollout that completes meets AwaitingApproval, too, because nothing is left to approve. */
  readonly condition: "AwaitingApproval" | "RolloutCompleted";
  readonly timeoutMs: number;
  readonly print: (line: string) => void;
}

/** What became of it; the number is the exit code of `fap wait`. */
export const OUTCOMES = { met: 0, failed: 1, timeout: 3 } as const;

const LOOK_MS = 500;

/** Reasons of RolloutCompleted=False that are final. */
const FINAL = ["MaxFailuresBreached", "ProgressDeadlineExceeded", "Rejected", "RolledBack", "Aborted"];

/**
 * `fap wait`: until the condition holds for the specification as it is now, or cannot come to hold any more. Says what goes on.
 *
 * @throws ApiError when the AccessPoint does not exist or may not be read.
 */
export async function waitFor({ hub, namespace, name, condition, timeoutMs, print }: WaitOptions): Promise<keyof typeof OUTCOMES> {
  const client = createClient(hub, { userAgent: "fap-wait" });
  const deadline = performance.now() + timeoutMs;
  let said = "";
  try {
    while (performance.now() < deadline) {
      const { outcome, message } = judge(await read(), condition);
      if (message !== said) print(message);
      said = message;
      if (outcome) return outcome;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    print(`not within ${Math.round(timeoutMs / 1000)} s`);
    return "timeout";
  } finally {
    await client.close();
  }

  async function read(): Promise<AccessPoint | undefined> {
    try {
      return (await client.get(ACCESS_POINTS, name, namespace)) as unknown as AccessPoint;
    } catch (error) {
      if (error instanceof NotFoundError || (error instanceof ApiError && error.status < 500 && error.status !== 429)) throw error;
      if (error instanceof ApiError || error instanceof UnreachableError) return undefined;
      throw error;
    }
  }
}

/** Where an AccessPoint stands, for somebody who waits. */
export function judge(
  accessPoint: AccessPoint | undefined,
  wanted: WaitOptions["condition"],
): { readonly outcome?: keyof typeof OUTCOMES; readonly message: string } {
  if (!accessPoint) return { message: "the hub does not answer" };
  const { metadata, status } = accessPoint;
  const current = (status?.conditions ?? []).filter(({ observedGeneration }) => observedGeneration === metadata.generation);
  const find = (type: string) => current.find((condition) => condition.type === type);
  const [accepted, completed, awaited] = [find("Accepted"), find("RolloutCompleted"), find(wanted)];
  if (!completed) return { message: "the controller has not seen this specification yet" };
  if (accepted?.status === "False") return { outcome: "failed", message: `refused: ${accepted.reason}: ${accepted.message}` };
  if (completed.status === "False" && FINAL.includes(completed.reason))
    return { outcome: "failed", message: `failed: ${completed.reason}: ${completed.message}` };
  if (awaited?.status === "True") return { outcome: "met", message: awaited.message };
  if (completed.status === "True") return { outcome: "met", message: completed.message };
  return { message: `${status?.rollout?.phase ?? ""} ${status?.updated ?? ""}: ${completed.message}`.trim() };
}
