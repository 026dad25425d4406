import type { VipIndex } from "../domain/traffic/isolation.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Leaders } from "../integrations/leaders.ts";
import type { Clock } from "../kube/clock.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Logger } from "../kube/logger.ts";
import type { GateChecks } from "./gates.ts";
import type { Hub } from "./hub.ts";
import type { Names } from "./names.ts";
import type { RenderCache } from "./render-cache.ts";
import type { Reports } from "./reports.ts";
import type { SpecificationCache } from "./specifications.ts";
import type { WriteBudget } from "./write-budget.ts";

/** What the passes over AccessPoints work with. */
export interface AccessPointContext {
  readonly hub: Hub;
  readonly fleet: Fleet;
  readonly events: EventRecorder;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly leaders: Leaders;
  readonly rendered: RenderCache;
  readonly vips: VipIndex;
  readonly reports: Reports;
  /** More is known of an AccessPoint's clusters than its status has room for, and something of it changed. */
  readonly onReport: (key: string) => void;
  readonly names: Pick<Names, "given">;
  readonly specifications: SpecificationCache;
  /** Since when this process has been watching, in monotonic milliseconds. */
  readonly watchingSince: number;
  readonly budget: WriteBudget;
  readonly gates: GateChecks;
}
