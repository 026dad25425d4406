import { Cron } from "croner";
import type { AccessPointSpec } from "../../api/accesspoint.ts";
import { milliseconds } from "../../api/meta.ts";
import type { Finding } from "../finding.ts";
import type { Observation, State } from "./model.ts";

type WindowSpec = NonNullable<AccessPointSpec["rollout"]["windows"]>[number];

/** A window, from when to when it is open. */
export interface Opening {
  readonly start: Date;
  readonly end: Date;
  /** Now. */
  readonly isOpen: boolean;
}

/** Longer than a window is open; what is to be open for ever needs none. */
const LONGEST_MS = 366 * 24 * 3_600_000;

/** Any instant that is followed by every day that there is, the 29th of February included. */
const LEAP_YEAR = new Date("2024-01-01T00:00:00Z");

/**
 * The window that is open, or the next one; undefined where none will ever open. A start that falls into the hour that a clock
 * skips is at the end of that hour; one that falls into an hour that comes twice is in the first of the two.
 */
export function openingAt(windows: readonly WindowSpec[], now: Date): Opening | undefined {
  const openings = windows.flatMap((window) => openingOf(window, now) ?? []);
  const open = openings.filter(({ isOpen }) => isOpen);
  const last = open.toSorted((a, b) => b.end.getTime() - a.end.getTime())[0];
  return last ?? openings.toSorted((a, b) => a.start.getTime() - b.start.getTime())[0];
}

function openingOf(window: WindowSpec, now: Date): Opening | undefined {
  const cron = schedule(window);
  const duration = milliseconds(window.duration);
  // What opened longer ago has closed.
  const start = cron.nextRun(new Date(now.getTime() - duration));
  return start ? { start, end: new Date(start.getTime() + duration), isOpen: start <= now } : undefined;
}

/** Only reckons: without a function nothing is ever started. */
const schedule = ({ schedule: pattern, timeZone }: WindowSpec): Cron =>
  new Cron(pattern, { timezone: timeZone, mode: "5-part", paused: true });

/** Windows hold what is new. What was everywhere before may return at any time, and so may what somebody asks to go back to. */
export const isBoundToWindows = ({ currentRevision }: State, { revision, settings }: Observation): boolean =>
  (settings.windows ?? []).length > 0 && currentRevision !== revision && settings.rollbackTo !== revision;

/** What is wrong with windows, beyond what their schema says. */
export const checkWindows = ({ windows = [] }: AccessPointSpec["rollout"]): readonly Finding[] =>
  windows.flatMap((window, index) => {
    const invalid = (field: string, message: string): Finding[] => [
      { reason: "InvalidWindow", field: `spec.rollout.windows[${index}].${field}`, message },
    ];
    const { schedule: pattern, duration, timeZone } = window;
    if (!isTimeZone(timeZone))
      return invalid(
        "timeZone",
        `${JSON.stringify(timeZone)} is no time zone; write a name of the IANA database, such as Europe/Berlin`,
      );
    if (milliseconds(duration) > LONGEST_MS) return invalid("duration", `a window lasts at most a year, and ${duration} is more`);
    if (milliseconds(duration) < 60_000) return invalid("duration", `a window lasts at least a minute, and ${duration} is less`);
    try {
      if (schedule(window).nextRun(LEAP_YEAR)) return [];
      return invalid("schedule", `${JSON.stringify(pattern)} names a day that no year has`);
    } catch (error) {
      const why = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
      return invalid(
        "schedule",
        `${JSON.stringify(pattern)} is no schedule (${why}); write minute, hour, day of the month, month and day of the week, such as "0 22 * * 1-5"`,
      );
    }
  });

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
