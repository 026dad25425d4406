import jsonPatch from "fast-json-patch";
import { parse as parseYaml } from "yaml";
import type { KubeObject } from "../../kube/resource.ts";
import type { Call, Reply } from "../call.ts";
import { strategicMergePatch } from "../fields/strategic.ts";
import { printGo } from "../fields/strategic-patch.ts";
import { trackUpdate } from "../fields/update.ts";
import { goType, isObject, jsonProblem } from "../http/body.ts";
import { timestamp } from "../kernel.ts";
import { read, serialise } from "../objects.ts";
import { ApiError, badRequest, invalid, notFound } from "../status.ts";
import { present } from "../views.ts";
import { applyPatch } from "./apply.ts";
import { checkNamespace, resetFields } from "./create.ts";
import { accept, type Refusal, type SentJson } from "./decode.ts";
import { mergePatch } from "./merge.ts";
import { writeOptions } from "./options.ts";
import { checkName, replace, storedTarget } from "./write.ts";

const jsonPatchType = "application/json-patch+json";
const mergePatchType = "application/merge-patch+json";
const strategicPatchType = "application/strategic-merge-patch+json";
const applyPatchTypes = ["application/apply-patch+yaml", "application/apply-patch+cbor"];
/** JSON patches with more operations are refused. */
const operationLimit = 10_000;

export function patch(call: Call): Reply {
  const type = call.contentType.split(";", 1)[0]!.trim();
  if (type === applyPatchTypes[0]) return applyPatch(call);
  const supported = [jsonPatchType, mergePatchType, ...(call.kind.custom ? [] : [strategicPatchType])];
  if (!supported.includes(type)) throw unsupported(call.kind.custom);

  const { kernel, kind, target } = call;
  const { dryRun, fieldValidation, manager } = writeOptions(call, "PatchOptions");
  const live = storedTarget(call);
  if (!live) throw notFound(kind.resource, target.name);
  const old = read(kind, live);
  const { patched, sent } = patchedWith(type, call, old);
  const refuse: Refusal = (why, conversion) =>
    type === strategicPatchType && conversion !== undefined
      ? unfit(`${JSON.stringify(printGo(parsePatch(call.body)))}: ${conversion}`)
      : unfit(`${JSON.stringify(serialise(patched))}: ${why}`);
  const object = checkName(call, accept(call, patched, fieldValidation, refuse, sent));
  checkNamespace(call, object.metadata.namespace);
  const updated = replace(call, live, old, {
    object,
    dryRun,
    track: (next) =>
      trackUpdate({
        live: old,
        next,
        manager,
        subresource: target.subresource || undefined,
        schema: kind.schema,
        empty: kind.empty,
        reset: resetFields(kind, target.subresource),
        now: timestamp(kernel.now()),
      }),
  });
  return present(call, 200, updated);
}

function unsupported(custom: boolean): ApiError {
  if (!custom) return new ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  const accepted = [jsonPatchType, mergePatchType, applyPatchTypes[0]].join(", ");
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
  return new ApiError(415, "UnsupportedMediaType", message);
}

/** `sent` is what may have fields twice. */
function patchedWith(type: string, { body, kind }: Call, old: KubeObject): { patched: KubeObject; sent?: SentJson } {
  switch (type) {
    case jsonPatchType:
      return { patched: withJsonPatch(body, old) };
    case strategicPatchType:
      return { patched: strategicMergePatch(old, decodePatch(body), kind.schema!) };
    default: {
      const value = decodePatch(body);
      return { patched: mergePatch(old, value) as KubeObject, sent: { text: body.toString(), value } };
    }
  }
}

function parsePatch(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw badRequest(`error decoding patch: ${jsonProblem(body.toString(), error)}`);
  }
}

function decodePatch(body: Buffer): Record<string, unknown> {
  const value = parsePatch(body);
  if (!isObject(value)) {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${goType(value)} into Go value of type map[string]interface {}`);
  }
  return value;
}

export function withJsonPatch(body: Buffer, old: KubeObject): KubeObject {
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
  try {
    const operations = value.map((operation) => lenient(operation as jsonPatch.Operation, old));
    return jsonPatch.applyPatch(old, operations, true, false).newDocument;
  } catch (error) {
    if (!(error instanceof jsonPatch.JsonPatchError)) throw error;
    // A patch that cannot be applied is answered without saying why, as the API server does.
    throw new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
  }
}

/** The API server's library lets `replace` name a member that is not there. */
function lenient(operation: jsonPatch.Operation, document: KubeObject): jsonPatch.Operation {
  if (operation.op !== "replace" || typeof operation.path !== "string") return operation;
  const parent = operation.path.slice(0, operation.path.lastIndexOf("/"));
  const holder = parent === "" ? document : jsonPatch.getValueByPointer(document, parent);
  return isObject(holder) ? { ...operation, op: "add" } : operation;
}

function parseJson(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The configuration in an apply: YAML, of which JSON is a part. */
export function decodeApply(body: Buffer): KubeObject {
  const text = body.toString();
  let value: unknown;
  try {
    // Most clients send JSON, which is read twenty times as fast.
    value = parseJson(text) ?? parseYaml(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: error converting YAML to JSON: yaml: ${(error as Error).message}`);
  }
  if (!isObject(value)) {
    throw badRequest(`error decoding YAML: json: cannot unmarshal ${goType(value)} into Go value of type map[string]interface {}`);
  }
  return value as unknown as KubeObject;
}

/** A patched object that does not fit its kind. */
export const unfit = (message: string): ApiError =>
  invalid({ group: "", kind: "" }, "", [{ type: "FieldValueInvalid", field: "patch", message: `Invalid value: ${message}` }]);
