import { styleText } from "node:util";
import { changeText, diffObject, type ObjectDiff } from "../domain/diff.ts";
import { type Manifest, objectTitle } from "../domain/manifest.ts";
import { bundlesOf } from "./preview/bundles.ts";
import type { Gathered } from "./preview/gather.ts";
import { problemsOf } from "./render.ts";

/** What is in a cluster now. */
export interface Present {
  /** Comparable with what is wanted; absent where there is no such object. */
  readonly find: (wanted: Manifest) => Manifest | undefined;
  /** Objects of the AccessPoint that are not wanted any more. */
  readonly leftovers: (wanted: readonly Manifest[]) => readonly Manifest[];
}

export interface Comparison {
  readonly output: string;
  readonly problems: readonly string[];
  readonly differs: boolean;
}

/** What one cluster has of one AccessPoint. */
export type Look = (accessPoint: string, cluster: string, wanted: readonly Manifest[]) => Promise<Present>;

export interface DiffOptions {
  readonly cluster?: string;
  readonly color: boolean;
  /** Clusters that have something of an AccessPoint, whether or not they are to have it. */
  readonly holders: (accessPoint: string) => Promise<readonly string[]>;
}

/** `fap diff`: what would change in each cluster, without touching anything. */
export async function diffAll(
  { accessPoints, members, readings }: Gathered,
  look: Look,
  options: DiffOptions,
): Promise<Comparison> {
  const bundles = await Promise.all(
    accessPoints.map(async (accessPoint) => bundlesOf(accessPoint, members, await readings(accessPoint))),
  );
  const paint = options.color ? colored : plain;
  const blocks: string[] = [];
  for (const { accessPoint, deliveries } of bundles) {
    const wanted = new Map(deliveries.map(({ target, manifests }) => [target.member.name, manifests]));
    for (const holder of await options.holders(accessPoint)) if (!wanted.has(holder)) wanted.set(holder, []);
    for (const [cluster, manifests] of wanted) {
      if (options.cluster !== undefined && options.cluster !== cluster) continue;
      const changes = differences(manifests, await look(accessPoint, cluster, manifests));
      if (changes.length > 0)
        blocks.push([`${accessPoint} in ${cluster}`, ...changes.flatMap((change) => linesOf(change, paint))].join("\n"));
    }
  }
  return { output: blocks.length ? `${blocks.join("\n\n")}\n` : "", problems: problemsOf(bundles), differs: blocks.length > 0 };
}

function differences(wanted: readonly Manifest[], { find, leftovers }: Present): readonly ObjectDiff[] {
  return [
    ...wanted.map((manifest) => diffObject(find(manifest), manifest)),
    ...leftovers(wanted).map((manifest) => diffObject(manifest, undefined)),
  ].filter((change) => change !== undefined);
}

/** A cluster that has exactly these manifests, as another set of files renders them. */
export function presentIn(manifests: readonly Manifest[]): Present {
  const byTitle = new Map(manifests.map((manifest) => [objectTitle(manifest), manifest]));
  return {
    find: (wanted) => byTitle.get(objectTitle(wanted)),
    leftovers: (wanted) => {
      const titles = new Set(wanted.map(objectTitle));
      return manifests.filter((manifest) => !titles.has(objectTitle(manifest)));
    },
  };
}

type Paint = (type: ObjectDiff["type"], text: string) => string;
const plain: Paint = (_, text) => text;
const COLORS = { create: "green", update: "yellow", delete: "red" } as const;
const colored: Paint = (type, text) => styleText(COLORS[type], text, { validateStream: false });

const SIGNS = { create: "+", update: "~", delete: "-" } as const;

const linesOf = ({ type, object, changes }: ObjectDiff, paint: Paint): readonly string[] => [
  paint(type, `  ${SIGNS[type]} ${object}`),
  ...changes.map((change) => `      ${changeText(change)}`),
];
