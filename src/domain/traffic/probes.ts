import type { Traffic } from "../../api/accesspoint.ts";
import { milliseconds } from "../../api/meta.ts";
import type { Need, Surroundings } from "../surroundings.ts";
import type { Algorithm } from "./certificates/demand.ts";
import { type GatewayStatus, type GatewaysSeen, gatewayProblem } from "./gateways.ts";
import { isHostName } from "./hosts.ts";

/** One question that is asked again and again of one address. Equal questions are asked once. */
export interface ProbeTarget {
  readonly protocol: "TCP" | "TLS" | "HTTP" | "HTTPS";
  /** IP or host name. */
  readonly address: string;
  readonly port: number;
  /** For SNI and the Host header; absent where the Gateway serves no host by name. */
  readonly host?: string;
  readonly path: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Statuses of HTTP that are well; empty: 200 to 399. */
  readonly statuses: readonly number[];
  /** For TLS: which certificate is shown is to be told, too. */
  readonly certificate?: true;
  /** For TLS: only a certificate with such a key is taken. */
  readonly algorithm?: Algorithm;
}

/** What the answers so far come to. */
export interface ProbeFacts {
  readonly healthy: boolean;
  /** Since when; ISO 8601. */
  readonly since: string;
  /** Why not. */
  readonly message?: string;
  readonly certificate?: ShownCertificate;
}

/** The certificate that a server showed, as far as it is told: it comes from whoever answers there. */
export interface ShownCertificate {
  /** SHA-256, in lower case hexadecimal digits. */
  readonly fingerprint: string;
  /** ISO 8601; absent: what it says is no time. */
  readonly notAfter?: string;
}

/** How often at most, whatever a specification says; milliseconds. */
const SHORTEST_INTERVAL_MS = 2000;

type ProbeSpec = NonNullable<Traffic["probe"]>;
type Path = NonNullable<GatewayStatus["paths"]>[number];

/** Gateways with what probes say of their addresses, and the probes that are needed for that. */
export function probed(
  seen: GatewaysSeen,
  spec: ProbeSpec | undefined,
  surroundings: Surroundings,
  before: readonly GatewayStatus[],
): GatewaysSeen & { readonly probing: boolean } {
  if (!spec) return { ...seen, probing: false };
  const needs: Need[] = [...seen.needs];
  let probing = false;
  const gateways = seen.gateways.map((gateway): GatewayStatus => {
    const earlier = before.find(({ name }) => name === gateway.name)?.paths ?? [];
    const paths = gateway.paths?.map((path): Path => {
      if (path.vip === undefined || !gateway.vips.includes(path.vip)) return path;
      const need: Need<"Probe"> = { kind: "Probe", probe: targetOf(path.vip, gateway, spec) };
      needs.push(need);
      const last = earlier.find(({ vip, service }) => vip === path.vip && service === path.service);
      const sight = surroundings.see(need);
      if (sight.state === "Loading") probing = true;
      return path.message && path.healthy === false && sight.state !== "Loading" ? path : withHealth(path, sight, last);
    });
    const reached = paths?.filter(({ vip }) => vip !== undefined) ?? [];
    const failing = gateway.state === "Ready" && reached.length > 0 && reached.every(({ healthy }) => healthy === false);
    return {
      ...gateway,
      ...(paths ? { paths } : {}),
      ...(failing
        ? { state: "Degraded", reason: "ProbeFailed", message: `every address fails its probe: ${reached[0]!.message}` }
        : {}),
    };
  });
  return { ...seen, gateways, needs, probing };
}

function withHealth(path: Path, sight: ReturnType<Surroundings["see"]>, last: Path | undefined): Path {
  const { service, vip } = path;
  const bare = { service, ...(vip ? { vip } : {}) };
  if (sight.state === "Loading") return last ?? path;
  if (sight.state !== "Known") return { ...bare, message: sight.message };
  const [facts] = sight.objects as readonly ProbeFacts[];
  if (!facts) return path;
  const since = last?.healthy === facts.healthy && last.since ? last.since : facts.since;
  return { ...bare, healthy: facts.healthy, since, ...(facts.message ? { message: facts.message } : {}) };
}

function targetOf(address: string, { fqdns }: GatewayStatus, spec: ProbeSpec): ProbeTarget {
  const host = spec.host ?? fqdns.find(isHostName);
  return {
    protocol: spec.protocol,
    address,
    port: spec.port,
    ...(host ? { host } : {}),
    path: spec.path,
    intervalMs: Math.max(SHORTEST_INTERVAL_MS, milliseconds(spec.interval)),
    timeoutMs: Math.min(30_000, Math.max(100, milliseconds(spec.timeout))),
    statuses: spec.expectedStatuses ?? [],
  };
}

/** What keeps a Gateway from being probed well at every address, in a sentence; undefined where nothing does. */
export function probeProblem(gateway: GatewayStatus): string | undefined {
  const bad = gateway.paths?.find(({ healthy }) => healthy !== true);
  if (gateway.state !== "Ready" || !gateway.paths) return gatewayProblem(gateway);
  return bad && `Gateway/${gateway.name}: probe of ${bad.vip ?? bad.service}: ${bad.message ?? "not answered yet"}`;
}
