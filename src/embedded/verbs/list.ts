import type { Call, Reply } from "../call.ts";
import type { FieldError } from "../schema/schema.ts";
import { both, fieldMatcher, labelMatcher, type Matcher, parseFieldSelector } from "../selectors.ts";
import { type ApiError, badRequest, expired, invalid } from "../status.ts";
import type { Stored } from "../store.ts";
import { presentList } from "../views.ts";
import { numberIn } from "./options.ts";
import { revisionProblem, tooLarge } from "./revision.ts";

/** One page of a collection. */
export interface Page {
  readonly items: readonly Stored[];
  readonly resourceVersion: number;
  /** "" on the last page. */
  readonly continue: string;
  readonly remainingItemCount: number | undefined;
}

interface ContinueToken {
  readonly rv: number;
  /** Key after which the next page starts. */
  readonly start: string;
}

export function list(call: Call): Reply {
  return presentList(call, page(call));
}

export function page(call: Call): Page {
  const { kernel, kind, query, target } = call;
  const { store } = kernel;
  const limit = numberIn(query, "limit");
  numberIn(query, "timeoutSeconds");
  const wanted = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const token = query.get("continue") ?? "";
  checkListOptions(query);
  const problem = revisionProblem(wanted);
  if (problem !== undefined) throw badRequest(`invalid resource version: ${problem}`);
  const matches = selectorOf(call);
  const from = token === "" ? undefined : decodeToken(token);
  if (from && Number(wanted) > 0) throw badRequest("specifying resource version is not allowed when using continue");
  // A first page with a limit and an exact version reads the past, as a later page does; anything else reads the present.
  const exact = match === "Exact" || (match === "" && limit > 0 && Number(wanted) > 0);
  const at = from?.rv ?? (exact ? Number(wanted) : undefined);
  if (Number(wanted) > store.revision) throw tooLarge(Number(wanted), store.revision);

  const revision = at !== undefined && at > 0 ? at : store.revision;
  let candidates: Iterable<Stored>;
  if (revision === store.revision) candidates = store.list(kind.collection, target.namespace, from?.start ?? "");
  else {
    const past = store.at(kind.collection, revision, target.namespace);
    if (!past) throw gone(from);
    candidates = from ? past.filter(({ key }) => key > from.start) : past;
  }

  const items: Stored[] = [];
  let remaining = 0;
  for (const object of candidates) {
    if (limit > 0 && items.length >= limit) {
      remaining++;
      continue;
    }
    if (matches(object)) items.push(object);
  }
  const selective = Boolean(query.get("labelSelector") || query.get("fieldSelector"));
  return {
    items,
    resourceVersion: revision,
    continue: remaining > 0 ? encodeToken({ rv: revision, start: items.at(-1)!.key }) : "",
    // What a selector leaves of the rest is not counted.
    remainingItemCount: remaining > 0 && !selective ? remaining : undefined,
  };
}

export function selectorOf({ kind, query, target }: Call): Matcher {
  const labels = labelMatcher(query.get("labelSelector"));
  const fields = fieldMatcher(parseFieldSelector(query.get("fieldSelector")), kind);
  const matcher = both(labels, fields);
  return target.name === "" ? matcher : both(matcher, ({ name }) => name === target.name);
}

const forbid = (field: string, message: string): FieldError => ({
  type: "FieldValueForbidden",
  field,
  message: `Forbidden: ${message}`,
});

function checkListOptions(query: URLSearchParams): void {
  const match = query.get("resourceVersionMatch") ?? "";
  const version = query.get("resourceVersion") ?? "";
  const errors: FieldError[] = [];
  const field = "resourceVersionMatch";
  if (match !== "") {
    if (version === "") errors.push(forbid(field, "resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (query.get("continue")) errors.push(forbid(field, "resourceVersionMatch is forbidden when continue is provided"));
    if (match !== "Exact" && match !== "NotOlderThan") {
      const message = `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`;
      errors.push({ type: "FieldValueNotSupported", field, message });
    }
    if (match === "Exact" && version === "0") {
      errors.push(forbid(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (query.has("sendInitialEvents")) errors.push(forbid("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
}

const encodeToken = ({ rv, start }: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv, start: `${start}\0` })).toString("base64url");

function decodeToken(token: string): ContinueToken {
  const invalidToken = (why: string): ApiError => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const illegal = illegalBase64(token);
  if (illegal >= 0) throw invalidToken(`illegal base64 data at input byte ${illegal}`);
  let decoded: { v?: string; rv?: number; start?: string };
  try {
    decoded = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch (error) {
    throw invalidToken((error as Error).message);
  }
  if (decoded.v !== "meta.k8s.io/v1") throw invalidToken(`server does not recognize this encoded version ${decoded.v ?? ""}`);
  if (!decoded.rv) throw invalidToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (!decoded.start) throw invalidToken("encoded start key empty (version meta.k8s.io/v1)");
  return { rv: decoded.rv, start: decoded.start.replace(/\0$/, "") };
}

/** Where the text ceases to be base64 as Go reads it; -1 where it does not. */
function illegalBase64(token: string): number {
  const odd = token.search(/[^A-Za-z0-9_-]/);
  return odd < 0 && token.length % 4 === 1 ? token.length - 1 : odd;
}

/** Stands for whatever there is now: a list that goes on so is not of one moment. */
const present = -1;

function gone(from: ContinueToken | undefined): ApiError {
  if (!from) return expired("The resourceVersion for the provided list is too old.");
  return expired(tooOldToContinue, { continue: encodeToken({ rv: present, start: from.start }) });
}

const tooOldToContinue =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without the " +
  "continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing " +
  "with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the " +
  "time the first chunk was returned and now may show up in the list.";
