import type { ClusterStatus } from "../../api/accesspoint.ts";
import type { GatewayReason } from "../../api/conditions.ts";
import type { Desired } from "../manifest.ts";
import { type GivenName, namesOf } from "../names/given.ts";
import { failingIn, type Need } from "../surroundings.ts";
import { cut } from "../text.ts";
import { type Pods, podsBehind, podsNeed } from "./endpoints.ts";
import { type Exposure, exposureOf, serviceTitle, type Way, type Ways } from "./exposure.ts";
import { type GatewayView, hostsOf, portsOf, readGateway } from "./gateway.ts";

export type GatewayStatus = NonNullable<ClusterStatus["gateways"]>[number];

/** What is said of the Gateways of one cluster. */
export interface GatewaysSeen {
  readonly gateways: readonly GatewayStatus[];
  readonly needs: readonly Need[];
  /** Something that this depends on was not read yet: what was said before is said again. */
  readonly loading: boolean;
  /** Why something that this depends on is not known any more. */
  readonly failing?: string;
}

export interface GatewaysInput {
  readonly desired: readonly Desired[];
  readonly ways: Ways;
  /** What NameServices call the AccessPoint; absent: that is not known yet. */
  readonly names?: readonly GivenName[] | undefined;
  /** What was said of them in the last pass. */
  readonly before: readonly GatewayStatus[];
}

/** Every Gateway of the bundle in one cluster: under which addresses and names it is reached, and what stands against that. */
export function gatewaysOf({ desired, ways, names, before }: GatewaysInput): GatewaysSeen {
  const gateways = desired.filter(({ manifest }) => manifest.kind === "Gateway").map(({ manifest }) => readGateway(manifest));
  const serving = gateways.map((gateway) => ({ name: gateway.name, hosts: hostsOf(gateway) }));
  const seen = gateways.map((gateway, index) => {
    const last = before.find(({ name }) => name === gateway.name);
    const given = names ?? last?.fqdns.map((fqdn) => ({ fqdn, gateway: gateway.name })) ?? [];
    const own = serving[index]!;
    const fqdns = [...new Set([...own.hosts.filter((host) => host !== "*"), ...namesOf(own, serving, given)])];
    return look(gateway, fqdns, exposureOf(gateway, ways), ways, last);
  });
  return {
    gateways: seen.flatMap(({ gateways }) => gateways),
    needs: seen.flatMap(({ needs }) => needs),
    loading: seen.some(({ loading }) => loading),
    ...failingIn(seen),
  };
}

/** Services of the bundle, as `<namespace>/<name>`. */
export const ownServices = (desired: readonly Desired[]): ReadonlySet<string> =>
  new Set(desired.filter(({ manifest }) => manifest.kind === "Service").map(({ manifest }) => titleOf(manifest.metadata)));

const titleOf = ({ namespace = "", name }: Desired["manifest"]["metadata"]): string => `${namespace}/${name}`;

function look(
  gateway: GatewayView,
  fqdns: string[],
  exposure: Exposure,
  { named, surroundings }: Ways,
  last: GatewayStatus | undefined,
): GatewaysSeen {
  const { name } = gateway;
  const listening = { name, fqdns, ports: [...portsOf(gateway)] };
  const { needs } = exposure;
  if (exposure.state === "Loading") {
    const unread = { vips: [], state: "Unknown", reason: "NotRead", message: "not read yet" } as const;
    return { gateways: [{ ...(last ?? unread), ...listening, vips: [...(last?.vips ?? [])] }], needs, loading: true };
  }
  if (exposure.state === "Failing") {
    const { message } = exposure;
    const verdict = { state: "Unknown", reason: "NotReadable", message: cut(message) } as const;
    // What was known of it is still told; how it stands is not known any more.
    const stale = { ...last, ...listening, vips: [...(last?.vips ?? [])], ...verdict };
    return { gateways: [stale], needs, loading: false, failing: message };
  }
  if (exposure.state === "Unknown") {
    const { message } = exposure;
    return { gateways: [{ ...listening, vips: [], state: "Unknown", reason: "NotReadable", message }], needs, loading: false };
  }
  const { agreed, external } = exposure;
  const pods = new Map(agreed.map((way) => [way, podsBehind(way, surroundings)]));
  const vips = [...new Set(agreed.flatMap(({ addresses }) => addresses))];
  const allNeeds = [...needs, ...agreed.map(podsNeed)];
  const loading = [...pods.values()].some(({ state }) => state === "Loading");
  // Whether there are pods is known in a moment; until then it is as it was, where the rest is.
  if (loading && last && same(last.vips, vips)) return { gateways: [{ ...last, ...listening }], needs: allNeeds, loading };
  const paths = (agreed.length > 0 ? agreed : external).flatMap((way) => pathsOf(way, pods.get(way)));
  const verdict = judge(gateway, exposure, named, pods);
  const blind = verdict.state === "Ready" ? unreadablePods(pods.values()) : undefined;
  const failing = blind?.state === "Failing" ? { failing: blind.message } : {};
  // That there were no pods is not over because nobody tells any more.
  if (failing.failing && last?.reason === "NoEndpoints")
    return { gateways: [{ ...last, ...listening }], needs: allNeeds, loading, ...failing };
  const unread = blind ? { message: cut(`whether pods are behind it is not known: ${blind.message}`) } : {};
  return {
    gateways: [{ ...listening, vips, ...verdict, ...unread, ...(paths.length ? { paths } : {}) }],
    needs: allNeeds,
    loading,
    ...failing,
  };
}

const same = (a: readonly string[], b: readonly string[]): boolean => JSON.stringify(a) === JSON.stringify(b);

/** Why it is not known whether pods are behind the Services. */
function unreadablePods(behind: Iterable<Pods>): Extract<Pods, { readonly message?: string }> | undefined {
  for (const pods of behind) if ("message" in pods && pods.message) return pods;
  return undefined;
}

type Path = NonNullable<GatewayStatus["paths"]>[number];

function pathsOf(way: Way, pods: Pods | undefined): readonly Path[] {
  const path = { service: serviceTitle(way), ...(isDown(pods) ? { healthy: false, message: NO_PODS } : {}) };
  return way.addresses.length > 0 ? way.addresses.map((vip) => ({ vip, ...path })) : [path];
}

const isDown = (pods: Pods | undefined): boolean => pods?.state === "Known" && !pods.ready;

const NO_PODS = "no pod behind it is ready";

type Verdict = Pick<GatewayStatus, "state" | "message"> & { readonly reason: GatewayReason };

function judge(
  { selector, servers }: GatewayView,
  { services, external, agreed }: Extract<Exposure, { state: "Known" }>,
  named: ReadonlySet<string>,
  behind: ReadonlyMap<Way, Pods>,
): Verdict {
  const labels = Object.entries(selector)
    .map((entry) => entry.join("="))
    .join(",");
  const verdict = (state: Verdict["state"], reason: GatewayReason, message: string): Verdict => ({
    state,
    reason,
    message: cut(message),
  });
  if (labels === "")
    return verdict("Unexposed", "NoSelector", "spec.selector of the Gateway names no labels of a gateway workload");
  if (services.length === 0) return verdict("Unexposed", "NoService", `no Service in any namespace selects the workload ${labels}`);
  if (agreed.length === 0) {
    if (named.size > 0)
      return verdict(
        "Unexposed",
        "ServiceNotFound",
        `spec.traffic.vip.services names ${[...named].join(", ")}; with an outside address there is ${listed(external) || "none"} for the workload ${labels}`,
      );
    if (external.length > 1)
      return verdict(
        "Ambiguous",
        "SeveralServices",
        `Services ${listed(external)} expose it; name those that count in spec.traffic.vip.services, or bundle a Service of its own`,
      );
    return verdict(
      "Unexposed",
      "NotExternal",
      `Service ${listed(services)} selects it, but is neither of type LoadBalancer nor has externalIPs`,
    );
  }
  const missing = servers.map(({ port }) => port).filter((port) => !agreed.some((way) => isExposed(port, way, behind.get(way))));
  if (missing.length > 0)
    return verdict(
      "Degraded",
      "PortNotExposed",
      `port ${[...new Set(missing)].join(", ")} of the Gateway is no TCP port of Service ${listed(agreed)} (IST0162)`,
    );
  if (agreed.every(({ addresses }) => addresses.length === 0))
    return verdict("Pending", "AddressPending", `Service ${listed(agreed)} has no address yet`);
  if ([...behind.values()].every(isDown))
    return verdict("Degraded", "NoEndpoints", `no pod behind Service ${listed(agreed)} is ready`);
  return { state: "Ready", reason: "Exposed" };
}

/** By the Service's port, or by the one that its pods listen on: its number may stand in EndpointSlices alone. */
const isExposed = (number: number, { ports }: Way, pods: Pods | undefined): boolean =>
  ports.some(({ port, targetPort }) => port === number || targetPort === number) ||
  (pods?.state === "Known" ? pods.ports.includes(number) : ports.some(({ targetPort }) => typeof targetPort === "string"));

const listed = (services: readonly Way[]): string => {
  const titles = services.map(serviceTitle);
  return titles.length <= 3 ? titles.join(", ") : `${titles.slice(0, 3).join(", ")} and ${titles.length - 3} more`;
};

/** What keeps a Gateway from taking traffic, in a sentence; undefined where nothing does. */
export const gatewayProblem = ({ name, state, message = "" }: GatewayStatus): string | undefined =>
  state === "Ready" ? undefined : `Gateway/${name}: ${message}`;
