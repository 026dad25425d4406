import type { KubeObject } from "../../src/kube/resource.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a test is about; the rest is as the application `checkout` has it. */
export interface CheckoutOptions {
  /** Default "checkout"; of the AccessPoint alone. */
  readonly name?: string;
  /** Percent of the traffic that v2 gets; default 10. */
  readonly weight?: number;
  /** Of every template; default Cluster: every cluster has all six objects. `null`: not said. */
  readonly scope?: "AvailabilityZone" | "Cluster" | null;
  /** Changes by kind: fields of the manifest's spec. */
  readonly specs?: Readonly<Record<string, Json>>;
  /** Default all three members. */
  readonly placement?: Json;
  readonly overrides?: readonly Json[];
  readonly sync?: Json;
  /** Default none: canary, approval, rest. */
  readonly rollout?: Json;
  readonly traffic?: Json;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Default the six kinds. */
  readonly templates?: readonly Json[];
}

/** Objects of the bundle, as `Kind/name`, in alphabetical order. */
export const CHECKOUT = [
  "DestinationRule/checkout",
  "Gateway/checkout",
  "Service/checkout",
  "ServiceEntry/ledger",
  "VirtualService/checkout",
  "WorkloadEntry/ledger",
] as const;

/** One stage, all clusters at once, no gates. */
export const ALL_AT_ONCE = { stages: [{ name: "all", maxConcurrency: "100%" }] };

const istio = (kind: string, name: string, spec: Json): Json => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name },
  spec,
});

export const manifests = (weight = 10): readonly Json[] => [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "checkout" },
    spec: { selector: { app: "checkout" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
  },
  istio("WorkloadEntry", "ledger", {
    address: "10.9.8.7",
    labels: { app: "ledger" },
    locality: "${cluster.region}/${cluster.zone}",
  }),
  istio("ServiceEntry", "ledger", {
    hosts: ["ledger.internal"],
    location: "MESH_INTERNAL",
    resolution: "STATIC",
    ports: [{ number: 9080, name: "http", protocol: "HTTP" }],
    workloadSelector: { labels: { app: "ledger" } },
  }),
  istio("DestinationRule", "checkout", {
    host: "checkout",
    subsets: [
      { name: "v1", labels: { version: "v1" } },
      { name: "v2", labels: { version: "v2" } },
    ],
  }),
  istio("Gateway", "checkout", {
    selector: { istio: "ingressgateway" },
    servers: [{ hosts: ["checkout.example.com"], port: { number: 80, name: "http", protocol: "HTTP" } }],
  }),
  istio("VirtualService", "checkout", {
    hosts: ["checkout.example.com"],
    gateways: ["checkout"],
    http: [
      {
        route: [
          { destination: { host: "checkout", subset: "v1" }, weight: 100 - weight },
          { destination: { host: "checkout", subset: "v2" }, weight },
        ],
      },
    ],
  }),
];

/** The AccessPoint `checkout`, as its team would write it. */
export function checkout(namespace: string, options: CheckoutOptions = {}): KubeObject {
  const { name = "checkout", weight, scope = "Cluster", specs = {}, overrides, annotations } = options;
  const { placement = { zones: ["lvs", "slc"] }, sync = {}, rollout = {}, traffic } = options;
  const templates =
    options.templates ??
    manifests(weight).map((manifest) => {
      const changes = specs[manifest["kind"] as string];
      return {
        ...(scope && { scope }),
        manifest: changes ? { ...manifest, spec: { ...(manifest["spec"] as Json), ...changes } } : manifest,
      };
    });
  return {
    apiVersion: "accesspoint.dev/v1alpha1",
    kind: "AccessPoint",
    metadata: { name, namespace, ...(annotations && { annotations }) },
    spec: {
      templates,
      placement,
      sync: { createNamespace: true, ...sync },
      rollout,
      ...(traffic && { traffic }),
      ...(overrides && { overrides }),
    },
  };
}
