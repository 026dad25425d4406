import type { Need, Sight, SurroundingFacts, Surroundings } from "../surroundings.ts";
import { authoritySecret, isPlainName } from "./certificates/demand.ts";
import type { Exposure } from "./exposure.ts";
import { canonicalHost, hostPatterns, serviceOf } from "./hosts.ts";
import { type DestinationRuleFacts, type GatewayFacts, type HostOffer, type Offers, serviceOffer } from "./offers.ts";
import type { Audience, Named, Reference } from "./references.ts";
import { isPrivate, isSeenIn } from "./visibility.ts";

/** Whether a reference leads to something in the cluster. */
export type Resolution =
  | { readonly state: "Resolved" }
  /** Elsewhere: not in this cluster, but another one of the zone may have it. */
  | { readonly state: "Unresolved" | "Elsewhere"; readonly message: string }
  | NotKnown;

/** Unreadable: what would tell may not be read. Failing: it cannot be read any more. */
type NotKnown = { readonly state: "Loading" } | { readonly state: "Unreadable" | "Failing"; readonly message: string };

/** Where references of one cluster may lead to. */
export interface Ground {
  /** What the bundle has in this cluster. */
  readonly own: Offers;
  /** Services that the bundle has in other clusters of the zone; undefined where the zone has no other clusters. */
  readonly beside?: Offers | undefined;
  /** Where the pods of a Gateway are. */
  readonly exposure: (gateway: Pick<GatewayFacts, "selector">) => Exposure;
  readonly surroundings: Surroundings;
}

/** Where Istio looks last, unless a mesh says another one. */
const ROOT_NAMESPACE = "istio-system";
/** A gateway whose pods are in more namespaces than these is told of for these. */
const MAX_NAMESPACES = 4;

/** Something that was found, or why it is not known what there is. */
type Found<T> = { readonly state: "Found"; readonly value: T } | NotKnown;

/** Looks in the bundle first, then around it: only what the bundle does not have itself is watched. */
export class Resolver {
  readonly needs: Need[] = [];
  readonly #ground: Ground;
  /** By Gateway: many references lead through one. */
  readonly #pods = new Map<string, Found<readonly string[]>>();

  constructor(ground: Ground) {
    this.#ground = ground;
  }

  resolve(reference: Reference): Resolution {
    switch (reference.type) {
      case "Host":
        return this.#host(reference);
      case "Subset":
        return this.#subset(reference);
      case "Gateway":
        return this.#gateway(reference);
      case "VirtualService":
        return this.#delegate(reference);
      case "Credential":
        return this.#credential(reference);
      case "Revision":
        return this.#revision(reference.revision, reference.from);
    }
  }

  #host({ host, port, from, ...audience }: Extract<Reference, { type: "Host" }>): Resolution {
    const offers = this.#offersFor(host);
    if (offers.state !== "Found") return offers;
    const unresolved = (message: string): Resolution => ({ state: "Unresolved", message: `${from}: host ${host} ${message}` });
    if (offers.value.length === 0) {
      // The zone's istiod reads Services of the Remotes, too.
      if (this.#ground.beside && serviceOf(host))
        return {
          state: "Elsewhere",
          message: `${from}: host ${host} is not in this cluster; whether a Remote of its zone has it is not looked at`,
        };
      return unresolved("is no Service and in no ServiceEntry of this cluster (IST0101)");
    }
    return this.#forAll(audience, (client) => {
      const seen = offers.value.filter((offer) => isSeenIn(offer, client));
      if (seen.length === 0) return unresolved(`is not exported to namespace ${client} (IST0101)`);
      if (port === undefined || seen.some(({ ports }) => hasPort(ports, port))) return RESOLVED;
      if (port !== "Only") return unresolved(`has no port ${port} (IST0101)`);
      return unresolved(`has ports ${seen[0]?.ports.slice(0, 5).join(", ")}: destination.port has to name one (IST0112)`);
    });
  }

  /** What has this host; none where nothing has. */
  #offersFor(host: string): Found<readonly HostOffer[]> {
    const { own, beside } = this.#ground;
    const offers = own.hosts(host);
    if (offers.length > 0) return found(offers);
    const service = serviceOf(host);
    // How it is rendered there is not known here.
    if (service && beside && beside.hosts(host).length > 0) return found([{ namespace: service.namespace, ports: [] }]);
    const services = service ? this.#around({ kind: "Service", ...service }) : found([]);
    if (services.state !== "Found") return services;
    return services.value.length > 0 ? found(services.value.map(serviceOffer)) : this.#around({ kind: "ServiceEntry", host });
  }

  #subset({ host, subset, from, ...audience }: Extract<Reference, { type: "Subset" }>): Resolution {
    const offers = this.#offersFor(host);
    if (offers.state !== "Found") return offers;
    const service = serviceOf(host);
    return this.#forAll(audience, (client) => {
      const seen = offers.value.filter((offer) => isSeenIn(offer, client));
      const homes = new Set([...(service ? [service.namespace] : []), ...seen.map(({ namespace }) => namespace)]);
      const rules = this.#rulesFor(canonicalHost(host), client, homes, subset);
      if (rules.state !== "Found") return rules;
      if (rules.value.some(({ subsets }) => subsets.includes(subset))) return RESOLVED;
      const [rule] = rules.value;
      const message = rule
        ? `subset ${subset} of host ${host}: DestinationRule ${rule.namespace}/${rule.name} counts for pods in namespace ${client}, and does not have it (IST0101)`
        : `no DestinationRule that pods in namespace ${client} see has subset ${subset} of host ${host} (IST0101)`;
      return { state: "Unresolved", message: `${from}: ${message}` };
    });
  }

  /**
   * The DestinationRules for a host that count for pods of a namespace: those for the most specific host in that namespace; else in
   * the Service's, of those that are exported; else in the root namespace. Rules of one namespace for one host are merged.
   */
  #rulesFor(host: string, client: string, homes: ReadonlySet<string>, subset: string): Found<readonly DestinationRuleFacts[]> {
    const seen = (rule: DestinationRuleFacts) => isSeenIn(rule, client);
    const isLocal = client === ROOT_NAMESPACE ? isPrivate : seen;
    const places = [
      { namespace: client, counts: isLocal },
      ...[...homes, ROOT_NAMESPACE].map((namespace) => ({ namespace, counts: (rule: DestinationRuleFacts) => !isPrivate(rule) })),
    ];
    for (const { namespace, counts } of places) {
      const rules = this.#rulesIn(namespace, host, subset, (rule) => counts(rule) && seen(rule));
      if (rules.state !== "Found") return rules;
      const met = mostSpecific(rules.value.filter(counts), host).filter(seen);
      if (met.length > 0) return found(met);
    }
    return found([]);
  }

  /** Rules of a namespace that may be for a host. */
  #rulesIn(
    namespace: string,
    host: string,
    subset: string,
    counts: (rule: DestinationRuleFacts) => boolean,
  ): Found<readonly DestinationRuleFacts[]> {
    const own = this.#ground.own.rules(namespace);
    // Nothing is more specific, and nothing takes a subset away.
    if (own.some((rule) => rule.host === host && rule.subsets.includes(subset) && counts(rule))) return found(own);
    const around = this.#around({ kind: "DestinationRule", namespace, host });
    if (around.state !== "Found") return around;
    const others = around.value.filter(({ name }) => !own.some((rule) => rule.name === name));
    return found([...own, ...others]);
  }

  #gateway({ namespace, name, by, from }: Extract<Reference, { type: "Gateway" }>): Resolution {
    const gateway = this.#gatewayOf({ namespace, name });
    if (gateway.state !== "Found") return gateway;
    if (!gateway.value) return notThere(from, "Gateway", { namespace, name });
    const pods = this.#podsOf({ namespace, name });
    if (pods.state !== "Found") return pods;
    const hidden = pods.value.find((each) => !isSeenIn(by, each));
    if (hidden === undefined) return RESOLVED;
    const message = `${from}: exportTo keeps it from Gateway ${namespace}/${name}, whose pods are in namespace ${hidden}`;
    return { state: "Unresolved", message };
  }

  #delegate({ namespace, name, by, from }: Extract<Reference, { type: "VirtualService" }>): Resolution {
    const own = this.#ground.own.virtualService(namespace, name);
    const delegates = own ? found([own]) : this.#around({ kind: "VirtualService", namespace, name });
    if (delegates.state !== "Found") return delegates;
    const [delegate] = delegates.value;
    if (!delegate) return notThere(from, "VirtualService", { namespace, name });
    if (isSeenIn(delegate, by.namespace)) return RESOLVED;
    const message = `${from}: VirtualService ${namespace}/${name} is not exported to namespace ${by.namespace}`;
    return { state: "Unresolved", message };
  }

  /** Where Istio looks for the Secret of a connection: in the namespace of the pods that make it. */
  #credential({ secretName, authorityAlone, from, ...audience }: Extract<Reference, { type: "Credential" }>): Resolution {
    if (!isPlainName(secretName)) return RESOLVED;
    const names = authorityAlone ? [secretName, authoritySecret(secretName)] : [secretName];
    const clients = this.#clientsOf(audience);
    if (clients.state !== "Found") return clients;
    return worst(
      clients.value.map((namespace) => {
        for (const name of names) {
          const secrets = this.#around({ kind: "Secret", namespace, name });
          if (secrets.state !== "Found") return secrets;
          if (secrets.value.length > 0) return RESOLVED;
        }
        const message = `${from}: there is no Secret ${namespace}/${secretName}, which tls.credentialName names (IST0101)`;
        return { state: "Unresolved", message };
      }),
    );
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

  /** Resolved where it is for the pods of every namespace; where it is not known which these are, for those of the object's own. */
  #forAll(audience: Audience, resolve: (namespace: string) => Resolution): Resolution {
    const clients = this.#clientsOf(audience);
    if (clients.state !== "Found") return clients;
    return worst((clients.value.length > 0 ? clients.value : [audience.namespace]).map(resolve));
  }

  /** Namespaces of the pods that follow a reference; none where that is not known. */
  #clientsOf({ namespace, mesh, gateways }: Audience): Found<readonly string[]> {
    const pods = gateways.map((gateway) => this.#podsOf(gateway));
    const loading = pods.find(({ state }) => state === "Loading");
    if (loading) return LOADING;
    const known = pods.flatMap((each) => (each.state === "Found" ? each.value : []));
    return found([...new Set([...(mesh ? [namespace] : []), ...known])]);
  }

  /** Namespaces of the pods that a Gateway configures; none where that is not known. */
  #podsOf(gateway: Named): Found<readonly string[]> {
    const title = `${gateway.namespace}/${gateway.name}`;
    const pods = this.#pods.get(title) ?? this.#lookForPods(gateway);
    this.#pods.set(title, pods);
    return pods;
  }

  #lookForPods(gateway: Named): Found<readonly string[]> {
    const sight = this.#gatewayOf(gateway);
    // That it cannot be read is told of the Gateway itself.
    if (sight.state !== "Found") return sight.state === "Loading" ? sight : found([]);
    if (!sight.value) return found([]);
    const exposure = this.#ground.exposure(sight.value);
    this.needs.push(...exposure.needs);
    if (exposure.state === "Loading") return LOADING;
    return found(exposure.state === "Known" ? exposure.namespaces.slice(0, MAX_NAMESPACES) : []);
  }

  #gatewayOf({ namespace, name }: Named): Found<GatewayFacts | undefined> {
    const own = this.#ground.own.gateway(namespace, name);
    if (own) return found(own);
    const around = this.#around({ kind: "Gateway", namespace, name });
    return around.state === "Found" ? found(around.value[0]) : around;
  }

  #around<K extends Need["kind"]>(need: Need<K>): Found<readonly SurroundingFacts[K][]> {
    const sight = this.#see(need);
    if (sight.state === "Loading") return LOADING;
    if (sight.state === "Known") return found(sight.objects);
    return { state: sight.state === "Failing" ? "Failing" : "Unreadable", message: sight.message };
  }

  #see<K extends Need["kind"]>(need: Need<K>): Sight<SurroundingFacts[K]> {
    this.needs.push(need);
    return this.#ground.surroundings.see(need);
  }
}

const RESOLVED = { state: "Resolved" } as const;
const LOADING = { state: "Loading" } as const;

/** What counts of several: the first of these that one of them is. */
const ORDER: readonly Resolution["state"][] = ["Unresolved", "Loading", "Failing", "Unreadable", "Elsewhere"];

const worst = (all: readonly Resolution[]): Resolution =>
  ORDER.flatMap((state) => all.find((each) => each.state === state) ?? [])[0] ?? RESOLVED;

const found = <T>(value: T): { readonly state: "Found"; readonly value: T } => ({ state: "Found", value });

/** Where ports are not known, nothing is concluded. */
const hasPort = (ports: readonly number[], port: number | "Only"): boolean =>
  ports.length === 0 || (port === "Only" ? ports.length === 1 : ports.includes(port));

const notThere = (from: string, kind: string, { namespace, name }: Named): Resolution => ({
  state: "Unresolved",
  message: `${from}: there is no ${kind} ${namespace}/${name} in this cluster (IST0101)`,
});

/** Those of the rules for a host that name it most closely. */
function mostSpecific(rules: readonly DestinationRuleFacts[], host: string): readonly DestinationRuleFacts[] {
  const pattern = hostPatterns(host).find((each) => rules.some((rule) => rule.host === each));
  return rules.filter((rule) => rule.host === pattern);
}
