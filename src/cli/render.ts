import { stringify } from "yaml";
import { nearest } from "../domain/placement.ts";
import { stageNames } from "../domain/rollout/plan.ts";
import type { Member } from "../domain/selection.ts";
import { PreviewError } from "./errors.ts";
import { allBundles, type Bundles } from "./preview/bundles.ts";
import type { Gathered } from "./preview/gather.ts";

export interface Rendering {
  /** A YAML stream: what each cluster gets, each object below a comment that says where it goes. */
  readonly output: string;
  /** What the controller would refuse or report, one line each. */
  readonly problems: readonly string[];
}

/**
 * `fap render`: what each cluster would get, without touching anything.
 *
 * @param cluster Only this one.
 * @param stage With the overrides that are bound to this stage; every AccessPoint must have it.
 * @throws PreviewError for a stage that a rollout does not have, or a cluster that is not there.
 */
export async function renderAll(gathered: Gathered, cluster?: string, stage?: string): Promise<Rendering> {
  checkCluster(gathered, cluster);
  checkStage(gathered, stage);
  const bundles = await allBundles(gathered, stage);
  const documents = bundles.flatMap(({ accessPoint, deliveries }) =>
    deliveries
      .filter(({ target }) => cluster === undefined || target.member.name === cluster)
      .flatMap(({ target, manifests }) =>
        manifests.map((manifest) => `# ${accessPoint} in ${titleOf(target.member)}\n${toYaml(manifest)}`),
      ),
  );
  return { output: documents.join("---\n"), problems: problemsOf(bundles) };
}

/** @throws PreviewError for a cluster that is not there. */
export function checkCluster({ members }: Gathered, cluster: string | undefined): void {
  const names = members.map(({ name }) => name);
  if (cluster !== undefined && !names.includes(cluster))
    throw new PreviewError(`there is no MemberCluster ${cluster}; ${nearest(cluster, names)}`);
}

/** @throws PreviewError for a stage that a rollout does not have. */
export function checkStage({ accessPoints }: Gathered, stage: string | undefined): void {
  for (const { metadata, spec } of accessPoints) {
    const known = stageNames(spec.rollout);
    if (stage !== undefined && !known.includes(stage))
      throw new PreviewError(
        `the rollout of ${metadata.namespace}/${metadata.name} has no stage ${JSON.stringify(stage)}; its stages are ${known.join(", ")}`,
      );
  }
}

/** One line each; what is wrong in the same words in many clusters is said once. */
export const problemsOf = (bundles: readonly Bundles[]): readonly string[] => [
  ...new Set(
    bundles.flatMap(({ accessPoint, findings }) => findings.map(({ field, message }) => `${accessPoint}: ${field}: ${message}`)),
  ),
];

const titleOf = ({ name, zone, role }: Member): string => `${name} (zone ${zone}, ${role})`;

const toYaml = (manifest: object): string => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false });
