import type { Traffic } from "../../api/accesspoint.ts";
import { VIP_POOL_LABEL } from "../../api/kinds.ts";
import type { LoadBalancerProvider } from "../../api/membercluster.ts";
import type { Manifest } from "../manifest.ts";

/** What gives addresses to Services of a cluster, and how a Service asks it for a pool. */
const POOL: { readonly [P in LoadBalancerProvider]: { readonly field: "labels" | "annotations"; readonly key: string } } = {
  MetalLB: { field: "annotations", key: "metallb.io/address-pool" },
  // A pool chooses its Services: the platform gives it `serviceSelector: {matchLabels: {accesspoint.dev/vip-pool: <pool>}}`.
  Cilium: { field: "labels", key: VIP_POOL_LABEL },
};

/**
 * A Service of type LoadBalancer as spec.traffic.vip wants it; anything else as it is. What the template or an override says itself
 * stays. Undefined: a pool is asked for, and it is not known what gives addresses in the cluster.
 */
export function withVip(manifest: Manifest, vip: Traffic["vip"], provider: LoadBalancerProvider | undefined): Manifest | undefined {
  const spec = manifest["spec"] as Readonly<Record<string, unknown>> | undefined;
  if (!vip || manifest.kind !== "Service" || spec?.["type"] !== "LoadBalancer") return manifest;
  const { pool, loadBalancerClass } = vip;
  const classed = loadBalancerClass ? { ...manifest, spec: { loadBalancerClass, ...spec } } : manifest;
  if (!pool) return classed;
  if (!provider) return undefined;
  const { field, key } = POOL[provider];
  return { ...classed, metadata: { ...manifest.metadata, [field]: { [key]: pool, ...manifest.metadata[field] } } };
}
