import type { CredentialFacts } from "./traffic/certificates/credential.ts";
import type { CertificateFacts } from "./traffic/certificates/issued.ts";
import type { EndpointFacts } from "./traffic/endpoints.ts";
import type { DestinationRuleFacts, GatewayFacts, NamedFacts, RevisionFacts, ServiceEntryFacts } from "./traffic/offers.ts";
import type { ProbeFacts, ProbeTarget } from "./traffic/probes.ts";
import type { ServiceFacts } from "./traffic/service.ts";

/** Facts that are kept of objects in a member cluster that are not ours, by kind. */
export interface SurroundingFacts {
  readonly Service: ServiceFacts;
  /** One slice of the endpoints of the Service that a need names. */
  readonly EndpointSlice: EndpointFacts;
  /** Facts about the public part of a Secret; the key is not among them. */
  readonly Secret: CredentialFacts;
  /** A cert-manager Certificate. */
  readonly Certificate: CertificateFacts;
  readonly ServiceEntry: ServiceEntryFacts;
  readonly DestinationRule: DestinationRuleFacts;
  readonly Gateway: GatewayFacts;
  readonly VirtualService: NamedFacts;
  readonly IstioRevision: RevisionFacts;
  /** What an address answers that the cluster reports; asked, not watched. */
  readonly Probe: ProbeFacts;
}

export type SurroundingKind = keyof SurroundingFacts;

/** Something in a member cluster, not ours, that an AccessPoint's status depends on: it is watched as long as somebody needs it. */
export interface Need<K extends SurroundingKind = SurroundingKind> {
  readonly kind: K;
  /** Absent: every namespace. */
  readonly namespace?: string;
  /** Absent: every object of the kind there. Of an EndpointSlice: the name of its Service. Of a Certificate: the name of the Secret that it makes. */
  readonly name?: string;
  /** For Services: those that select pods with these labels. A change of another one concerns nobody. */
  readonly covers?: Readonly<Record<string, string>>;
  /** For ServiceEntries and DestinationRules: those that are for this host, which is complete. */
  readonly host?: string;
  /** For a Probe: what is asked. */
  readonly probe?: ProbeTarget;
}

/** What is known of a need. */
export type Sight<T> =
  | { readonly state: "Known"; readonly objects: readonly T[] }
  /** Nothing was read yet; nothing is to be concluded from that. */
  | { readonly state: "Loading" }
  /** The cluster does not serve the kind, or the credentials may not read it: why, and what to do. */
  | { readonly state: "Unserved" | "Forbidden"; readonly message: string }
  /** It cannot be read, and has not been for so long that what was read before does not count any more: since when, and why. */
  | { readonly state: "Failing"; readonly message: string };

/** Why nothing is known of a need, and not for want of a moment. */
export type Unreadable = Extract<Sight<never>, { readonly message: string }>;

/** The first of what cannot be read any more. */
export function failingIn(seen: readonly { readonly failing?: string }[]): { readonly failing?: string } {
  const failing = seen.find((each) => each.failing !== undefined)?.failing;
  return failing === undefined ? {} : { failing };
}

/** A member cluster around the objects that are ours. */
export interface Surroundings {
  readonly see: <K extends SurroundingKind>(need: Need<K>) => Sight<SurroundingFacts[K]>;
}

export const NO_SURROUNDINGS: Surroundings = { see: () => ({ state: "Loading" }) };

/**
 * Whether a Service that selects by `selector` selects, in its namespace, pods of a workload that is known by `labels`: a part of it
 * where it names more labels, all of it where it names some of them. Where each names what the other does not, only the pods tell.
 */
export const covers = (labels: Labels, selector: Labels): boolean => hasAll(labels, selector) || hasAll(selector, labels);

type Labels = Readonly<Record<string, string>>;

const hasAll = (wanted: Labels, labels: Labels): boolean =>
  Object.keys(wanted).length > 0 && Object.entries(wanted).every(([key, value]) => labels[key] === value);
