/** One request that was answered, or is being. */
export interface LoggedRequest {
  readonly verb: string;
  /** `resource.group`, with `/subresource`; the path when it is about no resource. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly userAgent: string;
  /** Default 0 while it is unanswered. */
  code: number;
}

export type RequestFilter = Partial<Pick<LoggedRequest, "verb" | "resource" | "namespace" | "name">> & {
  /** A part of the user agent. */
  readonly userAgent?: string;
};

const reads = ["get", "list", "watch"];
const kept = 10_000;

/** Counts what clients ask of the server, so that a test can say "one write, no read". */
export class RequestLog {
  #requests: LoggedRequest[] = [];
  #total = 0;
  #connections = 0;

  /** The newest 10,000 requests since the last reset, in their order. */
  get all(): readonly LoggedRequest[] {
    return this.#requests;
  }

  /** Requests since the last reset. */
  get total(): number {
    return this.#total;
  }

  /** Connections opened since the last reset. */
  get connections(): number {
    return this.#connections;
  }

  count(filter: RequestFilter = {}): number {
    return this.#requests.filter((request) => matchesRequest(request, filter)).length;
  }

  /** get, list and watch. */
  reads(filter: RequestFilter = {}): number {
    return this.#requests.filter((request) => reads.includes(request.verb) && matchesRequest(request, filter)).length;
  }

  /** create, update, patch, delete and deletecollection. */
  writes(filter: RequestFilter = {}): number {
    return this.count(filter) - this.reads(filter);
  }

  reset(): void {
    this.#requests = [];
    this.#total = 0;
    this.#connections = 0;
  }

  record(request: LoggedRequest): LoggedRequest {
    this.#total++;
    if (this.#requests.length >= kept) this.#requests = this.#requests.slice(kept / 2);
    this.#requests.push(request);
    return request;
  }

  recordConnection(): void {
    this.#connections++;
  }
}

export function matchesRequest(request: Omit<LoggedRequest, "code">, filter: RequestFilter): boolean {
  const { userAgent, ...exact } = filter;
  if (userAgent !== undefined && !request.userAgent.includes(userAgent)) return false;
  return Object.entries(exact).every(([field, value]) => request[field as keyof typeof exact] === value);
}
