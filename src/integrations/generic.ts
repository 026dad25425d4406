import { z } from "zod";
import type { Leader } from "../api/accesspoint.ts";
import { objectName } from "../api/meta.ts";
import type { KubeObject } from "../api/resource.ts";
import type { Reading } from "../domain/placement/following.ts";
import { ownName, type Source, undecided, unreadable } from "./source.ts";

const MAX_NAMES = 1000;
const names = z.array(objectName());

/** Any kind: the path leads to the names of clusters, one by one or as lists. */
export const byPath = ({ apiVersion, kind, name }: Leader, path: string): Source => {
  const steps = stepsOf(path);
  return { apiVersion, kind, name, variant: path, names: ownName, read: (object) => read(object, path, steps) };
};

/** Values that are no names are not repeated: nobody is to read with our eyes what they may not read with theirs. */
function read(object: KubeObject, path: string, steps: readonly Step[]): Reading {
  const title = `${object.kind} ${object.metadata.name}`;
  const found = steps.reduce<readonly unknown[]>((values, step) => values.flatMap((value) => below(value, step)), [object]).flat();
  if (found.length > MAX_NAMES)
    return unreadable(
      `${title}: clustersPath ${path} leads to ${found.length} values, and at most ${MAX_NAMES} clusters can be followed`,
    );
  const parsed = names.safeParse(found);
  if (!parsed.success) return unreadable(`${title}: clustersPath ${path} leads to something that is no name of a cluster`);
  return parsed.data.length > 0
    ? { state: "Placed", clusters: [...new Set(parsed.data)] }
    : undecided(`${title} has nothing at ${path}`);
}

/** A member by its name, an item by its position, or everything that is there. */
type Step = { readonly member: string } | { readonly position: number } | "all";

const STEP = /([-A-Za-z0-9_]+)|\[(?:([0-9]+)|\*|'([^']+)'|"([^"]+)")\]/g;

/** The schema lets nothing through but such steps. */
const stepsOf = (path: string): readonly Step[] =>
  [...path.matchAll(STEP)].map(([, plain, position, quoted = plain, other = quoted]): Step => {
    if (position !== undefined) return { position: Number(position) };
    return other === undefined ? "all" : { member: other };
  });

function below(value: unknown, step: Step): readonly unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if (step === "all") return Object.values(value);
  const key = "member" in step ? step.member : step.position;
  return Object.hasOwn(value, key) ? [(value as Readonly<Record<string | number, unknown>>)[key]] : [];
}
