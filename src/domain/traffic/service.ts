import type { KubeObject } from "../../api/resource.ts";
import { list, record } from "../untrusted.ts";

/** What is kept of a Service in a member cluster. Members are not trusted: what is not as expected counts as absent. */
export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  /** Empty: it selects no workload. */
  readonly selector: Readonly<Record<string, string>>;
  /** TCP alone. */
  readonly ports: readonly ServicePort[];
  /** It is to have an address outside the cluster: type LoadBalancer, or external IPs. */
  readonly external: boolean;
  /** Addresses of the load balancer, else the external IPs: IPv4, IPv6, host names. */
  readonly addresses: readonly string[];
}

export interface ServicePort {
  readonly port: number;
  /** Where the workload listens, where that is a number and another one. */
  readonly targetPort?: number;
}

const MAX_LIST = 32;
const MAX_ADDRESSES = 16;
const NONE = Object.freeze([]);
const NO_LABELS = Object.freeze({});

export function serviceFacts({ metadata, spec, status }: KubeObject): ServiceFacts {
  const { type, selector, ports, externalIPs } = record(spec) ?? {};
  const labels = Object.entries(record(selector) ?? {}).filter((entry): entry is [string, string] => isText(entry[1]));
  const ingress = list(record(record(status)?.["loadBalancer"])?.["ingress"]).map((entry) => record(entry));
  const balanced = ingress.map((entry) => entry?.["ip"] ?? entry?.["hostname"]);
  const addresses = (balanced.length ? balanced : list(externalIPs)).filter(isText).slice(0, MAX_ADDRESSES);
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    selector: labels.length > 0 ? Object.fromEntries(labels.slice(0, MAX_LIST)) : NO_LABELS,
    ports: list(ports)
      .flatMap((port) => portFacts(record(port) ?? {}))
      .slice(0, MAX_LIST),
    external: type === "LoadBalancer" || addresses.length > 0,
    addresses: addresses.length > 0 ? addresses : NONE,
  };
}

function portFacts({ port, targetPort, protocol = "TCP" }: Record<string, unknown>): readonly ServicePort[] {
  if (protocol !== "TCP" || !isPort(port)) return [];
  return [{ port, ...(isPort(targetPort) && targetPort !== port ? { targetPort } : {}) }];
}

const isPort = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value);

/** A host name or an address; nothing else is ever shown or looked up. */
const isText = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= 253;
