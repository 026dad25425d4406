import type { StageStatus } from "../../api/accesspoint.ts";
import type { Entry, TargetView } from "./model.ts";

/** Whether the cluster has yet to be given the revision, or what it renders to now. */
export const outdated = (entry: Entry | undefined, revision: string, { variant }: TargetView): boolean =>
  entry?.revision !== revision || entry.variant !== variant;

/** Verified on what it was given, and known to be so now. */
export const verified = (entry: Entry | undefined, view: TargetView): boolean =>
  entry?.verifiedAt !== undefined && view.reach === "Reachable" && view.health.state === "Verified";

/** From when the soak counts; undefined while the cluster is not verified. */
export const soakStart = ({ verifiedAt, soakingSince }: Entry): string | undefined => soakingSince ?? verifiedAt;

/** A cluster that fell behind since its stage was done, or since the rollout was, and could be brought up to date. */
export const late = (entry: Entry | undefined, revision: string, view: TargetView): boolean =>
  outdated(entry, revision, view) && !entry?.skipped && view.reach === "Reachable";

/** The entry of a cluster that is given a revision now. */
export function given(view: TargetView, entry: Entry | undefined, revision: string, stage: StageStatus, now: Date): Entry {
  const { name, zone, region } = view.target.member;
  // The last one that is known to be good: a revision that was left half-way is none to go back to.
  const previous = entry?.previousRevision ?? entry?.revision;
  return {
    name,
    zone,
    ...(region ? { region } : {}),
    stage: stage.name,
    revision,
    variant: view.variant,
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
