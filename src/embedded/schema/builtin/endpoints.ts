import { isDeepStrictEqual } from "node:util";
import { at, child, notSupported, required } from "../errors.ts";
import { isDns1123Label, isDns1123Subdomain, isLabelKey } from "../names.ts";
import type { FieldError } from "../schema.ts";
import type { BuiltinKind } from "./kind.ts";
import { objectReference } from "./references.ts";
import { address, endpointAddress, named, portNumber } from "./rules.ts";
import { atomic, int32, list, pointer, protocol, struct, text, withDefault } from "./shapes.ts";

interface Address {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName?: string;
}

interface Port {
  readonly name?: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

interface Subset {
  readonly addresses?: readonly Address[];
  readonly notReadyAddresses?: readonly Address[];
  readonly ports?: readonly Port[];
}

const endpointAddressSchema = atomic(
  struct("EndpointAddress", { ip: text, hostname: text, nodeName: pointer(text), targetRef: pointer(objectReference) }, ["ip"]),
);

const port = atomic(
  struct("EndpointPort", { name: text, port: int32, protocol: withDefault(protocol, "TCP"), appProtocol: pointer(text) }, ["port"]),
);

export const endpoints: BuiltinKind = {
  resource: { group: "", version: "v1", plural: "endpoints", kind: "Endpoints", namespaced: true },
  singular: "endpoints",
  shortNames: ["ep"],
  metadata: { namespaced: true, qualifiedFinalizers: true },
  schema: struct("Endpoints", {
    subsets: list(
      struct("EndpointSubset", {
        addresses: list(endpointAddressSchema),
        notReadyAddresses: list(endpointAddressSchema),
        ports: list(port),
      }),
    ),
  }),
  validate: (object, old) => {
    const subsets = (object["subsets"] ?? []) as readonly Subset[];
    // What was stored once may stay.
    if (old && isDeepStrictEqual(subsets, old["subsets"] ?? [])) return [];
    return subsets.flatMap((subset, i) => validateSubset(subset, at("subsets", i)));
  },
};

function validateSubset({ addresses = [], notReadyAddresses = [], ports = [] }: Subset, path: string): FieldError[] {
  const isEmpty = addresses.length + notReadyAddresses.length === 0;
  return [
    ...(isEmpty ? [required(path, "must specify `addresses` or `notReadyAddresses`")] : []),
    ...addresses.flatMap((one, i) => validateAddress(one, at(child(path, "addresses"), i))),
    ...notReadyAddresses.flatMap((one, i) => validateAddress(one, at(child(path, "notReadyAddresses"), i))),
    ...ports.flatMap((one, i) => validatePort(one, ports.length > 1, at(child(path, "ports"), i))),
  ];
}

function validateAddress({ ip, hostname, nodeName }: Address, path: string): FieldError[] {
  return [
    ...address(child(path, "ip"), ip),
    ...(hostname ? named(isDns1123Label, child(path, "hostname"), hostname) : []),
    ...(nodeName === undefined ? [] : named(isDns1123Subdomain, child(path, "nodeName"), nodeName)),
    ...endpointAddress(child(path, "ip"), ip),
  ];
}

function validatePort({ name = "", port, protocol, appProtocol }: Port, needsName: boolean, path: string): FieldError[] {
  const protocols = ["SCTP", "TCP", "UDP"];
  return [
    ...(name === "" && needsName ? [required(child(path, "name"))] : []),
    ...(name === "" ? [] : named(isDns1123Label, child(path, "name"), name)),
    ...portNumber(child(path, "port"), port),
    ...(protocols.includes(protocol) ? [] : [notSupported(child(path, "protocol"), protocol, protocols)]),
    ...(appProtocol === undefined ? [] : named(isLabelKey, child(path, "appProtocol"), appProtocol)),
  ];
}
