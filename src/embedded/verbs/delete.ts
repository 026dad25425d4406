import { parse as parseYaml } from "yaml";
import type { KubeObject } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { isObject, jsonProblem, mediaType } from "../http/body.ts";
import { decodeProtobuf, protobufType } from "../http/protobuf.ts";
import { timestamp } from "../kernel.ts";
import { read, serialise, toStored } from "../objects.ts";
import type { FieldError } from "../schema/schema.ts";
import { type ApiError, badRequest, conflict, deleted, forbidden, invalid, notFound } from "../status.ts";
import type { Stored } from "../store.ts";
import { present } from "../views.ts";
import { dryRunErrors } from "./options.ts";
import { held, storedTarget } from "./write.ts";

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagationPolicy: "Background" | "Foreground" | "Orphan" | undefined;
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds: number | undefined;
}

const policies = ["Foreground", "Background", "Orphan"];

/** DeleteOptions from the body, or else from the query. */
export function deleteOptions({ body, contentType, query }: Call): DeleteOptions {
  const options = body.length > 0 ? decodeOptions(body, contentType) : fromQuery(query);
  const errors: FieldError[] = dryRunErrors(options.dryRun ?? []);
  const { propagationPolicy } = options;
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    const supported = '"Foreground", "Background", "Orphan", "nil"';
    errors.push({
      type: "FieldValueNotSupported",
      field: "propagationPolicy",
      message: `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: ${supported}`,
    });
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
  return {
    dryRun: (options.dryRun ?? []).length > 0,
    propagationPolicy: propagationPolicy as DeleteOptions["propagationPolicy"],
    preconditions: options.preconditions ?? {},
    gracePeriodSeconds: options.gracePeriodSeconds,
  };
}

interface SentOptions {
  readonly dryRun?: readonly string[];
  readonly propagationPolicy?: string;
  readonly preconditions?: DeleteOptions["preconditions"];
  readonly gracePeriodSeconds?: number;
}

function fromQuery(query: URLSearchParams): SentOptions {
  const policy = query.get("propagationPolicy");
  const grace = query.get("gracePeriodSeconds");
  return {
    dryRun: query.getAll("dryRun"),
    ...(policy !== null && { propagationPolicy: policy }),
    ...(grace !== null && { gracePeriodSeconds: Number(grace) }),
  };
}

function decodeOptions(body: Buffer, contentType: string): SentOptions {
  const type = mediaType(contentType);
  if (type === protobufType) return decodeProtobuf(body, "DeleteOptions");
  const text = body.toString();
  let value: unknown;
  try {
    value = type === "application/yaml" ? parseYaml(text) : JSON.parse(text);
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${jsonProblem(text, error)}`);
  }
  if (!isObject(value)) throw badRequest("couldn't get version/kind; json parse error: json: cannot unmarshal into Go value");
  return value;
}

export function remove(call: Call): Reply {
  const { kind, target } = call;
  const options = deleteOptions(call);
  if (kind.undeletable?.includes(target.name)) throw forbidden(kind.resource, target.name, "this namespace may not be deleted");
  const stored = storedTarget(call);
  if (!stored) throw notFound(kind.resource, target.name);
  const left = removeStored(call, stored, options);
  if (left.gone && !kind.returnsDeleted)
    return { code: 200, body: JSON.stringify(deleted(kind.resource, stored.name, stored.uid)) };
  return present(call, 200, { object: left.object });
}

/** Deletes, or marks for deletion what a finalizer or a dependent still holds. */
export function removeStored(
  { kernel, kind }: Pick<Call, "kernel" | "kind">,
  stored: Stored,
  options: DeleteOptions,
): { readonly gone: boolean; readonly object: KubeObject } {
  checkPreconditions(kind.resource.kind, stored, options);
  const object = read(kind, stored);
  const own = kind.deletionFinalizer === undefined ? [] : [kind.deletionFinalizer];
  const finalizers = [...new Set([...withPolicy(object.metadata.finalizers ?? [], options.propagationPolicy), ...own])];
  const holds = finalizers.length > 0 || held(kind, object);
  if (!holds) {
    if (options.dryRun) return { gone: true, object };
    const last = kernel.store.remove(kind.collection, stored.key, (resourceVersion) => toStored(kind, object, resourceVersion));
    return { gone: true, object: read(kind, last) };
  }
  const marked = mark(object, finalizers, timestamp(kernel.now()));
  const newly = object.metadata.deletionTimestamp === undefined;
  const ending = newly && kind.prepareForDeletion ? kind.prepareForDeletion(marked) : marked;
  if (options.dryRun || serialise(ending) === serialise(object)) return { gone: false, object: ending };
  const kept = kernel.store.put(kind.collection, (resourceVersion) => toStored(kind, ending, resourceVersion));
  return { gone: false, object: read(kind, kept) };
}

function checkPreconditions(kindName: string, { name, uid, resourceVersion }: Stored, { preconditions }: DeleteOptions): void {
  // The real one names the kind here where it names the resource elsewhere.
  const refuse = (why: string): ApiError => conflict({ group: "", plural: kindName }, name, why);
  if (preconditions.uid !== undefined && preconditions.uid !== uid) {
    throw refuse(
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). ` +
        "The object might have been deleted and then recreated",
    );
  }
  if (preconditions.resourceVersion !== undefined && preconditions.resourceVersion !== String(resourceVersion)) {
    throw refuse(
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record ` +
        `(${resourceVersion}). The object might have been modified`,
    );
  }
}

const orphan = "orphan";
const foreground = "foregroundDeletion";

function withPolicy(finalizers: readonly string[], policy: DeleteOptions["propagationPolicy"]): string[] {
  if (policy === undefined) return [...finalizers];
  const others = finalizers.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  if (policy === "Orphan") return [...others, orphan];
  if (policy === "Foreground") return [...others, foreground];
  return others;
}

function mark(object: KubeObject, finalizers: string[], now: string): KubeObject {
  const { metadata } = object;
  const already = metadata.deletionTimestamp !== undefined;
  const { finalizers: _, ...rest } = metadata;
  return {
    ...object,
    metadata: {
      ...rest,
      ...(metadata.generation !== undefined && !already && { generation: metadata.generation + 1 }),
      ...(already ? {} : { deletionTimestamp: now, deletionGracePeriodSeconds: 0 }),
      ...(finalizers.length > 0 && { finalizers }),
    },
  };
}
