import { unescape as unescapePercents } from "node:querystring";

/** What a request asks for, read from its method, path and query as kube-apiserver does. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** undefined for paths that are not about resources: /version, /openapi/v3, /apis … */
  readonly target: Target | undefined;
  readonly verb: Verb;
}

/** The resource that a path names. */
export interface Target {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** "" for all namespaces or a cluster-scoped resource. */
  readonly namespace: string;
  /** "" for the collection. */
  readonly name: string;
  /** "" for the object itself. */
  readonly subresource: string;
}

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "delete" | "deletecollection";

/** Kubernetes takes any text for true that does not say the contrary. */
const isTrue = (value: string | null): boolean => value !== null && !["0", "false"].includes(value.toLowerCase());

/** A path in which a percent sign stands for nothing. */
export class MalformedPathError extends Error {
  override readonly name = "MalformedPathError";
}

/** `/api/v1/namespaces/shop/services/web/status` and the like; undefined when it names no resource. */
function parseTarget(path: string): Target | undefined {
  const parts = path.split("/").slice(1);
  if (parts.at(-1) === "") parts.pop();
  const [root, ...afterRoot] = parts;
  let rest: string[];
  let group = "";
  if (root === "api") rest = afterRoot;
  else if (root === "apis") {
    group = afterRoot[0] ?? "";
    rest = afterRoot.slice(1);
  } else return undefined;
  const version = rest[0];
  let segments = rest.slice(1);
  if (version === undefined || segments.length === 0) return undefined;

  let namespace = "";
  // namespaces/NAME/status and /finalize are about the namespace itself.
  const ofNamespace = segments[2] === "status" || segments[2] === "finalize";
  if (segments[0] === "namespaces" && segments.length > 2 && !(ofNamespace && segments.length === 3)) {
    namespace = segments[1]!;
    segments = segments.slice(2);
  }
  const [plural, name = "", ...subresource] = segments;
  return { group, version, plural: plural!, namespace, name, subresource: subresource.join("/") };
}

/** @throws MalformedPathError */
export function parseRequest(method: string, url: string): ApiRequest {
  const mark = url.indexOf("?");
  const path = decoded(mark === -1 ? url : url.slice(0, mark));
  const query = new URLSearchParams(mark === -1 ? "" : url.slice(mark + 1));
  const watched = path.match(watchPath);
  if (watched) return { method, path, query, target: parseTarget(`${watched[1]}/${watched[2]}`), verb: "watch" };
  const target = parseTarget(path);
  return { method, path, query, target, verb: verbOf(method, query, target) };
}

/** The old way to watch: `/api/v1/watch/namespaces/shop/services/web`. */
const watchPath = /^(\/api\/[^/]+|\/apis\/[^/]+\/[^/]+)\/watch\/(.+)$/;

function decoded(path: string): string {
  if (!path.includes("%")) return path;
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) throw new MalformedPathError(path);
  // Bytes that are no UTF-8 are no reason to refuse a path.
  return unescapePercents(path);
}

function verbOf(method: string, query: URLSearchParams, target: Target | undefined): Verb {
  const collection = target !== undefined && target.name === "";
  switch (method) {
    case "POST":
      return "create";
    case "PUT":
      return "update";
    case "PATCH":
      return "patch";
    case "DELETE":
      return collection ? "deletecollection" : "delete";
    default:
      // One object is read, not watched.
      if (method === "GET" && collection && flag(query, "watch")) return "watch";
      return collection ? "list" : "get";
  }
}

/** A boolean query parameter, as Kubernetes reads it: present without a value is true. */
export const flag = (query: URLSearchParams, name: string): boolean => isTrue(query.get(name));
