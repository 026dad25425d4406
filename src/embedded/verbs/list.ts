import type { Call, Reply } from "../call.ts";
import type { FieldError } from "../schema/schema.ts";
import { both, fieldMatcher, labelMatcher, type Matcher, parseFieldSelector } from "../selectors.ts";
import { ApiError, badRequest, expired, invalid } from "../status.ts";
import type { Stored } from "../store.ts";
import { presentList } from "../views.ts";
import { tooLarge } from "./revision.ts";

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
  const limit = integer(query.get("limit"));
  const wanted = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  const token = query.get("continue") ?? "";
  checkListOptions(query);
  if (wanted !== "" && !/^\d+$/.test(wanted)) {
    const parsing = `strconv.ParseUint: parsing ${JSON.stringify(wanted)}: invalid syntax`;
    throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(wanted)}: ${parsing}`);
  }
  const matches = selectorOf(call);
  const from = token === "" ? undefined : decodeToken(token);
  // A first page with a limit and an exact version reads the past, as a later page does; anything else reads the present.
  const exact = match === "Exact" || (match === "" && limit > 0 && Number(wanted) > 0);
  const at = from?.rv ?? (exact ? Number(wanted) : undefined);
  if (at === undefined && Number(wanted) > store.revision) throw tooLarge(Number(wanted), store.revision);

  const revision = at !== undefined && at > 0 ? at : store.revision;
  let candidates: Iterable<Stored>;
  if (revision === store.revision) candidates = store.list(kind.collection, target.namespace, from?.start ?? "");
  else {
    const past = store.at(kind.collection, revision, target.namespace);
    if (!past) throw gone(from, revision, store.compacted);
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

function integer(text: string | null): number {
  if (text === null || text === "") return 0;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
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
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
}

const encodeToken = ({ rv, start }: ContinueToken): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv, start: `${start}\0` })).toString("base64url");

function decodeToken(token: string): ContinueToken {
  const invalidToken = (why: string): ApiError => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  let decoded: { v?: string; rv?: number; start?: string };
  try {
    decoded = JSON.parse(Buffer.from(token, "base64url").toString());
  } catch (error) {
    throw invalidToken((error as Error).message);
  }
  if (decoded.v !== "meta.k8s.io/v1") throw invalidToken(`server does not recognize this encoded version ${decoded.v}`);
  if (typeof decoded.rv !== "number" || !decoded.start) {
    throw invalidToken("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  }
  return { rv: decoded.rv, start: decoded.start.replace(/\0$/, "") };
}

function gone(from: ContinueToken | undefined, wanted: number, compacted: number): ApiError {
  if (!from) return expired(`The resourceVersion for the provided list is too old.`);
  return new ApiError(
    410,
    "Expired",
    `The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter (requested ${wanted}, oldest ${compacted}).`,
  );
}
