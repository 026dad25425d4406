import { JOBS, UID_LABEL } from "../../api/kinds.ts";
import type { KubeObject, ObjectMeta } from "../../api/resource.ts";
import type { KubeClient } from "../../kube/client.ts";
import { ConflictError, NotFoundError } from "../../kube/errors.ts";
import { jobState } from "./job-state.ts";

/** A Job by its name; undefined where there is none. */
export async function findJob(
  client: KubeClient,
  name: string,
  namespace: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(JOBS, name, namespace, { signal });
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/**
 * Ends a Job of an AccessPoint that nobody waits for any more, and its pods. One that has ended stays for its logs, until its ttl
 * is over.
 *
 * @throws ApiError and the like when it cannot be ended.
 */
export async function endJob(
  client: KubeClient,
  name: string,
  { namespace = "", uid = "" }: Pick<ObjectMeta, "namespace" | "uid">,
  signal: AbortSignal,
): Promise<void> {
  const job = await findJob(client, name, namespace, signal);
  if (job?.metadata.labels?.[UID_LABEL] === uid && jobState(job, name).state === "Running") await remove(client, job, signal);
}

/**
 * Removes every Job that was run for an AccessPoint in one place, of whichever run, and their pods. One request when there is none.
 *
 * @throws ApiError and the like when they cannot be removed.
 */
export async function removeJobs(
  client: KubeClient,
  { namespace = "", uid = "" }: Pick<ObjectMeta, "namespace" | "uid">,
  signal: AbortSignal,
): Promise<void> {
  const labelSelector = `${UID_LABEL}=${uid}`;
  const { items } = await client.list(JOBS, { namespace, labelSelector, metadataOnly: true, signal });
  await Promise.all(items.map((job) => remove(client, job, signal)));
}

async function remove(client: KubeClient, { metadata }: KubeObject, signal: AbortSignal): Promise<void> {
  const preconditions = metadata.uid ? { uid: metadata.uid } : {};
  try {
    await client.delete(JOBS, metadata.name, metadata.namespace, { preconditions, propagationPolicy: "Background", signal });
  } catch (error) {
    // Gone, or replaced by one that is not the one that was seen.
    if (!(error instanceof NotFoundError || error instanceof ConflictError)) throw error;
  }
}
