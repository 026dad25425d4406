import type { KubeObject } from "../../api/resource.ts";
import type { Manifest } from "../manifest.ts";
import { isText, list, record, texts } from "../untrusted.ts";
import { readGateway } from "./gateway.ts";
import { canonicalHost, completeHost, hostPatterns, serviceOf } from "./hosts.ts";
import { serviceFacts } from "./service.ts";
import { type Exported, exportedTo } from "./visibility.ts";

/** What is kept of a ServiceEntry that is not ours. */
export interface ServiceEntryFacts extends Exported {
  readonly hosts: readonly string[];
  /** Numbers. */
  readonly ports: readonly number[];
}

/** What is kept of a DestinationRule that is not ours. */
export interface DestinationRuleFacts extends Exported {
  readonly name: string;
  /** In the form in which hosts are compared; may be a wildcard. */
  readonly host: string;
  readonly subsets: readonly string[];
}

/** An object that is only looked for. */
export interface NamedFacts extends Exported {
  readonly name: string;
}

/** What is kept of a Gateway that is not ours. */
export interface GatewayFacts extends NamedFacts {
  /** Labels of the workload that it configures. */
  readonly selector: Readonly<Record<string, string>>;
}

/** An istiod of the cluster, as its sidecar injector tells. */
export interface RevisionFacts {
  readonly revision: string;
  readonly tag?: string;
}

const MAX_LIST = 256;

const scoped = ({ metadata: { namespace = "", name }, spec }: KubeObject): NamedFacts => ({
  namespace,
  name,
  ...exportedTo(record(spec)["exportTo"]),
});

export function serviceEntryFacts(object: KubeObject): ServiceEntryFacts {
  const { hosts, ports } = record(object["spec"]);
  const { name: _, ...exported } = scoped(object);
  const numbers = list(ports).map((port) => record(port)["number"]);
  return {
    ...exported,
    hosts: texts(hosts, MAX_LIST),
    ports: numbers.filter((number) => typeof number === "number").slice(0, MAX_LIST),
  };
}

export function destinationRuleFacts(object: KubeObject): DestinationRuleFacts | undefined {
  const { host, subsets } = record(object["spec"]);
  if (!isText(host)) return undefined;
  const names = list(subsets).map((subset) => record(subset)["name"]);
  const exported = scoped(object);
  return { ...exported, host: canonicalHost(completeHost(host, exported.namespace)), subsets: texts(names, MAX_LIST) };
}

export const virtualServiceFacts = (object: KubeObject): NamedFacts => scoped(object);

export const gatewayFacts = (object: KubeObject): GatewayFacts => {
  const { namespace, name, selector } = readGateway(object as unknown as Manifest);
  return { namespace, name, selector };
};

/** Of a MutatingWebhookConfiguration: Istio labels its injector with the revision, and with the tag that points to it. */
export function revisionFacts({ metadata: { labels } }: KubeObject): RevisionFacts | undefined {
  const { "istio.io/rev": revision, "istio.io/tag": tag } = labels ?? {};
  return isText(revision) ? { revision, ...(isText(tag) ? { tag } : {}) } : undefined;
}

/** Something that has a host: a Service, or a ServiceEntry. */
export interface HostOffer extends Exported {
  /** Empty: not known. */
  readonly ports: readonly number[];
}

/** What a bundle itself has in one cluster for routes to refer to. */
export interface Offers {
  /** For a host, which is complete. */
  readonly hosts: (host: string) => readonly HostOffer[];
  /** DestinationRules of one namespace. */
  readonly rules: (namespace: string) => readonly DestinationRuleFacts[];
  readonly gateway: (namespace: string, name: string) => GatewayFacts | undefined;
  readonly virtualService: (namespace: string, name: string) => NamedFacts | undefined;
}

export function offersOf(objects: readonly Manifest[]): Offers {
  const of = (kind: string) => objects.filter((object) => object.kind === kind) as unknown as readonly KubeObject[];
  const services = new Map(of("Service").map((object) => [titleOf(object.metadata), serviceOffer(serviceFacts(object))]));
  const entries = of("ServiceEntry").map(serviceEntryFacts);
  const rules = of("DestinationRule").flatMap((rule) => destinationRuleFacts(rule) ?? []);
  const gateways = of("Gateway").map(gatewayFacts);
  const virtualServices = of("VirtualService").map(virtualServiceFacts);
  const named = <T extends NamedFacts>(all: readonly T[], namespace: string, name: string) =>
    all.find((each) => each.namespace === namespace && each.name === name);
  return {
    hosts: (host) => {
      const named = serviceOf(host);
      const service = named && services.get(titleOf(named));
      if (service) return [service];
      const patterns = hostPatterns(host);
      return entries.filter(({ hosts }) => hosts.some((each) => patterns.includes(each)));
    },
    rules: (namespace) => rules.filter((rule) => rule.namespace === namespace),
    gateway: (namespace, name) => named(gateways, namespace, name),
    virtualService: (namespace, name) => named(virtualServices, namespace, name),
  };
}

export const serviceOffer = ({ ports, ...exported }: ReturnType<typeof serviceFacts>): HostOffer => ({
  ...exported,
  ports: ports.map(({ port }) => port),
});

const titleOf = ({ namespace = "", name }: { readonly namespace?: string; readonly name: string }): string =>
  `${namespace}/${name}`;
