import { FIELD_MANAGER, JOBS, NAMESPACES, UID_LABEL } from "../../api/kinds.ts";
import type { KubeObject } from "../../api/resource.ts";
import type { KubeClient } from "../../kube/client.ts";
import { ApiError, ConflictError, ForbiddenError } from "../../kube/errors.ts";
import { createNamespace, isNamespaceMissing } from "../../kube/namespace.ts";
import type { Answer, Means, Question } from "./ask.ts";
import { findJob } from "./job-access.ts";
import { jobName, jobOf } from "./job-object.ts";
import { type JobState, jobState } from "./job-state.ts";

/** Between two looks at a Job that runs. Milliseconds. */
const LOOK_MS = 2000;
/** Until a cluster is connected to. Milliseconds. */
const CONNECTING_LOOK_MS = 250;

type Place = { readonly cluster: string; readonly client: ReturnType<Means["member"]> };
type Look = JobState | { readonly state: "Error" | "Connecting"; readonly message: string };

/** Runs the Job where it is to run, or finds it there, and looks how it is doing. */
export async function askJob(question: Question, { hub, member, now, signal }: Means): Promise<Answer> {
  const { check } = question;
  const places: readonly Place[] =
    check.gate.job!.runIn === "Hub"
      ? [{ cluster: "", client: hub }]
      : check.clusters.map(({ name }) => ({ cluster: name, client: member(name) }));
  const looks = await Promise.all(places.map((place) => look(question, place, signal)));
  const found = (state: Look["state"]) => looks.filter((each) => each.state === state).map(({ message }) => message);
  const [failed, wrong, connecting] = [found("Failed"), found("Error"), found("Connecting")] as const;
  const [running, complete] = [found("Running"), found("Complete")] as const;
  if (failed.length > 0) return { outcome: "Failure", message: failed.join("; ") };
  if (wrong.length + connecting.length + running.length === 0)
    return { outcome: "Success", message: complete.join("; ") || "no cluster is left to run it in" };
  const tally = looks.length > 1 ? [`${complete.length} of ${looks.length} complete`] : [];
  const message = [...tally, ...wrong, ...connecting, ...running].join("; ");
  // Nobody was asked yet: that is no answer to the last question, either.
  if (wrong.length === 0 && connecting.length > 0) return { outcome: "Running", message, againMs: CONNECTING_LOOK_MS };
  if (wrong.length > 0 || now >= check.deadline) return { outcome: "Error", message };
  return {
    outcome: "Running",
    message,
    againMs: Math.max(1, Math.min(LOOK_MS, check.deadline.getTime() - now.getTime())),
  };
}

async function look({ accessPoint, check }: Question, { cluster, client }: Place, signal: AbortSignal): Promise<Look> {
  const { namespace = "", uid = "" } = accessPoint.metadata;
  const name = jobName(accessPoint.metadata, { ...check, cluster });
  const where = cluster || "the hub";
  const title = `Job ${namespace}/${name} in ${where}`;
  if (client === "Connecting") return { state: "Connecting", message: `${title}: the cluster is not connected yet` };
  if (!client) return { state: "Error", message: `${title}: the cluster cannot be reached` };
  try {
    const job = (await findJob(client, name, namespace, signal)) ?? (await create(client));
    if (!job)
      return {
        state: "Error",
        message: `${title}: namespace ${namespace} does not exist in ${where}: create it there, or set sync.createNamespace: true`,
      };
    if (job.metadata.labels?.[UID_LABEL] !== uid) return { state: "Failed", message: `${title} belongs to somebody else` };
    return jobState(job, title);
  } catch (error) {
    const lacking = error instanceof ForbiddenError ? lackingRight(error, namespace) : undefined;
    if (lacking) return { state: "Error", message: `${title}: ${lacking}` };
    if (error instanceof ApiError && error.status === 422)
      return { state: "Failed", message: `${title} is refused: ${error.message}` };
    if (error instanceof Error) return { state: "Error", message: `${title}: ${error.message}` };
    throw error;
  }

  /** Undefined where there is no namespace for it. */
  async function create(client: KubeClient): Promise<KubeObject | undefined> {
    const object = jobOf({ accessPoint, check }, name, cluster);
    const attempt = () => client.create(JOBS, object, { fieldManager: FIELD_MANAGER, signal });
    try {
      return await attempt();
    } catch (error) {
      // Created meanwhile, by an earlier run of this controller for example.
      const found = error instanceof ConflictError ? await findJob(client, name, namespace, signal) : undefined;
      if (found) return found;
      if (!isNamespaceMissing(error)) throw error;
    }
    if (!accessPoint.spec.sync.createNamespace) return undefined;
    await createNamespace(client, namespace, signal);
    return attempt();
  }
}

/** Which right is missing, where it is a right: what admission refuses, a quota for example, is forbidden in the same way. */
function lackingRight({ message }: ForbiddenError, namespace: string): string | undefined {
  switch (/ cannot \w+ resource "(\w+)"/.exec(message)?.[1]) {
    case JOBS.plural:
      return "the controller may not read and create Jobs there; deploy/gates says how to let it";
    case NAMESPACES.plural:
      return `the controller may not create namespace ${namespace} there; create it, or see deploy/member`;
    default:
      return undefined;
  }
}
