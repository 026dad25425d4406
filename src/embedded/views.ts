import type { KubeObject } from "../kube/resource.ts";
import { apiVersionOf } from "../kube/resource.ts";
import type { Call, Reply } from "./call.ts";
import { read, readItem, readText, serialise } from "./objects.ts";
import { internalPackage } from "./registry.ts";
import { ApiError, badRequest } from "./status.ts";
import { partialOf, rowOf, table } from "./table.ts";
import type { Page } from "./verbs/list.ts";
import type { Written } from "./verbs/write.ts";

/** One object in the form that was asked for: the text that is kept where that is it. */
export function present(call: Call, code: number, written: Written): Reply {
  const { kind, view, metaVersion } = call;
  if (view === "object") return { code, body: "stored" in written ? readText(kind, written.stored) : serialise(written.object) };
  const object = "stored" in written ? read(kind, written.stored) : written.object;
  if (view === "partialList") throw noList(call);
  if (view === "partial") return { code, body: JSON.stringify(partialOf(object, metaVersion)) };
  const { resourceVersion } = object.metadata;
  return { code, body: JSON.stringify(table(kind, [rowFor(call, object)], { resourceVersion }, metaVersion)) };
}

const included = ["Metadata", "Object", "None", ""];

/**
 * What comes along with the rows of a table.
 * @throws ApiError 400
 */
export function includeOf({ query, view }: Pick<Call, "query" | "view">): string | null {
  const include = query.get("includeObject");
  if (view !== "table" || include === null || included.includes(include)) return include;
  const why = `includeObject: Invalid value: ${JSON.stringify(include)}: must be 'Metadata', 'Object', 'None', or empty`;
  throw badRequest(`Unable to convert to Table as requested: ${why}`);
}

const rowFor = (call: Call, object: KubeObject) =>
  rowOf(call.kind, object, { now: call.kernel.now(), include: includeOf(call), metaVersion: call.metaVersion });

function noList({ kind: { custom, resource } }: Call): ApiError {
  if (custom) return new ApiError(500, "", "content is not a list");
  const found = `*${internalPackage(resource)}.${resource.kind}`;
  return notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (${found})`);
}

function isList({ kind: { custom, resource, listKind } }: Call): ApiError {
  const found = custom ? "*unstructured.UnstructuredList" : `*${internalPackage(resource)}.${listKind}`;
  return notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (${found})`);
}

const notAcceptable = (message: string): ApiError => new ApiError(406, "NotAcceptable", message);

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function presentList(call: Call, page: Page): Reply {
  const { kind, metaVersion } = call;
  const metadata: ListMeta = {
    resourceVersion: String(page.resourceVersion),
    // Lists of custom kinds say so when there is nothing to continue with.
    ...((page.continue !== "" || (kind.custom && call.view === "object")) && { continue: page.continue }),
    ...(page.remainingItemCount !== undefined && { remainingItemCount: page.remainingItemCount }),
  };
  switch (call.view) {
    case "object":
      return presentTexts(
        call,
        page.items.map((stored) => readItem(kind, stored)),
        metadata,
      );
    case "partial":
      throw isList(call);
    case "partialList": {
      const items = page.items.map((stored) => partialOf(read(kind, stored), metaVersion));
      return { code: 200, body: JSON.stringify({ kind: "PartialObjectMetadataList", apiVersion: metaVersion, metadata, items }) };
    }
    case "table": {
      includeOf(call);
      const rows = page.items.map((stored) => rowFor(call, read(kind, stored)));
      return { code: 200, body: JSON.stringify(table(kind, rows, metadata, metaVersion)) };
    }
  }
}

/** A list of objects that are text already: nothing is parsed to be sent. */
export function presentTexts({ kind }: Call, items: readonly string[], metadata: ListMeta): Reply {
  const head = JSON.stringify({ kind: kind.listKind, apiVersion: apiVersionOf(kind.resource), metadata }).slice(0, -1);
  return { code: 200, body: `${head},"items":[${items.join(",")}]}` };
}
