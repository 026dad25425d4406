/** From and to, both included: how many characters, bytes, items or entries a value may have. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Numbers grow to no more than 64 bits hold. */
export const unlimited = 2 ** 64;

export const unknown: Range = { min: 0, max: unlimited };
export const exactly = (size: number): Range => ({ min: size, max: size });
export const upTo = (max: number): Range => ({ min: 0, max });

export const plus = (a: number, b: number): number => Math.min(a + b, unlimited);
/** Nothing is nothing, however often. */
export const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : Math.min(a * b, unlimited));
/** Rounded up. */
export const scaled = (size: number, factor: number): number => Math.min(Math.ceil(size * factor), unlimited);

const both =
  (combine: (a: number, b: number) => number) =>
  (a: Range, b: Range): Range => ({ min: combine(a.min, b.min), max: combine(a.max, b.max) });

export const added = both(plus);
export const multiplied = both(times);
export const union = (a: Range, b: Range): Range => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) });
