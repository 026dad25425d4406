import type { KubeObject } from "../../api/resource.ts";

/** What is kept of a Service in a member cluster. Members are not trusted: what is not as expected counts as absent. */
export interface ServiceFacts {
  readonly namespace: string;
  readonly name: string;
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  /** Addresses of the load balancer, else the external IPs. */
  readonly addresses: readonly string[];
}

const MAX_LIST = 32;

/** Undefined for a Service without a selector, which exposes no workload. */
export function serviceFacts({ metadata, spec, status }: KubeObject): ServiceFacts | undefined {
  const { selector, ports, externalIPs } = record(spec) ?? {};
  const labels = Object.entries(record(selector) ?? {}).filter((entry): entry is [string, string] => isText(entry[1]));
  if (labels.length === 0) return undefined;
  const ingress = list(record(record(status)?.["loadBalancer"])?.["ingress"]).map((entry) => record(entry));
  const balanced = ingress.map((entry) => entry?.["ip"] ?? entry?.["hostname"]);
  return {
    namespace: metadata.namespace ?? "",
    name: metadata.name,
    selector: Object.fromEntries(labels.slice(0, MAX_LIST)),
    ports: list(ports)
      .map((port) => record(port)?.["port"])
      .filter((port): port is number => Number.isInteger(port))
      .slice(0, MAX_LIST),
    addresses: (balanced.length ? balanced : list(externalIPs)).filter(isText).slice(0, MAX_LIST),
  };
}

const isText = (value: unknown): value is string => typeof value === "string" && value.length <= 253;

const record = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
