import type { Resource } from "../kube/resource.ts";
import type { FieldError } from "./schema/schema.ts";

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** What the API server answers when there is no object to answer with. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Record<string, unknown>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** A request that is refused; `status` is the body of the answer. */
export class ApiError extends Error {
  override readonly name: string = "ApiError";
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: StatusDetails, metadata: Status["metadata"] = {}) {
    super(message);
    this.status = { ...failure(code, reason, message, details), metadata };
  }

  get code(): number {
    return this.status.code!;
  }
}

/** The database takes nothing more; what is there can be read and removed. */
export class OutOfSpaceError extends ApiError {
  constructor() {
    super(500, "", outOfSpace);
  }
}

export const outOfSpace = "etcdserver: mvcc: database space exceeded";

function failure(code: number, reason: string, message: string, details?: StatusDetails): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason && { reason }),
    ...(details && { details }),
    code,
  };
}

type Named = Pick<Resource, "group" | "plural">;

const qualified = ({ group, plural }: Named): string => (group === "" ? plural : `${plural}.${group}`);

const about = ({ group, plural }: Named, name: string): StatusDetails => ({
  ...(name && { name }),
  ...(group && { group }),
  kind: plural,
});

export const notFound = (resource: Named, name: string): ApiError =>
  new ApiError(404, "NotFound", `${qualified(resource)} "${name}" not found`, about(resource, name));

/** The path belongs to a group and version that is served, its resource is not. */
export const unknownResource = (): ApiError =>
  new ApiError(404, "NotFound", "the server could not find the requested resource", {});

export const alreadyExists = (resource: Named, name: string): ApiError =>
  new ApiError(409, "AlreadyExists", `${qualified(resource)} "${name}" already exists`, about(resource, name));

export const conflict = (resource: Named, name: string, why: string): ApiError =>
  new ApiError(409, "Conflict", `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`, about(resource, name));

/** Optimistic locking: the resourceVersion that was sent is not the one that is stored. */
export const staleObject = (resource: Named, name: string): ApiError =>
  conflict(resource, name, "the object has been modified; please apply your changes to the latest version and try again");

export const forbidden = (resource: Named, name: string, why: string, causes?: readonly StatusCause[]): ApiError => {
  const subject = name === "" ? `${qualified(resource)} is` : `${qualified(resource)} "${name}" is`;
  return new ApiError(403, "Forbidden", `${subject} forbidden: ${why}`, { ...about(resource, name), ...(causes && { causes }) });
};

export const badRequest = (message: string): ApiError => new ApiError(400, "BadRequest", message);

export const methodNotAllowed = (): ApiError =>
  new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});

/** How custom kinds say it; a method that stands for no verb has "". */
export const methodNotSupported = (resource: Named, verb: string): ApiError =>
  new ApiError(
    405,
    "MethodNotAllowed",
    `${verb} is not supported on resources of kind "${qualified(resource)}"`,
    about(resource, ""),
  );

export const unauthorized = (): ApiError => new ApiError(401, "Unauthorized", "Unauthorized");

/** `resourceVersion` of a watch or a continued list is no longer known. */
export const expired = (message: string, metadata?: Status["metadata"]): ApiError =>
  new ApiError(410, "Expired", message, undefined, metadata);

export const invalid = (kind: Pick<Resource, "group" | "kind">, name: string, errors: readonly FieldError[]): ApiError => {
  const lines = errors.map(({ field, message }) => (field === "<nil>" ? `<nil>: ${message}` : `${field}: ${message}`));
  // The same complaint twice is said once in the message, as an aggregate of errors does.
  const distinct = [...new Set(lines)];
  const text = distinct.length === 1 ? distinct[0] : `[${distinct.join(", ")}]`;
  const qualifiedKind = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  return new ApiError(422, "Invalid", `${qualifiedKind} "${name}" is invalid: ${text}`, {
    ...(name && { name }),
    ...(kind.group && { group: kind.group }),
    ...(kind.kind && { kind: kind.kind }),
    causes: errors.map(({ type, message, field }) => ({ reason: type, message, field })),
  });
};

/** The answer to a deletion that leaves nothing behind. */
export const deleted = (resource: Named, name: string, uid: string): Status => ({
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Success",
  details: { ...about(resource, name), uid },
});
