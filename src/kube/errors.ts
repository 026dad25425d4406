/**
 * One class per reaction. Messages name the verb, the path and the server's reason; never a header, a query or a body, because
 * those carry credentials and Secrets.
 */

/** The part of a Kubernetes `Status` that says what exactly was wrong. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** For a server-side apply conflict: reason `FieldManagerConflict`, the other manager in `message`, the path in `field`. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface ApiFailure {
  /** HTTP status code. */
  readonly status: number;
  /** CamelCase, as the server names it, e.g. `AlreadyExists`; derived from the code when the server gave none. */
  readonly reason: string;
  readonly details?: StatusDetails | undefined;
  /** How long the server asked to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
}

/** The API server answered, and the answer is no. Plain for what has no class of its own: 5xx, 405, 415 … */
export class ApiError extends Error implements ApiFailure {
  override readonly name: string = "ApiError";
  readonly status: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, failure: ApiFailure, options?: ErrorOptions) {
    super(message, options);
    this.status = failure.status;
    this.reason = failure.reason;
    this.details = failure.details;
    this.retryAfterMs = failure.retryAfterMs;
  }
}

/** 409: somebody else was first. Reason `AlreadyExists` for a create; field managers in `details.causes` for an apply. */
export class ConflictError extends ApiError {
  override readonly name = "ConflictError";
}

/** 404: the object, its namespace or its whole kind is not there. */
export class NotFoundError extends ApiError {
  override readonly name = "NotFoundError";
}

/** 422, or 400 and 413: refused as it is (schema, admission, unknown field); the same request will fail again. */
export class InvalidError extends ApiError {
  override readonly name = "InvalidError";
}

/** 401: the server does not know who we are. */
export class UnauthorizedError extends ApiError {
  override readonly name = "UnauthorizedError";
}

/** 403: the server knows us and says no (RBAC, quota, a terminating namespace). */
export class ForbiddenError extends ApiError {
  override readonly name = "ForbiddenError";
}

/** 410: the resourceVersion or the continue token is too old; list again. */
export class GoneError extends ApiError {
  override readonly name = "GoneError";
}

/** 429, or 503 with Retry-After: the server is well and asks for patience. */
export class ThrottledError extends ApiError {
  override readonly name = "ThrottledError";
}

/** No answer from an API server: refused, reset, timed out, TLS, DNS, a proxy that cannot reach it. Says nothing about what was done. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** An answer that is none: not JSON, HTML, a shape that no API server sends. */
export class MalformedAnswerError extends Error {
  override readonly name: string = "MalformedAnswerError";
}

/** A single answer that is longer than is taken in: less may be asked for. */
export class AnswerTooLargeError extends MalformedAnswerError {
  override readonly name = "AnswerTooLargeError";
}

/** A collection with more objects, pages or bytes than are taken in, or without an end. */
export class CollectionTooLargeError extends MalformedAnswerError {
  override readonly name = "CollectionTooLargeError";
}

/** Credentials could not be had: a missing file, a failing exec plugin. The request was not sent. */
export class CredentialsError extends Error {
  override readonly name = "CredentialsError";
}

/** The request was given up by its caller, or the client was closed. */
export class AbortedError extends Error {
  override readonly name = "AbortedError";
}

/** Will fail again until somebody changes something: not worth a retry. Thrown by passes, understood by the work queue. */
export class TerminalError extends Error {
  override readonly name = "TerminalError";
}

/** The class that fits an HTTP status. */
export function apiError(message: string, failure: ApiFailure, options?: ErrorOptions): ApiError {
  switch (failure.status) {
    case 400:
    case 413:
    case 422:
      return new InvalidError(message, failure, options);
    case 401:
      return new UnauthorizedError(message, failure, options);
    case 403:
      return new ForbiddenError(message, failure, options);
    case 404:
      return new NotFoundError(message, failure, options);
    case 409:
      return new ConflictError(message, failure, options);
    case 410:
      return new GoneError(message, failure, options);
    case 429:
      return new ThrottledError(message, failure, options);
    case 503:
      return failure.retryAfterMs === undefined
        ? new ApiError(message, failure, options)
        : new ThrottledError(message, failure, options);
    default:
      return new ApiError(message, failure, options);
  }
}
