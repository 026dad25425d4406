const shown = 30;

/** Long texts are shown by their beginning. */
export const abbreviated = (text: string): string => (text.length > shown ? `${text.slice(0, shown)} ...` : text);

/** The start of a body that cannot be read: as text when it looks like an object, otherwise in hexadecimal. */
export function excerpt(body: Buffer): string {
  if (body.length === 0) return "<empty>";
  const text = body.toString();
  if (/^\s*\{/.test(text)) return abbreviated(text);
  return body.length > shown ? `${body.subarray(0, shown).toString("hex")} ...` : body.toString("hex");
}
