import type { CertificateStatus, ClusterStatus } from "../../api/accesspoint.ts";
import type { Holdings, Standing } from "../delivery.ts";
import { type Drift, driftedBy } from "../drift.ts";
import { type Desired, type Manifest, objectTitle } from "../manifest.ts";
import type { Need } from "../surroundings.ts";
import { cut } from "../text.ts";
import { demandsOf } from "./certificates/demand.ts";
import { certificateProblem } from "./certificates.ts";
import { readGateway } from "./gateway.ts";
import { type Reference, referencesIn } from "./references.ts";
import { type Ground, Resolver } from "./resolution.ts";

export type RoutesStatus = NonNullable<ClusterStatus["routes"]>;

/** What is said of the routes of one cluster. */
export interface RoutesSeen {
  /** Undefined: the bundle has none in this cluster. */
  readonly routes: RoutesStatus | undefined;
  /** The first reference that leads nowhere, in a sentence: traffic for it would fail. */
  readonly unresolved?: string;
  readonly needs: readonly Need[];
  /** Something that this depends on was not read yet: what was said before is said again. */
  readonly loading: boolean;
  /** Why something that this depends on is not known any more. */
  readonly failing?: string;
}

export interface RoutesInput {
  readonly judged: readonly { readonly object: Desired; readonly standing: Standing; readonly drift?: Drift | undefined }[];
  readonly holdings: Holdings;
  readonly ground: Ground;
  /** `referencesIn` the judged objects, possibly remembered. */
  readonly references?: readonly Reference[];
  /** What is said of the certificates of the bundle's Gateways. */
  readonly certificates: readonly CertificateStatus[];
  /** What was said of them in the last pass. */
  readonly before: RoutesStatus | undefined;
}

const MAX_MESSAGES = 5;

/**
 * Whether the routes of one cluster are configured: present as they were written, unmodified, every reference resolved in that
 * cluster, the certificates of their Gateways there, nothing said by Istio's analysis against them or what they stand on.
 */
export function routesOf(input: RoutesInput): RoutesSeen {
  const { judged, holdings, ground, certificates, before } = input;
  const routes = judged.filter(
    ({ object: { manifest } }) => manifest.kind === "VirtualService" || manifest.kind === "DestinationRule",
  );
  const resolver = new Resolver(ground);
  const manifests = judged.map(({ object }) => object.manifest);
  const references = input.references ?? referencesIn(manifests);
  const resolutions = references.map((each) => resolver.resolve(each));
  const messagesOf = (state: "Unresolved" | "Elsewhere" | "Unreadable" | "Failing") =>
    resolutions.flatMap((resolution) => (resolution.state === state ? [cut(resolution.message)] : []));
  const errors = judged.flatMap(({ object }) =>
    (holdings.get(object.key)?.object.errors ?? []).map((error) => cut(`${objectTitle(object.manifest)}: ${error}`)),
  );
  const changed = routes.flatMap(({ object, standing, drift }) =>
    standing.state === "Drifted" ? [cut(`${objectTitle(object.manifest)} was changed by ${driftedBy(drift)}`)] : [],
  );
  const [unresolved, failing] = [messagesOf("Unresolved"), messagesOf("Failing")];
  const unreadable = [...failing, ...messagesOf("Unreadable")];
  const uncertified = missingCertificates(manifests, references, certificates).map((each) => cut(certificateProblem(each)));
  const seen = (state: RoutesStatus["state"], all: readonly string[]): RoutesSeen => {
    const messages = [...new Set(all)].slice(0, MAX_MESSAGES);
    return {
      routes: routes.length > 0 || errors.length > 0 ? { state, ...(messages.length > 0 ? { messages } : {}) } : undefined,
      ...(unresolved[0] ? { unresolved: unresolved[0] } : {}),
      needs: resolver.needs,
      loading: false,
      ...(failing[0] ? { failing: failing[0] } : {}),
    };
  };
  if (errors.length > 0) return seen("Invalid", errors);
  if (changed.length > 0 || unresolved.length > 0 || uncertified.length > 0)
    return seen("Pending", [...unresolved, ...uncertified, ...changed]);
  if (routes.some(({ standing }) => standing.state !== "Ready")) return seen("Pending", []);
  if (resolutions.some(({ state }) => state === "Loading"))
    return { ...seen("Unknown", []), routes: before ?? { state: "Unknown" }, loading: true };
  return unreadable.length > 0 ? seen("Unknown", unreadable) : seen("Configured", messagesOf("Elsewhere"));
}

/** Certificates that are not there, of Gateways through which the routes lead. */
function missingCertificates(
  manifests: readonly Manifest[],
  references: readonly Reference[],
  certificates: readonly CertificateStatus[],
): readonly CertificateStatus[] {
  const missing = certificates.filter(({ installed, state }) => !installed && state !== "Unknown");
  if (missing.length === 0) return [];
  const bound = new Set(references.flatMap((each) => (each.type === "Gateway" ? [`${each.namespace}/${each.name}`] : [])));
  const gateways = manifests.filter(({ kind }) => kind === "Gateway").map(readGateway);
  const demanded = gateways.filter(({ namespace, name }) => bound.has(`${namespace}/${name}`)).flatMap(demandsOf);
  const names = new Set(demanded.map(({ secretName }) => secretName));
  return missing.filter(({ secretName }) => names.has(secretName));
}
