import type { ClusterStatus } from "../../api/accesspoint.ts";
import type { GatewayReason } from "../../api/conditions.ts";
import type { Desired } from "../manifest.ts";
import { failingIn, type Need, type Surroundings, type Unreadable } from "../surroundings.ts";
import { cut } from "../text.ts";
import { type Exposure, exposureNeed, exposureOf, serviceTitle } from "./exposure.ts";
import { fqdnsOf, type GatewayView, readGateway } from "./gateway.ts";
import type { ServiceFacts } from "./service.ts";

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
  /** `<namespace>/<name>` of the Services that are agreed on. */
  readonly named: ReadonlySet<string>;
  readonly surroundings: Surroundings;
  /** What was said of them in the last pass. */
  readonly before: readonly GatewayStatus[];
}

/** Every Gateway of the bundle in one cluster: under which addresses and names it is reached, and what stands against that. */
export function gatewaysOf({ desired, named, surroundings, before }: GatewaysInput): GatewaysSeen {
  const own = ownServices(desired);
  const seen = desired
    .filter(({ manifest }) => manifest.kind === "Gateway")
    .map(({ manifest }) => {
      const gateway = readGateway(manifest);
      const exposure = exposureOf(gateway, own, named, surroundings);
      const last = before.find(({ name }) => name === gateway.name);
      return look(gateway, exposure, named, surroundings, last);
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
  exposure: Exposure,
  named: ReadonlySet<string>,
  surroundings: Surroundings,
  last: GatewayStatus | undefined,
): GatewaysSeen {
  const fqdns = [...fqdnsOf(gateway)];
  const { name } = gateway;
  const needs: readonly Need[] = [exposureNeed(gateway)];
  if (exposure.state === "Loading") {
    const unread = { vips: [], state: "Unknown", reason: "NotRead", message: "not read yet" } as const;
    return { gateways: [{ ...(last ?? unread), name, fqdns, vips: [...(last?.vips ?? [])] }], needs, loading: true };
  }
  if (exposure.state === "Failing") {
    const { message } = exposure;
    const verdict = { state: "Unknown", reason: "NotReadable", message: cut(message) } as const;
    // What was known of it is still told; how it stands is not known any more.
    const stale = { ...last, name, fqdns, vips: [...(last?.vips ?? [])], ...verdict };
    return { gateways: [stale], needs, loading: false, failing: message };
  }
  if (exposure.state === "Unknown") {
    const { message } = exposure;
    return { gateways: [{ name, vips: [], fqdns, state: "Unknown", reason: "NotReadable", message }], needs, loading: false };
  }
  const { services, agreed } = exposure;
  const shown = agreed.length > 0 ? agreed : services.filter(({ external }) => external);
  const endpoints = new Map(agreed.map((service) => [service, endpointsOf(service, surroundings)]));
  const vips = [...new Set(agreed.flatMap(({ addresses }) => addresses))];
  const allNeeds = [...needs, ...agreed.map(endpointsNeed)];
  const loading = [...endpoints.values()].includes("Loading");
  // Whether there are pods is known in a moment; until then it is as it was, where the rest is.
  if (loading && last && same(last.vips, vips)) return { gateways: [{ ...last, fqdns }], needs: allNeeds, loading };
  const paths = shown.flatMap((service) => pathsOf(service, endpoints.get(service)));
  const verdict = judge(gateway, exposure, named, endpoints);
  const blind = verdict.state === "Ready" ? unreadableEndpoints(agreed, surroundings) : undefined;
  const failing = blind?.state === "Failing" ? { failing: blind.message } : {};
  // That there were no pods is not over because nobody tells any more.
  if (failing.failing && last?.reason === "NoEndpoints")
    return { gateways: [{ ...last, fqdns }], needs: allNeeds, loading, ...failing };
  const unread = blind ? { message: cut(`whether pods are behind it is not known: ${blind.message}`) } : {};
  return {
    gateways: [{ name, vips, fqdns, ...verdict, ...unread, ...(paths.length ? { paths } : {}) }],
    needs: allNeeds,
    loading,
    ...failing,
  };
}

const same = (a: readonly string[], b: readonly string[]): boolean => JSON.stringify(a) === JSON.stringify(b);

/** What is known of the pods behind a Service; "Unknown" also where nobody writes EndpointSlices. */
type Endpoints = "Ready" | "None" | "Unknown" | "Loading";

const endpointsNeed = ({ namespace, name }: ServiceFacts): Need<"EndpointSlice"> => ({ kind: "EndpointSlice", namespace, name });

function endpointsOf(service: ServiceFacts, surroundings: Surroundings): Endpoints {
  const sight = surroundings.see(endpointsNeed(service));
  if (sight.state === "Loading") return "Loading";
  if (sight.state !== "Known" || sight.objects.length === 0) return "Unknown";
  return sight.objects.some(({ ready }) => ready) ? "Ready" : "None";
}

/** Why it is not known whether pods are behind the Services. */
function unreadableEndpoints(services: readonly ServiceFacts[], surroundings: Surroundings): Unreadable | undefined {
  for (const service of services) {
    const sight = surroundings.see(endpointsNeed(service));
    if ("message" in sight) return sight;
  }
  return undefined;
}

type Path = NonNullable<GatewayStatus["paths"]>[number];

function pathsOf(service: ServiceFacts, endpoints: Endpoints | undefined): readonly Path[] {
  const path = { service: serviceTitle(service), ...(endpoints === "None" ? { healthy: false, message: NO_PODS } : {}) };
  return service.addresses.length > 0 ? service.addresses.map((vip) => ({ vip, ...path })) : [path];
}

const NO_PODS = "no pod behind it is ready";

type Verdict = Pick<GatewayStatus, "state" | "message"> & { readonly reason: GatewayReason };

function judge(
  { selector, servers }: GatewayView,
  { services, agreed }: Extract<Exposure, { state: "Known" }>,
  named: ReadonlySet<string>,
  endpoints: ReadonlyMap<ServiceFacts, Endpoints>,
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
  const external = services.filter((service) => service.external);
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
  const offered = new Set(agreed.flatMap(({ ports }) => ports.flatMap(({ port, targetPort }) => [port, targetPort ?? port])));
  const missing = servers.map(({ port }) => port).filter((port) => !offered.has(port));
  if (missing.length > 0)
    return verdict(
      "Degraded",
      "PortNotExposed",
      `port ${[...new Set(missing)].join(", ")} of the Gateway is no TCP port of Service ${listed(agreed)} (IST0162)`,
    );
  if (agreed.every(({ addresses }) => addresses.length === 0))
    return verdict("Pending", "AddressPending", `Service ${listed(agreed)} has no address yet`);
  if ([...endpoints.values()].every((state) => state === "None"))
    return verdict("Degraded", "NoEndpoints", `no pod behind Service ${listed(agreed)} is ready`);
  return { state: "Ready", reason: "Exposed" };
}

const listed = (services: readonly ServiceFacts[]): string => {
  const titles = services.map(serviceTitle);
  return titles.length <= 3 ? titles.join(", ") : `${titles.slice(0, 3).join(", ")} and ${titles.length - 3} more`;
};

/** What keeps a Gateway from taking traffic, in a sentence; undefined where nothing does. */
export const gatewayProblem = ({ name, state, message = "" }: GatewayStatus): string | undefined =>
  state === "Ready" ? undefined : `Gateway/${name}: ${message}`;
