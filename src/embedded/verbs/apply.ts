import type { KubeObject, ManagedFieldsEntry, Resource } from "../../kube/resource.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { type ApplyInput, type ApplyResult, apply } from "../fields/apply.ts";
import { TypeMismatch } from "../fields/check.ts";
import { goType, isObject } from "../http/body.ts";
import { fieldsInOrder, hasNoDuplicates } from "../http/duplicates.ts";
import { readYaml, UnsupportedNumberError, unmarshalErrors, type Yaml } from "../http/yaml.ts";
import { timestamp } from "../kernel.ts";
import { read } from "../objects.ts";
import { ApiError, badRequest, conflict, notFound } from "../status.ts";
import { present } from "../views.ts";
import { checkNamespace, resetFields, schemasOf } from "./create.ts";
import { accept } from "./decode.ts";
import { type FieldValidation, force, type WriteOptions, writeOptions } from "./options.ts";
import { unfit } from "./patch.ts";
import { checkName, insert, replace, storedTarget } from "./write.ts";

/** Server-side apply: creates the object or merges into it. */
export function applyPatch(call: Call): Reply {
  const { kind, target } = call;
  const { dryRun, fieldValidation, manager } = writeOptions(call, "PatchOptions", true);
  const sent = sentToApply(call);
  const stored = storedTarget(call);
  if (!stored && target.subresource) throw notFound(kind.resource, target.name);
  const live = stored && read(kind, stored);
  const { object, managedFields } = appliedObject(call, sent, live, { manager, fieldValidation });
  const incoming = { object, dryRun, track: trackedBy(managedFields) };
  const result = stored && live ? replace(call, stored, live, incoming) : insert(call, incoming);
  return present(call, stored ? 200 : 201, result);
}

/** What is sent to be applied. */
export interface Configuration {
  readonly config: KubeObject;
  /** Complaints about keys that come more than once. */
  readonly repeated: readonly string[];
}

/** The configuration in the body, of the kind that is applied. */
export function sentToApply(call: Call): Configuration {
  const { value, repeated } = parseConfiguration(call.body.toString());
  // Nothing is a configuration of nothing.
  const sent = value ?? {};
  if (!isObject(sent)) {
    const why = `json: cannot unmarshal ${goType(sent)} into Go value of type map[string]interface {}`;
    throw badRequest(`error decoding YAML: error unmarshaling JSON: while decoding JSON: ${why}`);
  }
  checkType(call, sent as unknown as KubeObject);
  return { config: sent as unknown as KubeObject, repeated };
}

/** YAML, of which JSON is a part that most clients send and that is read twenty times as fast. */
function parseConfiguration(text: string): Yaml {
  const value = text.startsWith("{") ? parseJson(text) : undefined;
  if (value !== undefined && !repeats(text, value)) return { value, repeated: [] };
  try {
    return readYaml(text);
  } catch (error) {
    const why = error instanceof UnsupportedNumberError ? error.message : `yaml: ${(error as Error).message}`;
    throw badRequest(`error decoding YAML: error converting YAML to JSON: ${why}`);
  }
}

const repeats = (text: string, value: unknown): boolean =>
  !hasNoDuplicates(text, value) && fieldsInOrder(text).some(({ duplicate }) => duplicate);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Who owns what has been settled already. */
export const trackedBy =
  (managedFields: ManagedFieldsEntry[] | undefined) =>
  (next: KubeObject): KubeObject => ({ ...next, metadata: { ...next.metadata, ...(managedFields && { managedFields }) } });

export interface Applied {
  /** Without managedFields. */
  readonly object: KubeObject;
  readonly managedFields: ManagedFieldsEntry[] | undefined;
}

/** What an apply makes of `live`, or of nothing: cleaned and with its defaults. */
export function appliedObject(
  call: Call,
  { config, repeated }: Configuration,
  live: KubeObject | undefined,
  { manager, fieldValidation }: Pick<WriteOptions, "manager" | "fieldValidation">,
): Applied {
  const { kernel, kind, target } = call;
  const applied = merge({
    live,
    config,
    manager,
    force: force(call),
    subresource: target.subresource || undefined,
    ...schemasOf(kind),
    reset: resetFields(kind, target.subresource),
    now: timestamp(kernel.now()),
  });
  if (applied.conflict) throw new ApiError(409, "Conflict", applied.message, { causes: applied.causes });
  complainAbout(repeated, call, fieldValidation);
  if (!live && config.metadata?.uid) throw uidMismatch(kind.resource, target.name, config.metadata.uid);
  checkNamespace(call, config.metadata?.namespace);
  checkName(call, config);
  // Who owns what has just been settled: it needs no cleaning.
  const { managedFields, ...metadata } = applied.object.metadata;
  const merged = withoutVersion({ ...applied.object, metadata }, live);
  // A null is a value here, and is refused where it is not allowed. What is as it was is not given the defaults of its version.
  const acceptance = { validation: fieldValidation, refuse: unfit, nulls: "kept" } as const;
  return { object: live && !applied.changed ? merged : accept(call, merged, acceptance), managedFields };
}

function complainAbout(repeated: readonly string[], { warnings }: Call, validation: FieldValidation): void {
  if (repeated.length > 0 && validation === "Strict")
    throw badRequest(`error strict decoding YAML: error converting YAML to JSON: ${unmarshalErrors(repeated)}`);
  if (validation === "Warn") warnings.push(...repeated);
}

function checkType({ kind }: Call, { apiVersion, kind: name, metadata }: KubeObject): void {
  const { resource } = kind;
  if (apiVersion !== apiVersionOf(resource) || name !== resource.kind) {
    const [version, called] = [apiVersion, name].map((text) => (typeof text === "string" ? text : ""));
    throw badRequest(`invalid object type: ${version!.includes("/") ? "" : "/"}${version}, Kind=${called}`);
  }
  if ((metadata?.managedFields ?? undefined) !== undefined) throw badRequest("metadata.managedFields must be nil");
}

/** A configuration that does not fit the schema is answered as an error of the server: so the API server does. */
function merge(input: ApplyInput): ApplyResult {
  try {
    return apply(input);
  } catch (error) {
    if (error instanceof TypeMismatch) throw new ApiError(500, "", error.message);
    throw error;
  }
}

/** What an apply creates may name a version: there is none to compare it with. */
function withoutVersion(object: KubeObject, live: KubeObject | undefined): KubeObject {
  if (live) return object;
  const { resourceVersion, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const uidMismatch = (resource: Resource, name: string, uid: string): ApiError =>
  conflict(resource, name, `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`);
