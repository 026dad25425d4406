/** A time as this project writes it, in an expression. */
export const TIME = String.raw`20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** An expression for a whole text in which only what is inserted, itself expressions, varies. */
export const sentence = ({ raw }: TemplateStringsArray, ...inserted: readonly string[]): RegExp =>
  new RegExp(`^${raw.map((text, index) => escaped(text) + (inserted[index] ?? "")).join("")}$`);
