import type { StageStatus } from "../../api/accesspoint.ts";
import type { Entry, TargetView } from "./model.ts";

/** Whether the cluster has yet to be given the revision, or what it renders to now. */
export const outdated = (entry: Entry | undefined, revision: string, { variant }: TargetView): boolean =>
  entry?.revision !== revision || entry.variant !== variant;

/** Verified on what it was given, and known to be so now. */
export const verified = (entry: Entry | undefined, view: TargetView): boolean =>
  entry?.verifiedAt !== undefined && view.reach === "Reachable" && view.health.state === "Verified";

/** The entry of a cluster that is given a revision now. */
export function given(view: TargetView, entry: Entry | undefined, revision: string, stage: StageStatus, now: Date): Entry {
  const { name, zone, region } = view.target.member;
  const time = now.toISOString();
  const previous = entry?.revision === revision ? entry.previousRevision : entry?.revision;
  return {
    name,
    zone,
    ...(region ? { region } : {}),
    stage: stage.name,
    revision,
    variant: view.variant,
    ...(previous ? { previousRevision: previous } : {}),
    startedAt: time,
    progressingSince: time,
  };
}

/** Keeps account of since when a cluster is verified, or on its way to it. What is not known changes nothing. */
export function account(entry: Entry, view: TargetView, now: Date): Entry {
  if (view.reach === "Connecting" || entry.revision === undefined) return entry;
  const isVerified = view.reach === "Reachable" && view.health.state === "Verified";
  if (isVerified === (entry.verifiedAt !== undefined)) return entry;
  const { verifiedAt: _, progressingSince: __, ...rest } = entry;
  return isVerified ? { ...rest, verifiedAt: now.toISOString() } : { ...rest, progressingSince: now.toISOString() };
}
