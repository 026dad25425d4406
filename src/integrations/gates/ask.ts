import type { AccessPointStatus, Sync } from "../../api/accesspoint.ts";
import type { ObjectMeta } from "../../api/resource.ts";
import type { Check, CheckAnswer } from "../../domain/rollout/model.ts";
import type { KubeClient } from "../../kube/client.ts";
import type { HostPolicy } from "./hosts.ts";

/** What a check is asked about. */
export interface Question {
  readonly accessPoint: {
    readonly metadata: ObjectMeta;
    readonly spec: { readonly sync: Pick<Sync, "createNamespace"> };
    readonly status: AccessPointStatus;
  };
  readonly check: Check;
}

/** Whom it may be asked of. */
export interface Means {
  /** The hub. */
  readonly hub: KubeClient;
  /** A member cluster that answers, or of which it will be known in a moment whether it does, as after a start of the controller. */
  readonly member: (name: string) => KubeClient | "Connecting" | undefined;
  readonly hosts: HostPolicy;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** What came of asking. */
export type Answer = Pick<CheckAnswer, "message" | "values" | "retryAfterMs"> &
  (
    | { readonly outcome: Exclude<CheckAnswer["outcome"], "Running"> }
    /** To be looked at again after so many milliseconds. */
    | { readonly outcome: "Running"; readonly againMs: number }
  );
