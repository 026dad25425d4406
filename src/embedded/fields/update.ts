import type { KubeObject } from "../../kube/resource.ts";
import type { Tracking } from "./apply.ts";

export interface UpdateInput extends Tracking {
  readonly live?: KubeObject | undefined;
  readonly next: KubeObject;
}

/** `next` with the managedFields that a create, update or patch by `manager` leaves behind. */
export function trackUpdate(_input: UpdateInput): KubeObject {
  throw new Error("not yet");
}
