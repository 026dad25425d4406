import { createHash } from "node:crypto";

/** JSON with sorted keys: equal values have equal texts. `undefined` members are left out, as in JSON. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
    return `{${members.join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

/** SHA-256 of a value's canonical JSON, in hexadecimal; `length` cuts it (64 by default). */
export const digest = (value: unknown, length = 64): string =>
  createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, length);
