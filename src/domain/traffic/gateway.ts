import type { Manifest } from "../manifest.ts";
import { list, record } from "../untrusted.ts";

/** An Istio Gateway as the bundle has it, as far as it is looked at. What is not as Istio wants it counts as absent: the API server says so. */
export interface GatewayView {
  readonly name: string;
  readonly namespace: string;
  /** Labels of the workload that it configures; by themselves in any namespace. Empty: none are named. */
  readonly selector: Readonly<Record<string, string>>;
  readonly servers: readonly GatewayServer[];
}

export interface GatewayServer {
  readonly port: number;
  /** E.g. HTTP, HTTPS, TLS. */
  readonly protocol: string;
  /** Without the namespaces that they may be limited to; `*` included. */
  readonly hosts: readonly string[];
  readonly tls?: Readonly<Record<string, unknown>>;
}

export function readGateway({ metadata, ...content }: Manifest): GatewayView {
  const spec = record(content["spec"]);
  const labels = Object.entries(record(spec["selector"])).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? "",
    selector: Object.fromEntries(labels),
    servers: list(spec["servers"]).map(record).flatMap(readServer),
  };
}

function readServer({ port, hosts, tls }: Readonly<Record<string, unknown>>): readonly GatewayServer[] {
  const { number, protocol } = record(port);
  if (typeof number !== "number") return [];
  return [
    {
      port: number,
      protocol: typeof protocol === "string" ? protocol.toUpperCase() : "",
      hosts: list(hosts)
        .filter((host): host is string => typeof host === "string")
        .map((host) => host.slice(host.indexOf("/") + 1)),
      ...(typeof tls === "object" && tls !== null ? { tls: record(tls) } : {}),
    },
  ];
}

/** Ports that its servers listen on. */
export const portsOf = ({ servers }: GatewayView): readonly number[] => [...new Set(servers.map(({ port }) => port))];

/** Hosts that it serves; `*` for any. */
export const hostsOf = ({ servers }: GatewayView): readonly string[] => [...new Set(servers.flatMap(({ hosts }) => hosts))];
