import { CERTIFICATES, deliverable, ENDPOINT_SLICES, MUTATING_WEBHOOK_CONFIGURATIONS, SECRETS, SERVICES } from "../api/kinds.ts";
import type { KubeObject, Resource } from "../api/resource.ts";
import { covers, type Need, type SurroundingFacts, type SurroundingKind } from "../domain/surroundings.ts";
import { credentialFacts } from "../domain/traffic/certificates/credential.ts";
import { certificateFacts } from "../domain/traffic/certificates/issued.ts";
import { endpointFacts } from "../domain/traffic/endpoints.ts";
import { canonicalHost, hostPatterns } from "../domain/traffic/hosts.ts";
import {
  destinationRuleFacts,
  gatewayFacts,
  revisionFacts,
  serviceEntryFacts,
  virtualServiceFacts,
} from "../domain/traffic/offers.ts";
import { serviceFacts } from "../domain/traffic/service.ts";

/** Part of a collection that one watch covers. */
export interface Part {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Kinds of objects; what is asked of addresses is not watched. */
export type WatchedKind = Exclude<SurroundingKind, "Probe">;

/** How a kind is watched and what is kept of it. */
export interface Watched<K extends WatchedKind> {
  readonly resource: Resource;
  readonly facts: (object: KubeObject) => SurroundingFacts[K] | undefined;
  /** Needs with the same part share one watch. */
  readonly part: (need: Need<K>) => Part;
  /** Words under which an object is found; default none: it answers every need of its part. */
  readonly words?: (facts: SurroundingFacts[K]) => readonly string[];
  /** Words of which every object that answers the need has one. */
  readonly asked?: (need: Need<K>) => readonly string[];
  /** Whether an object that has such a word answers the need; default it does. */
  readonly answers?: (need: Need<K>, facts: SurroundingFacts[K]) => boolean;
  /** What the account has to be granted, where that is not said by the kind alone. */
  readonly granted?: (need: Need<K>) => string;
}

const istio = (kind: string): Resource => deliverable("networking.istio.io/v1", kind)!;

const byName = ({ namespace = "", name }: Need): Part => ({ namespace, fieldSelector: `metadata.name=${name}` });

export const WATCHED: { readonly [K in WatchedKind]: Watched<K> } = {
  Service: {
    resource: SERVICES,
    facts: serviceFacts,
    part: () => ({}),
    words: ({ namespace, name, selector }) => [
      `${namespace}/${name}`,
      ...Object.entries(selector).map(([key, value]) => `${key}=${value}`),
    ],
    asked: ({ namespace, name, covers: labels }) =>
      labels ? Object.entries(labels).map((each) => each.join("=")) : [`${namespace}/${name}`],
    answers: ({ covers: labels }, { selector }) => !labels || covers(labels, selector),
  },
  EndpointSlice: {
    resource: ENDPOINT_SLICES,
    facts: endpointFacts,
    part: ({ namespace = "", name }) => ({ namespace, labelSelector: `kubernetes.io/service-name=${name}` }),
  },
  // One Secret a watch: the account needs the right to that one alone, and no other key passes through this process.
  Secret: {
    resource: SECRETS,
    facts: credentialFacts,
    part: byName,
    granted: ({ namespace, name }) => `Secret ${name} in namespace ${namespace} (verbs list and watch); see deploy/certificates`,
  },
  Certificate: {
    resource: CERTIFICATES,
    facts: certificateFacts,
    part: ({ namespace = "" }) => ({ namespace }),
    words: ({ secretName }) => [secretName],
    asked: ({ name = "" }) => [name],
  },
  ServiceEntry: {
    resource: istio("ServiceEntry"),
    facts: serviceEntryFacts,
    part: () => ({}),
    words: ({ hosts }) => hosts,
    asked: ({ host = "" }) => hostPatterns(host),
  },
  DestinationRule: {
    resource: istio("DestinationRule"),
    facts: destinationRuleFacts,
    // Istio looks in few namespaces, of which large clusters have hundreds.
    part: ({ namespace = "" }) => ({ namespace }),
    words: ({ host }) => [host],
    asked: ({ host = "" }) => hostPatterns(canonicalHost(host)),
  },
  Gateway: { resource: istio("Gateway"), facts: gatewayFacts, part: byName },
  VirtualService: { resource: istio("VirtualService"), facts: virtualServiceFacts, part: byName },
  IstioRevision: {
    resource: MUTATING_WEBHOOK_CONFIGURATIONS,
    facts: revisionFacts,
    part: () => ({ labelSelector: "istio.io/rev" }),
  },
};
