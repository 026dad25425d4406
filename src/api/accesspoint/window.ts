import { z } from "zod";
import { duration, timestamp } from "../meta.ts";

export const window = z
  .strictObject({
    schedule: z
      .string()
      .min(1)
      .max(100)
      .describe('When it opens: minute, hour, day of the month, month, day of the week, as cron has them, e.g. "0 22 * * 1-5".'),
    duration: duration().describe("How long it stays open, at least 1m."),
    timeZone: z
      .string()
      .min(1)
      .max(64)
      .default("UTC")
      .describe(
        "Time zone of the schedule, a name of the IANA database. An opening in the hour that a clock skips is at that hour's end, one in an hour that comes twice in the first of the two.",
      ),
  })
  .describe("A span of time that comes again.");

export const opening = z.strictObject({
  start: timestamp().describe("When it opens, or opened."),
  end: timestamp().describe("When it closes."),
});
