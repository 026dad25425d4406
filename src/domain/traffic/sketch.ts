import type { Desired } from "../manifest.ts";
import { ownServices } from "./gateways.ts";
import { type Offers, offersOf } from "./offers.ts";
import { type Reference, referencesIn } from "./references.ts";

/** What a rendered bundle says of its traffic by itself, in whatever cluster: read once for all clusters that have it. */
export interface Sketch {
  /** `<namespace>/<name>`. */
  readonly services: ReadonlySet<string>;
  readonly offers: Offers;
  readonly references: readonly Reference[];
}

export function sketchOf(objects: readonly Desired[]): Sketch {
  const manifests = objects.map(({ manifest }) => manifest);
  return { services: ownServices(objects), offers: offersOf(manifests), references: referencesIn(manifests) };
}
