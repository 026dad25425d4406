import type { KubeObject, Resource } from "./resource.ts";

/** Accepted by every request. */
export interface RequestOptions {
  /** Gives the request up, also while it waits for its turn. */
  readonly signal?: AbortSignal;
  /** Whole request, from its turn to the last byte, in milliseconds; default the client's `requestTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Higher goes first among the requests that wait for their turn; default 0. */
  readonly priority?: number;
}

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export interface WriteOptions extends RequestOptions {
  /** Validates and admits without persisting. Default false. */
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
  /** What happens to unknown and duplicate fields; default the server's (Warn). */
  readonly fieldValidation?: FieldValidation;
  /** e.g. "status". */
  readonly subresource?: string;
}

export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Takes fields over from other managers instead of answering a conflict. Default false. */
  readonly force?: boolean;
}

export interface DeleteOptions extends RequestOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly gracePeriodSeconds?: number;
}

export interface Selection {
  /** Absent: all namespaces (or a cluster-scoped resource). */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface ListOptions extends Selection, RequestOptions {
  /** Objects a page. Default: the server's, everything in one. */
  readonly limit?: number;
  readonly continue?: string;
  /** Only apiVersion, kind and metadata of each object are sent (PartialObjectMetadata). Default false. */
  readonly metadataOnly?: boolean;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
}

export interface ObjectList {
  /** With apiVersion and kind filled in, which the server leaves out for built-in kinds. */
  readonly items: readonly KubeObject[];
  /** Of the snapshot: where a watch goes on. */
  readonly resourceVersion: string;
  /** Length of the answer; of all pages, when it was read in pages. */
  readonly bytes: number;
  /** Token of the next page; absent on the last. */
  readonly continue?: string;
}

export interface WatchOptions extends Selection {
  /** Events after this one; "" starts at an arbitrary point with one ADDED per object. */
  readonly resourceVersion: string;
  /** The server ends the watch after this many seconds; default the server's (30 to 60 minutes). */
  readonly timeoutSeconds?: number;
  /** Default true: without bookmarks a quiet watch cannot be resumed and cannot be told from a dead one. */
  readonly allowWatchBookmarks?: boolean;
  /** Ends the iteration without an error. */
  readonly signal?: AbortSignal;
  /** A watch that says nothing for so long is broken; milliseconds, default 120,000 (bookmarks come about once a minute). */
  readonly idleTimeoutMs?: number;
  /** The server accepted the watch; on a quiet resource the first event may be a minute away. */
  readonly onOpen?: () => void;
}

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: KubeObject;
}

export type PatchType = "json" | "merge" | "strategic";

export interface RawOptions extends RequestOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * One API server over kept connections. Every method rejects with a class of errors.ts: `ApiError` and its kinds when the server
 * said no, `UnreachableError`, `MalformedAnswerError`, `CredentialsError` or `AbortedError` when there was no such answer.
 */
export interface KubeClient {
  /** URL without credentials, e.g. "https://10.0.0.1:6443". */
  readonly server: string;
  get(resource: Resource, name: string, namespace?: string, options?: RequestOptions): Promise<KubeObject>;
  create(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  /** PUT: the object's resourceVersion, when it has one, must be the current one. */
  replace(resource: Resource, object: KubeObject, options?: WriteOptions): Promise<KubeObject>;
  patch(
    resource: Resource,
    name: string,
    namespace: string | undefined,
    body: unknown,
    type: PatchType,
    options?: WriteOptions,
  ): Promise<KubeObject>;
  /** Server-side apply. */
  apply(resource: Resource, object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  /** Resolves when the server accepted it; finalizers may keep the object for longer. */
  delete(resource: Resource, name: string, namespace?: string, options?: DeleteOptions): Promise<void>;
  listPage(resource: Resource, options?: ListOptions): Promise<ObjectList>;
  /** Pages through one consistent snapshot (`limit` default 500); starts again when it expired between two pages. */
  list(resource: Resource, options?: Omit<ListOptions, "continue">): Promise<ObjectList>;
  /**
   * Ends when the server ends it or `signal` aborts; throws when it breaks: `GoneError` for 410 as an answer and as an ERROR
   * event alike. Outside `maxConcurrency`.
   */
  watch(resource: Resource, options: WatchOptions): AsyncIterable<WatchEvent>;
  /** Any path, e.g. raw("GET", "/version"): the parsed JSON, or the text when the server answers text. */
  raw(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, options?: RawOptions): Promise<unknown>;
  /** Gives up what is in flight, ends the watches, closes the connections. */
  close(): Promise<void>;
}

export type Verb = "get" | "list" | "watch" | "create" | "update" | "patch" | "apply" | "delete" | "raw";

export interface RequestInfo {
  /** HTTP method. */
  readonly method: string;
  readonly verb: Verb;
  /** "virtualservices.networking.istio.io", with "/status" for a subresource; "" for raw requests. */
  readonly resource: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** From its turn to the last byte; for a watch to the first. */
  readonly ms: number;
}
