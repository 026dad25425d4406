import type { Call, Reply } from "../call.ts";
import { readItem } from "../objects.ts";
import { presentTexts } from "../views.ts";
import { deleteOptions, removeStored } from "./delete.ts";
import { page } from "./list.ts";

/** Deletes what the selectors select; answers with what it was. */
export function removeCollection(call: Call): Reply {
  const options = deleteOptions(call);
  const { items } = page(call);
  const removed = items.map((stored) => {
    const { gone } = removeStored(call, stored, options);
    const left = gone ? stored : (call.kernel.store.get(call.kind.collection, stored.key) ?? stored);
    return readItem(call.kind, left);
  });
  return presentTexts(call, removed, { resourceVersion: String(call.kernel.store.revision) });
}
