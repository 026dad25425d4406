import type { KubeConfig } from "@kubernetes/client-node";
import { asList, asObject, parseJson } from "./answer.ts";
import { type Clock, systemClock } from "./clock.ts";
import { GoneError } from "./errors.ts";
import { type KubeObject, type Resource, resourcePath } from "./resource.ts";
import { type HttpAnswer, type HttpRequest, Transport } from "./transport.ts";
import type {
  ApplyOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  ObjectList,
  PatchType,
  RawOptions,
  RequestInfo,
  RequestOptions,
  Selection,
  Verb,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./verbs.ts";
import { lines, parseEvent } from "./watch.ts";

export interface ClientOptions {
  /** Default "federated-accesspoint". */
  readonly userAgent?: string;
  /** One request from its turn to its last byte, milliseconds; default 10,000. */
  readonly requestTimeoutMs?: number;
  /**
   * Requests in flight, watches not counted; default 4: beyond that an API server only queues, and everything gets slower.
   */
  readonly maxConcurrency?: number;
  /** Longest list page, bytes; default 64 MiB (a page of 500 VirtualServices is below 1). Single objects: at most 8 MiB. */
  readonly maxBodyBytes?: number;
  readonly clock?: Clock;
  /** Called once per request, and once per watch when it was opened. */
  readonly onRequest?: (info: RequestInfo) => void;
  /** Text of a Warning header: deprecated versions, unknown fields. */
  readonly onWarning?: (warning: string) => void;
}

const MEBIBYTE = 1 << 20;
/** An API server takes requests of at most 3 MiB and etcd values of 1.5 MiB; managedFields and escaping add to it. */
const LONGEST_OBJECT = 8 * MEBIBYTE;
const DEFAULT_PAGE = 500;
const METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
/** A snapshot lasts 5 minutes; a list that outlives that so often will not end. */
const LIST_ATTEMPTS = 3;
const DEFAULT_IDLE_MS = 120_000;

const PATCH_CONTENT_TYPES: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
};

/** @throws CredentialsError when the current context of `kubeConfig` names no cluster. */
export function createClient(kubeConfig: KubeConfig, options: ClientOptions = {}): KubeClient {
  return new HttpKubeClient(kubeConfig, options);
}

class HttpKubeClient implements KubeClient {
  readonly server: string;
  readonly #transport: Transport;
  readonly #longestList: number;
  readonly #longestObject: number;

  constructor(kubeConfig: KubeConfig, options: ClientOptions) {
    this.#longestList = options.maxBodyBytes ?? 64 * MEBIBYTE;
    this.#longestObject = Math.min(this.#longestList, LONGEST_OBJECT);
    this.#transport = new Transport(kubeConfig, {
      userAgent: options.userAgent ?? "federated-accesspoint",
      requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
      maxConcurrency: options.maxConcurrency ?? 4,
      clock: options.clock ?? systemClock,
      onRequest: options.onRequest ?? (() => {}),
      onWarning: options.onWarning ?? (() => {}),
    });
    this.server = this.#transport.server;
  }

  get(resource: Resource, name: string, namespace?: string, options: RequestOptions = {}): Promise<KubeObject> {
    const path = resourcePath(resource, namespace, name);
    return this.#object(resource, { method: "GET", verb: "get", path }, options);
  }

  create(resource: Resource, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const path = resourcePath(resource, object.metadata.namespace);
    return this.#write(resource, { method: "POST", verb: "create", path }, "application/json", object, options);
  }

  replace(resource: Resource, object: KubeObject, options: WriteOptions = {}): Promise<KubeObject> {
    const { name, namespace } = object.metadata;
    const path = resourcePath(resource, namespace, name, options.subresource);
    return this.#write(resource, { method: "PUT", verb: "update", path }, "application/json", object, options);
  }

  patch(
    resource: Resource,
    name: string,
    namespace: string | undefined,
    body: unknown,
    type: PatchType,
    options: WriteOptions = {},
  ): Promise<KubeObject> {
    const path = resourcePath(resource, namespace, name, options.subresource);
    return this.#write(resource, { method: "PATCH", verb: "patch", path }, PATCH_CONTENT_TYPES[type], body, options);
  }

  apply(resource: Resource, object: KubeObject, options: ApplyOptions): Promise<KubeObject> {
    const { name, namespace } = object.metadata;
    const path = resourcePath(resource, namespace, name, options.subresource);
    // JSON is YAML, and the only apply format that every server version reads.
    const contentType = "application/apply-patch+yaml";
    return this.#write(resource, { method: "PATCH", verb: "apply", path }, contentType, object, options);
  }

  async delete(resource: Resource, name: string, namespace?: string, options: DeleteOptions = {}): Promise<void> {
    const { preconditions, propagationPolicy, gracePeriodSeconds } = options;
    await this.#send(
      {
        method: "DELETE",
        verb: "delete",
        resource: measuredName(resource),
        path: resourcePath(resource, namespace, name),
        contentType: "application/json",
        body: JSON.stringify({ kind: "DeleteOptions", apiVersion: "v1", preconditions, propagationPolicy, gracePeriodSeconds }),
      },
      options,
    );
  }

  async listPage(resource: Resource, options: ListOptions = {}): Promise<ObjectList> {
    const { limit, resourceVersion, resourceVersionMatch } = options;
    const query = selectionQuery(options);
    if (limit !== undefined) query.set("limit", String(limit));
    if (options.continue !== undefined) query.set("continue", options.continue);
    if (resourceVersion !== undefined) query.set("resourceVersion", resourceVersion);
    if (resourceVersionMatch !== undefined) query.set("resourceVersionMatch", resourceVersionMatch);
    const path = resourcePath(resource, options.namespace);
    const accept = options.metadataOnly ? { accept: METADATA_ONLY } : {};
    const request = { method: "GET", verb: "list", resource: measuredName(resource), path, query, ...accept } as const;
    const answer = await this.#send(request, options, this.#longestList);
    return { ...asList(parse(request, answer), `GET ${path}`, resource), bytes: answer.text.length };
  }

  async list(resource: Resource, options: Omit<ListOptions, "continue"> = {}): Promise<ObjectList> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#listOnce(resource, { limit: DEFAULT_PAGE, ...options });
      } catch (error) {
        // The server offers a token that goes on in a newer snapshot; that would mix two, so it starts again.
        if (!(error instanceof GoneError) || attempt === LIST_ATTEMPTS) throw error;
      }
    }
  }

  async *watch(resource: Resource, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const path = resourcePath(resource, options.namespace);
    const query = selectionQuery(options);
    query.set("watch", "true");
    query.set("allowWatchBookmarks", String(options.allowWatchBookmarks ?? true));
    if (options.resourceVersion !== "") query.set("resourceVersion", options.resourceVersion);
    if (options.timeoutSeconds !== undefined) query.set("timeoutSeconds", String(options.timeoutSeconds));
    const request: HttpRequest = {
      method: "GET",
      verb: "watch",
      resource: measuredName(resource),
      path,
      query,
      maxBytes: this.#longestObject,
    };
    const { signal, idleTimeoutMs = DEFAULT_IDLE_MS, onOpen } = options;
    const chunks = this.#transport.stream(request, { signal, idleTimeoutMs, onOpen });
    for await (const line of lines(chunks, this.#longestObject, `WATCH ${path}`)) {
      if (options.signal?.aborted) return;
      yield parseEvent(line, `WATCH ${path}`, resource);
    }
  }

  async raw(method: HttpRequest["method"], path: string, options: RawOptions = {}): Promise<unknown> {
    const { body } = options;
    const json = body === undefined ? {} : { contentType: "application/json", body: JSON.stringify(body) };
    const query = new URLSearchParams(options.query);
    const request = { method, verb: "raw", resource: "", path, query, ...json } as const;
    const answer = await this.#send(request, options, this.#longestList);
    return answer.contentType.startsWith("text/plain") ? answer.text : parse(request, answer);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }

  async #listOnce(resource: Resource, { resourceVersion, resourceVersionMatch, ...options }: ListOptions): Promise<ObjectList> {
    // Only the first page may name a version: a token already carries its own.
    const version = {
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(resourceVersionMatch && { resourceVersionMatch }),
    };
    let page = await this.listPage(resource, { ...options, ...version });
    const items = [...page.items];
    let { bytes } = page;
    while (page.continue !== undefined) {
      page = await this.listPage(resource, { ...options, continue: page.continue });
      items.push(...page.items);
      bytes += page.bytes;
    }
    return { items, resourceVersion: page.resourceVersion, bytes };
  }

  async #write(
    resource: Resource,
    { method, verb, path }: { method: HttpRequest["method"]; verb: Verb; path: string },
    contentType: string,
    body: unknown,
    options: WriteOptions & { readonly force?: boolean },
  ): Promise<KubeObject> {
    const query = new URLSearchParams();
    if (options.dryRun) query.set("dryRun", "All");
    if (options.fieldManager !== undefined) query.set("fieldManager", options.fieldManager);
    if (options.fieldValidation !== undefined) query.set("fieldValidation", options.fieldValidation);
    if (options.force) query.set("force", "true");
    return this.#object(resource, { method, verb, path, query, contentType, body: JSON.stringify(body) }, options);
  }

  async #object(
    resource: Resource,
    request: Omit<HttpRequest, "resource" | "maxBytes">,
    options: RequestOptions & { readonly subresource?: string },
  ): Promise<KubeObject> {
    const answer = await this.#send({ ...request, resource: measuredName(resource, options.subresource) }, options);
    return asObject(parse(request, answer), `${request.method} ${request.path}`, resource);
  }

  #send(request: Omit<HttpRequest, "maxBytes">, options: RequestOptions, maxBytes = this.#longestObject): Promise<HttpAnswer> {
    return this.#transport.send({ ...request, maxBytes }, options);
  }
}

function parse({ method, path }: Pick<HttpRequest, "method" | "path">, { text, contentType }: HttpAnswer): unknown {
  return parseJson(text, `${method} ${path}`, contentType);
}

function selectionQuery({ labelSelector, fieldSelector }: Selection): URLSearchParams {
  const query = new URLSearchParams();
  if (labelSelector !== undefined) query.set("labelSelector", labelSelector);
  if (fieldSelector !== undefined) query.set("fieldSelector", fieldSelector);
  return query;
}

function measuredName({ plural, group }: Resource, subresource?: string): string {
  return `${plural}${group && `.${group}`}${subresource ? `/${subresource}` : ""}`;
}
