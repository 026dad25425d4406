import { type Manifest, objectTitle } from "../manifest.ts";
import { list, record } from "../untrusted.ts";
import { completeHost } from "./hosts.ts";

/** Something that an object of the bundle names and that has to be in the cluster for Istio to follow it. */
export type Reference = { readonly from: string } & (
  | { readonly type: "Host"; readonly host: string }
  | { readonly type: "Subset"; readonly host: string; readonly subset: string }
  | { readonly type: "Gateway" | "VirtualService"; readonly namespace: string; readonly name: string }
  /** Label istio.io/rev: the istiod that reads the object. */
  | { readonly type: "Revision"; readonly revision: string }
);

const REVISION_LABEL = "istio.io/rev";

/** What an object names, each thing once. Hosts are complete. */
export function referencesOf(manifest: Manifest): readonly Reference[] {
  const from = objectTitle(manifest);
  const namespace = manifest.metadata.namespace ?? "";
  const revision = manifest.metadata.labels?.[REVISION_LABEL];
  const found: Reference[] = revision && manifest.kind !== "Service" ? [{ from, type: "Revision", revision }] : [];
  const spec = record(manifest["spec"]);
  if (manifest.kind === "VirtualService") found.push(...ofVirtualService(spec, namespace, from));
  if (manifest.kind === "DestinationRule" && typeof spec["host"] === "string") {
    const host = completeHost(spec["host"], namespace);
    // A rule for a wildcard is for whatever there is.
    if (!host.startsWith("*")) found.push({ from, type: "Host", host });
  }
  return [...new Map(found.map((reference) => [JSON.stringify(reference), reference])).values()];
}

function ofVirtualService(spec: Json, namespace: string, from: string): readonly Reference[] {
  const http = list(spec["http"]).map(record);
  const routes = [...http, ...list(spec["tcp"]).map(record), ...list(spec["tls"]).map(record)];
  const destinations = [
    ...routes.flatMap((route) => list(route["route"]).map((each) => record(record(each)["destination"]))),
    ...http.flatMap((route) => list(route["mirrors"]).map((each) => record(record(each)["destination"]))),
    ...http.map((route) => record(route["mirror"])),
  ];
  const gateways = list(spec["gateways"]).filter((name): name is string => typeof name === "string" && name !== "mesh");
  return [
    ...gateways.map((name): Reference => ({ from, type: "Gateway", ...readGatewayName(name, namespace) })),
    ...http.flatMap((route) => delegateOf(record(route["delegate"]), namespace, from)),
    ...destinations.flatMap((destination) => destinationOf(destination, namespace, from)),
  ];
}

/** `name`, `namespace/name`, or the outdated `name.namespace.svc.cluster.local`. */
function readGatewayName(text: string, own: string): { readonly namespace: string; readonly name: string } {
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
  return [{ from, type: "VirtualService", namespace: typeof namespace === "string" && namespace ? namespace : own, name }];
}

function destinationOf({ host, subset }: Json, namespace: string, from: string): readonly Reference[] {
  if (typeof host !== "string") return [];
  const complete = completeHost(host, namespace);
  const named: readonly Reference[] =
    typeof subset === "string" && subset ? [{ from, type: "Subset", host: complete, subset }] : [];
  return [{ from, type: "Host", host: complete }, ...named];
}

type Json = Readonly<Record<string, unknown>>;
