import type { KubeObject } from "../../kube/resource.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { apply } from "../fields/apply.ts";
import { timestamp } from "../kernel.ts";
import { read, serialise } from "../objects.ts";
import { ApiError, badRequest, notFound } from "../status.ts";
import { present } from "../views.ts";
import { resetFields } from "./create.ts";
import { accept } from "./decode.ts";
import { force, writeOptions } from "./options.ts";
import { decodeApply } from "./patch.ts";
import { checkName, insert, replace, storedTarget } from "./write.ts";

/** Server-side apply: creates the object or merges into it. */
export function applyPatch(call: Call): Reply {
  const { kernel, kind, target } = call;
  const { dryRun, fieldValidation, manager } = writeOptions(call, "PatchOptions", true);
  const sent = decodeApply(call.body);
  checkType(call, sent);
  const config = checkName(call, accept(call, sent, fieldValidation, call.body.toString()));
  const stored = storedTarget(call);
  if (!stored && target.subresource) throw notFound(kind.resource, target.name);
  const live = stored && read(kind, stored);
  const applied = apply({
    live,
    config,
    manager,
    force: force(call),
    subresource: target.subresource || undefined,
    schema: kind.schema,
    reset: resetFields(kind.status, target.subresource),
    now: timestamp(kernel.now()),
  });
  if (applied.conflict) throw new ApiError(409, "Conflict", applied.message, { causes: applied.causes });
  const object = kind.rules.applyDefaults(applied.object);
  const incoming = { object, dryRun, track: (next: KubeObject) => next };
  const result = stored ? replace(call, stored, incoming) : insert(call, incoming);
  return present(call, stored ? 200 : 201, result, serialise(result));
}

function checkType({ kind }: Call, { apiVersion, kind: name, metadata }: KubeObject): void {
  const { resource } = kind;
  if (!apiVersion || !name) {
    const [group, version] = apiVersion?.includes("/") ? apiVersion.split("/") : ["", apiVersion ?? ""];
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${name ?? ""}`);
  }
  if (apiVersion !== apiVersionOf(resource) || name !== resource.kind) {
    throw badRequest(
      `incorrect version specified in apply patch. Specified patch version: ${apiVersion}, expected: ${apiVersionOf(resource)}`,
    );
  }
  if (metadata?.managedFields !== undefined) throw badRequest("metadata.managedFields must be nil");
}
