import type { KubeObject } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { trackUpdate } from "../fields/update.ts";
import { decodeObject } from "../http/body.ts";
import { timestamp } from "../kernel.ts";
import { read, serialise } from "../objects.ts";
import { scaled, scaleOf } from "../scale.ts";
import { badRequest, notFound } from "../status.ts";
import { resetFields, schemasOf } from "./create.ts";
import { mergePatch } from "./merge.ts";
import { writeOptions } from "./options.ts";
import { withJsonPatch } from "./patch.ts";
import { replace, storedTarget } from "./write.ts";

/** Reads and writes the number of replicas without knowing the kind. */
export function scale(call: Call, verb: string): Reply {
  const { kernel, kind, target } = call;
  const stored = storedTarget(call);
  if (!stored) throw notFound(kind.resource, target.name);
  const live = read(kind, stored);
  if (verb === "get") return { code: 200, body: serialise(scaleOf(kind, live)) };
  const { dryRun, manager } = writeOptions(call, verb === "update" ? "UpdateOptions" : "PatchOptions");
  const wanted = verb === "update" ? sentScale(call) : patchedScale(call, live);
  const object = scaled(kind, { ...live, metadata: { ...live.metadata, ...resourceVersionOf(wanted) } }, wanted);
  const updated = replace({ ...call, target: { ...target, subresource: "" } }, stored, live, {
    object,
    dryRun,
    track: (next) =>
      untimed(
        trackUpdate({
          live,
          next,
          manager,
          subresource: "scale",
          ...schemasOf(kind),
          reset: resetFields(kind, ""),
          now: timestamp(kernel.now()),
        }),
      ),
  });
  return { code: 200, body: serialise(scaleOf(kind, "stored" in updated ? read(kind, updated.stored) : updated.object)) };
}

/** The API server writes no time for what was written through a scale, which comes first by that. */
function untimed(object: KubeObject): KubeObject {
  const entries = object.metadata.managedFields ?? [];
  const [scales, others] = [true, false].map((wanted) => entries.filter(({ subresource }) => (subresource === "scale") === wanted));
  const applied = others!.filter(({ operation }) => operation === "Apply");
  const updated = others!.filter(({ operation }) => operation !== "Apply");
  const managedFields = [...applied, ...scales!.map(({ time, ...entry }) => entry), ...updated];
  return { ...object, metadata: { ...object.metadata, managedFields } };
}

const resourceVersionOf = ({ metadata }: KubeObject) =>
  metadata?.resourceVersion ? { resourceVersion: metadata.resourceVersion } : {};

function sentScale({ body, contentType }: Call): KubeObject {
  const sent = decodeObject(body, contentType, "Scale") as unknown as KubeObject;
  if (sent.kind !== undefined && sent.kind !== "Scale") throw badRequest(`expected a Scale, got a ${sent.kind}`);
  return sent;
}

function patchedScale(call: Call, live: KubeObject): KubeObject {
  const paths = call.kind.scale!;
  // A patch may set the replicas of an object that has none yet.
  const current = scaleOf(call.kind, scaled(call.kind, live, replicasOrZero(live, paths.specReplicasPath)));
  if (call.contentType.startsWith("application/json-patch+json")) return withJsonPatch(call.body, current);
  return mergePatch(current, JSON.parse(call.body.toString())) as KubeObject;
}

function replicasOrZero(live: KubeObject, path: string): KubeObject {
  const found = path
    .split(".")
    .slice(1)
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], live);
  return { spec: { replicas: typeof found === "number" ? found : 0 } } as unknown as KubeObject;
}
