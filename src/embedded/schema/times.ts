/** Part of a layout: how Go spells it, what it matches, and what its number may be. */
interface Part {
  readonly layout: string;
  readonly pattern: RegExp;
  readonly range?: readonly [what: string, min: number, max: number];
}

const literal = (layout: string): Part => ({ layout, pattern: new RegExp(`^${layout}`) });

const toMinutes: readonly Part[] = [
  { layout: "2006", pattern: /^\d{4}/ },
  literal("-"),
  { layout: "01", pattern: /^\d\d/, range: ["month", 1, 12] },
  literal("-"),
  { layout: "02", pattern: /^\d\d/ },
  literal("T"),
  { layout: "15", pattern: /^\d\d?/, range: ["hour", 0, 23] },
  literal(":"),
  { layout: "04", pattern: /^\d\d/, range: ["minute", 0, 59] },
  literal(":"),
];

const zone: Part = { layout: "Z07:00", pattern: /^(?:Z|[+-]\d\d:\d\d)/ };
const second = { layout: "05", range: ["second", 0, 59] } as const;

const layouts: Readonly<Record<"date-time" | "micro-time", readonly Part[]>> = {
  // A fraction may follow though the layout has none.
  "date-time": [...toMinutes, { ...second, pattern: /^\d\d(?:[.,]\d+)?/ }, zone],
  "micro-time": [...toMinutes, { ...second, pattern: /^\d\d/ }, { layout: ".000000", pattern: /^[.,]\d{6}/ }, zone],
};

/**
 * Reads a time as Go reads it, and writes it in UTC: in seconds, or in microseconds.
 * @returns the time, or Go's complaint
 */
export function readTime(
  text: string,
  format: "date-time" | "micro-time",
): { readonly time: string } | { readonly problem: string } {
  if (format === "date-time" && canonical.test(text)) return { time: text };
  const parts = layouts[format];
  const refused = (why: string) => ({ problem: `parsing time ${JSON.stringify(text)}${why}` });
  let rest = text;
  for (const { layout, pattern, range } of parts) {
    const found = pattern.exec(rest)?.[0];
    if (found === undefined) {
      const whole = parts.map((part) => part.layout).join("");
      return refused(` as ${JSON.stringify(whole)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(layout)}`);
    }
    const value = Number.parseInt(found, 10);
    if (range && (value < range[1] || value > range[2])) return refused(`: ${range[0]} out of range`);
    rest = rest.slice(found.length);
  }
  if (rest !== "") return refused(`: extra text: ${JSON.stringify(rest)}`);
  const [year, month, day] = text.split(/[-T]/, 3).map(Number) as [number, number, number];
  // The calendar repeats itself every 400 years, and JavaScript takes a year below 100 for one of the last century.
  if (day < 1 || day > new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()) return refused(": day out of range");
  return { time: inUtc(text, format) };
}

const days = "(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8])";
/** Nearly all times are written as they are kept; whether a 29 February is one is left to a closer look. */
const canonical = new RegExp(`^\\d{4}-(?:${days})T(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\dZ$`);

function inUtc(text: string, format: "date-time" | "micro-time"): string {
  const [, date, hour, below, fraction = "", offset] = /^(.*)T(\d\d?)(:\d\d:\d\d)(?:[.,](\d+))?(.*)$/.exec(text)!;
  const seconds = new Date(`${date}T${hour!.padStart(2, "0")}${below}${offset}`).toISOString().slice(0, 19);
  return format === "date-time" ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}
