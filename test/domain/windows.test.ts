import { describe, expect, it } from "vitest";
import { accessPointSpec } from "../../src/api/accesspoint.ts";
import { checkWindows, openingAt } from "../../src/domain/rollout/windows.ts";

const windowsOf = (...windows: readonly object[]) => accessPointSpec.shape.rollout.parse({ windows });
const night = { schedule: "0 22 * * *", duration: "2h" };
const berlin = { schedule: "30 2 * * *", duration: "1h", timeZone: "Europe/Berlin" };

describe("the window that is open, or the next one", () => {
  const tell = (now: string, ...windows: readonly object[]): string => {
    const opening = openingAt(windowsOf(...windows).windows ?? [], new Date(now));
    if (!opening) return "never";
    const [start, end] = [opening.start, opening.end].map((time) => time.toISOString().slice(0, 16));
    return `${opening.isOpen ? "open" : "next"} ${start} to ${end}`;
  };

  it.each<[string, string, readonly object[], string]>([
    ["before it", "2026-11-21T12:00:00Z", [night], "next 2026-11-21T22:00 to 2026-11-22T00:00"],
    ["a millisecond before it", "2026-11-21T21:59:59.999Z", [night], "next 2026-11-21T22:00 to 2026-11-22T00:00"],
    ["the instant it opens", "2026-11-21T22:00:00Z", [night], "open 2026-11-21T22:00 to 2026-11-22T00:00"],
    ["inside", "2026-11-21T23:59:59.999Z", [night], "open 2026-11-21T22:00 to 2026-11-22T00:00"],
    ["the instant it closes", "2026-11-22T00:00:00Z", [night], "next 2026-11-22T22:00 to 2026-11-23T00:00"],
    [
      "the soonest of several",
      "2026-11-21T12:00:00Z",
      [night, { schedule: "0 13 * * 6", duration: "5m" }],
      "next 2026-11-21T13:00 to 2026-11-21T13:05",
    ],
    [
      "of several that are open, the one that stays so longest",
      "2026-11-21T22:30:00Z",
      [night, { schedule: "0 20 * * *", duration: "8h" }],
      "open 2026-11-21T20:00 to 2026-11-22T04:00",
    ],
    [
      "one open, another to come",
      "2026-11-21T22:30:00Z",
      [{ schedule: "0 23 * * *", duration: "1h" }, night],
      "open 2026-11-21T22:00 to 2026-11-22T00:00",
    ],
    ["in its time zone", "2026-11-21T00:00:00Z", [berlin], "next 2026-11-21T01:30 to 2026-11-21T02:30"],
    ["in summer", "2026-07-01T00:00:00Z", [berlin], "next 2026-07-01T00:30 to 2026-07-01T01:30"],
    ["the hour that the clock skips: at its end", "2026-03-29T00:00:00Z", [berlin], "next 2026-03-29T01:00 to 2026-03-29T02:00"],
    ["and it is open from then", "2026-03-29T01:10:00Z", [berlin], "open 2026-03-29T01:00 to 2026-03-29T02:00"],
    ["the hour that comes twice: the first", "2026-10-25T00:00:00Z", [berlin], "next 2026-10-25T00:30 to 2026-10-25T01:30"],
    ["and not the second", "2026-10-25T01:45:00Z", [berlin], "next 2026-10-26T01:30 to 2026-10-26T02:30"],
    [
      "the 29th of February",
      "2026-01-01T00:00:00Z",
      [{ schedule: "0 0 29 2 *", duration: "1h" }],
      "next 2028-02-29T00:00 to 2028-02-29T01:00",
    ],
    ["none", "2026-01-01T00:00:00Z", [], "never"],
  ])("%s", (_, now, windows, expected) => {
    expect(tell(now, ...windows)).toBe(expected);
  });
});

describe("a window that cannot be", () => {
  it.each<[string, object, string]>([
    [
      "a schedule of six parts",
      { ...night, schedule: "0 0 22 * * *" },
      "schedule: \"0 0 22 * * *\" is no schedule (mode '5-part' requires exactly 5 parts, but pattern '0 0 22 * * *' has 6 parts.)",
    ],
    [
      "a minute that there is not",
      { ...night, schedule: "60 22 * * *" },
      'schedule: "60 22 * * *" is no schedule (Invalid value for minute: 60)',
    ],
    ["a day that no year has", { ...night, schedule: "0 0 30 2 *" }, 'schedule: "0 0 30 2 *" names a day that no year has'],
    [
      "a time zone that there is not",
      { ...night, timeZone: "Mars/Base" },
      'timeZone: "Mars/Base" is no time zone; write a name of the IANA database, such as Europe/Berlin',
    ],
    ["longer than a year", { ...night, duration: "9000h" }, "duration: a window lasts at most a year, and 9000h is more"],
    ["shorter than a minute", { ...night, duration: "30s" }, "duration: a window lasts at least a minute, and 30s is less"],
  ])("%s", (_, window, expected) => {
    const findings = checkWindows(windowsOf(night, window)).map(({ field, message }) => `${field}: ${message}`);
    expect(findings).toEqual([expect.stringContaining(`spec.rollout.windows[1].${expected}`)]);
  });

  it("but these can", () => {
    expect(checkWindows(windowsOf(night, berlin, { schedule: "0 0 29 2 *", duration: "1h" }))).toEqual([]);
  });
});
