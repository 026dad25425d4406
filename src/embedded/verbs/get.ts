import type { Call, Reply } from "../call.ts";
import { ApiError, notFound } from "../status.ts";
import type { Stored } from "../store.ts";
import { present } from "../views.ts";
import { revisionProblem, tooLarge } from "./revision.ts";
import { storedTarget } from "./write.ts";

export const get = (call: Call): Reply => present(call, 200, { stored: found(call) });

/**
 * What a read of one object finds.
 * @throws ApiError 404; 504 about a state that is not reached
 */
export function found(call: Call): Stored {
  const { kernel, kind, query, target } = call;
  const wanted = query.get("resourceVersion") ?? "";
  const problem = revisionProblem(wanted);
  if (problem !== undefined) throw new ApiError(500, "", problem);
  if (Number(wanted) > kernel.store.revision) throw tooLarge(Number(wanted), kernel.store.revision);
  const stored = storedTarget(call);
  if (!stored) throw notFound(kind.resource, target.name);
  return stored;
}
