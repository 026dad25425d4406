import type { AccessPoint } from "../../api/accesspoint.ts";

interface GatewaySpec {
  readonly servers?: readonly { readonly port?: { readonly number?: unknown } }[];
}

/**
 * Whether a Gateway of an AccessPoint listens on a port, as far as its template says: a Gateway that is not in the bundle under
 * that name, or whose ports are variables or are changed by overrides, may.
 */
export function gatewaysListening({ spec }: AccessPoint, port: number): (gateway: string) => boolean {
  const deaf = new Set<string>();
  const overridden = (spec.overrides ?? []).some(({ target }) => target.template !== undefined || target.kind === "Gateway");
  for (const { manifest } of spec.templates ?? []) {
    if (manifest.kind !== "Gateway" || !manifest.apiVersion.startsWith("networking.istio.io/")) continue;
    const { servers = [] } = (manifest["spec"] ?? {}) as GatewaySpec;
    const numbers = servers.map((server) => server.port?.number);
    if (numbers.every((number) => typeof number === "number" && number !== port)) deaf.add(manifest.metadata.name ?? "");
  }
  return (gateway) => overridden || !deaf.has(gateway);
}
