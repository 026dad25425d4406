/**
 * What the fields of a model are for, by their dotted paths: the comments above them in its declaration, where each level is
 * indented once more and lists and maps add none.
 */
export function readDescriptions(declaration: string): ReadonlyMap<string, string> {
  const descriptions = new Map<string, string>();
  const path: string[] = [];
  let comment: string[] = [];
  const body = declaration.slice(declaration.indexOf("export interface"));
  for (const line of body.slice(0, body.indexOf("\n}")).split("\n")) {
    const text = line.trimStart();
    if (text === "/**") comment = [];
    else if (text.startsWith("*")) comment.push(text.replace(/^\*\/?\s?/, ""));
    const name = /^"([^"]+)"\??:/.exec(text)?.[1];
    if (name === undefined) continue;
    path.splice((line.length - text.length) / indentation - 1, path.length, name);
    const place = path.join(".");
    const description = comment.join("\n").trim();
    // Alternatives repeat what was declared before them.
    if (description !== "" && !descriptions.has(place)) descriptions.set(place, description);
    comment = [];
  }
  return descriptions;
}

const indentation = 4;
