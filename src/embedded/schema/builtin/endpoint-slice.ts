import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../../kube/resource.ts";
import { Ip } from "../addresses.ts";
import { at, child, duplicate, invalid, notSupported, required, tooMany } from "../errors.ts";
import { isDns1123Label, isDns1123Subdomain, isFullyQualifiedName, isLabelKey, isLabelValue } from "../names.ts";
import type { FieldError } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { objectReference } from "./references.ts";
import { address, endpointAddress, immutable, named } from "./rules.ts";
import { atomic, bool, choice, int32, list, pointer, protocol, setOf, struct, text, texts, withDefault } from "./shapes.ts";

interface Named {
  readonly name: string;
}

interface Endpoint {
  readonly addresses: readonly string[] | null;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly deprecatedTopology?: Readonly<Record<string, string>>;
  readonly hints?: { readonly forZones?: readonly Named[]; readonly forNodes?: readonly Named[] };
}

interface Port {
  readonly name: string;
  readonly protocol: string;
  readonly appProtocol?: string;
}

interface EndpointSlice extends KubeObject {
  readonly addressType: string;
  readonly endpoints: readonly Endpoint[] | null;
  readonly ports: readonly Port[] | null;
}

const endpoint = struct(
  "Endpoint",
  {
    addresses: setOf(text),
    conditions: struct("EndpointConditions", { ready: pointer(bool), serving: pointer(bool), terminating: pointer(bool) }),
    hostname: pointer(text),
    targetRef: pointer(objectReference),
    deprecatedTopology: texts,
    nodeName: pointer(text),
    zone: pointer(text),
    hints: pointer(
      struct("EndpointHints", {
        forZones: list(struct("ForZone", { name: text }, ["name"])),
        forNodes: list(struct("ForNode", { name: text }, ["name"])),
      }),
    ),
  },
  ["addresses"],
);

const port = atomic(
  struct("EndpointPort", {
    name: withDefault(pointer(text), ""),
    protocol: withDefault(pointer(protocol), "TCP"),
    port: pointer(int32),
    appProtocol: pointer(text),
  }),
);

export const endpointSlice: BuiltinKind = {
  resource: { group: "discovery.k8s.io", version: "v1", plural: "endpointslices", kind: "EndpointSlice", namespaced: true },
  singular: "endpointslice",
  metadata: { namespaced: true, qualifiedFinalizers: true },
  schema: struct("EndpointSlice", { addressType: choice("FQDN", "IPv4", "IPv6"), endpoints: list(endpoint), ports: list(port) }, [
    "addressType",
    "endpoints",
    "ports",
  ]),
  // What is stored does not tell an empty list from none, and this version has no topology any more.
  prepare: (object) => {
    const { endpoints, ports, ...rest } = object as EndpointSlice;
    const kept = endpoints?.map(({ deprecatedTopology, ...endpoint }) => endpoint);
    return { ...rest, endpoints: kept?.length ? kept : null, ports: ports?.length ? ports : null } as KubeObject;
  },
  validate: (object, old) => {
    const { addressType, endpoints, ports } = object as EndpointSlice;
    const isKept = old !== undefined && isDeepStrictEqual(endpoints ?? [], (old as EndpointSlice).endpoints ?? []);
    return [
      ...validateAddressType(addressType),
      ...validatePorts(ports ?? []),
      ...(isKept ? [] : validateEndpoints(endpoints ?? [], addressType)),
      ...(old ? immutable("addressType", addressType, old["addressType"]) : []),
    ];
  },
};

function validateAddressType(type: string): FieldError[] {
  if (type === "") return [required("addressType")];
  const types = ["FQDN", "IPv4", "IPv6"];
  return types.includes(type) ? [] : [notSupported("addressType", type, types)];
}

function validatePorts(ports: readonly Port[]): FieldError[] {
  if (ports.length > 20_000) return [tooMany("ports", ports.length, 20_000)];
  const protocols = ["SCTP", "TCP", "UDP"];
  return ports.flatMap(({ name, protocol, appProtocol }, i) => {
    const path = at("ports", i);
    const isRepeated = ports.findIndex((other) => other.name === name) < i;
    return [
      ...(name === "" ? [] : named(isDns1123Label, child(path, "name"), name)),
      ...(isRepeated ? [duplicate(child(path, "name"), name)] : []),
      ...(protocols.includes(protocol) ? [] : [notSupported(child(path, "protocol"), protocol, protocols)]),
      ...(appProtocol === undefined ? [] : named(isLabelKey, child(path, "appProtocol"), appProtocol)),
    ];
  });
}

function validateEndpoints(endpoints: readonly Endpoint[], type: string): FieldError[] {
  if (endpoints.length > 1000) return [tooMany("endpoints", endpoints.length, 1000)];
  return endpoints.flatMap((endpoint, i) => {
    const path = at("endpoints", i);
    const { nodeName, hostname, hints = {} } = endpoint;
    return [
      ...validateAddresses(endpoint.addresses ?? [], type, child(path, "addresses")),
      ...(nodeName === undefined ? [] : named(isDns1123Subdomain, child(path, "nodeName"), nodeName)),
      ...(hostname === undefined ? [] : named(isDns1123Label, child(path, "hostname"), hostname)),
      ...validateHints(hints.forZones ?? [], isLabelValue, child(path, "hints.forZones")),
      ...validateHints(hints.forNodes ?? [], isDns1123Subdomain, child(path, "hints.forNodes")),
    ];
  });
}

function validateAddresses(addresses: readonly string[], type: string, path: string): FieldError[] {
  if (addresses.length === 0) return [required(path, "must contain at least 1 address")];
  const errors = addresses.length > 100 ? [tooMany(path, addresses.length, 100)] : [];
  return [...errors, ...addresses.flatMap((one, i) => validateAddress(one, type, path, at(path, i)))];
}

function validateAddress(text: string, type: string, list: string, path: string): FieldError[] {
  if (type === "FQDN") return text === "" ? [required(path)] : named(isFullyQualifiedName, path, text.replace(/\.$/, ""));
  if (type !== "IPv4" && type !== "IPv6") return [];
  const wrong = address(path, text);
  if (wrong.length > 0) return wrong;
  const ip = Ip.parse(text)!;
  if (type === "IPv6" && ip.toString() !== text) {
    return [invalid(path, text, `must be in canonical form (${JSON.stringify(ip.toString())})`)];
  }
  const isForeign = `IPv${ip.family}` !== type;
  return [...(isForeign ? [invalid(list, text, `must be an ${type} address`)] : []), ...endpointAddress(path, text)];
}

function validateHints(hints: readonly Named[], rule: (name: string) => readonly string[], path: string): FieldError[] {
  if (hints.length > 8) return [tooMany(path, hints.length, 8)];
  return hints.flatMap(({ name }, i) => {
    const where = child(at(path, i), "name");
    const isRepeated = hints.findIndex((other) => other.name === name) < i;
    return [...(isRepeated ? [duplicate(where, name)] : []), ...named(rule, where, name)];
  });
}
