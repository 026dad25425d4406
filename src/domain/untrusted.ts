/** Reading what members say: whatever is not of the expected shape counts as absent. */

/** The members of an object; of anything else none. */
export const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

/** The items of an array; of anything else none. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A name, a host name or an address; nothing else is ever shown or looked up. */
export const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= 253;

/** The texts of an array, as many as are kept; of anything else none. */
export const texts = (value: unknown, max: number): readonly string[] => list(value).filter(isText).slice(0, max);
