import { isMap } from "../schema/node.ts";

/** A strategic merge patch makes no sense. */
export class StrategicPatchError extends Error {
  /** How the API server answers: most of it as an error of its own. */
  readonly status: 400 | 422 | 500;

  constructor(status: 400 | 422 | 500, message: string) {
    super(message);
    this.status = status;
  }
}

/** What a patch says of a field that is not there yet: without nulls, and without what was to be deleted. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  if (Object.hasOwn(value, "$patch")) return undefined;
  const entries = Object.entries(value).flatMap(([name, child]) => {
    const kept = child === null ? undefined : withoutDirectives(child);
    return kept === undefined ? [] : [[name, kept]];
  });
  return Object.fromEntries(entries);
}

/** As Go prints any value: `%v`. */
export function printGo(value: unknown): string {
  if (value === null || value === undefined) return "<nil>";
  if (Array.isArray(value)) return `[${value.map(printGo).join(" ")}]`;
  if (!isMap(value)) return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([name, child]) => `${name}:${printGo(child)}`).join(" ")}]`;
}
