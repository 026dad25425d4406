/** A field of a JSON text, where it stands. */
export interface FieldOccurrence {
  /** Dotted, e.g. `spec.ports[0].name`. */
  readonly path: string;
  /** The same object has had this key before. */
  readonly duplicate: boolean;
}

/**
 * Whether no object of a JSON text has a key twice, as far as that can be told at a glance: the text is the very one that says
 * what was read of it, as most programs write it. Spaces, or another way to write a number, make it false.
 */
export const hasNoDuplicates = (text: string, value: unknown): boolean => JSON.stringify(value) === text.trimEnd();

/**
 * The fields of a JSON text in the order they are written: what `JSON.parse` does not tell, and strict decoding reports.
 * The text must be valid JSON.
 */
export function fieldsInOrder(text: string): FieldOccurrence[] {
  const found: FieldOccurrence[] = [];
  let at = 0;

  const skipSpace = (): void => {
    while (text.charCodeAt(at) <= 32) at++;
  };
  const string = (): string => {
    const from = at++;
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at++;
    return JSON.parse(text.slice(from, at)) as string;
  };
  const value = (path: string): void => {
    skipSpace();
    const first = text[at];
    if (first === "{") object(path);
    else if (first === "[") array(path);
    else if (first === '"') string();
    else while (at < text.length && !",]} \n\r\t".includes(text[at]!)) at++;
    skipSpace();
  };
  const object = (path: string): void => {
    const seen = new Set<string>();
    at++;
    skipSpace();
    while (text[at] !== "}") {
      const key = string();
      const field = path === "" ? key : `${path}.${key}`;
      found.push({ path: field, duplicate: seen.has(key) });
      seen.add(key);
      skipSpace();
      at++; // the colon
      value(field);
      if (text[at] === ",") at++;
      skipSpace();
    }
    at++;
  };
  const array = (path: string): void => {
    at++;
    skipSpace();
    for (let index = 0; text[at] !== "]"; index++) {
      value(`${path}[${index}]`);
      if (text[at] === ",") at++;
      skipSpace();
    }
    at++;
  };

  value("");
  return found;
}
