/**
 * Whether two JSON values are the same, the order of fields aside. What shares its parts with the other, as a patched object
 * does with the one before, costs next to nothing.
 */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) return Array.isArray(b) && sameItems(a, b);
  return !Array.isArray(b) && sameFields(a as JsonMap, b as JsonMap);
}

type JsonMap = Readonly<Record<string, unknown>>;

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (!jsonEqual(a[index], b[index])) return false;
  return true;
}

/** A field that is undefined is not there. */
function sameFields(a: JsonMap, b: JsonMap): boolean {
  let common = 0;
  for (const name in a) {
    if (a[name] === undefined) continue;
    if (!Object.hasOwn(b, name) || !jsonEqual(a[name], b[name])) return false;
    common++;
  }
  for (const name in b) if (b[name] !== undefined) common--;
  return common === 0;
}
