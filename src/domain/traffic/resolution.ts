import type { Need, Sight, SurroundingFacts, Surroundings } from "../surroundings.ts";
import { serviceOf } from "./hosts.ts";
import { hasSubset, type Offers } from "./offers.ts";
import type { Reference } from "./references.ts";

/** Whether a reference leads to something in the cluster. */
export type Resolution =
  | { readonly state: "Resolved" | "Loading" }
  /**
   * Elsewhere: not in this cluster, but another one of the zone may have it. Unreadable: what would tell may not be read. Failing:
   * it cannot be read any more.
   */
  | { readonly state: "Unresolved" | "Elsewhere" | "Unreadable" | "Failing"; readonly message: string };

/** Where references of one cluster may lead to. */
export interface Ground {
  /** What the bundle has in this cluster. */
  readonly own: Offers;
  /** Services that the bundle has in other clusters of the zone; undefined where the zone has no other clusters. */
  readonly beside?: Offers | undefined;
  readonly surroundings: Surroundings;
}

/** Looks in the bundle first, then around it: only what the bundle does not have itself is watched. */
export class Resolver {
  readonly needs: Need[] = [];
  readonly #ground: Ground;

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  resolve(reference: Reference): Resolution {
    const { own } = this.#ground;
    switch (reference.type) {
      case "Host":
        return this.#host(reference.host, reference.from);
      case "Subset": {
        const { host, subset, from } = reference;
        if (own.offersSubset(host, subset)) return RESOLVED;
        const message = `${from}: no DestinationRule in this cluster has subset ${subset} of host ${host} (IST0101)`;
        return this.#around({ kind: "DestinationRule", host }, (rules) => hasSubset(rules, host, subset), message);
      }
      case "Gateway":
      case "VirtualService": {
        const { type, namespace, name, from } = reference;
        if (own.objects.has(`${type}/${namespace}/${name}`)) return RESOLVED;
        const message = `${from}: there is no ${type} ${namespace}/${name} in this cluster (IST0101)`;
        return this.#around({ kind: type, namespace, name }, (found) => found.length > 0, message);
      }
      case "Revision":
        return this.#revision(reference.revision, reference.from);
    }
  }

  #host(host: string, from: string): Resolution {
    const { own, beside } = this.#ground;
    if (own.offersHost(host) || beside?.offersHost(host)) return RESOLVED;
    const service = serviceOf(host);
    const inService = service
      ? this.#around({ kind: "Service", ...service }, (found) => found.length > 0, "")
      : ({ state: "Unresolved", message: "" } as const);
    if (inService.state !== "Unresolved") return inService;
    const message = `${from}: host ${host} is no Service and in no ServiceEntry of this cluster (IST0101)`;
    const found = this.#around({ kind: "ServiceEntry", host }, (entries) => entries.length > 0, message);
    // The zone's istiod reads Services of the Remotes, too.
    if (found.state !== "Unresolved" || !beside || !service) return found;
    return {
      state: "Elsewhere",
      message: `${from}: host ${host} is not in this cluster; whether a Remote of its zone has it is not looked at`,
    };
  }

  #revision(revision: string, from: string): Resolution {
    const sight = this.#see({ kind: "IstioRevision" });
    if (sight.state === "Loading") return LOADING;
    if (sight.state === "Failing") return { state: "Failing", message: sight.message };
    // Without an injector in the cluster nothing tells which istiod reads its objects.
    if (sight.state !== "Known" || sight.objects.length === 0) return RESOLVED;
    const known = [...new Set(sight.objects.flatMap((each) => [each.revision, each.tag ?? each.revision]))].sort();
    if (known.includes(revision)) return RESOLVED;
    return {
      state: "Unresolved",
      message: `${from}: label istio.io/rev is ${revision}, but the cluster's istiods are ${known.slice(0, 5).join(", ")}: they ignore it`,
    };
  }

  #around<K extends Need["kind"]>(
    need: Need<K>,
    isMet: (objects: readonly SurroundingFacts[K][]) => boolean,
    unmet: string,
  ): Resolution {
    const sight = this.#see(need);
    if (sight.state === "Loading") return LOADING;
    if (sight.state === "Failing") return { state: "Failing", message: sight.message };
    if (sight.state !== "Known") return { state: "Unreadable", message: sight.message };
    return isMet(sight.objects) ? RESOLVED : { state: "Unresolved", message: unmet };
  }

  #see<K extends Need["kind"]>(need: Need<K>): Sight<SurroundingFacts[K]> {
    this.needs.push(need);
    return this.#ground.surroundings.see(need);
  }
}

const RESOLVED: Resolution = { state: "Resolved" };
const LOADING: Resolution = { state: "Loading" };
