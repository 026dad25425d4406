import { Buffer } from "node:buffer";
import type { IncomingHttpHeaders } from "node:http";
import type { KubeConfig } from "@kubernetes/client-node";
import PQueue from "p-queue";
import type { Dispatcher } from "undici";
import { answerError } from "./answer.ts";
import type { Clock } from "./clock.ts";
import { CredentialSource, type Credentials } from "./credentials.ts";
import { AbortedError, AnswerTooLargeError, ApiError, UnreachableError } from "./errors.ts";
import type { RequestInfo, RequestOptions, Verb } from "./verbs.ts";

/** One HTTP request as the verbs describe it. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly verb: Verb;
  /** For measurements, see RequestInfo. */
  readonly resource: string;
  readonly path: string;
  readonly query?: URLSearchParams;
  /** Default application/json. */
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  /** Longest answer that is read, in bytes. */
  readonly maxBytes: number;
}

export interface HttpAnswer {
  readonly contentType: string;
  readonly text: string;
}

export interface StreamOptions {
  readonly signal: AbortSignal | undefined;
  readonly idleTimeoutMs: number;
  readonly onOpen: (() => void) | undefined;
}

export interface TransportOptions {
  readonly userAgent: string;
  readonly requestTimeoutMs: number;
  readonly maxConcurrency: number;
  readonly clock: Clock;
  readonly onRequest: (info: RequestInfo) => void;
  readonly onWarning: (warning: string) => void;
}

/** A failure's explanation is short; bytes. */
const LONGEST_FAILURE = 1 << 20;

/** Bytes to and from one API server: turns, deadlines, sizes, and what went wrong. */
export class Transport {
  /** Without credentials and without a slash at the end. */
  readonly server: string;
  readonly #options: TransportOptions;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #credentials: CredentialSource;
  readonly #turns: PQueue;
  readonly #inFlight = new Set<AbortController>();
  #closed = false;

  constructor(kubeConfig: KubeConfig, options: TransportOptions) {
    this.#options = options;
    this.#credentials = new CredentialSource(kubeConfig, options.clock, {
      connectTimeoutMs: options.requestTimeoutMs,
      maxConcurrency: options.maxConcurrency,
    });
    const url = new URL(kubeConfig.getCurrentCluster()?.server ?? "");
    this.#origin = url.origin;
    // Managers of clusters serve many API servers under one host: https://host/k8s/clusters/a
    this.#prefix = url.pathname.replace(/\/+$/, "");
    this.server = this.#origin + this.#prefix;
    this.#turns = new PQueue({ concurrency: options.maxConcurrency });
  }

  /** A complete answer. Throws the classes of errors.ts. */
  async send(request: HttpRequest, { signal, timeoutMs, priority = 0 }: RequestOptions): Promise<HttpAnswer> {
    const exchange = () => this.#exchange(request, signal, timeoutMs ?? this.#options.requestTimeoutMs);
    try {
      return await this.#turns.add(exchange, { priority, ...(signal && { signal }) });
    } catch (error) {
      if (signal?.aborted || this.#closed) throw new AbortedError(`${whereOf(request)}: given up`, { cause: error });
      throw error;
    }
  }

  /**
   * The chunks of an answer without an end. Throws when there is no answer within `requestTimeoutMs`, or nothing for
   * `idleTimeoutMs`; the time that the consumer takes for a chunk does not count. Ends when `signal` aborts.
   */
  async *stream(request: HttpRequest, { signal, idleTimeoutMs, onOpen }: StreamOptions): AsyncGenerator<Buffer> {
    const started = this.#options.clock.monotonic();
    const flight = this.#begin(request, signal);
    const silence = `silent for ${idleTimeoutMs} ms`;
    let stopTimer = flight.abortAfter(this.#options.requestTimeoutMs, `no answer within ${this.#options.requestTimeoutMs} ms`);
    try {
      const { body } = await this.#open(request, flight.signal).finally(() => stopTimer());
      this.#measure(request, started, 200);
      onOpen?.();
      stopTimer = flight.abortAfter(idleTimeoutMs, silence);
      for await (const chunk of body) {
        stopTimer();
        yield chunk;
        stopTimer = flight.abortAfter(idleTimeoutMs, silence);
      }
    } catch (error) {
      if (signal?.aborted) return;
      throw failure(request, error);
    } finally {
      stopTimer();
      flight.end();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#turns.clear();
    for (const controller of this.#inFlight) controller.abort(new AbortedError(`${this.server}: the client was closed`));
    await this.#credentials.close();
  }

  async #exchange(request: HttpRequest, signal: AbortSignal | undefined, timeoutMs: number): Promise<HttpAnswer> {
    const started = this.#options.clock.monotonic();
    const flight = this.#begin(request, signal);
    const stopTimer = flight.abortAfter(timeoutMs, `no complete answer within ${timeoutMs} ms`);
    let status = 0;
    try {
      const { statusCode, headers, body } = await this.#open(request, flight.signal);
      const text = await readText(body, request.maxBytes, whereOf(request));
      status = statusCode;
      return { contentType: String(headers["content-type"] ?? ""), text };
    } catch (error) {
      const reason = failure(request, error);
      if (reason instanceof ApiError) status = reason.status;
      throw reason;
    } finally {
      stopTimer();
      flight.end();
      this.#measure(request, started, status);
    }
  }

  /** An answer of 2xx whose body is still to be read. */
  async #open(request: HttpRequest, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const credentials = await orAborted(this.#credentials.current(), signal);
    const answer = await this.#dispatch(request, credentials, signal);
    if (answer.statusCode !== 401) return this.#accept(request, answer);
    const fresh = await orAborted(this.#credentials.refreshed(credentials), signal);
    if (fresh === undefined) return this.#accept(request, answer);
    // A 401 means that nothing was done: even a write may be sent again.
    await answer.body.dump();
    return this.#accept(request, await this.#dispatch(request, fresh, signal));
  }

  #dispatch(request: HttpRequest, credentials: Credentials, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { method, path, query, body, contentType, accept = "application/json" } = request;
    const search = query?.size ? `?${query}` : "";
    const { requests, watches } = credentials.connections;
    const answer = (request.verb === "watch" ? watches : requests).request({
      origin: this.#origin,
      method,
      path: this.#prefix + path + search,
      headers: {
        ...credentials.headers,
        accept,
        "user-agent": this.#options.userAgent,
        ...(contentType && { "content-type": contentType }),
      },
      ...(body !== undefined && { body }),
      signal,
      // One deadline covers everything, see the callers; these two would only cut it short.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    // Given up here too: undici looks at the signal only once it is connected, which a silent server can put off.
    return orAborted(answer, signal);
  }

  async #accept(request: HttpRequest, answer: Dispatcher.ResponseData): Promise<Dispatcher.ResponseData> {
    const { statusCode, headers, body } = answer;
    for (const warning of warningsOf(headers)) this.#options.onWarning(warning);
    if (statusCode >= 200 && statusCode < 300) return answer;
    const text = await readText(body, LONGEST_FAILURE, whereOf(request));
    throw answerError(whereOf(request), statusCode, headers, text, this.#options.clock.now());
  }

  #begin(request: HttpRequest, signal: AbortSignal | undefined): Flight {
    if (this.#closed) throw new AbortedError(`${whereOf(request)}: the client is closed`);
    const controller = new AbortController();
    const giveUp = () => controller.abort(new AbortedError(`${whereOf(request)}: given up`, { cause: signal?.reason }));
    if (signal?.aborted) giveUp();
    signal?.addEventListener("abort", giveUp);
    this.#inFlight.add(controller);
    return {
      signal: controller.signal,
      abortAfter: (ms, complaint) =>
        this.#options.clock.timer(ms, () => controller.abort(new UnreachableError(`${whereOf(request)}: ${complaint}`))),
      end: () => {
        signal?.removeEventListener("abort", giveUp);
        this.#inFlight.delete(controller);
      },
    };
  }

  #measure({ method, verb, resource }: HttpRequest, started: number, status: number): void {
    this.#options.onRequest({ method, verb, resource, status, ms: this.#options.clock.monotonic() - started });
  }
}

/** One request that can be given up from three sides (caller, deadline, close) and leaves no listener behind. */
interface Flight {
  readonly signal: AbortSignal;
  /** The returned function stops the timer. */
  abortAfter(ms: number, complaint: string): () => void;
  end(): void;
}

const whereOf = ({ method, path }: HttpRequest): string => `${method} ${path}`;

async function readText(body: AsyncIterable<Buffer>, maxBytes: number, where: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Leaving the loop destroys the body, and with it the connection that would go on sending.
    if (size > maxBytes) throw new AnswerTooLargeError(`${where}: the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

/** Rejects as soon as `signal` aborts; the work itself goes on. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  return Promise.race([work, promise]).finally(() => signal.removeEventListener("abort", abort));
}

/** What the caller is told: our own reason for giving up and an answer's error as they are; everything else is no answer. */
function failure(request: HttpRequest, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  // No code: one of errors.ts, or a mistake of ours. UND_ERR_INVALID_ARG: a mistake of ours too.
  if (code === undefined || code === "UND_ERR_INVALID_ARG") return error;
  return new UnreachableError(
    `${whereOf(request)}: ${code}${error instanceof Error && error.message ? `: ${error.message}` : ""}`,
    {
      cause: error,
    },
  );
}

/** `Warning: 299 - "text"`, as API servers send for deprecated versions and unknown fields. */
function warningsOf(headers: IncomingHttpHeaders): string[] {
  const values = headers.warning === undefined ? [] : [headers.warning].flat();
  return values.flatMap((value) =>
    [...value.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text.replaceAll("\\", "")),
  );
}
