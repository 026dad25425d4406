import type { JobGate } from "../../api/accesspoint.ts";
import {
  API_VERSION,
  FIELD_MANAGER,
  JOBS,
  MANAGED_BY_LABEL,
  OWNER_ANNOTATION,
  REVISION_ANNOTATION,
  UID_LABEL,
} from "../../api/kinds.ts";
import { milliseconds } from "../../api/meta.ts";
import type { KubeObject } from "../../api/resource.ts";
import { digest } from "../../domain/digest.ts";
import type { Check } from "../../domain/rollout/model.ts";
import type { KubeClient } from "../../kube/client.ts";
import { ApiError, ConflictError, ForbiddenError, NotFoundError } from "../../kube/errors.ts";
import type { Answer, Means, Question } from "./ask.ts";

/** Between two looks at a Job that runs. Milliseconds. */
const LOOK_MS = 2000;

type Place = { readonly cluster: string; readonly client: KubeClient | undefined };
type Look = { readonly state: "Complete" | "Failed" | "Running" | "Error"; readonly message: string };

/** Runs the Job where it is to run, or finds it there, and looks how it is doing. */
export async function askJob(question: Question, { hub, member, now, signal }: Means): Promise<Answer> {
  const { check } = question;
  const places: readonly Place[] =
    check.gate.job!.runIn === "Hub"
      ? [{ cluster: "", client: hub }]
      : check.clusters.map(({ name }) => ({ cluster: name, client: member(name) }));
  const looks = await Promise.all(places.map((place) => look(question, place, signal)));
  const found = (state: Look["state"]) => looks.filter((each) => each.state === state).map(({ message }) => message);
  if (found("Failed").length > 0) return { outcome: "Failure", message: found("Failed").join("; ") };
  if (found("Error").length > 0) return { outcome: "Error", message: found("Error").join("; ") };
  if (found("Running").length === 0)
    return { outcome: "Success", message: found("Complete").join("; ") || "no cluster is left to run it in" };
  if (now >= check.deadline) return { outcome: "Error", message: found("Running").join("; ") };
  return { againMs: Math.max(1, Math.min(LOOK_MS, check.deadline.getTime() - now.getTime())) };
}

async function look({ accessPoint, check }: Question, { cluster, client }: Place, signal: AbortSignal): Promise<Look> {
  const { namespace = "", uid = "" } = accessPoint.metadata;
  const name = jobName(accessPoint.metadata.name, uid, check, cluster);
  const title = `Job ${name} in ${cluster || "the hub"}`;
  if (!client) return { state: "Error", message: `${title}: the cluster cannot be reached` };
  try {
    const job = (await find(client, name, namespace, signal)) ?? (await create());
    if (job.metadata.labels?.[UID_LABEL] !== uid) return { state: "Failed", message: `${title} belongs to somebody else` };
    return { ...stateOf(job, title, namespace) };
  } catch (error) {
    if (error instanceof ForbiddenError)
      return {
        state: "Error",
        message: `${title}: the controller may not read and create Jobs there; deploy/gates says how to let it`,
      };
    if (error instanceof ApiError && error.status === 422)
      return { state: "Failed", message: `${title} is refused: ${error.message}` };
    if (error instanceof Error) return { state: "Error", message: `${title}: ${error.message}` };
    throw error;
  }

  async function create(): Promise<KubeObject> {
    const object = jobOf({ accessPoint, check }, name, cluster);
    try {
      return await client!.create(JOBS, object, { fieldManager: FIELD_MANAGER, signal });
    } catch (error) {
      // Created meanwhile, by an earlier run of this controller for example.
      const found = error instanceof ConflictError ? await find(client!, name, namespace, signal) : undefined;
      if (found) return found;
      throw error;
    }
  }
}

async function find(client: KubeClient, name: string, namespace: string, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await client.get(JOBS, name, namespace, { signal });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function stateOf({ metadata, status }: KubeObject, title: string, namespace: string): Look {
  const logs = `its logs: kubectl logs -n ${namespace} job/${metadata.name}`;
  const { conditions } = (status ?? {}) as { readonly conditions?: unknown };
  const holds = (type: string) =>
    (Array.isArray(conditions) ? conditions : []).find((condition) => condition?.type === type && condition.status === "True");
  if (holds("Complete")) return { state: "Complete", message: `${title} is complete; ${logs}` };
  const failed = holds("Failed");
  if (!failed) return { state: "Running", message: `${title} still runs; ${logs}` };
  const why = [failed.reason, failed.message].filter((text) => typeof text === "string" && text).join(": ");
  return { state: "Failed", message: `${title} failed${why ? ` (${why})` : ""}; ${logs}` };
}

/**
 * Removes the Job of a gate, if it is there, and its pods.
 *
 * @throws ApiError and the like when it cannot be removed.
 */
export async function deleteJob(client: KubeClient, name: string, namespace: string, signal: AbortSignal): Promise<void> {
  try {
    await client.delete(JOBS, name, namespace, { propagationPolicy: "Background", signal });
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}

/** Always the same for the same gate in the same place, so that what a crash left is found. */
export function jobName(accessPoint: string, uid: string, { id, stage }: Pick<Check, "id" | "stage">, cluster: string): string {
  const start = `${accessPoint.slice(0, 30)}-${stage.slice(0, 20)}`.replaceAll(".", "-");
  return `${start}-${digest([uid, id, cluster], 10)}`;
}

function jobOf({ accessPoint, check }: Question, name: string, cluster: string): KubeObject {
  const { metadata, status } = accessPoint;
  const { template, timeout, ttl } = check.gate.job! as JobGate;
  const owner = `${metadata.namespace}/${metadata.name}`;
  const variables = [
    { name: "FAP_ACCESSPOINT", value: owner },
    { name: "FAP_REVISION", value: status.updateRevision ?? "" },
    { name: "FAP_STAGE", value: check.stage },
    { name: "FAP_CLUSTERS", value: cluster || check.clusters.map((member) => member.name).join(",") },
  ];
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace: metadata.namespace ?? "",
      labels: { ...template.metadata?.labels, [MANAGED_BY_LABEL]: FIELD_MANAGER, [UID_LABEL]: metadata.uid ?? "" },
      annotations: {
        ...template.metadata?.annotations,
        [OWNER_ANNOTATION]: owner,
        [REVISION_ANNOTATION]: status.updateRevision ?? "",
      },
      ...(cluster
        ? {}
        : {
            ownerReferences: [
              { apiVersion: API_VERSION, kind: "AccessPoint", name: metadata.name, uid: metadata.uid ?? "", controller: true },
            ],
          }),
    },
    spec: {
      activeDeadlineSeconds: seconds(timeout),
      ...withVariables(template.spec, variables),
      ttlSecondsAfterFinished: seconds(ttl),
    },
  };
}

const seconds = (duration: string): number => Math.max(1, Math.ceil(milliseconds(duration) / 1000));

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** The Job's spec with variables for each container; what the template sets itself under these names stays. */
function withVariables(spec: Json, variables: readonly { readonly name: string; readonly value: string }[]): Json {
  const pod = isJson(spec["template"]) ? spec["template"] : {};
  const podSpec = isJson(pod["spec"]) ? pod["spec"] : {};
  const given = (containers: unknown) =>
    Array.isArray(containers)
      ? containers.map((container: unknown) => {
          if (!isJson(container)) return container;
          const env = Array.isArray(container["env"]) ? container["env"] : [];
          const set = new Set(env.map((each: { readonly name?: unknown } | null) => each?.name));
          return { ...container, env: [...variables.filter(({ name }) => !set.has(name)), ...env] };
        })
      : containers;
  const lists = Object.fromEntries(
    ["initContainers", "containers"].filter((list) => list in podSpec).map((list) => [list, given(podSpec[list])]),
  );
  return { ...spec, template: { ...pod, spec: { ...podSpec, ...lists } } };
}
