import type { KubeObject } from "../../src/api/resource.ts";
import {
  covers,
  type Need,
  type Sight,
  type SurroundingFacts,
  type SurroundingKind,
  type Surroundings,
} from "../../src/domain/surroundings.ts";
import { credentialFacts } from "../../src/domain/traffic/certificates/credential.ts";
import { certificateFacts } from "../../src/domain/traffic/certificates/issued.ts";
import { endpointFacts } from "../../src/domain/traffic/endpoints.ts";
import { canonicalHost, hostPatterns } from "../../src/domain/traffic/hosts.ts";
import {
  destinationRuleFacts,
  gatewayFacts,
  type NamedFacts,
  revisionFacts,
  serviceEntryFacts,
  virtualServiceFacts,
} from "../../src/domain/traffic/offers.ts";
import type { ProbeFacts } from "../../src/domain/traffic/probes.ts";
import { serviceFacts } from "../../src/domain/traffic/service.ts";

/** A cluster's surroundings as a table: everything was read, and nothing is there but these objects. */
export function surroundingsOf(
  objects: readonly KubeObject[],
  unread: Partial<Record<SurroundingKind, Exclude<Sight<never>, { readonly state: "Known" }>>> = {},
  probes: Readonly<Record<string, readonly ProbeFacts[]>> = {},
): Surroundings {
  const answers: { readonly [K in SurroundingKind]: (need: Need<K>) => readonly SurroundingFacts[K][] } = {
    Service: ({ namespace, name, covers: labels }) =>
      of("Service")
        .map(serviceFacts)
        .filter((facts) => (labels ? covers(labels, facts.selector) : facts.namespace === namespace && facts.name === name)),
    EndpointSlice: ({ namespace, name }) =>
      of("EndpointSlice")
        .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.["kubernetes.io/service-name"] === name)
        .map(endpointFacts),
    Secret: ({ namespace, name }) =>
      of("Secret")
        .filter(({ metadata }) => metadata.namespace === namespace && metadata.name === name)
        .map(credentialFacts),
    Certificate: ({ namespace, name }) =>
      of("Certificate")
        .flatMap((object) => certificateFacts(object) ?? [])
        .filter((facts) => facts.namespace === namespace && facts.secretName === name),
    ServiceEntry: ({ host = "" }) =>
      of("ServiceEntry")
        .map(serviceEntryFacts)
        .filter(({ hosts }) => hosts.some((each) => hostPatterns(host).includes(each))),
    DestinationRule: ({ namespace, host = "" }) =>
      of("DestinationRule")
        .flatMap((rule) => destinationRuleFacts(rule) ?? [])
        .filter((rule) => rule.namespace === namespace && hostPatterns(canonicalHost(host)).includes(rule.host)),
    Gateway: (need) => named(of("Gateway").map(gatewayFacts), need),
    VirtualService: (need) => named(of("VirtualService").map(virtualServiceFacts), need),
    Probe: ({ probe }) => (probe && probes[probe.address]) ?? [],
    IstioRevision: () => of("MutatingWebhookConfiguration").flatMap((webhook) => revisionFacts(webhook) ?? []),
  };
  const named = <T extends NamedFacts>(all: readonly T[], { namespace, name }: Need) =>
    all.filter((facts) => facts.namespace === namespace && facts.name === name);
  const of = (kind: string) => objects.filter((object) => object.kind === kind);
  return { see: (need) => unread[need.kind] ?? { state: "Known", objects: answers[need.kind](need) } };
}
