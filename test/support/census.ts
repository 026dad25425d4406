import { DELIVERABLE } from "../../src/api/kinds.ts";
import type { Station } from "./fleet.ts";

/** How often an API server was asked for what: `VERB resource` → requests so far. Only kinds that can be delivered; watches not. */
export type Census = ReadonlyMap<string, number>;

const resources = new Map(DELIVERABLE.map(({ group, plural }) => [group === "" ? plural : `${plural}.${group}`, plural]));

/** What the API server itself has counted. */
export async function takeCensus({ cluster, client }: Station): Promise<Census> {
  const counts = new Map<string, number>();
  const add = (verb: string, resource: string, count: number) => {
    if (verb === "watch" || !resources.has(resource)) return;
    const key = `${verb} ${resource}`;
    counts.set(key, (counts.get(key) ?? 0) + count);
  };
  if (cluster.embedded) {
    for (const { verb, resource } of cluster.embedded.requests.all) add(verb, resource, 1);
    return counts;
  }
  const metrics = String(await client.raw("GET", "/metrics"));
  for (const [, labels = "", count] of metrics.matchAll(/^apiserver_request_total\{([^}]*)\} (\S+)$/gm)) {
    const label = (name: string) => new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
    const group = label("group");
    const verb = label("verb").toLowerCase();
    add(verb === "apply" ? "patch" : verb, group === "" ? label("resource") : `${label("resource")}.${group}`, Number(count));
  }
  return counts;
}

/** What came on top between two counts; nothing where nothing did. */
export const added = (before: Census, after: Census): Readonly<Record<string, number>> =>
  Object.fromEntries(
    [...after].map(([key, count]): [string, number] => [key, count - (before.get(key) ?? 0)]).filter(([, count]) => count > 0),
  );
