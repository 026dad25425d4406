import type { NameService } from "../../api/nameservice.ts";
import { compare } from "../selection.ts";
import { canonicalName } from "./values.ts";

/** Somebody who names an FQDN. */
export interface Claim {
  /** `<namespace>/<name>` of the NameService. */
  readonly key: string;
  readonly createdAt: string;
}

/** Of several that name one FQDN the oldest has it; of the same age, the first by namespace and name. */
export const byAge = (a: Claim, b: Claim): number => compare(a.createdAt, b.createdAt) || compare(a.key, b.key);

export const claimOf = ({ metadata }: NameService): Claim => ({
  key: `${metadata.namespace}/${metadata.name}`,
  createdAt: metadata.creationTimestamp ?? "",
});

/** The name that a NameService claims, in the form in which names are compared; undefined when it claims none (any more). */
export const claimedName = ({ metadata, spec }: NameService): string | undefined =>
  metadata.deletionTimestamp || typeof spec?.fqdn !== "string" ? undefined : canonicalName(spec.fqdn);
