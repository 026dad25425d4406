import { type Manifest, objectTitle } from "../manifest.ts";
import { list, record } from "../untrusted.ts";
import { canonicalHost, completeHost, hostPatterns } from "./hosts.ts";
import { exportedTo } from "./visibility.ts";

/** Something that an object of the bundle names and that has to be in the cluster for Istio to follow it. */
export type Reference = { readonly from: string } & (
  | ({
      readonly type: "Host";
      readonly host: string;
      /** Only: no port is named, so that the host must have one alone. Absent: ports do not matter. */
      readonly port?: number | "Only";
    } & Audience)
  | ({ readonly type: "Subset"; readonly host: string; readonly subset: string } & Audience)
  /** `by`: the namespace of the object that names it, and to which namespaces that one is exported. */
  | ({ readonly type: "Gateway"; readonly by: Exporter } & Named)
  /** A delegate. */
  | ({ readonly type: "VirtualService"; readonly by: Pick<Exporter, "namespace"> } & Named)
  /** A Secret for connections to a destination. */
  | ({ readonly type: "Credential"; readonly secretName: string; readonly authorityAlone: boolean } & Audience)
  /** Label istio.io/rev: the istiod that reads the object. */
  | { readonly type: "Revision"; readonly revision: string }
);

/** Whose pods follow a reference. */
export interface Audience {
  /** Namespace of the object, which stands for all that its sidecars may be in. */
  readonly namespace: string;
  /** Sidecars follow it. */
  readonly mesh: boolean;
  /** Pods of these Gateways. */
  readonly gateways: readonly Named[];
}

export interface Named {
  readonly namespace: string;
  readonly name: string;
}

type Exporter = Readonly<{ namespace: string; exportTo?: readonly string[] }>;

const REVISION_LABEL = "istio.io/rev";

/** What objects of a bundle name, each thing once. Hosts are complete. */
export function referencesIn(manifests: readonly Manifest[]): readonly Reference[] {
  const found = manifests.flatMap(referencesOf);
  const all = [...found, ...manifests.flatMap((manifest) => credentialsOf(manifest, found))];
  return [...new Map(all.map((reference) => [JSON.stringify(reference), reference])).values()];
}

function referencesOf(manifest: Manifest): readonly Reference[] {
  const from = objectTitle(manifest);
  const namespace = manifest.metadata.namespace ?? "";
  const revision = manifest.metadata.labels?.[REVISION_LABEL];
  const found: Reference[] = revision && manifest.kind !== "Service" ? [{ from, type: "Revision", revision }] : [];
  const spec = record(manifest["spec"]);
  if (manifest.kind === "VirtualService") found.push(...ofVirtualService(spec, namespace, from));
  if (manifest.kind === "DestinationRule" && typeof spec["host"] === "string") {
    const host = completeHost(spec["host"], namespace);
    // A rule for a wildcard is for whatever there is.
    if (!host.startsWith("*")) found.push({ from, type: "Host", host, namespace, mesh: true, gateways: [] });
  }
  return found;
}

function ofVirtualService(spec: Json, namespace: string, from: string): readonly Reference[] {
  const http = list(spec["http"]).map(record);
  const routes = [...http, ...list(spec["tcp"]).map(record), ...list(spec["tls"]).map(record)];
  const bound = texts(spec["gateways"]);
  const matched = routes.flatMap(({ match }) => list(match).flatMap((each) => texts(record(each)["gateways"])));
  const by = { namespace, ...exportedTo(spec["exportTo"]) };
  return [
    ...[...bound, ...matched]
      .filter((name) => name !== MESH)
      .map((name): Reference => ({ from, type: "Gateway", ...readGatewayName(name, namespace), by })),
    ...http.flatMap((route) => delegateOf(record(route["delegate"]), namespace, from)),
    ...routes.flatMap((route) => {
      const audience = audienceOf(route, bound, namespace);
      return destinationsIn(route).flatMap((destination) => destinationOf(destination, namespace, audience, from));
    }),
  ];
}

const MESH = "mesh";

const destinationsIn = ({ route, mirrors, mirror }: Json): readonly Json[] => [
  ...[...list(route), ...list(mirrors)].map((each) => record(record(each)["destination"])),
  record(mirror),
];

/** A match that names Gateways is for these instead of the object's. */
function audienceOf({ match }: Json, bound: readonly string[], namespace: string): Audience {
  const matches = list(match).map((each) => texts(record(each)["gateways"]));
  const names = new Set((matches.length > 0 ? matches : [[]]).flatMap((own) => (own.length > 0 ? own : bound)));
  return {
    namespace,
    mesh: names.size === 0 || names.has(MESH),
    gateways: [...names].filter((name) => name !== MESH).map((name) => readGatewayName(name, namespace)),
  };
}

/** `name`, `namespace/name`, or the outdated `name.namespace.svc.cluster.local`. */
function readGatewayName(text: string, own: string): Named {
  const slash = text.indexOf("/");
  if (slash >= 0) {
    const namespace = text.slice(0, slash);
    return { namespace: namespace === "." ? own : namespace, name: text.slice(slash + 1) };
  }
  const [name = "", namespace = own] = text.split(".");
  return { namespace, name };
}

function delegateOf({ name, namespace }: Json, own: string, from: string): readonly Reference[] {
  if (typeof name !== "string") return [];
  const by = { namespace: own };
  return [{ from, type: "VirtualService", namespace: typeof namespace === "string" && namespace ? namespace : own, name, by }];
}

function destinationOf({ host, subset, port }: Json, namespace: string, audience: Audience, from: string): readonly Reference[] {
  if (typeof host !== "string") return [];
  const complete = completeHost(host, namespace);
  const { number } = record(port);
  const named: readonly Reference[] =
    typeof subset === "string" && subset ? [{ from, type: "Subset", host: complete, subset, ...audience }] : [];
  return [{ from, type: "Host", host: complete, port: typeof number === "number" ? number : "Only", ...audience }, ...named];
}

/** What a DestinationRule presents to its host, and checks it by: sidecars look for it only where the rule selects workloads. */
function credentialsOf(manifest: Manifest, references: readonly Reference[]): readonly Reference[] {
  const { host, workloadSelector, trafficPolicy, subsets } = record(manifest["spec"]);
  if (manifest.kind !== "DestinationRule" || typeof host !== "string") return [];
  const { namespace = "" } = manifest.metadata;
  const mesh = workloadSelector !== undefined;
  const gateways = mesh ? [] : gatewaysTo(canonicalHost(completeHost(host, namespace)), references);
  if (!mesh && gateways.length === 0) return [];
  const policies = [trafficPolicy, ...list(subsets).map((subset) => record(subset)["trafficPolicy"])].map(record);
  const settings = policies.flatMap(({ tls, portLevelSettings }) => [
    record(tls),
    ...list(portLevelSettings).map((each) => record(record(each)["tls"])),
  ]);
  const from = objectTitle(manifest);
  return settings.flatMap(({ mode, credentialName: secretName }): readonly Reference[] =>
    typeof secretName === "string" && (mode === "SIMPLE" || mode === "MUTUAL")
      ? [{ from, type: "Credential", secretName, authorityAlone: mode === "SIMPLE", namespace, mesh, gateways }]
      : [],
  );
}

/** Gateways whose pods are sent to a host, which may be a wildcard. */
function gatewaysTo(host: string, references: readonly Reference[]): readonly Named[] {
  const meant = references.filter(
    (reference) => reference.type === "Host" && hostPatterns(canonicalHost(reference.host)).includes(host),
  );
  const gateways = meant.flatMap((reference) => (reference.type === "Host" ? reference.gateways : []));
  return [...new Map(gateways.map((gateway) => [`${gateway.namespace}/${gateway.name}`, gateway])).values()];
}

const texts = (value: unknown): readonly string[] => list(value).filter((each) => typeof each === "string");

type Json = Readonly<Record<string, unknown>>;
