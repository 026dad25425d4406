import type { Reply } from "./call.ts";
import { aggregated, apiGroupOf, apiGroups, apiResources, apiVersions, isCustomGroup } from "./discovery.ts";
import { health } from "./health.ts";
import { mediaType } from "./http/body.ts";
import type { Kernel } from "./kernel.ts";
import { openApiIndex, openApiV2, openApiV3 } from "./openapi.ts";
import { encodeOpenApi } from "./protobuf/openapi.ts";
import type { ApiRequest } from "./request.ts";
import type { Incoming } from "./router.ts";
import { methodNotAllowed, unknownResource } from "./status.ts";

export const notServed: Reply = { code: 404, body: "404 page not found\n", contentType: "text/plain; charset=utf-8" };
const json = (value: unknown, headers?: Reply["headers"]): Reply => ({
  code: 200,
  body: JSON.stringify(value),
  ...(headers && { headers }),
});

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

const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/**
 * Answers what is about no resource.
 * @throws ApiError
 */
export function answerPath(kernel: Kernel, { request, accept = "", address }: Incoming): Reply {
  const parts = request.path.split("/").filter(Boolean);
  const isDeep = parts.length > 1;
  switch (parts[0]) {
    case "version":
      checkGet(request);
      if (isDeep) throw unknownResource();
      return { code: 200, body: JSON.stringify(versionInfo, undefined, 2) };
    case "healthz":
    case "livez":
    case "readyz":
      return health(parts[0], request) ?? notServed;
    case "api":
      checkGet(request);
      if (!isDeep) return discovery(kernel, accept, true) ?? json(apiVersions(address));
      return json(orUnknown(parts.length === 2 ? apiResources(kernel, "", parts[1]!) : undefined));
    case "apis":
      if (!isDeep) return discovery(kernel, accept, false) ?? json(apiGroups(kernel));
      if (parts.length === 2) return found(apiGroupOf(kernel, parts[1]!));
      return resourcesOf(kernel, request, parts.slice(1));
    case "openapi":
      return openApi(kernel, parts.slice(1), accept);
    case undefined:
      return json({ paths: ["/api", "/apis", "/healthz", "/livez", "/openapi/v2", "/openapi/v3", "/readyz", "/version"] });
    default:
      return notServed;
  }
}

/** What the real one serves through its own routes knows no method but GET; what it serves otherwise takes any. */
function checkGet({ method }: ApiRequest): void {
  if (method !== "GET") throw methodNotAllowed();
}

function orUnknown(value: unknown): unknown {
  if (value === undefined) throw unknownResource();
  return value;
}

function resourcesOf(kernel: Kernel, request: ApiRequest, [group, version, ...rest]: readonly string[]): Reply {
  const resources = rest.length === 0 ? apiResources(kernel, group!, version!) : undefined;
  if (isCustomGroup(kernel, group!) || apiGroupOf(kernel, group!) === undefined) return found(resources);
  checkGet(request);
  return json(orUnknown(resources));
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
