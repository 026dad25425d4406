import type { User } from "./authentication.ts";
import type { Call, Reply } from "./call.ts";
import { apiGroupOf, apiResources, isCustomGroup } from "./discovery.ts";
import { negotiate } from "./http/negotiate.ts";
import type { Kernel } from "./kernel.ts";
import { answerPath, notServed } from "./paths.ts";
import type { ServedKind } from "./registry.ts";
import type { ApiRequest, Target } from "./request.ts";
import { review, reviewOf, reviews } from "./reviews.ts";
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
  const asked = reviewOf(target);
  if (asked) {
    if (asked.resource.namespaced !== (target.namespace !== "")) throw unknownResource();
    if (request.verb !== "create") throw methodNotAllowed();
    const call = callOf(kernel, asked, incoming);
    return withWarnings(
      call,
      refusable(() => review(call)),
    );
  }
  const kind = kernel.registry.find(target);
  if (!kind) return notFoundTarget(kernel, target);
  if (kind.custom && !kind.resource.namespaced && target.namespace !== "") return notServed;
  checkMethod(kind, request.method);
  const call = callOf(kernel, kind, incoming);
  return withWarnings(
    call,
    refusable(() => answerResource(call, request)),
  );
}

const withWarnings = ({ warnings }: Call, reply: Reply): Reply => (warnings.length === 0 ? reply : { ...reply, warnings });

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Built-in kinds know no HEAD. */
function checkMethod({ custom, resource }: ServedKind, method: string): void {
  if (methods.includes(method) || (custom && method === "HEAD")) return;
  throw custom ? methodNotSupported(resource, "") : methodNotAllowed();
}

function notFoundTarget(kernel: Kernel, { group, version }: Target): Reply {
  // Whoever serves a built-in group answers for all of its versions.
  if (apiGroupOf(kernel, group) === undefined && group !== "") return notServed;
  if (isCustomGroup(kernel, group) && apiResources(kernel, group, version) === undefined) return notServed;
  throw unknownResource();
}

/** The call for a request whose kind is served; watches start from it too. */
export function callOf(kernel: Kernel, kind: ServedKind, { request, user, agent, contentType, body, accept }: Incoming): Call {
  const target = request.target!;
  // What begins to watch by its path is refused by its method, but not for custom kinds.
  if (request.verb === "watch" && request.method !== "GET" && !kind.custom) throw methodNotAllowed();
  if (
    kind.resource.namespaced
      ? target.namespace === "" && (target.name !== "" || request.verb === "create")
      : target.namespace !== ""
  ) {
    throw kind.resource.namespaced && target.name === "" ? methodNotAllowed() : unknownResource();
  }
  const warnings = kind.deprecationWarning === undefined ? [] : [kind.deprecationWarning];
  const form = negotiate(accept, { custom: kind.custom, verb: request.verb, tables: !reviews.includes(kind) });
  return { kernel, kind, target, query: request.query, user, agent, contentType, body, ...form, warnings };
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
