import { type AccessPoint, type AccessPointSpec, accessPointSpec } from "../api/accesspoint.ts";
import { pathText } from "../domain/field-path.ts";
import type { Finding } from "../domain/finding.ts";
import { type OwnRevision, ownRevision } from "../domain/plan/scope.ts";

/** A specification as it was read: with defaults, or with what does not fit the schema. */
export type Specification =
  | { readonly valid: true; readonly spec: AccessPointSpec; readonly own: OwnRevision }
  | { readonly valid: false; readonly findings: readonly Finding[] };

/** Remembers what was read from a specification, because there are many passes over each. */
export class SpecificationCache {
  readonly #read = new Map<string, { readonly generation: number | undefined; readonly specification: Specification }>();

  read(accessPoint: AccessPoint): Specification {
    const { uid = "", generation } = accessPoint.metadata;
    const known = this.#read.get(uid);
    if (known && known.generation === generation && generation !== undefined) return known.specification;
    const specification = readSpecification(accessPoint);
    this.#read.set(uid, { generation, specification });
    return specification;
  }

  forget(uid: string): void {
    this.#read.delete(uid);
  }
}

function readSpecification({ metadata, spec }: AccessPoint): Specification {
  const parsed = accessPointSpec.safeParse(spec);
  if (parsed.success) return { valid: true, spec: parsed.data, own: ownRevision({ metadata, spec: parsed.data }) };
  const findings = parsed.error.issues.map(({ path, message }) => ({
    reason: "InvalidSpec",
    field: pathText(["spec", ...path.map((step) => (typeof step === "number" ? step : String(step)))]),
    message,
  }));
  return { valid: false, findings };
}
