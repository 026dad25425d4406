/** Reading what members say: whatever is not of the expected shape counts as absent. */

/** The members of an object; of anything else none. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** The items of an array; of anything else none. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
