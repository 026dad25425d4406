import { styleText } from "node:util";
import { changeText, diffObject, type ObjectDiff } from "../domain/diff.ts";
import { type Manifest, objectTitle } from "../domain/manifest.ts";
import { PreviewError } from "./errors.ts";
import { allBundles, type Bundles } from "./preview/bundles.ts";
import type { Gathered } from "./preview/gather.ts";
import { checkCluster, checkStage, problemsOf } from "./render.ts";

/** What is in a cluster now. */
export interface Present {
  /** Comparable with what is wanted; absent where there is no such object. */
  readonly find: (wanted: Manifest) => Manifest | undefined;
  /** Objects of the AccessPoint that are not wanted any more. */
  readonly leftovers: (wanted: readonly Manifest[]) => readonly Manifest[];
  /** Why the object that is there stays as it is: it is not the AccessPoint's. */
  readonly conflict?: (wanted: Manifest) => string | undefined;
}

export interface Comparison {
  readonly output: string;
  readonly problems: readonly string[];
  readonly differs: boolean;
}

/** What one cluster has of one AccessPoint. */
export type Look = (
  bundle: Pick<Bundles, "accessPoint" | "sync">,
  cluster: string,
  wanted: readonly Manifest[],
) => Promise<Present>;

export interface DiffOptions {
  readonly cluster?: string;
  /** With the overrides that are bound to this stage. */
  readonly stage?: string;
  readonly color: boolean;
  /** Clusters that have something of an AccessPoint, whether or not they are to have it. */
  readonly holders: (accessPoint: string) => Promise<readonly string[]>;
}

/** `fap diff`: what would change in each cluster, without touching anything. A cluster that cannot be asked is a problem of its own. */
export async function diffAll(gathered: Gathered, look: Look, options: DiffOptions): Promise<Comparison> {
  checkCluster(gathered, options.cluster);
  checkStage(gathered, options.stage);
  const bundles = await allBundles(gathered, options.stage);
  const paint = options.color ? colored : plain;
  const blocks: string[] = [];
  const silent: string[] = [];
  for (const bundle of bundles) {
    const { accessPoint, deliveries, holds } = bundle;
    const wanted = new Map(deliveries.map(({ target, manifests }) => [target.member.name, manifests]));
    for (const holder of await options.holders(accessPoint)) if (!wanted.has(holder) && !holds(holder)) wanted.set(holder, []);
    for (const [cluster, manifests] of wanted) {
      if (options.cluster !== undefined && options.cluster !== cluster) continue;
      try {
        const lines = linesOf(manifests, await look(bundle, cluster, manifests), bundle, paint);
        if (lines.length > 0) blocks.push([`${accessPoint} in ${cluster}`, ...lines].join("\n"));
      } catch (error) {
        if (!(error instanceof PreviewError)) throw error;
        silent.push(`${accessPoint}: ${error.message}`);
      }
    }
  }
  return {
    output: blocks.length ? `${blocks.join("\n\n")}\n` : "",
    problems: [...problemsOf(bundles), ...silent],
    differs: blocks.length > 0,
  };
}

function linesOf(
  wanted: readonly Manifest[],
  { find, leftovers, conflict }: Present,
  { sync }: Pick<Bundles, "sync">,
  paint: Paint,
): readonly string[] {
  const stays = sync.whenRemoved === "Orphan" ? " (it stays, without our marks)" : "";
  return [
    ...wanted.flatMap((manifest) => {
      const why = conflict?.(manifest);
      if (why !== undefined) return [paint("conflict", `  ! ${objectTitle(manifest)} stays as it is: ${why}`)];
      return changeLines(diffObject(find(manifest), manifest), "", paint);
    }),
    ...leftovers(wanted).flatMap((manifest) => changeLines(diffObject(manifest, undefined), stays, paint)),
  ];
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

type Paint = (type: ObjectDiff["type"] | "conflict", text: string) => string;
const plain: Paint = (_, text) => text;
const COLORS = { create: "green", update: "yellow", delete: "red", conflict: "magenta" } as const;
const colored: Paint = (type, text) => styleText(COLORS[type], text, { validateStream: false });

const SIGNS = { create: "+", update: "~", delete: "-" } as const;

const changeLines = (change: ObjectDiff | undefined, note: string, paint: Paint): readonly string[] =>
  change
    ? [
        paint(change.type, `  ${SIGNS[change.type]} ${change.object}${note}`),
        ...change.changes.map((each) => `      ${changeText(each)}`),
      ]
    : [];
