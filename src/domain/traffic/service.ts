import type { KubeObject } from "../../api/resource.ts";
import { isText, list, record, texts } from "../untrusted.ts";
import { type Exported, serviceExportedTo } from "./visibility.ts";

/** What is kept of a Service in a member cluster. Members are not trusted: what is not as expected counts as absent. */
export interface ServiceFacts extends Exported {
  readonly name: string;
  /** Empty: it selects no workload. */
  readonly selector: Readonly<Record<string, string>>;
  /** TCP alone. */
  readonly ports: readonly ServicePort[];
  /** It is to have an address of a load balancer. */
  readonly balanced: boolean;
  /** Addresses that a load balancer gave it: IPv4, IPv6, host names. */
  readonly addresses: readonly string[];
  /** Addresses that its author claims for it, whosever they are. */
  readonly externalIPs: readonly string[];
}

export interface ServicePort {
  readonly port: number;
  /** Where the workload listens, where that is another number; a name: the pods' EndpointSlices have the number. */
  readonly targetPort?: number | string;
}

const MAX_LIST = 32;
const MAX_PORTS = 256;
const MAX_ADDRESSES = 16;
const NONE: readonly string[] = Object.freeze([]);
const NO_LABELS = Object.freeze({});

export function serviceFacts({ metadata, spec, status }: KubeObject): ServiceFacts {
  const { type, selector, ports, externalIPs } = record(spec);
  const labels = Object.entries(record(selector)).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  const ingress = list(record(record(status)["loadBalancer"])["ingress"]).map(record);
  const addresses = shared(ingress.map(({ ip, hostname }) => ip ?? hostname));
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    selector: labels.length > 0 ? Object.fromEntries(labels.slice(0, MAX_LIST)) : NO_LABELS,
    ports: list(ports)
      .flatMap((port) => portFacts(record(port)))
      .slice(0, MAX_PORTS),
    balanced: type === "LoadBalancer" || addresses.length > 0,
    addresses,
    externalIPs: shared(externalIPs),
    ...serviceExportedTo(record(metadata.annotations)),
  };
}

function portFacts({ port, targetPort, protocol = "TCP" }: Record<string, unknown>): readonly ServicePort[] {
  if (protocol !== "TCP" || !isPort(port)) return [];
  return [{ port, ...((isPort(targetPort) && targetPort !== port) || isText(targetPort) ? { targetPort } : {}) }];
}

const isPort = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value);

/** Most Services of a large cluster have none. */
function shared(addresses: unknown): readonly string[] {
  const found = texts(addresses, MAX_ADDRESSES);
  return found.length > 0 ? found : NONE;
}
