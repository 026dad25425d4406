import jsonPatch from "fast-json-patch";
import type { KubeObject } from "../../kube/resource.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { StrategicPatchError, strategicMergePatch } from "../fields/strategic.ts";
import { printGo } from "../fields/strategic-patch.ts";
import { trackUpdate } from "../fields/update.ts";
import { bareType, goType, isObject, jsonProblem, mistyped } from "../http/body.ts";
import { timestamp } from "../kernel.ts";
import { read, serialise } from "../objects.ts";
import { printJson } from "../schema/errors.ts";
import type { FieldError, Schema } from "../schema/schema.ts";
import { ApiError, badRequest, invalid, notFound } from "../status.ts";
import { present } from "../views.ts";
import { applyPatch } from "./apply.ts";
import { checkNamespace, resetFields, schemasOf } from "./create.ts";
import { accept, builtinTypeProblem, type Refusal, type SentJson, withoutSchema } from "./decode.ts";
import { mergePatch } from "./merge.ts";
import { type FieldValidation, writeOptions } from "./options.ts";
import { checkName, replace, storedTarget } from "./write.ts";

const jsonPatchType = "application/json-patch+json";
const mergePatchType = "application/merge-patch+json";
const strategicPatchType = "application/strategic-merge-patch+json";
export const applyPatchType = "application/apply-patch+yaml";
/** JSON patches with more operations are refused. */
const operationLimit = 10_000;

export function patch(call: Call): Reply {
  if (bareType(call.contentType) === applyPatchType) return applyPatch(call);
  checkPatchType(call);
  const { kernel, kind, target } = call;
  const { dryRun, fieldValidation, manager } = writeOptions(call, "PatchOptions");
  const live = storedTarget(call);
  if (!live) throw notFound(kind.resource, target.name);
  const old = read(kind, live);
  const updated = replace(call, live, old, {
    object: patchedObject(call, old, fieldValidation),
    dryRun,
    track: (next) =>
      trackUpdate({
        live: old,
        next,
        manager,
        subresource: target.subresource || undefined,
        ...schemasOf(kind),
        reset: resetFields(kind, target.subresource),
        now: timestamp(kernel.now()),
      }),
  });
  return present(call, 200, updated);
}

/** @throws ApiError 415 */
export function checkPatchType({ contentType, kind }: Call): void {
  const supported = [jsonPatchType, mergePatchType, ...(kind.custom ? [] : [strategicPatchType])];
  if (!supported.includes(bareType(contentType))) throw unsupported(kind.custom);
}

/** What a patch makes of an object: of the right type, cleaned and with its defaults. */
export function patchedObject(call: Call, old: KubeObject, validation: FieldValidation): KubeObject {
  const type = bareType(call.contentType);
  const { patched, sent } = patchedWith(type, call, old);
  const refuse: Refusal = (why, conversion) =>
    type === strategicPatchType && conversion !== undefined
      ? unfit(`${JSON.stringify(printGo(parsePatch(call.body)))}: ${conversion}`)
      : unfit(`${JSON.stringify(serialise(patched))}: ${why}`);
  const acceptance = { validation, refuse, sent };
  const accepted =
    type === strategicPatchType
      ? // Its type is not what a strategic merge patch is about.
        { ...accept(call, patched, acceptance), apiVersion: old.apiVersion, kind: old.kind }
      : accept(call, withType(call, patched, refuse), acceptance);
  const object = checkName(call, accepted);
  checkNamespace(call, object.metadata.namespace);
  return object;
}

/** The patched object with its type, which a patch may take away but not change. */
function withType(call: Call, patched: KubeObject, refuse: Refusal): KubeObject {
  const { kind } = call;
  const misread = mistyped(patched as unknown as Record<string, unknown>);
  if (misread !== undefined) throw refuse(`couldn't get version/kind; json parse error: ${misread}`);
  if (kind.custom) {
    if (call.target.subresource !== "status") checkCustomType(call, patched, refuse);
    return patched;
  }
  const apiVersion = patched.apiVersion || apiVersionOf(kind.resource);
  const name = patched.kind || kind.resource.kind;
  const problem = builtinTypeProblem(call, apiVersion, name);
  if (problem === undefined) return { ...patched, apiVersion, kind: name };
  // What can be read is read before it is found to be something else.
  const other = call.kernel.registry.findKind(apiVersion, name);
  if (other) accept({ ...call, kind: other }, patched, { validation: "Ignore", refuse });
  throw refuse(problem);
}

function checkCustomType({ kind, warnings }: Call, patched: KubeObject, refuse: Refusal): void {
  const { resource } = kind;
  if (!patched.kind) throw refuse(`Object 'Kind' is missing in '${printJson(patched)}'`);
  if (!patched.apiVersion) {
    const message = "Object 'apiVersion' is missing in 'object has no apiVersion field'";
    throw new ApiError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
  }
  const errors = [
    ...mustBe("apiVersion", patched.apiVersion, apiVersionOf(resource)),
    ...mustBe("kind", patched.kind, resource.kind),
  ];
  if (errors.length === 0) return;
  const group = patched.apiVersion.includes("/") ? patched.apiVersion.split("/")[0]! : "";
  if (group === resource.group && !kind.versions?.has(patched.apiVersion))
    warnings.push(...withoutSchema(patched as unknown as Record<string, unknown>));
  throw invalid({ group, kind: patched.kind }, patched.metadata.name, errors);
}

const mustBe = (field: string, found: string, wanted: string): FieldError[] =>
  found === wanted
    ? []
    : [{ type: "FieldValueInvalid", field, message: `Invalid value: ${JSON.stringify(found)}: must be ${wanted}` }];

function unsupported(custom: boolean): ApiError {
  if (!custom) return new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  const accepted = [jsonPatchType, mergePatchType, applyPatchType].join(", ");
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new ApiError(415, "UnsupportedMediaType", message);
}

/** `sent` is what may have fields twice. */
function patchedWith(type: string, { body, kind }: Call, old: KubeObject): { patched: KubeObject; sent?: SentJson } {
  switch (type) {
    case jsonPatchType:
      return { patched: withJsonPatch(body, old) };
    case strategicPatchType:
      return { patched: withStrategicPatch(body, old, kind.schema!) };
    default: {
      const value = decodePatch(body);
      return { patched: mergePatch(old, value) as KubeObject, sent: { text: body.toString(), value, inOrder: false } };
    }
  }
}

const whileDecoding = "error decoding patch: ";

function parsePatch(body: Buffer, prefix = whileDecoding): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw badRequest(`${prefix}${jsonProblem(body.toString(), error)}`);
  }
}

function decodePatch(body: Buffer, prefix = whileDecoding): Record<string, unknown> {
  const value = parsePatch(body, prefix);
  if (!isObject(value)) {
    throw badRequest(`${prefix}json: cannot unmarshal ${goType(value)} into Go value of type map[string]interface {}`);
  }
  return value;
}

function withStrategicPatch(body: Buffer, old: KubeObject, schema: Schema): KubeObject {
  try {
    return strategicMergePatch(old, decodePatch(body, ""), schema);
  } catch (error) {
    if (!(error instanceof StrategicPatchError)) throw error;
    if (error.status === 422) throw inapplicable();
    throw error.status === 400 ? badRequest(error.message) : new ApiError(500, "", error.message);
  }
}

/** A patch that cannot be applied is answered without saying why, as the API server does. */
const inapplicable = (): ApiError =>
  new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});

function withJsonPatch(body: Buffer, old: KubeObject): KubeObject {
  const value = parsePatch(body);
  if (!Array.isArray(value)) {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${goType(value)} into Go value of type []handlers.jsonPatchOp`);
  }
  if (value.length > operationLimit) {
    throw new ApiError(
      413,
      "RequestEntityTooLarge",
      `The allowed maximum operations in a JSON patch is ${operationLimit}, got ${value.length}`,
    );
  }
  for (const operation of value) checkOperation(operation);
  const document = structuredClone(old);
  try {
    for (const operation of value as readonly jsonPatch.Operation[]) {
      if (operation.path === "") throw inapplicable();
      jsonPatch.applyOperation(document, lenient(operation, document), true);
    }
  } catch {
    throw inapplicable();
  }
  return document;
}

/** @throws ApiError 400 when it is no operation at all */
function checkOperation(operation: unknown): void {
  if (operation === null) return;
  const unfitting = (what: string, found: unknown): ApiError =>
    badRequest(`${whileDecoding}json: cannot unmarshal ${goType(found)} into Go ${what}`);
  if (!isObject(operation)) throw unfitting("value of type handlers.jsonPatchOp", operation);
  for (const [name, value] of Object.entries(operation)) {
    const isText = name === "op" || name === "path" || name === "from";
    if (isText && typeof (value ?? "") !== "string") throw unfitting(`struct field jsonPatchOp.${name} of type string`, value);
  }
}

/** The API server's library takes a value that is not there for null, and lets `replace` name a member that is not there. */
function lenient(operation: jsonPatch.Operation, document: KubeObject): jsonPatch.Operation {
  const holds = (pointer: string): unknown => {
    const parent = pointer.slice(0, pointer.lastIndexOf("/"));
    return parent === "" ? document : jsonPatch.getValueByPointer(document, parent);
  };
  switch (operation.op) {
    case "copy": {
      const isAbsent = isObject(holds(operation.from)) && jsonPatch.getValueByPointer(document, operation.from) === undefined;
      return isAbsent ? { op: "add", path: operation.path, value: null } : operation;
    }
    case "replace":
      return { ...operation, op: isObject(holds(operation.path)) ? "add" : "replace", value: operation.value ?? null };
    case "add":
    case "test":
      return { ...operation, value: operation.value ?? null };
    default:
      return operation;
  }
}

/** A patched object that does not fit its kind. */
export const unfit = (message: string): ApiError =>
  invalid({ group: "", kind: "" }, "", [{ type: "FieldValueInvalid", field: "patch", message: `Invalid value: ${message}` }]);
