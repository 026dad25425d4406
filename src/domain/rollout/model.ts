import type { AccessPointSpec, ClusterStatus, GateStatus, RolloutStatus, StageStatus } from "../../api/accesspoint.ts";
import type { ApprovalReason } from "../../api/conditions.ts";
import type { Finding } from "../finding.ts";
import type { Target } from "../placement.ts";
import type { Site } from "../selection.ts";

/** What is kept of a cluster between passes: which revision it was given, and how that went. Stored in status.clusters. */
export type Entry = Pick<
  ClusterStatus,
  | "name"
  | "zone"
  | "region"
  | "stage"
  | "revision"
  | "variant"
  | "variantStage"
  | "previousRevision"
  | "startedAt"
  | "progressingSince"
  | "verifiedAt"
  | "soakingSince"
  | "unknownSince"
  | "skipped"
>;

/** How a cluster stands against the revision that it was given. */
export type Health =
  /** Every object was written, seen at that version, and its checks are green. */
  | { readonly state: "Verified" }
  | { readonly state: "Progressing"; readonly message: string }
  /** Something was refused; it will not mend itself. */
  | { readonly state: "Failed"; readonly message: string }
  /**
   * What its checks look at cannot be read any more, though the cluster answers. One that is on its way has no more time than
   * others; one whose stage is done stops the rollout for as long, and fails nothing.
   */
  | { readonly state: "Unknown"; readonly message: string };

/** Connecting: nothing is known of the cluster yet, as after a start of the controller; nothing is concluded from that. */
export type Reach = "Reachable" | "Unreachable" | "Connecting";

export interface TargetView {
  readonly target: Target;
  readonly reach: Reach;
  /** Since when it does not answer. */
  readonly unreachableSince?: string;
  /** Why nothing is known of it, and will not be by itself. */
  readonly held?: string;
  /** Digest of what the update revision renders to for it in the end. */
  readonly variant: string;
  /** Digests of what it renders to in the stages that overrides are bound to for it, by stage; absent where there are none. */
  readonly steps?: ReadonlyMap<string, string>;
  /** Digest of what the revision that it had before renders to for it; absent where there is none to go back to. */
  readonly previousVariant?: string;
  /** Meaningful only for a cluster that was given a revision and is reachable. */
  readonly health: Health;
}

/** A cluster that carries the AccessPoint and is no target any more. */
export interface LeavingView {
  readonly name: string;
  readonly reach: Reach;
  /** It answers, and nothing of ours is in it. */
  readonly empty: boolean;
  /** The cluster itself is no longer registered. */
  readonly gone: boolean;
  /** It is being taken out of the fleet. */
  readonly detaching?: boolean;
}

/** A RolloutApproval as the engine sees it. */
export interface Decision {
  /** Name of the RolloutApproval. */
  readonly name: string;
  readonly revision: string;
  readonly stage: string;
  readonly gate: "Before" | "After";
  readonly decision: "Approve" | "Reject";
  readonly plan?: string;
  readonly reason?: string;
  /** Field manager that created it, as far as the API server knows. */
  readonly by?: string;
  /** Plan for which it was accepted before: it decided a gate, and decides no other. */
  readonly acceptedFor?: string;
  /** Refused before, which is final. */
  readonly refused: boolean;
  readonly createdAt: string;
}

/** What became of a RolloutApproval. */
export interface Verdict {
  readonly name: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: ApprovalReason;
  readonly message: string;
}

/** Something that a person would want to see, once. */
export interface Note {
  readonly type: "Normal" | "Warning";
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** What people asked for by annotation, and who asked. */
export interface Requests {
  /** Revision whose rollout is to end. */
  readonly abort?: string;
  /** Revision whose failed rollout is to go on. */
  readonly retry?: string;
  /** `<cluster>@<revision>`: the cluster is left out of this revision's rollout. */
  readonly skip?: string;
  /** Who asked, by annotation or by a field of spec.rollout, in words, as far as the API server knows. */
  readonly by?: Readonly<Partial<Record<"abort" | "retry" | "skip" | "paused" | "rollbackTo", string>>>;
}

/** What a run changes: for people to read, and counted for each stage. */
export type Changes = Pick<RolloutStatus, "diff" | "omittedDiffs"> & {
  /** Of each stage, in their order. */
  readonly changes: readonly NonNullable<StageStatus["changes"]>[];
};
/** A question that a gate asks of the world: a request, a measurement, a Job. It may be put again, after a crash for example. */
export interface Check {
  /** The same for as long as the gate is open; another one once it is opened anew. */
  readonly id: string;
  /** Counts the checks of this gate, from 1. */
  readonly attempt: number;
  readonly stage: string;
  readonly gate: GateStatus;
  /** Clusters of the stage that the rollout is to go to. */
  readonly clusters: readonly Target["member"][];
  readonly deadline: Date;
  /** A person holds the rollout: what runs may end, nothing new begins. */
  readonly held: boolean;
}

/** The answer to a check; one to a check that is no longer open counts for nothing. */
export interface CheckAnswer {
  readonly id: string;
  readonly attempt: number;
  readonly at: Date;
  readonly message: string;
  /** Error: no answer that could be used. Measured: the gate's thresholds say what it is. Running: it is not known yet, and how it is doing. */
  readonly outcome: "Success" | "Failure" | "Error" | "Measured" | "Running";
  /** After an Error: for how long whoever was asked wants to be left alone. */
  readonly retryAfterMs?: number;
  /** Without value: there was none, and the message says why. */
  readonly values?: readonly { readonly cluster?: string; readonly value?: number; readonly message?: string }[];
}

export interface Observation {
  readonly now: Date;
  /** For how long the controller has been watching without interruption, by a clock that nobody sets. Milliseconds. */
  readonly watchedMs: number;
  /** The revision that is to be everywhere. */
  readonly revision: string;
  readonly settings: AccessPointSpec["rollout"];
  /** By zone, then name. */
  readonly targets: readonly TargetView[];
  readonly leaving: readonly LeavingView[];
  /** Why nothing may be removed from leaving clusters now. */
  readonly holdRemoval?: string;
  /** What stages change for their clusters; asked once a run, when it begins. Absent: not told. */
  readonly changes?: (stages: readonly StageStatus[]) => Changes;
  /** All registered clusters. */
  readonly known: readonly Site[];
  readonly decisions: readonly Decision[];
  /** Answers to checks of gates that no stored state has yet. Default none. */
  readonly answers?: readonly CheckAnswer[];
  readonly requests: Requests;
}

/** What is kept between passes. */
export interface State {
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  /** The last one that failed, until it is tried again or another one arrives. */
  readonly failedRevision?: string;
  readonly rollout?: RolloutStatus;
  readonly entries: ReadonlyMap<string, Entry>;
}

export interface Next {
  readonly state: State;
  /** Clusters that are to have nothing now. One that looks empty is among them: something may be on its way there. */
  readonly removing: ReadonlySet<string>;
  /** Why the rollout does not start. */
  readonly findings: readonly Finding[];
  /** Answers to RolloutApprovals; only what has to be said anew. */
  readonly verdicts: readonly Verdict[];
  readonly notes: readonly Note[];
  /** What the gates ask now; whatever else was asked before is of no use any more. */
  readonly checks: readonly Check[];
  /** When to look again although nothing happens. */
  readonly wakeAt?: Date;
}
