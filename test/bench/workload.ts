import { API_VERSION } from "../../src/api/kinds.ts";
import type { KubeObject } from "../../src/kube/resource.ts";

/** How much work a run of the bench is. */
export interface Size {
  readonly bundles: number;
  readonly members: number;
}

/** Six objects as a service has them; VirtualService about 1.6 kB, like those in the field. */
export function manifests(name: string, weight: number): readonly KubeObject[] {
  const host = `${name}.example.com`;
  const istio = (kind: string, spec: object): KubeObject => ({
    apiVersion: "networking.istio.io/v1",
    kind,
    metadata: { name },
    spec,
  });
  const routes = Array.from({ length: 6 }, (_, index) => ({
    match: [{ uri: { prefix: `/v${index}/` }, headers: { "x-tenant": { exact: `tenant-${index}` } } }],
    timeout: "5s",
    route: [
      { destination: { host: name, subset: "v1", port: { number: 80 } }, weight: 100 - weight },
      { destination: { host: name, subset: "v2", port: { number: 80 } }, weight },
    ],
  }));
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name },
      spec: { selector: { app: name }, ports: [{ name: "http", port: 80 }] },
    },
    istio("WorkloadEntry", { address: "192.0.2.10", labels: { app: `${name}-vm` } }),
    istio("ServiceEntry", {
      hosts: [`partner.${host}`],
      location: "MESH_EXTERNAL",
      resolution: "DNS",
      ports: [{ number: 443, name: "tls", protocol: "TLS" }],
    }),
    istio("DestinationRule", {
      host: name,
      subsets: [
        { name: "v1", labels: { version: "v1" } },
        { name: "v2", labels: { version: "v2" } },
      ],
    }),
    istio("Gateway", {
      selector: { istio: "ingressgateway" },
      servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [host] }],
    }),
    istio("VirtualService", { hosts: [host], gateways: [name], http: routes }),
  ];
}

export const bundleName = (index: number): string => `bundle-${String(index).padStart(3, "0")}`;

/** An AccessPoint that goes to all clusters at once, without gates: what is measured is delivery. */
export const accessPoint = (namespace: string, name: string, weight: number): KubeObject => ({
  apiVersion: API_VERSION,
  kind: "AccessPoint",
  metadata: { name, namespace },
  spec: {
    templates: manifests(name, weight).map((manifest) => ({ scope: "Cluster", manifest })),
    placement: { clusterSelector: {} },
    sync: { createNamespace: true },
    rollout: { stages: [{ name: "all", maxConcurrency: "100%" }] },
  },
});
