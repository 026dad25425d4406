import type { Call, Reply } from "../call.ts";
import { serialise } from "../objects.ts";
import { presentTexts } from "../views.ts";
import { deleteOptions, removeStored } from "./delete.ts";
import { page } from "./list.ts";

/** Deletes what the selectors select; answers with what it was. */
export function removeCollection(call: Call): Reply {
  const options = deleteOptions(call);
  const { items } = page(call);
  const removed = items.map((stored) => serialise(removeStored(call, stored, options).object));
  return presentTexts(call, removed, { resourceVersion: String(call.kernel.store.revision) });
}
