import { FIELD_MANAGER, MANAGED_BY_LABEL, NAMESPACES } from "../api/kinds.ts";
import type { KubeClient } from "./client.ts";
import { ConflictError, NotFoundError } from "./errors.ts";

/** Whether something could not be created because its namespace is not there. */
export const isNamespaceMissing = (error: unknown): boolean =>
  error instanceof NotFoundError && error.details?.kind === "namespaces";

/** Creates a namespace with our mark, unless somebody else was first. It is never deleted: others may live in it. */
export async function createNamespace(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  const metadata = { name, labels: { [MANAGED_BY_LABEL]: FIELD_MANAGER } };
  try {
    await client.create(NAMESPACES, { apiVersion: "v1", kind: NAMESPACES.kind, metadata }, { fieldManager: FIELD_MANAGER, signal });
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error;
  }
}
