import type { FollowingStatus, Leader } from "../../api/accesspoint.ts";
import type { LabelSelector } from "../../api/meta.ts";
import type { Finding } from "../finding.ts";
import { type Member, matchesLabels } from "../selection.ts";

/** What an object that is followed says. */
export type Reading =
  /** Clusters by name, by labels, or both. */
  | { readonly state: "Placed"; readonly clusters: readonly string[]; readonly selector?: LabelSelector }
  /** It is looked for, and the answer is not there yet. */
  | { readonly state: "Loading" }
  | { readonly state: "LeaderNotFound" | "LeaderKindMissing" | "LeaderUnreadable" | "LeaderUndecided"; readonly message: string };

export interface Following {
  /** Names of the clusters that may be placed: what all leaders together say. */
  readonly clusters: ReadonlySet<string>;
  readonly status: readonly FollowingStatus[];
  readonly findings: readonly Finding[];
  /** A leader that led nowhere so far: nobody loses their routes for it. */
  readonly undecided?: string;
}

/** Which leader of a specification an entry of status is about: one object can be followed in several ways. */
type Way = Pick<Leader, "apiVersion" | "kind" | "name"> & {
  readonly clustersPath?: string | undefined;
  readonly discover?: string | undefined;
};

/** What was known of a leader before. */
export const lastKnown = (leader: Way, before: readonly FollowingStatus[]): FollowingStatus | undefined =>
  before.find((entry) =>
    (["apiVersion", "kind", "name", "clustersPath", "discover"] as const).every((field) => entry[field] === leader[field]),
  );

/**
 * The union of what the leaders say. A leader that says nothing now, whatever the reason, counts as it was last known: losing it
 * never takes anything away.
 *
 * @param readings One for each leader, in their order.
 * @param before status.placement.following, which survives a restart.
 */
export function followAll(
  leaders: readonly Leader[],
  readings: readonly Reading[],
  members: readonly Member[],
  before: readonly FollowingStatus[],
): Following {
  const known = new Set(members.map(({ name }) => name));
  const findings: Finding[] = [];
  const undecided: string[] = [];
  const status = leaders.map((leader, index): FollowingStatus => {
    const { kind, name } = leader;
    const last = lastKnown(leader, before);
    const field = `spec.placement.follow[${index}]`;
    const reading = readings[index] ?? { state: "Loading" };
    const named = reading.state === "Placed" ? clustersOf(reading, members) : [];
    if (named.length > 0) {
      const foreign = named.filter((cluster) => !known.has(cluster));
      if (foreign.length > 0) {
        const message = `${kind} ${name} is placed on ${listed(foreign)}, for which there is no MemberCluster`;
        findings.push({ reason: "LeaderClusterNotFound", field, message });
        // There is nowhere to go to yet, so that nothing is given up.
        if (foreign.length === named.length) undecided.push(message);
      }
      return { ...leader, state: "Following", clusters: [...named] };
    }
    // Right after a start: what was true before it still is, until the first answer says otherwise.
    if (reading.state === "Loading" && last?.state === "Following") return last;
    const { reason, message } = why(reading, kind, name);
    const clusters = last?.clusters ?? [];
    if (clusters.length === 0) undecided.push(message);
    const consequence =
      clusters.length > 0 ? `the clusters last known from it still count: ${listed(clusters)}` : "nothing is known from it";
    findings.push({ reason, field, message: `${message}; ${consequence}` });
    return { ...leader, state: "Held", message, clusters };
  });
  return {
    clusters: new Set(status.flatMap(({ clusters }) => clusters)),
    status,
    findings,
    ...(undecided[0] ? { undecided: undecided[0] } : {}),
  };
}

const clustersOf = ({ clusters, selector }: Extract<Reading, { state: "Placed" }>, members: readonly Member[]) => {
  const selected = selector ? members.filter(({ labels }) => matchesLabels(selector, labels)).map(({ name }) => name) : [];
  return [...new Set([...clusters, ...selected])].sort();
};

function why(reading: Reading, kind: string, name: string): Pick<Finding, "reason" | "message"> {
  switch (reading.state) {
    case "Placed":
      return { reason: "LeaderUndecided", message: `${kind} ${name} names no cluster` };
    case "Loading":
      return { reason: "LeaderUnreadable", message: `${kind} ${name} has not been read yet` };
    default:
      return { reason: reading.state, message: reading.message };
  }
}

const listed = (names: readonly string[]): string =>
  names.length === 0 ? "none" : `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
