import { randomInt } from "node:crypto";

/** No vowels and no digits that look like them: no words appear by chance. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";
const suffixLength = 5;
const longest = 63;

/** `prefix` and five random characters, cut to what a name may be. */
export function generateName(prefix: string): string {
  const suffix = Array.from({ length: suffixLength }, () => alphabet[randomInt(alphabet.length)]).join("");
  return prefix.slice(0, longest - suffixLength) + suffix;
}
