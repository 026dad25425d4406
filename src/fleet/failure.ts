import { CERTIFICATES } from "../api/kinds.ts";
import type { DeliveryFailure } from "../domain/cluster.ts";
import type { Action } from "../domain/delivery.ts";
import {
  ApiError,
  ConflictError,
  ForbiddenError,
  InvalidError,
  MalformedAnswerError,
  NotFoundError,
  ThrottledError,
  UnreachableError,
} from "../kube/errors.ts";
import { describeResource } from "./holdings.ts";
import { ContestedError } from "./repairs.ts";
import {
  ForeignObjectError,
  KindDeniedError,
  KindNotServedError,
  ManagerConflictError,
  NamespaceMissingError,
  StrippedError,
} from "./writer.ts";

/** Longest part of an API server's message that is passed on. Members are not trusted to be brief. */
const MAX_MESSAGE = 500;

/** What a failed write means for the person who wrote the bundle, and whether waiting will mend it. */
export function explainFailure(
  action: Action,
  error: unknown,
  cluster: string,
): DeliveryFailure & { readonly retryAfterMs?: number } {
  const resource = "desired" in action ? action.desired.resource : action.found.resource;
  const { name, namespace = "" } = "desired" in action ? action.desired.manifest.metadata : action.found.object;
  const subject = { kind: resource.kind, namespace, name };
  const message = plain(error);
  if (error instanceof ForeignObjectError || error instanceof ManagerConflictError)
    return { ...subject, state: "Conflict", message, final: true };
  if (error instanceof ContestedError)
    return { ...subject, state: "Drifted", message, final: true, contested: true, retryAfterMs: error.retryAfterMs };
  if (error instanceof StrippedError) return { ...subject, state: "Drifted", message, final: false };
  if (error instanceof KindDeniedError)
    return {
      ...subject,
      state: "Failed",
      message: `the hub's account may not list and watch ${describeResource(resource)} in ${cluster}; see deploy/certificates`,
      final: true,
    };
  if (error instanceof NamespaceMissingError) return { ...subject, state: "Missing", message, final: true };
  if (error instanceof NotFoundError || error instanceof KindNotServedError) {
    return {
      ...subject,
      state: "Missing",
      message: `${cluster} does not serve ${describeResource(resource)}: install ${resource.group === CERTIFICATES.group ? "cert-manager" : "its CRD"} there`,
      final: true,
    };
  }
  if (error instanceof InvalidError || isMisfit(error)) {
    const hint = /immutable|may not change once set/.test(message)
      ? "such a field cannot be changed: give the object another name, or delete it in the cluster"
      : "correct it in the template, or in the override that sets it";
    return { ...subject, state: "Failed", message: `${cluster} refuses it: ${message}; ${hint}`, final: true };
  }
  if (error instanceof ForbiddenError) {
    const passing = /being terminated/.test(message);
    return { ...subject, state: "Failed", message: `${cluster} forbids it: ${message}`, final: !passing };
  }
  if (error instanceof ConflictError)
    return { ...subject, state: "Failed", message: `it changed meanwhile: ${message}`, final: false };
  const retryAfterMs = error instanceof ThrottledError ? error.retryAfterMs : undefined;
  return {
    ...subject,
    state: "Failed",
    message: `it will be tried again: ${message}`,
    final: false,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

/** Whether a write that ended so may yet have been carried out. */
export const isUnanswered = (error: unknown): boolean =>
  error instanceof UnreachableError ||
  error instanceof MalformedAnswerError ||
  (error instanceof ApiError && error.status >= 500 && !isMisfit(error));

/** A manifest with a field that the kind does not have, or of another type: server-side apply answers that as a failure of its own. */
const isMisfit = (error: unknown): boolean => error instanceof ApiError && error.status === 500 && MISFIT.test(error.message);

const MISFIT = /failed to create typed patch object \([^)]*\): /;
/** What request it was, and the code: nothing that the author of a bundle asked for. */
const REQUEST = /^[A-Z]+ \/\S*: \d{3} \w+: /;

function plain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const line = text.replace(/\s+/g, " ").trim().replace(REQUEST, "").replace(MISFIT, "");
  return line.length <= MAX_MESSAGE ? line : `${line.slice(0, MAX_MESSAGE - 1)}…`;
}
