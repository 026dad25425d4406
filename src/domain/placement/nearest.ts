/** "did you mean …" where one name is close, the known names otherwise. */
export function nearest(name: string, known: readonly string[]): string {
  const close = known.find((candidate) => distance(candidate, name) <= FARTHEST);
  if (close) return `did you mean ${JSON.stringify(close)}?`;
  const shown = [...known].sort().slice(0, 5);
  return shown.length ? `known are ${shown.join(", ")}${known.length > shown.length ? ", …" : ""}` : "no cluster is registered yet";
}

/** Names that differ in more than so many letters are not taken for each other. */
const FARTHEST = 2;

/** Levenshtein distance of two names, or more than FARTHEST: long lists of names are compared with long lists. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > FARTHEST) return Number.POSITIVE_INFINITY;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    if (Math.min(...next) > FARTHEST) return Number.POSITIVE_INFINITY;
    row = next;
  }
  return row[b.length]!;
}
