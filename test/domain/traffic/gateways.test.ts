import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/api/resource.ts";
import type { Desired } from "../../../src/domain/manifest.ts";
import { type GatewayStatus, gatewaysOf } from "../../../src/domain/traffic/gateways.ts";
import { serviceFacts } from "../../../src/domain/traffic/service.ts";
import { surroundingsOf } from "../surroundings.ts";
import { desired } from "./builders.ts";

const gateway = (ports: readonly number[] = [443], selector: object = { istio: "ingress" }): Desired =>
  desired({
    apiVersion: "networking.istio.io/v1",
    kind: "Gateway",
    metadata: { name: "checkout", namespace: "shop" },
    spec: {
      selector,
      servers: ports.map((number) => ({
        port: { number, name: `p${number}`, protocol: "HTTPS" },
        hosts: ["shop/checkout.example.com", "*"],
      })),
    },
  });

interface ServiceParts {
  readonly name?: string;
  readonly namespace?: string;
  readonly type?: string;
  readonly ports?: readonly object[];
  readonly selector?: object;
  readonly externalIPs?: readonly string[];
  readonly ingress?: readonly object[];
}

const service = ({
  name = "ingress",
  namespace = "istio-ingress",
  type = "LoadBalancer",
  ports = [{ port: 443, targetPort: 8443 }],
  selector = { app: "gateway", istio: "ingress" },
  externalIPs,
  ingress = [{ ip: "10.1.2.3" }],
}: ServiceParts = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { type, selector, ports, ...(externalIPs ? { externalIPs } : {}) },
  status: { loadBalancer: { ingress } },
});

const slice = (...ready: readonly (boolean | undefined)[]): KubeObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "ingress-x", namespace: "istio-ingress", labels: { "kubernetes.io/service-name": "ingress" } },
  endpoints: ready.map((each) => ({ addresses: ["10.9.9.9"], conditions: each === undefined ? {} : { ready: each } })),
});

interface Case {
  readonly there: readonly KubeObject[];
  readonly bundle?: readonly Desired[];
  readonly named?: readonly string[];
  readonly unread?: Parameters<typeof surroundingsOf>[1];
  readonly before?: readonly GatewayStatus[];
}

const look = ({ there, bundle = [gateway()], named = [], unread, before = [] }: Case) =>
  gatewaysOf({ desired: bundle, named: new Set(named), surroundings: surroundingsOf(there, unread), before });

const internal = service({ name: "public", ingress: [{ ip: "10.1.2.4" }] });
const failing = { state: "Failing", message: "it has not been readable since noon: 500" } as const;
const forbidden = { state: "Forbidden", message: "the hub's account may not list and watch Service (v1)" } as const;

describe("a Gateway", () => {
  it.each<[string, Case, Partial<GatewayStatus>]>([
    [
      "has the address of the one Service that selects its workload, in whatever namespace",
      { there: [service()] },
      {
        state: "Ready",
        reason: "Exposed",
        vips: ["10.1.2.3"],
        fqdns: ["checkout.example.com"],
        paths: [{ vip: "10.1.2.3", service: "istio-ingress/ingress" }],
      },
    ],
    [
      "has addresses of both families and names",
      { there: [service({ ingress: [{ ip: "10.1.2.3" }, { ip: "2001:db8::1" }, { hostname: "lb.example.com" }] })] },
      { state: "Ready", vips: ["10.1.2.3", "2001:db8::1", "lb.example.com"] },
    ],
    [
      "has external IPs where there is no balancer",
      { there: [service({ type: "ClusterIP", ingress: [], externalIPs: ["192.0.2.1"] })] },
      { state: "Ready", vips: ["192.0.2.1"] },
    ],
    [
      "is pending while its Service has no address",
      { there: [service({ ingress: [] })] },
      {
        state: "Pending",
        reason: "AddressPending",
        vips: [],
        message: "Service istio-ingress/ingress has no address yet",
        paths: [{ service: "istio-ingress/ingress" }],
      },
    ],
    ["is exposed by nothing", { there: [] }, { state: "Unexposed", reason: "NoService", vips: [] }],
    [
      "is not exposed by a Service that selects other workloads, too",
      { there: [service({ selector: { app: "gateway" } })] },
      { state: "Unexposed", reason: "NoService" },
    ],
    [
      "is not exposed by a Service inside the cluster",
      { there: [service({ type: "ClusterIP", ingress: [] })] },
      { state: "Unexposed", reason: "NotExternal" },
    ],
    ["without a selector", { there: [service()], bundle: [gateway([443], {})] }, { state: "Unexposed", reason: "NoSelector" }],
    [
      "with several Services has no VIP until somebody says which counts; each path is shown",
      { there: [service(), internal] },
      {
        state: "Ambiguous",
        reason: "SeveralServices",
        vips: [],
        paths: [
          { vip: "10.1.2.3", service: "istio-ingress/ingress" },
          { vip: "10.1.2.4", service: "istio-ingress/public" },
        ],
      },
    ],
    [
      "with several Services, one of them agreed on",
      { there: [service(), internal], named: ["istio-ingress/public"] },
      { state: "Ready", vips: ["10.1.2.4"] },
    ],
    [
      "with several Services, both agreed on: two paths",
      { there: [service(), internal], named: ["istio-ingress/public", "istio-ingress/ingress"] },
      { state: "Ready", vips: ["10.1.2.3", "10.1.2.4"] },
    ],
    [
      "with an agreed Service that is not there",
      { there: [service()], named: ["istio-ingress/other"] },
      { state: "Unexposed", reason: "ServiceNotFound", vips: [] },
    ],
    [
      "with several Services, one of them the bundle's own",
      {
        there: [service(), service({ namespace: "shop", name: "edge", ingress: [{ ip: "10.1.2.9" }] })],
        bundle: [gateway(), desired({ apiVersion: "v1", kind: "Service", metadata: { name: "edge", namespace: "shop" } })],
      },
      { state: "Ready", vips: ["10.1.2.9"] },
    ],
    [
      "with a port that the Service does not have",
      { there: [service()], bundle: [gateway([443, 9443])] },
      {
        state: "Degraded",
        reason: "PortNotExposed",
        message: "port 9443 of the Gateway is no TCP port of Service istio-ingress/ingress (IST0162)",
      },
    ],
    ["with the port that its pods listen on", { there: [service()], bundle: [gateway([8443])] }, { state: "Ready" }],
    [
      "with a port that the Service has for UDP alone",
      { there: [service({ ports: [{ port: 443, protocol: "UDP" }] })] },
      { state: "Degraded", reason: "PortNotExposed" },
    ],
    ["with ready pods", { there: [service(), slice(false, true)] }, { state: "Ready" }],
    ["with pods that do not say whether they are ready", { there: [service(), slice(undefined)] }, { state: "Ready" }],
    [
      "without ready pods",
      { there: [service(), slice(false)] },
      {
        state: "Degraded",
        reason: "NoEndpoints",
        vips: ["10.1.2.3"],
        paths: [{ vip: "10.1.2.3", service: "istio-ingress/ingress", healthy: false, message: "no pod behind it is ready" }],
      },
    ],
    ["without any pods", { there: [service(), slice()] }, { state: "Degraded", reason: "NoEndpoints" }],
    [
      "whose Services may not be read",
      { there: [], unread: { Service: forbidden } },
      { state: "Unknown", reason: "NotReadable", message: forbidden.message },
    ],
    [
      "whose EndpointSlices may not be read",
      { there: [service()], unread: { EndpointSlice: forbidden } },
      { state: "Ready", message: `whether pods are behind it is not known: ${forbidden.message}` },
    ],
  ])("%s", (_, one, expected) => {
    expect(look(one).gateways).toEqual([expect.objectContaining(expected)]);
  });

  describe("while something is not read yet, as after a start", () => {
    const before = look({ there: [service(), slice(false)] }).gateways;

    it("stays as status said", () => {
      expect(look({ there: [], unread: { Service: { state: "Loading" } }, before })).toMatchObject({
        gateways: before,
        loading: true,
      });
      expect(look({ there: [service()], unread: { EndpointSlice: { state: "Loading" } }, before })).toMatchObject({
        gateways: before,
        loading: true,
      });
    });

    it("has an address that changed meanwhile", () => {
      const there = [service({ ingress: [{ ip: "10.1.2.99" }] })];
      expect(look({ there, unread: { EndpointSlice: { state: "Loading" } }, before }).gateways).toMatchObject([
        { vips: ["10.1.2.99"] },
      ]);
    });

    it("is unknown where status said nothing", () => {
      expect(look({ there: [], unread: { Service: { state: "Loading" } } }).gateways).toMatchObject([
        { state: "Unknown", reason: "NotRead" },
      ]);
    });
  });

  describe("when something cannot be read any more", () => {
    it("is unknown, under the addresses that it had", () => {
      const before = look({ there: [service(), slice(true)] }).gateways;
      expect(look({ there: [], unread: { Service: failing }, before })).toMatchObject({
        gateways: [{ ...before[0], state: "Unknown", reason: "NotReadable", message: failing.message }],
        loading: false,
        failing: failing.message,
      });
    });

    it("has no pods as long as nobody tells of any", () => {
      const before = look({ there: [service(), slice(false)] }).gateways;
      const { gateways, failing: why } = look({ there: [service()], unread: { EndpointSlice: failing }, before });
      expect([gateways, why]).toEqual([before, failing.message]);
    });

    it("is Ready without anybody knowing of its pods, and that is said", () => {
      const before = look({ there: [service(), slice(true)] }).gateways;
      expect(look({ there: [service()], unread: { EndpointSlice: failing }, before })).toMatchObject({
        gateways: [{ state: "Ready", message: `whether pods are behind it is not known: ${failing.message}` }],
        failing: failing.message,
      });
    });
  });

  it("needs the Services that select its workload, and the endpoints of those that count", () => {
    expect(look({ there: [service()] }).needs).toEqual([
      { kind: "Service", covers: { istio: "ingress" } },
      { kind: "EndpointSlice", namespace: "istio-ingress", name: "ingress" },
    ]);
  });
});

describe("of a Service", () => {
  it.each<[string, object, object]>([
    [
      "addresses of the balancer",
      { spec: { externalIPs: ["192.0.2.1"] }, status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }, { hostname: "lb" }] } } },
      { addresses: ["10.0.0.1", "lb"], external: true },
    ],
    ["external addresses where there is no balancer", { spec: { externalIPs: ["192.0.2.1"] } }, { addresses: ["192.0.2.1"] }],
    ["nothing that is no text", { status: { loadBalancer: { ingress: [{ ip: 7 }, null, "x", {}] } } }, { addresses: [] }],
    ["nothing of nonsense", { spec: [], status: "x" }, { addresses: [], ports: [], selector: {}, external: false }],
    [
      "at most sixteen addresses",
      { spec: { externalIPs: Array.from({ length: 40 }, (_, index) => `192.0.2.${index}`) } },
      { addresses: Array.from({ length: 16 }, (_, index) => `192.0.2.${index}`) },
    ],
  ])("%s are kept", (_, content, expected) => {
    expect(serviceFacts({ apiVersion: "v1", kind: "Service", metadata: { name: "web" }, ...content })).toMatchObject(expected);
  });
});
