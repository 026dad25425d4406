import type { RolloutStatus } from "../../api/accesspoint.ts";
import { milliseconds } from "../../api/meta.ts";
import { soakStart } from "./entries.ts";
import type { Entry, Observation, TargetView } from "./model.ts";
import { isDone } from "./plan.ts";

/** While a soak or a deadline runs, status says at least so often when the controller last looked. Milliseconds. */
export const CHECKPOINT_MS = 30_000;

/** Looks that are further apart mean that nobody looked in between: the process stood still, or the clock was set. Milliseconds. */
const LONGEST_GAP_MS = 3 * CHECKPOINT_MS;

/**
 * How much of the time since the last look nobody watched, in milliseconds; negative where the clock was set back. Soaks and
 * deadlines are moved on by it, so that what was seen of them stays as it was: a restart neither resets nor credits them.
 */
export function unwatchedMs(
  rollout: RolloutStatus | undefined,
  { now, watchedMs }: Pick<Observation, "now" | "watchedMs">,
): number {
  const gap = gapMs(rollout, now);
  const watched = gap < 0 || gap > LONGEST_GAP_MS ? 0 : Math.min(gap, watchedMs);
  return gap - watched;
}

const gapMs = (rollout: RolloutStatus | undefined, now: Date): number =>
  rollout?.observedAt ? now.getTime() - Date.parse(rollout.observedAt) : 0;

/**
 * Keeps account of since when a cluster is verified, or on its way to it. What is not known changes nothing, but is no soak
 * either.
 *
 * @param isEarlier Its stage is done: being out of sight is not held against it, and when it is seen again it has time to recover.
 */
export function account(
  entry: Entry,
  view: TargetView,
  isEarlier: boolean,
  before: RolloutStatus | undefined,
  seen: Observation,
): Entry {
  if (entry.revision === undefined) return entry;
  const now = seen.now.toISOString();
  const unwatched = unwatchedMs(before, seen);
  const { verifiedAt, soakingSince, unknownSince, progressingSince, ...rest } = entry;
  const isVerified = view.reach === "Reachable" && view.health.state === "Verified";
  if (view.reach === "Connecting") {
    if (verifiedAt) return unknownSince ? entry : { ...entry, unknownSince: before?.observedAt ?? now };
  } else if (isVerified) {
    if (!verifiedAt) return { ...rest, verifiedAt: now };
    if (!unknownSince) return unwatched === 0 ? entry : { ...entry, soakingSince: later(soakStart(entry)!, unwatched) };
    return { ...rest, verifiedAt, soakingSince: later(soakStart(entry)!, seen.now.getTime() - Date.parse(unknownSince)) };
  }
  if (isEarlier && isOutOfSight(view)) return verifiedAt || progressingSince ? rest : entry;
  if (!progressingSince) return { ...rest, progressingSince: now };
  return unwatched === 0 ? entry : { ...entry, progressingSince: later(progressingSince, unwatched) };
}

/** Nobody can tell how it stands. */
const isOutOfSight = ({ reach, health }: TargetView): boolean =>
  reach === "Unreachable" || (reach === "Reachable" && health.state === "Unknown");

const later = (time: string, ms: number): string => new Date(Date.parse(time) + ms).toISOString();

/** The entry of a cluster that is no target any more: nobody watches it. */
export function unwatchedEntry(entry: Entry): Entry {
  const { verifiedAt, soakingSince, unknownSince, progressingSince, ...rest } = entry;
  return verifiedAt || progressingSince ? rest : entry;
}

/** The rollout with the time of this look, as far as a clock runs that depends on it. */
export function stamped(
  rollout: RolloutStatus,
  entries: ReadonlyMap<string, Entry>,
  before: ReadonlyMap<string, Entry>,
  { now }: Observation,
): RolloutStatus {
  const { observedAt, ...rest } = rollout;
  if (!clockRuns(rollout, entries, now)) return rest;
  const gap = gapMs(rollout, now);
  const moved = [...entries].some(([name, entry]) => entry !== before.get(name));
  const fresh = observedAt !== undefined && gap >= 0 && gap < CHECKPOINT_MS && !moved;
  return { ...rest, observedAt: fresh ? observedAt : now.toISOString() };
}

/** When the next look is due although nothing happens. */
export const checkpoint = (rollout: RolloutStatus | undefined): Date | undefined =>
  rollout?.observedAt ? new Date(Date.parse(rollout.observedAt) + CHECKPOINT_MS) : undefined;

function clockRuns({ stages = [], phase }: RolloutStatus, entries: ReadonlyMap<string, Entry>, now: Date): boolean {
  if (phase === "Completed") return false;
  const runs = (since: string | undefined, length: string | undefined) =>
    since !== undefined && length !== undefined && Date.parse(since) + milliseconds(length) > now.getTime();
  return stages.some(
    (stage) =>
      (phase !== "Failed" && runs(stage.stuckSince, stage.progressDeadline)) ||
      stage.clusters.some((name) => {
        const entry = entries.get(name);
        if (!entry) return false;
        // After a failure no deadline counts, but a retry goes on with soaks.
        const isProgressing = phase !== "Failed" && runs(entry.progressingSince, stage.progressDeadline);
        return isProgressing || (!isDone(stage) && !entry.unknownSince && runs(soakStart(entry), stage.soak));
      }),
  );
}
