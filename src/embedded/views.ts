import type { KubeObject } from "../kube/resource.ts";
import { apiVersionOf } from "../kube/resource.ts";
import type { Call, Reply } from "./call.ts";
import { read, readItem } from "./objects.ts";
import { partialOf, rowOf, table } from "./table.ts";
import type { Page } from "./verbs/list.ts";

export const metaVersion = "meta.k8s.io/v1";

/** One object in the form that was asked for. `object` may be left out when its text is what is asked for. */
export function present(call: Call, code: number, object: KubeObject | undefined, text: string): Reply {
  switch (call.view) {
    case "object":
      return { code, body: text };
    case "partial":
      return { code, body: JSON.stringify({ kind: "PartialObjectMetadata", apiVersion: metaVersion, metadata: object!.metadata }) };
    case "table":
      return {
        code,
        body: JSON.stringify(table(call.kind, [rowFor(call, object!)], { resourceVersion: object!.metadata.resourceVersion })),
      };
  }
}

const rowFor = (call: Call, object: KubeObject) => rowOf(call.kind, object, call.kernel.now(), call.query.get("includeObject"));

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function presentList(call: Call, page: Page): Reply {
  const { kind } = call;
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
    case "partial": {
      const items = page.items.map((stored) => partialOf(read(kind, stored)));
      return { code: 200, body: JSON.stringify({ kind: "PartialObjectMetadataList", apiVersion: metaVersion, metadata, items }) };
    }
    case "table": {
      const rows = page.items.map((stored) => rowFor(call, read(kind, stored)));
      return { code: 200, body: JSON.stringify(table(kind, rows, metadata)) };
    }
  }
}

/** A list of objects that are text already: nothing is parsed to be sent. */
export function presentTexts({ kind }: Call, items: readonly string[], metadata: ListMeta): Reply {
  const head = JSON.stringify({ kind: kind.listKind, apiVersion: apiVersionOf(kind.resource), metadata }).slice(0, -1);
  return { code: 200, body: `${head},"items":[${items.join(",")}]}` };
}
