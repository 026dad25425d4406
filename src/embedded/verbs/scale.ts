import type { KubeObject } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { managersThroughScale, type ReplicasAt } from "../fields/scale.ts";
import { trackUpdate } from "../fields/update.ts";
import { bareType } from "../http/body.ts";
import { jsonEqual } from "../json.ts";
import { timestamp } from "../kernel.ts";
import { scaleKind } from "../kinds/scale.ts";
import { read } from "../objects.ts";
import { checkReplicas, ownedScaleOf, scaled, scaleOf } from "../scale.ts";
import { ApiError, badRequest, conflict, invalid, notFound } from "../status.ts";
import { present } from "../views.ts";
import { appliedObject, sentToApply, trackedBy } from "./apply.ts";
import { checkNamespace, schemasOf } from "./create.ts";
import { decode } from "./decode.ts";
import { found } from "./get.ts";
import { type WriteOptions, writeOptions } from "./options.ts";
import { applyPatchType, checkPatchType, patchedObject } from "./patch.ts";
import { checkName, checkUid, replace, storedTarget } from "./write.ts";

/** Reads and writes the number of replicas without knowing the kind. */
export function scale(call: Call, verb: "get" | "update" | "patch"): Reply {
  const { kind, target } = call;
  const asScale: Call = { ...call, kind: scaleKind(kind) };
  if (verb === "get") {
    const object = read(kind, found(call));
    checkReplicas(kind, object);
    return present(asScale, 200, { object: scaleOf(kind, object) });
  }
  const { write, options } = verb === "update" ? updating(call, asScale) : patching(call, asScale);
  const stored = storedTarget(call);
  if (!stored) throw notFound(kind.resource, target.name);
  const live = read(kind, stored);
  const replicasAt: ReplicasAt = (apiVersion) =>
    call.kernel.registry.findKind(apiVersion, kind.resource.kind)?.scale?.specReplicasPath;
  const wanted = write(ownedScaleOf(kind, live, replicasAt));
  if (verb === "update") checkUid(call, wanted, stored);
  if (!kind.custom) checkScale(call, asScale, wanted, live);
  const { resourceVersion = live.metadata.resourceVersion } = wanted.metadata;
  const updated = replace({ ...call, target: { ...target, subresource: "" } }, stored, live, {
    object: scaled(kind, { ...live, metadata: { ...live.metadata, resourceVersion } } as KubeObject, wanted),
    dryRun: options.dryRun,
    track: trackedBy(managersAfter(live, wanted, replicasAt)),
  });
  return present(asScale, 200, {
    object: scaleOf(kind, "stored" in updated ? read(kind, updated.stored) : updated.object),
  });
}

/** Custom kinds have rules of their own about replicas, and a patch may say of whichever of their objects it speaks. */
function checkScale({ kind: { resource } }: Call, { kind }: Call, wanted: KubeObject, { metadata }: KubeObject): void {
  const { uid = metadata.uid } = wanted.metadata;
  if (uid !== metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
    throw conflict({ ...resource, plural: `${resource.plural}/scale` }, metadata.name, why);
  }
  const errors = kind.rules.validate({ ...wanted, metadata }, undefined, "");
  if (errors.length > 0) throw invalid(kind.resource, metadata.name, errors);
}

const managersAfter = ({ apiVersion, metadata }: KubeObject, scale: KubeObject, replicasAt: ReplicasAt) =>
  managersThroughScale(metadata.managedFields ?? [], scale.metadata.managedFields ?? [], replicasAt, apiVersion);

/** How a Scale is written: what becomes of the one that there is, and who owns it then. */
interface Writing {
  readonly options: WriteOptions;
  readonly write: (live: KubeObject) => KubeObject;
}

function updating(call: Call, asScale: Call): Writing {
  const options = writeOptions(call, "UpdateOptions");
  const sent = sentScale(call, asScale, options);
  checkNamespace(call, sent.metadata.namespace);
  checkName(call, sent);
  return { options, write: (live) => tracked(asScale, live, sent, options) };
}

function patching(call: Call, asScale: Call): Writing {
  if (bareType(call.contentType) === applyPatchType) return applying(call, asScale);
  checkPatchType(call);
  const options = writeOptions(call, "PatchOptions");
  return {
    options,
    write: (live) => tracked(asScale, live, patchedObject(asScale, live, options.fieldValidation), options),
  };
}

function applying({ kind }: Call, asScale: Call): Writing {
  const options = writeOptions(asScale, "PatchOptions", true);
  const sent = sentToApply(asScale);
  return {
    options,
    write: (live) => {
      if (kind.custom && live.metadata.managedFields === undefined)
        throw inconvertible("create manager for existing fields: failed to convert live", "/");
      const { object, managedFields } = appliedObject(asScale, sent, live, options);
      if (kind.custom && !jsonEqual(object["spec"], live["spec"])) throw inconvertible("convert new", `/${live.metadata.name}`);
      return { ...object, metadata: { ...object.metadata, ...(managedFields && { managedFields }) } } as KubeObject;
    },
  };
}

/** The real one does not know how to apply the scale of a custom object, and says so once nobody objects. */
const inconvertible = (what: string, name: string): ApiError =>
  new ApiError(
    500,
    "",
    `failed to ${what} object (${name}; autoscaling/v1, Kind=Scale) to proper version: ` +
      "request to convert CR to an invalid group/version: autoscaling/v1",
  );

/** The Scale that an update sends. Of a custom object, the real one does not say what is wrong with it. */
function sentScale({ kind }: Call, asScale: Call, { fieldValidation }: WriteOptions): KubeObject {
  try {
    return decode(asScale, fieldValidation);
  } catch (error) {
    if (!kind.custom || !(error instanceof ApiError) || error.code !== 400) throw error;
    throw badRequest('no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:111"');
  }
}

const tracked = ({ kernel, kind }: Call, live: KubeObject, next: KubeObject, { manager }: WriteOptions): KubeObject =>
  trackUpdate({ live, next, manager, subresource: "scale", ...schemasOf(kind), now: timestamp(kernel.now()) });
