/** Something that is wrong with what a person wrote: where, what was expected, what to do. */
export interface Finding {
  /** CamelCase, from api/conditions.ts. */
  readonly reason: string;
  /** Path of the field in the AccessPoint, e.g. "spec.templates[2].manifest.metadata.namespace". */
  readonly field: string;
  readonly message: string;
}

/** One sentence a finding, at most `limit` of them, and how many there are more. */
export function describeFindings(findings: readonly Pick<Finding, "field" | "message">[], limit = 5): string {
  const shown = findings.slice(0, limit).map(({ field, message }) => `${field}: ${message}`);
  const more = findings.length - shown.length;
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
