import jsonPatch from "fast-json-patch";
import { FIELD_MANAGER } from "../api/kinds.ts";
import type { KubeObject, ObjectMeta, Resource } from "../api/resource.ts";
import type { KubeClient } from "../kube/client.ts";
import { ConflictError, NotFoundError } from "../kube/errors.ts";
import type { Requeue } from "../kube/queue.ts";
import type { Reflector } from "../kube/reflector.ts";

interface WithStatus {
  readonly metadata: ObjectMeta;
  readonly status?: object;
}

/** After a conflict the newer object is on its way through the watch; this is how long to wait at most. Milliseconds. */
const AFTER_CONFLICT_MS = 500;

/**
 * Writes an object's status, as the difference to what it was, based on the version that was decided on: somebody else's change
 * in between makes it fail, so that nothing is decided on old data.
 *
 * @param postpone Asked when there is something to write: for how many milliseconds it can wait.
 * @returns When to come back because it was not written; undefined when status is as it should be.
 */
export async function replaceStatus<T extends WithStatus>(
  client: KubeClient,
  cache: Reflector<T>,
  resource: Resource,
  object: T,
  status: object,
  signal: AbortSignal,
  postpone: () => number = () => 0,
): Promise<(Requeue & { readonly conflict?: true }) | undefined> {
  const before = object.status;
  // A round trip through JSON drops members that are undefined, as the API server does.
  const after = JSON.parse(JSON.stringify(status)) as object;
  const changes = before
    ? jsonPatch.compare(before, after).map((operation) => ({ ...operation, path: `/status${operation.path}` }))
    : [{ op: "add", path: "/status", value: after }];
  if (changes.length === 0) return undefined;
  const delayMs = postpone();
  if (delayMs > 0) return { requeueAfterMs: delayMs };
  const { name, namespace, resourceVersion } = object.metadata;
  const body = [{ op: "replace", path: "/metadata/resourceVersion", value: resourceVersion }, ...changes];
  try {
    const answer: KubeObject = await client.patch(resource, name, namespace, body, "json", {
      subresource: "status",
      fieldManager: FIELD_MANAGER,
      signal,
    });
    cache.observe(answer);
    return undefined;
  } catch (error) {
    if (error instanceof ConflictError) return { requeueAfterMs: AFTER_CONFLICT_MS, conflict: true };
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
