import type { KubeObject } from "../../api/resource.ts";
import type { Manifest } from "../manifest.ts";
import { record } from "../untrusted.ts";
import { completeHost, hostPatterns, serviceHost } from "./hosts.ts";

/** What is kept of a ServiceEntry that is not ours. */
export interface ServiceEntryFacts {
  readonly hosts: readonly string[];
}

/** What is kept of a DestinationRule that is not ours. */
export interface DestinationRuleFacts {
  /** Complete; may be a wildcard. */
  readonly host: string;
  readonly subsets: readonly string[];
}

/** An object that is only looked for. */
export interface NamedFacts {
  readonly namespace: string;
  readonly name: string;
}

/** An istiod of the cluster, as its sidecar injector tells. */
export interface RevisionFacts {
  readonly revision: string;
  readonly tag?: string;
}

const MAX_LIST = 64;

export const serviceEntryFacts = ({ spec }: KubeObject): ServiceEntryFacts => ({
  hosts: texts(record(spec)["hosts"]),
});

export function destinationRuleFacts({ metadata, spec }: KubeObject): DestinationRuleFacts | undefined {
  const { host, subsets } = record(spec);
  if (!isText(host)) return undefined;
  const names = (Array.isArray(subsets) ? subsets : []).map((subset) => record(subset)["name"]);
  return { host: completeHost(host, metadata.namespace ?? ""), subsets: texts(names) };
}

export const namedFacts = ({ metadata: { namespace = "", name } }: KubeObject): NamedFacts => ({ namespace, name });

/** Of a MutatingWebhookConfiguration: Istio labels its injector with the revision, and with the tag that points to it. */
export function revisionFacts({ metadata: { labels } }: KubeObject): RevisionFacts | undefined {
  const { "istio.io/rev": revision, "istio.io/tag": tag } = labels ?? {};
  return isText(revision) ? { revision, ...(isText(tag) ? { tag } : {}) } : undefined;
}

/** What a bundle itself has in one cluster for routes to refer to. */
export interface Offers {
  readonly offersHost: (host: string) => boolean;
  readonly offersSubset: (host: string, subset: string) => boolean;
  /** `Kind/namespace/name`. */
  readonly objects: ReadonlySet<string>;
}

export function offersOf(objects: readonly Manifest[]): Offers {
  const of = (kind: string) => objects.filter((object) => object.kind === kind) as unknown as readonly KubeObject[];
  const services = of("Service").map(({ metadata }) => serviceHost(metadata.namespace ?? "", metadata.name));
  const hosts = new Set([...services, ...of("ServiceEntry").flatMap((entry) => serviceEntryFacts(entry).hosts)]);
  const rules = of("DestinationRule").flatMap((rule) => destinationRuleFacts(rule) ?? []);
  return {
    offersHost: (host) => hostPatterns(host).some((pattern) => hosts.has(pattern)),
    offersSubset: (host, subset) => hasSubset(rules, host, subset),
    objects: new Set(objects.map(({ kind, metadata: { namespace = "", name } }) => `${kind}/${namespace}/${name}`)),
  };
}

export const hasSubset = (rules: readonly DestinationRuleFacts[], host: string, subset: string): boolean => {
  const patterns = hostPatterns(host);
  return rules.some((rule) => patterns.includes(rule.host) && rule.subsets.includes(subset));
};

const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= 253;

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter(isText).slice(0, MAX_LIST) : []);
