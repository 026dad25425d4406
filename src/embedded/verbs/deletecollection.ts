import type { Call, Reply } from "../call.ts";
import { readItem } from "../objects.ts";
import { presentTexts } from "../views.ts";
import { removeStored } from "./delete.ts";
import { deleteOptions } from "./delete-options.ts";
import { page } from "./list.ts";

/** Deletes what the selectors select; answers with what it was. */
export function removeCollection(call: Call): Reply {
  const options = deleteOptions(call);
  const { items } = page(call);
  for (const stored of items) removeStored(call, stored, options);
  const removed = items.map((stored) => readItem(call.kind, stored));
  return presentTexts(call, removed, { resourceVersion: String(call.kernel.store.revision) });
}
