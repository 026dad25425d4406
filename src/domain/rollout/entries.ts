import type { ClusterStatus, StageStatus } from "../../api/accesspoint.ts";
import type { Entry, TargetView } from "./model.ts";

/** Every field of an entry; the compiler sees to it that none is missing. */
const FIELDS: Readonly<Record<keyof Entry, true>> = {
  name: true,
  zone: true,
  region: true,
  stage: true,
  revision: true,
  variant: true,
  variantStage: true,
  previousRevision: true,
  startedAt: true,
  progressingSince: true,
  verifiedAt: true,
  soakingSince: true,
  unknownSince: true,
  skipped: true,
};

/** What is kept of a cluster in its status. */
export const entryOf = (cluster: ClusterStatus): Entry =>
  Object.fromEntries(Object.entries(cluster).filter(([field]) => field in FIELDS)) as unknown as Entry;

/** One rendering of a revision: with what is bound to `variantStage`, or the one that a cluster ends with. */
type Rendering = Pick<Entry, "variantStage"> & { readonly variant: string };

/** What the cluster is to have in this stage: with what is bound to it where it only steps here, else what it ends with. */
export function due({ target, variant, steps }: TargetView, { name, stepping }: StageStatus): Rendering {
  const step = stepping?.includes(target.member.name) ? steps?.get(name) : undefined;
  return step === undefined ? { variant } : { variant: step, variantStage: name };
}

/** Whether the cluster has yet to be given the revision, or this rendering of it; a view stands for what the cluster ends with. */
export const outdated = (entry: Entry | undefined, revision: string, { variant, variantStage }: Rendering): boolean =>
  entry?.revision !== revision || entry.variant !== variant || entry.variantStage !== variantStage;

/** On its way: it has what a stage's own overrides make of the revision. */
export const isStepping = (entry: Entry | undefined, revision: string, { steps }: TargetView): boolean =>
  entry?.variantStage !== undefined && entry.revision === revision && entry.variant === steps?.get(entry.variantStage);

/** Verified on what it was given, and known to be so now. */
export const verified = (entry: Entry | undefined, view: TargetView): boolean =>
  entry?.verifiedAt !== undefined && view.reach === "Reachable" && view.health.state === "Verified";

/** From when the soak counts; undefined while the cluster is not verified. */
export const soakStart = ({ verifiedAt, soakingSince }: Entry): string | undefined => soakingSince ?? verifiedAt;

/**
 * A cluster that fell behind since its stage was done, or since the rollout was, and could be brought up to date. One that came to
 * grief on its way stays where it is until it is well there.
 */
export const late = (entry: Entry | undefined, revision: string, view: TargetView): boolean =>
  outdated(entry, revision, view) &&
  !entry?.skipped &&
  view.reach === "Reachable" &&
  (!isStepping(entry, revision, view) || verified(entry, view));

/** The entry of a cluster that is given a revision now. */
export function given(view: TargetView, entry: Entry | undefined, revision: string, stage: StageStatus, now: Date): Entry {
  const { name, zone, region } = view.target.member;
  // The last one that is known to be good: a revision that was left half-way is none to go back to.
  const previous = entry?.previousRevision ?? (entry?.variantStage ? undefined : entry?.revision);
  return {
    name,
    zone,
    ...(region ? { region } : {}),
    stage: stage.name,
    revision,
    ...due(view, stage),
    ...(previous && previous !== revision ? { previousRevision: previous } : {}),
    ...fresh(now),
  };
}

/** The entry of a cluster that is given back the revision it had. */
export function givenBack({ name, zone, region, stage, previousRevision }: Entry, variant: string, now: Date): Entry {
  return {
    name,
    ...(zone ? { zone } : {}),
    ...(region ? { region } : {}),
    ...(stage ? { stage } : {}),
    ...(previousRevision ? { revision: previousRevision } : {}),
    variant,
    ...fresh(now),
  };
}

/** The entry of a cluster that is to be tried anew: what was seen of it so far does not count, unless it is verified. */
export const tried = (entry: Entry, now: Date): Entry =>
  entry.revision === undefined || entry.verifiedAt ? entry : { ...entry, ...fresh(now) };

const fresh = (now: Date) => ({ startedAt: now.toISOString(), progressingSince: now.toISOString() });
