import type { User } from "./authentication.ts";
import type { Call, Reply } from "./call.ts";
import { aggregated, apiGroupOf, apiGroups, apiResources, apiVersions, reviewResources } from "./discovery.ts";
import { mediaType } from "./http/body.ts";
import { negotiate } from "./http/negotiate.ts";
import type { Kernel } from "./kernel.ts";
import { openApiIndex, openApiV2, openApiV3 } from "./openapi.ts";
import { encodeOpenApi } from "./protobuf/openapi.ts";
import type { ServedKind } from "./registry.ts";
import type { ApiRequest, Target } from "./request.ts";
import { review } from "./reviews.ts";
import { ApiError, methodNotAllowed, methodNotSupported, notFound, unknownResource } from "./status.ts";
import { create } from "./verbs/create.ts";
import { remove } from "./verbs/delete.ts";
import { removeCollection } from "./verbs/deletecollection.ts";
import { finalize } from "./verbs/finalize.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { patch } from "./verbs/patch.ts";
import { scale } from "./verbs/scale.ts";
import { update } from "./verbs/update.ts";

/** A request with all that was read of it. */
export interface Incoming {
  readonly request: ApiRequest;
  readonly user: User;
  readonly agent: string;
  readonly accept: string | undefined;
  readonly contentType: string;
  readonly body: Buffer;
  /** Host and port that the client speaks to. */
  readonly address: string;
}

const notServed: Reply = { code: 404, body: "404 page not found\n", contentType: "text/plain; charset=utf-8" };
const json = (value: unknown, headers?: Reply["headers"]): Reply => ({
  code: 200,
  body: JSON.stringify(value),
  ...(headers && { headers }),
});
const text = (body: string): Reply => ({ code: 200, body, contentType: "text/plain; charset=utf-8" });

/** What the server says it is: the version whose behaviour it shows, and that it is not the real one. */
export const versionInfo = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.2+embedded",
  gitCommit: "",
  gitTreeState: "",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "",
  compiler: "",
  platform: `${process.platform}/${process.arch}`,
};

/** A refusal is an answer too. */
export function refusable(reply: () => Reply): Reply {
  try {
    return reply();
  } catch (error) {
    if (error instanceof ApiError) return refusalOf(error);
    throw error;
  }
}

export function refusalOf({ code, status }: ApiError): Reply {
  const retryAfter = status.details?.retryAfterSeconds;
  return {
    code,
    body: JSON.stringify(status),
    ...(retryAfter !== undefined && { headers: { "retry-after": String(retryAfter) } }),
  };
}

/** Answers everything but watches. @throws ApiError */
export function answer(kernel: Kernel, incoming: Incoming): Reply {
  const { request } = incoming;
  const { target } = request;
  if (!target) return answerPath(kernel, incoming);
  const reviewed = reviewResources.find(
    ([group, plural]) => target.group === group && target.plural === plural && target.version === "v1",
  );
  if (reviewed) {
    if (request.verb !== "create") throw methodNotAllowed();
    return { ...json(review(kernel, reviewed[2], incoming.user, incoming.body, incoming.contentType)), code: 201 };
  }
  const kind = kernel.registry.find(target);
  if (!kind) return notFoundTarget(kernel, target);
  if (kind.custom && !kind.resource.namespaced && target.namespace !== "") return notServed;
  const call = callOf(kernel, kind, incoming);
  const reply = refusable(() => answerResource(call, request));
  return call.warnings.length === 0 ? reply : { ...reply, warnings: call.warnings };
}

function notFoundTarget(kernel: Kernel, { group, version }: Target): Reply {
  // Whoever serves a built-in group answers for all of its versions.
  if (apiGroupOf(kernel, group) === undefined && group !== "") return notServed;
  const custom = kernel.registry.all().some(({ resource, custom }) => custom && resource.group === group);
  if (custom && apiResources(kernel, group, version) === undefined) return notServed;
  throw unknownResource();
}

/** The call for a request whose kind is served; watches start from it too. */
export function callOf(kernel: Kernel, kind: ServedKind, { request, user, agent, contentType, body, accept }: Incoming): Call {
  const target = request.target!;
  if (
    kind.resource.namespaced
      ? target.namespace === "" && (target.name !== "" || request.verb === "create")
      : target.namespace !== ""
  ) {
    throw kind.resource.namespaced && target.name === "" ? methodNotAllowed() : unknownResource();
  }
  const warnings = kind.deprecationWarning === undefined ? [] : [kind.deprecationWarning];
  return { kernel, kind, target, query: request.query, user, agent, contentType, body, ...negotiate(accept), warnings };
}

function answerResource(call: Call, { method, verb }: ApiRequest): Reply {
  const { kind, target } = call;
  const named = target.name !== "";
  switch (target.subresource) {
    case "":
      break;
    case "status":
      if (!kind.status) throw noSubresource(call);
      if (verb === "get") return get(call);
      if (verb === "update") return update(call);
      if (verb === "patch") return patch(call);
      throw verbNotAllowed(call, verb);
    case "scale":
      if (!kind.scale) throw noSubresource(call);
      if (verb !== "get" && verb !== "update" && verb !== "patch") throw verbNotAllowed(call, verb);
      return scale(call, verb);
    case "finalize":
      if (kind.collection !== "/namespaces") throw unknownResource();
      if (verb !== "update") throw methodNotAllowed();
      return finalize(call);
    default:
      throw noSubresource(call);
  }
  if (method === "POST" ? named : (method === "PUT" || method === "PATCH") && !named) throw methodNotAllowed();
  if (!kind.verbs.includes(verb)) throw methodNotAllowed();
  switch (verb) {
    case "get":
      return get(call);
    case "list":
      return list(call);
    case "create":
      return create(call);
    case "update":
      return update(call);
    case "patch":
      return patch(call);
    case "delete":
      return remove(call);
    case "deletecollection":
      return removeCollection(call);
    case "watch":
      throw new Error("a watch has no single answer");
  }
}

/** A custom kind answers as if the object were missing. */
const noSubresource = ({ kind, target }: Call): ApiError =>
  kind.custom ? notFound(kind.resource, target.name) : unknownResource();

const verbNotAllowed = ({ kind }: Call, verb: string): ApiError =>
  kind.custom ? methodNotSupported(kind.resource, verb) : methodNotAllowed();

const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

function answerPath(kernel: Kernel, { request, accept = "", address }: Incoming): Reply {
  const { path } = request;
  if (request.method !== "GET" && request.method !== "HEAD") {
    return { ...notServed, code: 405, body: "405 method not allowed\n" };
  }
  const parts = path.split("/").filter(Boolean);
  switch (parts[0]) {
    case "version":
      return json(versionInfo);
    case "healthz":
    case "livez":
    case "readyz":
      return text("ok");
    case "api":
      if (parts.length === 1) return discovery(kernel, accept, true) ?? json(apiVersions(address));
      return found(parts.length === 2 ? apiResources(kernel, "", parts[1]!) : undefined);
    case "apis":
      if (parts.length === 1) return discovery(kernel, accept, false) ?? json(apiGroups(kernel));
      if (parts.length === 2) return found(apiGroupOf(kernel, parts[1]!));
      return found(parts.length === 3 ? apiResources(kernel, parts[1]!, parts[2]!) : undefined);
    case "openapi":
      return openApi(kernel, parts.slice(1), accept);
    case undefined:
      return json({ paths: ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"] });
    default:
      return notServed;
  }
}

const found = (value: unknown): Reply => (value === undefined ? notServed : json(value));

function discovery(kernel: Kernel, accept: string, core: boolean): Reply | undefined {
  if (!accept.includes("as=APIGroupDiscoveryList")) return undefined;
  const version = /v=(v2beta1|v2)\b/.exec(accept)?.[1];
  if (version !== "v2") return undefined;
  return { code: 200, body: JSON.stringify(aggregated(kernel, core)), contentType: aggregatedType };
}

const jsonType = "application/json";
const protobufType = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** In which form the document of OpenAPI v2 is sent; undefined when there is none that is accepted. */
function openApiType(accept: string): string | undefined {
  if (accept === "") return jsonType;
  for (const offer of accept.split(",")) {
    // It was spelled with an @ once, and still is by those who ask for it.
    const type = mediaType(offer).replace("@", ".");
    if (type === jsonType || type === protobufType) return type;
    if (type === "*/*" || type === "application/*") return jsonType;
  }
  return undefined;
}

function openApi(kernel: Kernel, parts: readonly string[], accept: string): Reply {
  if (parts[0] === "v2") {
    const type = openApiType(accept);
    if (type === undefined) return { code: 406, body: "", contentType: "text/plain; charset=utf-8" };
    const document = openApiV2(kernel);
    return type === jsonType ? json(document) : { code: 200, body: encodeOpenApi(document), contentType: type };
  }
  if (parts[0] !== "v3") return notServed;
  if (parts.length === 1) return json(openApiIndex(kernel));
  const [, root, ...rest] = parts;
  if (root === "api" && rest.length === 1) return found(openApiV3(kernel, "", rest[0]!));
  if (root === "apis" && rest.length === 2) return found(openApiV3(kernel, rest[0]!, rest[1]!));
  return notServed;
}
