/** A seeded generator (mulberry32): the same seed, the same walk. */
export function randomFrom(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n: number): number => Math.floor(next() * n);
  const chance = (probability: number): boolean => next() < probability;
  return {
    below,
    chance,
    pick: <T>(from: readonly T[]): T => from[below(from.length)]!,
    /** Some of the given things, in a random order. */
    some: <T>(from: readonly T[], probability = 0.5): T[] =>
      from
        .filter(() => chance(probability))
        .map((item) => [next(), item] as const)
        .sort(([a], [b]) => a - b)
        .map(([, item]) => item),
    /** Keeps each field with the given probability; fields are made only when kept. */
    object: (fields: Readonly<Record<string, () => unknown>>, probability = 0.4): Record<string, unknown> =>
      Object.fromEntries(
        Object.entries(fields)
          .filter(() => chance(probability))
          .map(([name, make]) => [name, make()]),
      ),
  };
}

export type Random = ReturnType<typeof randomFrom>;
