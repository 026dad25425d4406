import { compare } from "../selection.ts";
import type { Need, Surroundings } from "../surroundings.ts";
import { type Pods, podsBehind, podsNeed } from "./endpoints.ts";
import type { GatewayView } from "./gateway.ts";
import type { ServiceFacts } from "./service.ts";

/** Through which Services a Gateway's workload is reached in one cluster. */
export type Exposure = {
  /** What has to be watched for it to be told. */
  readonly needs: readonly Need[];
} & (
  | {
      readonly state: "Known";
      /** Services that may have the workload's pods behind them, by namespace and name. */
      readonly services: readonly Way[];
      /** Those of them that have, or are to have, an address outside the cluster: rivals where nothing says which of them count. */
      readonly external: readonly Way[];
      /** Those that count as its way in from outside; none also where nobody said which of several. */
      readonly agreed: readonly Way[];
      /** Namespaces that the workload is in: a Service selects in its own namespace alone. */
      readonly namespaces: readonly string[];
    }
  | { readonly state: "Loading" }
  | { readonly state: "Unknown"; readonly message: string }
  /** What would tell cannot be read any more. */
  | { readonly state: "Failing"; readonly message: string }
);

/** A Service with the addresses that count of it. */
export interface Way extends Omit<ServiceFacts, "externalIPs" | "balanced"> {
  readonly external: boolean;
}

/** What one cluster's Services are weighed by. */
export interface Ways {
  /** Services of the bundle in this cluster, as `<namespace>/<name>`. */
  readonly own: ReadonlySet<string>;
  /** Services that are agreed on, in the same form. */
  readonly named: ReadonlySet<string>;
  /** Namespace of the AccessPoint. */
  readonly namespace: string;
  /** Namespaces in which the platform runs gateways. */
  readonly gatewayNamespaces: readonly string[];
  readonly surroundings: Surroundings;
}

/** Whoever may create Services can create many: no more of them are looked behind. */
const MAX_LOOKED_BEHIND = 16;

/** `<namespace>/<name>`. */
export const serviceTitle = ({ namespace, name }: Pick<ServiceFacts, "namespace" | "name">): string => `${namespace}/${name}`;

/**
 * Which Services count: those that are named as agreed on; else those of the bundle itself; else the only one that has, or is to
 * have, an address outside the cluster. Several others are none: which one counts is not guessed.
 *
 * Anybody can write a Service that selects the labels of a gateway, in a namespace of his own, where it finds no pod of the gateway,
 * or pods that he runs himself under these labels. So where the platform's namespaces or the AccessPoint's own have a Service that may
 * have the gateway's pods behind it, those of other namespaces are none of the gateway's; and external IPs, which whoever writes a
 * Service just claims, count only there, or where the Service is named.
 */
export function exposureOf({ selector }: Pick<GatewayView, "selector">, ways: Ways): Exposure {
  const { own, named, namespace, gatewayNamespaces, surroundings } = ways;
  const need: Need<"Service"> = { kind: "Service", covers: selector };
  const sight = surroundings.see(need);
  if (sight.state === "Loading") return { state: "Loading", needs: [need] };
  if (sight.state !== "Known")
    return { state: sight.state === "Failing" ? "Failing" : "Unknown", message: sight.message, needs: [need] };
  const isPlatforms = (service: ServiceFacts) => gatewayNamespaces.includes(service.namespace);
  const isTrusted = (service: ServiceFacts) => isPlatforms(service) || service.namespace === namespace;
  const all = sight.objects.toSorted((a, b) => compare(serviceTitle(a), serviceTitle(b)));
  const waysOf = (services: readonly ServiceFacts[]) => services.map((service) => wayOf(service, isTrusted(service)));
  const externalOf = (services: readonly ServiceFacts[]) => waysOf(services).filter(({ external }) => external);

  const among = (titles: ReadonlySet<string>) =>
    all
      .filter((service) => titles.has(serviceTitle(service)))
      .map((service) => wayOf(service, true))
      .filter(({ external }) => external);
  const said = among(named.size > 0 ? named : own);
  if (named.size > 0 || said.length > 0) {
    const namespaces = namespacesOf(said.length > 0 ? said : all);
    return { state: "Known", services: waysOf(all), external: externalOf(all), agreed: said, namespaces, needs: [need] };
  }

  const behind = new PodsBehind(surroundings);
  const trusted = all.filter(isTrusted);
  const home = trusted.some(isPlatforms) || trusted.some((service) => behind.mayHavePods(service)) ? trusted : all;
  const external = behind.manned(externalOf(home));
  const agreed = external.length === 1 ? external : [];
  const namespaces = namespacesOf(agreed.length > 0 ? agreed : behind.manned(home));
  const needs = [need, ...behind.needs];
  if (behind.loading) return { state: "Loading", needs };
  return { state: "Known", services: waysOf(home), external, agreed, namespaces, needs };
}

const namespacesOf = (services: readonly Pick<ServiceFacts, "namespace">[]): readonly string[] => [
  ...new Set(services.map(({ namespace }) => namespace)),
];

function wayOf({ externalIPs, balanced, addresses, ...service }: ServiceFacts, trusted: boolean): Way {
  const claimed = trusted ? externalIPs : [];
  return { ...service, external: balanced || claimed.length > 0, addresses: addresses.length > 0 ? addresses : claimed };
}

/** Looks behind Services, and remembers what has to be watched for that. */
class PodsBehind {
  readonly needs: Need[] = [];
  loading = false;
  readonly #surroundings: Surroundings;
  readonly #seen = new Map<string, Pods>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Unless it is known that no pod is there. */
  mayHavePods(service: Pick<ServiceFacts, "namespace" | "name">): boolean {
    const pods = this.#look(service);
    if (pods.state === "Loading") this.loading = true;
    return pods.state !== "Known" || pods.any;
  }

  /** Those of several that may have pods; all, where none may. */
  manned<T extends Pick<ServiceFacts, "namespace" | "name">>(services: readonly T[]): readonly T[] {
    if (services.length < 2) return services;
    const some = services.filter((service) => this.mayHavePods(service));
    return some.length > 0 ? some : services;
  }

  #look(service: Pick<ServiceFacts, "namespace" | "name">): Pods {
    const title = serviceTitle(service);
    const seen = this.#seen.get(title);
    if (seen) return seen;
    if (this.#seen.size >= MAX_LOOKED_BEHIND) return { state: "Unknown" };
    this.needs.push(podsNeed(service));
    const pods = podsBehind(service, this.#surroundings);
    this.#seen.set(title, pods);
    return pods;
  }
}
