import { JOBS } from "../../src/api/kinds.ts";
import type { KubeClient } from "../../src/kube/client.ts";
import type { KubeObject } from "../../src/kube/resource.ts";

/** Ends a Job as the Job controller of a cluster with kubelets would; nobody runs pods here. */
export async function endJob(client: KubeClient, { metadata }: KubeObject, end: "Complete" | "Failed"): Promise<void> {
  const time = new Date().toISOString().replace(/\.\d+Z/, "Z");
  const isComplete = end === "Complete";
  const status = {
    startTime: time,
    ...(isComplete ? { completionTime: time, succeeded: 1 } : { failed: 1 }),
    conditions: (isComplete ? ["SuccessCriteriaMet", "Complete"] : ["FailureTarget", "Failed"]).map((type) => ({
      type,
      status: "True",
      reason: isComplete ? "CompletionsReached" : "BackoffLimitExceeded",
      message: isComplete ? "" : "Job has reached the specified backoff limit",
      lastTransitionTime: time,
      lastProbeTime: time,
    })),
  };
  await client.patch(JOBS, metadata.name, metadata.namespace, { status }, "merge", { subresource: "status" });
}
