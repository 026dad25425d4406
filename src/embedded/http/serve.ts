import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { stringify as stringifyYaml } from "yaml";
import type { User } from "../authentication.ts";
import { authorize } from "../authorization.ts";
import type { Reply } from "../call.ts";
import { type Effect, resourceName } from "../faults.ts";
import { impersonated } from "../impersonation.ts";
import type { Kernel } from "../kernel.ts";
import { type ApiRequest, MalformedPathError, parseRequest } from "../request.ts";
import type { LoggedRequest, RequestLog } from "../requests.ts";
import { answer, callOf, type Incoming, refusalOf } from "../router.ts";
import { ApiError, unauthorized } from "../status.ts";
import { type WatchSink, watch } from "../verbs/watch.ts";
import type { Watches } from "../watch.ts";
import { tlsSocketOf } from "./listener.ts";
import { prefersYaml } from "./negotiate.ts";
import { readBody } from "./read.ts";
import { type Joiner, streamTo } from "./stream.ts";

export interface Service {
  readonly kernel: Kernel;
  readonly watches: Watches;
  readonly joiner: Joiner;
  readonly log: RequestLog;
}

/** Takes one request from its first line to its last byte. Never throws: what cannot be answered is answered so. */
export async function serve(service: Service, request: Http2ServerRequest, response: Http2ServerResponse): Promise<void> {
  let logged: LoggedRequest | undefined;
  response.on("error", () => undefined);
  try {
    const parsed = parseRequest(request.method, request.url);
    logged = service.log.record(logEntry(parsed, request));
    await handle(service, parsed, logged, request, response);
  } catch (error) {
    service.kernel.background.run(() => answerFailure(error, logged, request, response));
  }
}

function answerFailure(
  error: unknown,
  logged: LoggedRequest | undefined,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): void {
  if (response.headersSent || request.aborted) response.destroy();
  else send(response, request, logged, failed(error));
}

function logEntry({ target, path, verb }: ApiRequest, request: Http2ServerRequest): LoggedRequest {
  const resource = target ? `${resourceName(target)}${target.subresource && `/${target.subresource}`}` : path;
  return {
    verb,
    resource,
    namespace: target?.namespace ?? "",
    name: target?.name ?? "",
    userAgent: request.headers["user-agent"] ?? "",
    code: 0,
  };
}

async function handle(
  { kernel, watches, joiner }: Service,
  parsed: ApiRequest,
  logged: LoggedRequest,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
): Promise<void> {
  const effects = kernel.faults.on(logged);
  if (effects.some((effect) => effect.type === "reset" && effect.when === "before")) return resetConnection(request);
  await delayed(kernel, effects);

  const user = identify(kernel, parsed, request);
  const body = await readBody(request);
  refuse(effects);
  const incoming: Incoming = {
    request: parsed,
    user,
    agent: agentOf(logged.userAgent),
    accept: request.headers.accept,
    contentType: request.headers["content-type"] ?? "",
    body,
    address: request.headers[":authority"] ?? request.headers.host ?? "",
  };
  const rate = effects.find((effect) => effect.type === "bandwidth")?.bytesPerSecond;
  const kind = parsed.verb === "watch" && parsed.target ? kernel.registry.find(parsed.target) : undefined;
  if (kind) {
    logged.code = 200;
    const stream = streamTo(request, response, joiner, rate);
    watch(callOf(kernel, kind, incoming), watches, isCutShort(effects) ? cutShort(stream, request) : stream);
    return;
  }
  const reply = answer(kernel, incoming);
  if (isCutShort(effects)) {
    response.writeHead(reply.code, { "content-type": "application/json" });
    const bytes = Buffer.from(reply.body);
    response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    await delay(untilResetMs);
    return resetConnection(request);
  }
  if (rate === undefined) send(response, request, logged, reply);
  else await sendSlowly(response, request, logged, reply, rate);
}

const isCutShort = (effects: readonly Effect[]): boolean =>
  effects.some((effect) => effect.type === "reset" && effect.when === "midway");

/** What was written before a reset gets so long to arrive. */
const untilResetMs = 5;

/** A watch whose connection is reset in the middle of its first event. */
function cutShort(stream: WatchSink, request: Http2ServerRequest): WatchSink {
  let sent = false;
  return {
    ...stream,
    send: (frame) => {
      if (sent) return;
      sent = true;
      stream.send(frame.subarray(0, Math.ceil(frame.length / 2)));
      setTimeout(() => resetConnection(request), untilResetMs);
    },
  };
}

function identify({ authenticator }: Kernel, parsed: ApiRequest, request: Http2ServerRequest): User {
  const holder = authenticator.authenticate(request.headers.authorization, tlsSocketOf(request));
  if (!holder) throw unauthorized();
  const user = impersonated(holder, request.rawHeaders);
  authorize(user, parsed);
  return user;
}

/** `kubectl/v1.32.0 (linux/amd64)` → `kubectl`. */
const agentOf = (userAgent: string): string => userAgent.split("/", 1)[0]!.slice(0, 128) || "unknown";

async function delayed({ faults }: Kernel, effects: readonly Effect[]): Promise<void> {
  let ms = 0;
  for (const effect of effects) if (effect.type === "latency") ms += effect.ms + (effect.jitterMs ?? 0) * faults.random();
  if (ms > 0) await delay(ms);
}

const statusReasons: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ["BadRequest", "the server rejected our request"],
  401: ["Unauthorized", "Unauthorized"],
  403: ["Forbidden", "forbidden"],
  404: ["NotFound", "the server could not find the requested resource"],
  409: ["Conflict", "the server reported a conflict"],
  410: ["Expired", "The resourceVersion for the provided watch is too old."],
  429: ["TooManyRequests", "Too many requests, please try again later."],
  500: ["InternalError", "Internal error occurred: injected"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: ["Timeout", "Timeout: request did not complete within requested timeout"],
};

function refuse(effects: readonly Effect[]): void {
  const effect = effects.find(({ type }) => type === "status");
  if (effect?.type !== "status") return;
  const [reason, message] = statusReasons[effect.code] ?? ["", `injected status ${effect.code}`];
  const { retryAfterSeconds } = effect;
  throw new ApiError(effect.code, effect.reason ?? reason, effect.message ?? message, {
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

const malformed: Reply = { code: 400, body: "400 Bad Request", contentType: "text/plain; charset=utf-8" };

function failed(error: unknown): Reply {
  if (error instanceof MalformedPathError) return malformed;
  const refused =
    error instanceof ApiError
      ? error
      : new ApiError(500, "InternalError", `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`);
  return refusalOf(refused);
}

function writeHead(request: Http2ServerRequest, response: Http2ServerResponse, reply: Reply, length?: number): void {
  const { code, contentType = "application/json", headers, warnings = [] } = reply;
  if (warnings.length > 0) response.setHeader("warning", warnings.filter(isPrintable).map(warningHeader));
  response.writeHead(code, {
    "content-type": contentType,
    "cache-control": "no-cache, private",
    ...headers,
    ...(length !== undefined && { "content-length": String(length) }),
    // An answer before the whole body was read leaves the connection unusable for HTTP/1.1.
    ...(request.httpVersionMajor === 1 && !request.complete && { connection: "close" }),
  });
}

/** What a header cannot carry is not said. */
const isPrintable = (text: string): boolean => !/\p{Cc}/u.test(text);

/** A header is bytes: those of a text in UTF-8. */
const warningHeader = (text: string): string => Buffer.from(`299 - "${text.replace(/[\\"]/g, "\\$&")}"`).toString("latin1");

/** What YAML 1.1 takes for something else is quoted. */
const asGo = { schema: "yaml-1.1", sortMapEntries: true, lineWidth: 0, indentSeq: false } as const;

function bodyOf(
  request: Http2ServerRequest,
  { body, contentType }: Reply,
): { readonly body: string | Buffer; readonly contentType?: string } {
  if (contentType !== undefined) return { body, contentType };
  if (prefersYaml(request.headers.accept)) {
    return { body: stringifyYaml(JSON.parse(String(body)), asGo), contentType: "application/yaml" };
  }
  // JSON ends its line.
  return { body: `${body}\n` };
}

function send(response: Http2ServerResponse, request: Http2ServerRequest, logged: LoggedRequest | undefined, reply: Reply): void {
  if (logged) logged.code = reply.code;
  const { body, contentType } = bodyOf(request, reply);
  writeHead(request, response, { ...reply, ...(contentType !== undefined && { contentType }) }, Buffer.byteLength(body));
  if (request.method === "HEAD") response.end();
  else response.end(body);
}

async function sendSlowly(
  response: Http2ServerResponse,
  request: Http2ServerRequest,
  logged: LoggedRequest,
  reply: Reply,
  bytesPerSecond: number,
): Promise<void> {
  logged.code = reply.code;
  writeHead(request, response, reply);
  const bytes = Buffer.from(reply.body);
  const slice = Math.max(1, Math.floor(bytesPerSecond / 20));
  for (let at = 0; at < bytes.length && !response.destroyed; at += slice) {
    response.write(bytes.subarray(at, at + slice));
    await delay(50);
  }
  response.end();
}

/** No status, no goodbye: the transport is gone. */
function resetConnection(request: Http2ServerRequest): void {
  if (request.httpVersionMajor === 2 && request.stream) request.stream.close(0x2);
  else tlsSocketOf(request).destroy();
}
