import type { AccessPoint } from "../../api/accesspoint.ts";
import type { ClusterView } from "../cluster.ts";
import type { Finding } from "../finding.ts";
import type { GivenName } from "../names/given.ts";
import type { Reading } from "../placement/following.ts";
import type { Target } from "../placement.ts";
import { checkBundle } from "../preflight/bundle.ts";
import { checkGates } from "../preflight/gates.ts";
import { checkRollout } from "../preflight/rollout.ts";
import type { Bundle, Platform, Rendered } from "../render.ts";
import { bundleOf, type Revision, revisionName } from "../revision.ts";
import type { CheckAnswer, Decision, Requests } from "../rollout/model.ts";
import type { Member } from "../selection.ts";
import type { SharedVip } from "../traffic/isolation.ts";
import type { Sketch } from "../traffic/sketch.ts";

/** Everything that one pass over one AccessPoint looks at, gathered before it decides. */
export interface Scope {
  readonly accessPoint: AccessPoint;
  readonly members: readonly Member[];
  /** What the objects say that spec.placement.follow names, in its order; none where nothing is followed. */
  readonly readings?: readonly Reading[];
  readonly view: (cluster: string) => ClusterView;
  /** Names of the clusters that are known to hold objects of this AccessPoint. */
  readonly holders: readonly string[];
  /** Kept revisions of this AccessPoint. */
  readonly revisions: readonly Revision[];
  /** Addresses of it that are also those of other isolation groups. */
  readonly sharedVips?: readonly SharedVip[];
  readonly decisions: readonly Decision[];
  /** Answers to checks of gates that no stored status has yet. */
  readonly answers?: readonly CheckAnswer[];
  readonly requests: Requests;
  readonly now: Date;
  /** For how long the controller has been watching without interruption, by a clock that nobody sets. Milliseconds. */
  readonly watchedMs: number;
  /** `ownRevision` of the AccessPoint, possibly remembered. */
  readonly own: OwnRevision;
  /** Default `DEFAULT_PLATFORM`. */
  readonly platform?: Platform | undefined;
  /** What NameServices call the AccessPoint; absent: that is not known yet. */
  readonly names?: readonly GivenName[] | undefined;
  /** `render`, possibly remembered. */
  readonly render: (bundle: Bundle, target: Target, stage?: string) => Rendered;
  /** `sketchOf` what was rendered, remembered. Default: made anew for every cluster. */
  readonly sketch?: (rendered: Rendered) => Sketch;
}

/** The revision that a specification makes, and what is wrong with it whatever clusters it goes to. */
export interface OwnRevision {
  readonly name: string;
  readonly bundle: Bundle;
  readonly findings: readonly Finding[];
}

export const ownRevision = ({ metadata, spec }: Pick<AccessPoint, "metadata" | "spec">): OwnRevision => ({
  name: revisionName(metadata.name, spec),
  bundle: bundleOf(spec),
  findings: [...checkBundle(spec, metadata.namespace ?? ""), ...checkRollout(spec), ...checkGates(spec.rollout)],
});
