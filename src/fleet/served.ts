import type { Resource } from "../api/resource.ts";
import type { KubeClient } from "../kube/client.ts";
import { MalformedAnswerError } from "../kube/errors.ts";

interface Group {
  readonly name?: unknown;
  readonly versions?: readonly { readonly version?: unknown }[];
}

/**
 * Whether a cluster serves a kind in any version of its group, by its own discovery documents: only what these say counts, because
 * whatever stands between may answer 404, too. Rejects when it cannot be told.
 *
 * @param timeoutMs Longest wait for each answer.
 */
export async function isServed(
  client: KubeClient,
  { group, plural }: Resource,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<boolean> {
  if (group === "") return true;
  const ask = async <T>(path: string, field: string): Promise<readonly T[]> => {
    const answer = (await client.raw("GET", path, options)) as Readonly<Record<string, unknown>> | null;
    const list = answer?.[field];
    if (!Array.isArray(list)) throw new MalformedAnswerError(`GET ${path}: the answer has no ${field}`);
    return list as readonly T[];
  };
  const groups = await ask<Group>("/apis", "groups");
  for (const { version } of groups.find(({ name }) => name === group)?.versions ?? []) {
    const resources = await ask<{ readonly name?: unknown }>(`/apis/${group}/${String(version)}`, "resources");
    if (resources.some(({ name }) => name === plural)) return true;
  }
  return false;
}
