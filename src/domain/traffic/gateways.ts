import type { ClusterStatus } from "../../api/accesspoint.ts";
import type { Holdings } from "../delivery.ts";
import type { Desired } from "../manifest.ts";

/** Gateways of the bundle and the addresses of the bundle's Services that select the same gateway workload. */
export function gatewaysOf(desired: readonly Desired[], holdings: Holdings): NonNullable<ClusterStatus["gateways"]> {
  const services = desired.filter(({ manifest }) => manifest.kind === "Service");
  return desired
    .filter(({ manifest }) => manifest.kind === "Gateway")
    .map(({ manifest }) => {
      const spec = manifest["spec"] as GatewaySpec | undefined;
      const exposing = services.filter((service) =>
        selectsSame(spec?.selector, (service.manifest["spec"] as ServiceSpec | undefined)?.selector),
      );
      const vips = [...new Set(exposing.flatMap(({ key }) => holdings.get(key)?.object.addresses ?? []))];
      const hosts = (spec?.servers ?? []).flatMap((server) => server.hosts ?? []).map((host) => host.slice(host.indexOf("/") + 1));
      return {
        name: manifest.metadata.name,
        vips,
        fqdns: [...new Set(hosts)].filter((host) => host !== "*"),
        state: vips.length > 0 ? "Ready" : exposing.length > 0 ? "Pending" : "Unexposed",
      };
    });
}

interface GatewaySpec {
  readonly selector?: Readonly<Record<string, string>>;
  readonly servers?: readonly { readonly hosts?: readonly string[] }[];
}

interface ServiceSpec {
  readonly selector?: Readonly<Record<string, string>>;
}

/** Whether a Service that selects by `service` reaches the workload that a Gateway selects by `gateway`. */
const selectsSame = (gateway: Readonly<Record<string, string>> = {}, service: Readonly<Record<string, string>> = {}): boolean =>
  Object.keys(gateway).length > 0 && Object.entries(gateway).every(([key, value]) => service[key] === value);
