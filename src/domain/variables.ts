import type { FieldPath } from "./field-path.ts";
import type { Member } from "./selection.ts";

/** A string value that names something of the target that does not exist. */
export class UnknownVariableError extends Error {
  override readonly name = "UnknownVariableError";
  /** As it is written, without the braces. */
  readonly variable: string;
  /** Where the string stands. */
  readonly path: FieldPath;
  /** The part of the AccessPoint that it is from. */
  readonly field: "spec.templates" | "spec.overrides";

  constructor(variable: string, path: FieldPath, message: string, field: UnknownVariableError["field"] = "spec.templates") {
    super(message);
    this.variable = variable;
    this.path = path;
    this.field = field;
  }
}

const VARIABLE = /\$?\$\{([^}]*)\}/g;
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
  if (typeof value === "string") {
    return value.replace(VARIABLE, (match, name: string) => (match.startsWith("$$") ? match.slice(1) : lookUp(name, member, path)));
  }
  if (Array.isArray(value)) return value.map((item, index) => substitute(item, member, [...path, index]));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, substitute(item, member, [...path, key])]));
  }
  return value;
}

function lookUp(variable: string, member: Member, path: FieldPath): string {
  const unknown = (message: string) => new UnknownVariableError(variable, path, `\${${variable}}: ${message}`);
  switch (variable) {
    case "cluster.name":
      return member.name;
    case "cluster.zone":
      return member.zone;
    case "cluster.region":
      if (member.region !== undefined) return member.region;
      throw unknown(`MemberCluster ${member.name} has no region`);
  }
  const label = LABEL.exec(variable)?.[1];
  if (label === undefined) {
    throw unknown(
      `there is \${cluster.name}, \${cluster.zone}, \${cluster.region} and \${cluster.labels['key']}; write $\${${variable}} for the text itself`,
    );
  }
  const value = Object.hasOwn(member.labels, label) ? member.labels[label] : undefined;
  if (value !== undefined) return value;
  throw unknown(`MemberCluster ${member.name} has no label ${label}`);
}
