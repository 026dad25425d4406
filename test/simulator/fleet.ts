import type { Entry, Health, LeavingView, Reach, State, TargetView } from "../../src/domain/rollout/model.ts";

/** What a cluster was told to have. */
export interface Assigned {
  readonly revision: string;
  readonly variant: string;
  readonly startedAt: string | undefined;
}

/** A member cluster of the simulation: what is true of it, and what the controller can know. */
export interface FakeCluster {
  readonly name: string;
  readonly zone: string;
  /** The placement selects it. */
  placed: boolean;
  /** It is being taken out of the fleet: its MemberCluster is deleted, and waits for the clean-up. */
  detaching: boolean;
  reach: Reach;
  unreachableSince: string | undefined;
  /** Nothing is known of it, and will not be until somebody mends its zone. */
  held: boolean;
  /** Decides what a revision renders to for it. */
  label: number;
  /** Value of its label `size`; none where it has no such label. */
  size: string | undefined;
  /** Where overrides are bound to a stage for it: `<revision> <stage>`. */
  readonly bound: Set<string>;
  assigned: Assigned | "nothing" | undefined;
  /** What is really in it. */
  objects: { readonly revision: string; readonly variant: string } | undefined;
  /** Trouble of its own, whatever revision it runs. Unknown: what its checks look at cannot be read. */
  ill: Exclude<Health["state"], "Verified"> | undefined;
  /** startedAt of the assignment that it refused. */
  refused: string | undefined;
  /** Everything that it was ever given. */
  readonly given: Set<string>;
  /** What it was given as it ends with it. */
  readonly givenInFull: Set<string>;

  /** The last stored pass saw it verified. */
  seenVerified: boolean;
  /** For how long it was seen verified without interruption, while somebody watched. Milliseconds. */
  soakedMs: number;
  /** The last stored pass saw it on its way. */
  seenPending: boolean;
  /** For how long it was on its way, while somebody watched. Milliseconds. */
  pendingMs: number;
  /** Events since it was verified of which each may cost a soak the time since the last checkpoint. */
  disturbances: number;
}

/**
 * Revisions that do not do well everywhere: `<revision> <cluster>`; what is refused also `<revision> <cluster> <stage>`, with what is
 * bound to that stage only, or with `end` for the stage.
 */
export interface Troubles {
  readonly refused: Set<string>;
  readonly slow: Set<string>;
}

export const fakeCluster = (name: string, zone: string, placed: boolean): FakeCluster => ({
  name,
  zone,
  placed,
  detaching: false,
  reach: "Reachable",
  unreachableSince: undefined,
  held: false,
  label: 0,
  size: undefined,
  bound: new Set(),
  assigned: undefined,
  objects: undefined,
  ill: undefined,
  refused: undefined,
  given: new Set(),
  givenInFull: new Set(),
  seenVerified: false,
  soakedMs: 0,
  seenPending: false,
  pendingMs: 0,
  disturbances: 0,
});

export const variantOf = (revision: string, { label, bound }: FakeCluster, stage?: string): string =>
  `${revision}/${label}${bound.has(`${revision} ${stage}`) ? `@${stage}` : ""}`;

/** What the revision renders to in the stages that something is bound to; of one that is held only what it has is known. */
function stepsOf(revision: string, cluster: FakeCluster, entry: Entry | undefined): ReadonlyMap<string, string> {
  const stages = [...cluster.bound].filter((key) => key.startsWith(`${revision} `)).map((key) => key.slice(revision.length + 1));
  const held = (stage: string) => (entry?.variantStage === stage ? (entry.variant ?? "") : "");
  return new Map(stages.map((stage) => [stage, cluster.held ? held(stage) : variantOf(revision, cluster, stage)]));
}

/** How a cluster truly stands against what its entry says. */
export function healthOf(cluster: FakeCluster, entry: Entry | undefined, { slow }: Troubles): Health {
  if (!entry?.revision) return { state: "Progressing", message: "not started" };
  if (entry.variant !== variantOf(entry.revision, cluster, entry.variantStage))
    return { state: "Progressing", message: "renders differently now" };
  if (cluster.refused !== undefined && cluster.refused === entry.startedAt) return { state: "Failed", message: "refused" };
  if (cluster.objects?.revision !== entry.revision || cluster.objects.variant !== entry.variant)
    return { state: "Progressing", message: "being written" };
  if (cluster.ill) return { state: cluster.ill, message: "ill" };
  if (slow.has(`${entry.revision} ${cluster.name}`)) return { state: "Progressing", message: "slow" };
  return { state: "Verified" };
}

/** Nobody can tell how it stands. */
export const isOutOfSight = (cluster: FakeCluster, entry: Entry | undefined, troubles: Troubles): boolean =>
  cluster.reach === "Unreachable" || (cluster.reach === "Reachable" && healthOf(cluster, entry, troubles).state === "Unknown");

/** Whether the cluster is truly as its entry says, and answers. */
export const isVerified = (cluster: FakeCluster, entry: Entry | undefined, troubles: Troubles): boolean =>
  cluster.reach === "Reachable" && healthOf(cluster, entry, troubles).state === "Verified";

/** The controller has a connection to it, and knows how it is. */
export function comeBack(cluster: FakeCluster): void {
  cluster.reach = "Reachable";
  cluster.unreachableSince = undefined;
  cluster.held = false;
}

const isRefused = ({ revision, variant }: Assigned, { name }: FakeCluster, refused: ReadonlySet<string>): boolean =>
  refused.has(`${revision} ${name}`) || refused.has(`${revision} ${name} ${variant.split("@")[1] ?? "end"}`);

/** The cluster's API server carries out what was assigned. */
export function deliver(cluster: FakeCluster, { refused }: Troubles): void {
  const { assigned } = cluster;
  if (!assigned || cluster.reach === "Unreachable") return;
  if (assigned === "nothing") cluster.objects = undefined;
  else if (isRefused(assigned, cluster, refused)) cluster.refused = assigned.startedAt;
  else {
    cluster.objects = { revision: assigned.revision, variant: assigned.variant };
    cluster.refused = undefined;
  }
}

/** @param clusters By zone, then name. */
export function targetViews(
  clusters: readonly FakeCluster[],
  state: State,
  revision: string,
  troubles: Troubles,
): readonly TargetView[] {
  return clusters
    .filter(({ placed }) => placed)
    .map((cluster) => {
      const entry = state.entries.get(cluster.name);
      const steps = stepsOf(revision, cluster, entry);
      return {
        target: {
          member: {
            name: cluster.name,
            zone: cluster.zone,
            role: "Primary",
            labels: cluster.size === undefined ? {} : { size: cluster.size },
            unschedulable: false,
            detaching: false,
          },
          placed: true,
          zonePrimary: true,
        },
        reach: cluster.reach,
        ...(cluster.reach === "Unreachable" && cluster.unreachableSince ? { unreachableSince: cluster.unreachableSince } : {}),
        ...(cluster.held ? { held: "its zone is held" } : {}),
        variant: cluster.held ? (entry?.variant ?? "") : variantOf(revision, cluster),
        ...(steps.size > 0 ? { steps } : {}),
        ...(entry?.previousRevision && !cluster.held ? { previousVariant: variantOf(entry.previousRevision, cluster) } : {}),
        health: healthOf(cluster, entry, troubles),
      };
    });
}

export const leavingViews = (clusters: readonly FakeCluster[], { entries }: State): readonly LeavingView[] =>
  clusters
    .filter(
      ({ name, placed, reach, objects }) => !placed && (entries.has(name) || (reach === "Reachable" && objects !== undefined)),
    )
    .map(({ name, reach, objects, detaching }) => ({
      name,
      reach,
      empty: reach === "Reachable" && objects === undefined,
      gone: false,
      ...(detaching ? { detaching } : {}),
    }));
