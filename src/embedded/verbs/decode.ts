import type { KubeObject } from "../../kube/resource.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import type { Call } from "../call.ts";
import { decodeObject, isObject, mediaType } from "../http/body.ts";
import { fieldsInOrder, hasNoDuplicates } from "../http/duplicates.ts";
import { abbreviated } from "../http/excerpt.ts";
import { unmarshalErrors } from "../http/yaml.ts";
import { internalPackage, type ServedKind } from "../registry.ts";
import { DecodeError } from "../schema/decode.ts";
import { quote } from "../schema/errors.ts";
import { type ApiError, badRequest, invalid } from "../status.ts";
import type { FieldValidation } from "./options.ts";

/** How an object that cannot be read is refused; `why` is Go's explanation, `conversion` that of a strategic merge patch. */
export type Refusal = (why: string, conversion?: string) => ApiError;

/** The object that a create or update sends: of the right type, cleaned and with its defaults. */
export function decode(call: Call, validation: FieldValidation): KubeObject {
  const { kind, body, contentType } = call;
  const { object: value, repeated } = decodeObject(body, contentType, kind.resource);
  const type = mediaType(contentType);
  const sent = type === "" || type === "application/json" ? { text: body.toString(), value, inOrder: !kind.custom } : undefined;
  return accept(call, typed(call, value), { validation, refuse: cannotHandle(kind), sent, repeated });
}

const cannotHandle =
  ({ resource: { kind, version } }: ServedKind, found: string = kind, foundVersion = version): Refusal =>
  (why) =>
    badRequest(`${found} in version ${JSON.stringify(foundVersion)} cannot be handled as a ${kind}: ${why}`);

/** The object with its type, which a built-in one may leave out; refuses that of another kind. */
function typed(call: Call, value: Record<string, unknown>): KubeObject {
  const { kind } = call;
  const { resource } = kind;
  const apiVersion = (value["apiVersion"] as string | undefined) || (kind.custom ? "" : apiVersionOf(resource));
  const name = (value["kind"] as string | undefined) || (kind.custom ? "" : resource.kind);
  if (kind.custom) checkCustomType(call, value, apiVersion, name);
  else checkBuiltinType(call, apiVersion, name);
  const metadata = value["metadata"];
  if (metadata !== undefined && metadata !== null && !isObject(metadata)) {
    const why = `json: cannot unmarshal ${typeof metadata} into Go struct field ${resource.kind}.metadata of type v1.ObjectMeta`;
    throw cannotHandle(kind)(why);
  }
  return { ...value, apiVersion, kind: name, metadata: (metadata ?? {}) as unknown as KubeObject["metadata"] };
}

function checkBuiltinType(call: Call, apiVersion: string, name: string): void {
  const problem = builtinTypeProblem(call, apiVersion, name);
  if (problem !== undefined) throw cannotHandle(call.kind, name, versionIn(apiVersion))(problem);
}

const versionIn = (apiVersion: string): string => apiVersion.slice(apiVersion.indexOf("/") + 1);

/** Why an object of that type is none of the built-in kind that is asked for. */
export function builtinTypeProblem({ kind, kernel }: Call, apiVersion: string, name: string): string | undefined {
  const { resource } = kind;
  if (apiVersion === apiVersionOf(resource) && name === resource.kind) return undefined;
  if (kernel.registry.findKind(apiVersion, name)?.custom === false) {
    return `converting (${versionIn(apiVersion)}.${name}) to (${internalPackage(resource)}.${resource.kind}): unknown conversion`;
  }
  return `no kind "${name}" is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`;
}

const typeFields = ["apiVersion", "kind", "metadata"];

function checkCustomType({ kind, warnings }: Call, value: Record<string, unknown>, apiVersion: string, name: string): void {
  const { resource } = kind;
  if (name === "") {
    const text = JSON.stringify(value);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${text}' (${abbreviated(text)})`,
    );
  }
  if (value["apiVersion"] === null) {
    throw cannotHandle(kind, name, "")(".apiVersion accessor error: <nil> is of the type <nil>, expected string");
  }
  if (apiVersion !== apiVersionOf(resource)) {
    warnings.push(...withoutSchema(value));
    throw badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${apiVersionOf(resource)})`,
    );
  }
  if (name !== resource.kind) {
    const message = `Invalid value: ${JSON.stringify(name)}: must be ${resource.kind}`;
    const given = (value["metadata"] as { name?: string } | undefined)?.name ?? "";
    throw invalid({ group: resource.group, kind: name }, given, [{ type: "FieldValueInvalid", field: "kind", message }]);
  }
}

/** A version that is not served has no schema: what it says beside its metadata is unknown. */
export const withoutSchema = (object: Readonly<Record<string, unknown>>): string[] =>
  Object.keys(object)
    .filter((field) => !typeFields.includes(field))
    .map((field) => `unknown field "${field}"`);

/** A text, and what was read of it. */
export interface SentJson {
  readonly text: string;
  readonly value: unknown;
  /** Complaints come as the text is written; otherwise duplicate fields come before unknown ones. */
  readonly inOrder: boolean;
}

export interface Acceptance {
  readonly validation: FieldValidation;
  readonly refuse: Refusal;
  /** The JSON that was sent, where duplicate fields are looked for. */
  readonly sent?: SentJson | undefined;
  /** Complaints about keys that the YAML that was sent has more than once. */
  readonly repeated?: readonly string[];
  /** Default: those that are not allowed are dropped. */
  readonly nulls?: "kept";
}

/** Drops what the kind does not know, and says so as `validation` asks; then fills in the defaults. */
export function accept({ kind, warnings }: Call, object: KubeObject, acceptance: Acceptance): KubeObject {
  const { validation, refuse, sent, repeated = [], nulls } = acceptance;
  try {
    const { object: known, unknown } = kind.rules.clean(object, nulls);
    if (validation !== "Ignore") {
      const complaints = complaintsAbout(kind, unknown, sent);
      const inAll = [...(repeated.length > 0 ? [unmarshalErrors(repeated)] : []), ...complaints];
      if (inAll.length > 0 && validation === "Strict") throw refuse(`strict decoding error: ${inAll.join(", ")}`);
      warnings.push(...repeated, ...complaints);
    }
    return kind.rules.applyDefaults(known);
  } catch (error) {
    if (error instanceof DecodeError) throw refuse(error.message, error.conversion);
    throw error;
  }
}

function complaintsAbout({ custom }: ServedKind, unknown: readonly string[], sent: SentJson | undefined): string[] {
  if (unknown.length === 0 && (!sent || hasNoDuplicates(sent.text, sent.value))) return [];
  const unknownField = (path: string): string => `unknown field ${custom ? `"${path}"` : quote(path)}`;
  const written = sent === undefined ? [] : fieldsInOrder(sent.text);
  const left = new Set(unknown);
  const complaints = new Set<string>();
  for (const { path, duplicate } of written) {
    if (sent!.inOrder && left.delete(path)) complaints.add(unknownField(path));
    else if (duplicate && !unknown.includes(path)) complaints.add(`duplicate field ${quote(path)}`);
  }
  for (const path of left) complaints.add(unknownField(path));
  return [...complaints];
}
