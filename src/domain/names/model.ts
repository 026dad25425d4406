import type { NameServiceReason } from "../../api/conditions.ts";
import type { NameServiceSpec, RecordStatus } from "../../api/nameservice.ts";

/**
 * Names: what a NameService's targets lead to (candidates.ts), which record sets its policy makes of that (records.ts), who may
 * have a name (claims.ts), and what is reported (report.ts). decide.ts is a whole pass.
 */

export type LeftOutReason = NameServiceReason<"Resolved">;

/** What one target leads to in one cluster, or a host. */
export interface Candidate {
  /** Position in spec.targets. */
  readonly target: number;
  /** The AccessPoint and, where there is a choice, its Gateway; or the host. */
  readonly name: string;
  readonly ratio: number;
  readonly cluster?: string;
  readonly zone?: string;
  readonly region?: string;
  /** Addresses and host names, in their canonical form. */
  readonly values: readonly string[];
  /** Why it is not answered while something else remains. */
  readonly leftOut?: { readonly reason: LeftOutReason; readonly message: string };
}

/** One record set of each type: what a client gets that the policy sends here. */
export interface RecordGroup {
  readonly setIdentifier?: string;
  readonly values: readonly string[];
  readonly weight?: number;
  readonly properties?: NonNullable<RecordStatus["properties"]>;
}

export type AwsOptions = NonNullable<NameServiceSpec["provider"]["aws"]>;
