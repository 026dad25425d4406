import type { PlacementStatus } from "../../api/accesspoint.ts";
import type { Handover } from "../placement.ts";

/** The placement with these zones at their new Primaries. */
export const handedOver = (status: PlacementStatus, done: readonly Handover[]): PlacementStatus =>
  withPrimaries(status, new Map(done.map(({ zone, to }) => [zone, to])));

/** The placement as it is to be remembered: zones that are not handed over yet stay with their earlier Primaries. */
export const remembered = (status: PlacementStatus, waiting: readonly Handover[]): PlacementStatus =>
  withPrimaries(status, new Map(waiting.map(({ zone, from }) => [zone, from])));

const withPrimaries = (status: PlacementStatus, primaries: ReadonlyMap<string, string>): PlacementStatus =>
  primaries.size === 0
    ? status
    : { ...status, zones: (status.zones ?? []).map(({ name, primary }) => ({ name, primary: primaries.get(name) ?? primary })) };
