import type { KubeObject } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { read, serialise, toStored } from "../objects.ts";
import { notFound } from "../status.ts";
import { decode } from "./decode.ts";
import { writeOptions } from "./options.ts";
import { storedTarget } from "./write.ts";

/** Replaces the finalizers in a namespace's spec; without any the namespace goes. */
export function finalize(call: Call): Reply {
  const { kernel, kind, target } = call;
  const { dryRun, fieldValidation } = writeOptions(call, "UpdateOptions");
  const sent = decode(call, fieldValidation);
  const stored = storedTarget(call);
  if (!stored) throw notFound(kind.resource, target.name);
  const live = read(kind, stored);
  const finalizers = (sent["spec"] as { finalizers?: string[] } | undefined)?.finalizers ?? [];
  const next = { ...live, spec: finalizers.length > 0 ? { finalizers } : {} } as KubeObject;
  if (dryRun) return { code: 200, body: serialise(next) };
  const gone = live.metadata.deletionTimestamp !== undefined && finalizers.length + (live.metadata.finalizers ?? []).length === 0;
  const build = (resourceVersion: number) => toStored(kind, next, resourceVersion);
  const result = gone ? kernel.store.remove(kind.collection, stored.key, build) : kernel.store.put(kind.collection, build);
  return { code: 200, body: serialise(read(kind, result)) };
}
