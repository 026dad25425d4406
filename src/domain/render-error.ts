import { describeFindings, type Finding } from "./finding.ts";
import { listed } from "./text.ts";

/** Something that is wrong with what clusters are to have. The same may be wrong for many of them. */
export interface Fault extends Omit<Finding, "message"> {
  /** What it is about, e.g. "override slc, spec.hosts[0] of VirtualService/checkout". */
  readonly subject: string;
  readonly why: string;
}

/** A fault, said of clusters: "… for clusters lvs-1, lvs-2 in stage canary: …". */
export const findingOf = ({ reason, field, subject, why }: Fault, clusters: readonly string[], stage?: string): Finding => ({
  reason,
  field,
  message: `${subject} for ${clusters.length === 1 ? "cluster" : "clusters"} ${listed(clusters)}${stage === undefined ? "" : ` in stage ${stage}`}: ${why}`,
});

/** A cluster cannot have what a bundle makes for it: a person has to mend template, override or MemberCluster. */
export class RenderError extends Error {
  override readonly name = "RenderError";
  readonly faults: readonly Fault[];

  /** @param stage The cluster is to have it on its way, in this stage. */
  constructor(faults: readonly Fault[], cluster: string, stage?: string, options?: ErrorOptions) {
    super(describeFindings(faults.map((fault) => findingOf(fault, [cluster], stage))), options);
    this.faults = faults;
  }
}

/** What is wrong for one cluster: in the end, or in one stage on its way. */
export interface Complaint {
  readonly faults: readonly Fault[];
  readonly cluster: string;
  readonly stage?: string;
}

/**
 * Everything that is wrong once, with the clusters for which it is; of a stage only what is not wrong in the end as well.
 *
 * @param complaints Of each cluster what is wrong in the end comes first.
 */
export function saidOnce(complaints: readonly Complaint[]): readonly Finding[] {
  const groups = new Map<string, { readonly fault: Fault; readonly stage: string | undefined; readonly clusters: Set<string> }>();
  for (const { faults, cluster, stage } of complaints) {
    for (const fault of faults) {
      const text = JSON.stringify(fault);
      if (stage !== undefined && groups.get(text)?.clusters.has(cluster)) continue;
      const key = stage === undefined ? text : `${text} ${stage}`;
      const group = groups.get(key) ?? { fault, stage, clusters: new Set() };
      groups.set(key, group);
      group.clusters.add(cluster);
    }
  }
  return [...groups.values()].map(({ fault, stage, clusters }) => findingOf(fault, [...clusters], stage));
}
