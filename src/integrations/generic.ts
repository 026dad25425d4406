import { JSONPath } from "jsonpath-plus";
import { z } from "zod";
import type { Leader } from "../api/accesspoint.ts";
import { objectName } from "../api/meta.ts";
import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";
import { ownName, type Source, undecided, unreadable } from "./source.ts";

const names = z.array(objectName()).max(1000);

/** Any kind: the path leads to the names of clusters, one by one or as lists. */
export const byPath = ({ apiVersion, kind, name }: Leader, path: string): Source => ({
  apiVersion,
  kind,
  name,
  variant: path,
  names: ownName,
  read: (object) => read(object, path),
});

/** Values that are no names are not repeated: nobody is to read with our eyes what they may not read with theirs. */
function read(object: KubeObject, path: string): Reading {
  const title = `${object.kind} ${object.metadata.name}`;
  let found: unknown;
  try {
    // Without `eval` an expression in the path is refused instead of being run.
    found = JSONPath({ path: normalised(path), json: object, eval: false, wrap: true });
  } catch (error) {
    return unreadable(`clustersPath ${path} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = names.safeParse(Array.isArray(found) ? found.flat() : []);
  if (!parsed.success) return unreadable(`${title}: clustersPath ${path} leads to something that is no name of a cluster`);
  return parsed.data.length > 0
    ? { state: "Placed", clusters: [...new Set(parsed.data)] }
    : undecided(`${title} has nothing at ${path}`);
}

/** kubectl's way to write a path, `{.spec.x}`, is understood as well. */
function normalised(path: string): string {
  const bare = path.replace(/^\{(.*)\}$/, "$1");
  return bare.startsWith("$") ? bare : `$${bare.startsWith(".") || bare.startsWith("[") ? "" : "."}${bare}`;
}
