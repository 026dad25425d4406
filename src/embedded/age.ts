const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** How long ago that was, as kubectl prints it: `45s`, `3m12s`, `5h`, `12d`, `2y30d`. */
export function age(since: string | undefined, now: Date): string {
  if (since === undefined) return "<unknown>";
  return duration(now.getTime() - Date.parse(since));
}

export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / second);
  // Clocks differ a little: not yet is now, up to two seconds.
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (milliseconds < 2 * minute) return `${seconds}s`;
  if (milliseconds < 10 * minute) return two(milliseconds, minute, "m", second, "s");
  if (milliseconds < 3 * hour) return `${Math.floor(milliseconds / minute)}m`;
  if (milliseconds < 8 * hour) return two(milliseconds, hour, "h", minute, "m");
  if (milliseconds < 2 * day) return `${Math.floor(milliseconds / hour)}h`;
  if (milliseconds < 8 * day) return two(milliseconds, day, "d", hour, "h");
  if (milliseconds < 2 * year) return `${Math.floor(milliseconds / day)}d`;
  if (milliseconds < 8 * year) return two(milliseconds, year, "y", day, "d");
  return `${Math.floor(milliseconds / year)}y`;
}

function two(value: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((value % large) / small);
  return `${Math.floor(value / large)}${largeUnit}${rest === 0 ? "" : `${rest}${smallUnit}`}`;
}
