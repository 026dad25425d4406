import type { FieldPath } from "./field-path.ts";
import type { Member } from "./selection.ts";

/** A string value that names something of the target that does not exist. */
export class UnknownVariableError extends Error {
  override readonly name = "UnknownVariableError";
  /** Where the string stands. */
  readonly path: FieldPath;
  /** What is wrong with it, said of the target in these words. */
  readonly about: (target: string) => string;

  constructor(variable: string, path: FieldPath, member: Member, why: (target: string) => string) {
    const about = (target: string) => `\${${variable}}: ${why(target)}`;
    super(about(`MemberCluster ${member.name}`));
    this.path = path;
    this.about = about;
  }
}

const LABEL = /^cluster\.labels\['([^']+)'\]$/;

/** Whether any string inside names the target, so that the result differs between clusters. */
export const mentionsTarget = (value: unknown): boolean => JSON.stringify(value).includes("${");

/**
 * Puts the target's facts in the place of `${cluster.name}`, `${cluster.zone}`, `${cluster.region}` and
 * `${cluster.labels['key']}` in every string value; `$${` becomes `${`. Keys are left alone.
 *
 * @throws UnknownVariableError for any other `${…}` and for a region or label that the cluster does not have.
 */
export function substitute(value: unknown, member: Member, path: FieldPath = []): unknown {
  if (typeof value === "string") return filledIn(value, member, path);
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, member, [...path, index]));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, member, [...path, key])]));
  }
  return value;
}

/** Every character is looked at once: a text of nothing but openings must not cost its length squared. */
function filledIn(text: string, member: Member, path: FieldPath): string {
  let filled = "";
  let rest = 0;
  for (;;) {
    const open = text.indexOf("${", rest);
    const close = open < 0 ? -1 : text.indexOf("}", open);
    if (close < 0) return filled + text.slice(rest);
    const isLiteral = open > rest && text[open - 1] === "$";
    filled += isLiteral
      ? text.slice(rest, open - 1) + text.slice(open, close + 1)
      : text.slice(rest, open) + lookUp(text.slice(open + 2, close), member, path);
    rest = close + 1;
  }
}

function lookUp(variable: string, member: Member, path: FieldPath): string {
  const unknown = (why: (target: string) => string) => new UnknownVariableError(variable, path, member, why);
  switch (variable) {
    case "cluster.name":
      return member.name;
    case "cluster.zone":
      return member.zone;
    case "cluster.region":
      if (member.region !== undefined) return member.region;
      throw unknown((target) => `${target} has no region`);
  }
  const label = LABEL.exec(variable)?.[1];
  if (label === undefined) {
    throw unknown(
      () =>
        `there is \${cluster.name}, \${cluster.zone}, \${cluster.region} and \${cluster.labels['key']}; write $\${${variable}} for the text itself`,
    );
  }
  const value = Object.hasOwn(member.labels, label) ? member.labels[label] : undefined;
  if (value !== undefined) return value;
  throw unknown((target) => `${target} has no label ${label}`);
}
