import { createHash } from "node:crypto";

/** JSON with sorted keys: equal values have equal texts. `undefined` members are left out, as in JSON. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  let text = "";
  if (Array.isArray(value)) {
    for (const item of value) text += `${text && ","}${canonicalJson(item ?? null)}`;
    return `[${text}]`;
  }
  const members = value as Readonly<Record<string, unknown>>;
  for (const key of Object.keys(members).sort()) {
    if (members[key] !== undefined) text += `${text && ","}${JSON.stringify(key)}:${canonicalJson(members[key])}`;
  }
  return `{${text}}`;
}

/** SHA-256 of a value's canonical JSON, in hexadecimal; `length` cuts it (64 by default). */
export const digest = (value: unknown, length = 64): string => digestOf(canonicalJson(value), length);

/** SHA-256 of a text. */
export const digestOf = (text: string, length = 64): string => createHash("sha256").update(text).digest("hex").slice(0, length);
