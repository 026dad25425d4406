import type { Call } from "../call.ts";
import { goType, isObject, jsonProblem, mediaType, typeStruct, unknownFormat } from "../http/body.ts";
import { decodeProtobuf, protobufType } from "../http/protobuf.ts";
import { readYaml } from "../http/yaml.ts";
import { flag } from "../request.ts";
import { bool, int64, list, pointer, struct, text } from "../schema/builtin/shapes.ts";
import { DecodeError, decode } from "../schema/decode.ts";
import { invalid as invalidField } from "../schema/errors.ts";
import type { FieldError } from "../schema/schema.ts";
import { badRequest, invalid } from "../status.ts";
import { dryRunErrors, wholeNumber } from "./options.ts";

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly propagationPolicy: "Background" | "Foreground" | "Orphan" | undefined;
  readonly preconditions: { readonly uid?: string; readonly resourceVersion?: string };
  readonly gracePeriodSeconds: number | undefined;
}

interface SentOptions {
  readonly dryRun?: readonly string[];
  readonly propagationPolicy?: string;
  /** What there was before the policy. */
  readonly orphanDependents?: boolean;
  readonly preconditions?: DeleteOptions["preconditions"];
  readonly gracePeriodSeconds?: number;
}

const schema = struct("DeleteOptions", {
  gracePeriodSeconds: pointer(int64),
  preconditions: pointer(struct("Preconditions", { uid: pointer(text), resourceVersion: pointer(text) })),
  orphanDependents: pointer(bool),
  propagationPolicy: pointer({ ...text, title: "DeletionPropagation" }),
  dryRun: list(text),
});

const policies = ["Foreground", "Background", "Orphan"];

/** DeleteOptions from the body, or else from the query. */
export function deleteOptions({ body, contentType, query }: Call): DeleteOptions {
  const sent = body.length > 0 ? decodeOptions(body, contentType) : fromQuery(query);
  const errors = [...dryRunErrors(sent.dryRun ?? []), ...policyErrors(sent)];
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
  return {
    dryRun: (sent.dryRun ?? []).length > 0,
    propagationPolicy: policyOf(sent),
    preconditions: sent.preconditions ?? {},
    gracePeriodSeconds: sent.gracePeriodSeconds,
  };
}

function policyOf({ propagationPolicy, orphanDependents }: SentOptions): DeleteOptions["propagationPolicy"] {
  if (orphanDependents !== undefined) return orphanDependents ? "Orphan" : "Background";
  return propagationPolicy as DeleteOptions["propagationPolicy"];
}

function policyErrors({ propagationPolicy, orphanDependents }: SentOptions): FieldError[] {
  const field = "propagationPolicy";
  if (propagationPolicy === undefined) return [];
  if (orphanDependents !== undefined) {
    return [invalidField(field, propagationPolicy, "orphanDependents and deletionPropagation cannot be both set")];
  }
  if (policies.includes(propagationPolicy)) return [];
  const supported = '"Foreground", "Background", "Orphan", "nil"';
  const message = `Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: ${supported}`;
  return [{ type: "FieldValueNotSupported", field, message }];
}

function fromQuery(query: URLSearchParams): SentOptions {
  const policy = query.get("propagationPolicy");
  const grace = query.get("gracePeriodSeconds");
  return {
    dryRun: query.getAll("dryRun"),
    ...(policy !== null && { propagationPolicy: policy }),
    ...(query.has("orphanDependents") && { orphanDependents: flag(query, "orphanDependents") }),
    ...(grace !== null && { gracePeriodSeconds: wholeNumber(grace) }),
  };
}

function decodeOptions(body: Buffer, contentType: string): SentOptions {
  const type = mediaType(contentType);
  if (type === protobufType) return decodeProtobuf(body, { group: "", version: "v1", kind: "DeleteOptions" });
  if (type !== "" && type !== "application/json" && type !== "application/yaml") throw unknownFormat();
  const value = parseOptions(body.toString(), type);
  const { kind = "", apiVersion = "", ...options } = value as { kind?: string; apiVersion?: string };
  if (kind !== "" && kind !== "DeleteOptions") {
    throw badRequest(`no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`);
  }
  try {
    return decode(schema, options, { path: "", fields: "" }, []) as SentOptions;
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

function parseOptions(text: string, type: string): Record<string, unknown> {
  const unreadable = (why: string) => badRequest(`couldn't get version/kind; json parse error: ${why}`);
  let value: unknown;
  try {
    value = type === "application/yaml" ? (readYaml(text).value ?? {}) : JSON.parse(text);
  } catch (error) {
    throw unreadable(jsonProblem(text, error));
  }
  if (!isObject(value)) throw unreadable(`json: cannot unmarshal ${goType(value)} into Go value of type ${typeStruct}`);
  return value;
}
