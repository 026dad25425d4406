import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/api/resource.ts";
import type { Desired } from "../../../src/domain/manifest.ts";
import { exposureOf } from "../../../src/domain/traffic/exposure.ts";
import { type GatewayStatus, gatewaysOf, ownServices } from "../../../src/domain/traffic/gateways.ts";
import { serviceFacts } from "../../../src/domain/traffic/service.ts";
import { surroundingsOf } from "../surroundings.ts";
import { desired, WAYS } from "./builders.ts";

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

const sliceOf = (title: string, ready: readonly (boolean | undefined)[], ports: readonly object[] = []): KubeObject => {
  const [namespace = "", name = ""] = title.split("/");
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-x`, namespace, labels: { "kubernetes.io/service-name": name } },
    endpoints: ready.map((each) => ({ addresses: ["10.9.9.9"], conditions: each === undefined ? {} : { ready: each } })),
    ports,
  };
};
const slice = (...ready: readonly (boolean | undefined)[]): KubeObject => sliceOf("istio-ingress/ingress", ready);

interface Case {
  readonly there: readonly KubeObject[];
  readonly bundle?: readonly Desired[];
  readonly named?: readonly string[];
  readonly unread?: Parameters<typeof surroundingsOf>[1];
  readonly before?: readonly GatewayStatus[];
}

const look = ({ there, bundle = [gateway()], named = [], unread, before = [] }: Case) =>
  gatewaysOf({
    desired: bundle,
    ways: { ...WAYS, own: ownServices(bundle), named: new Set(named), surroundings: surroundingsOf(there, unread) },
    before,
  });

const named = service({ ports: [{ port: 443, targetPort: "https" }] });
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
      "is not exposed by a Service of which its labels do not tell that it selects its pods",
      { there: [service({ selector: { app: "gateway" } })] },
      { state: "Unexposed", reason: "NoService" },
    ],
    [
      "is exposed by a Service that names some of its labels: it selects all of its pods",
      { there: [service({ selector: { istio: "ingress" } })], bundle: [gateway([443], { app: "gateway", istio: "ingress" })] },
      { state: "Ready", vips: ["10.1.2.3"] },
    ],
    [
      "is not exposed by a Service without a selector",
      { there: [service({ selector: {} })] },
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
      "with the port that its pods listen on under a name",
      {
        there: [named, sliceOf("istio-ingress/ingress", [true], [{ name: "https", port: 8443, protocol: "TCP" }])],
        bundle: [gateway([8443])],
      },
      { state: "Ready" },
    ],
    [
      "with another port than the one that its pods listen on under a name",
      {
        there: [named, sliceOf("istio-ingress/ingress", [true], [{ port: 8080 }, { port: 8443, protocol: "UDP" }])],
        bundle: [gateway([8443])],
      },
      { state: "Degraded", reason: "PortNotExposed" },
    ],
    [
      "with a port that may be the one of that name, where nobody says which it is",
      { there: [named], bundle: [gateway([8443])] },
      { state: "Ready" },
    ],
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

  describe("and Services that others write", () => {
    const tenants = (parts: ServiceParts = {}) => service({ namespace: "tenant-x", name: "mine", ingress: [], ...parts });
    const claiming = { type: "ClusterIP", externalIPs: ["203.0.113.66"] };
    const platforms = service({ type: "NodePort", ingress: [] });
    const elsewhere = service({ namespace: "gateways" });
    const pods = (title: string, ...ready: readonly boolean[]) => sliceOf(title, ready);
    const READY: Partial<GatewayStatus> = { state: "Ready", vips: ["10.1.2.3"] };

    it.each<[string, Case, Partial<GatewayStatus>]>([
      ["keeps its address beside one that awaits its own", { there: [service(), tenants()] }, READY],
      ["keeps it beside one with an address", { there: [service(), tenants({ ingress: [{ ip: "10.6.6.6" }] })] }, READY],
      [
        "keeps it beside one with pods that somebody else runs under its labels",
        { there: [service(), tenants({ ingress: [{ ip: "10.6.6.6" }] }), pods("tenant-x/mine", true)] },
        READY,
      ],
      [
        "keeps it while it has no pods itself",
        { there: [service(), slice(), tenants({ ingress: [{ ip: "10.6.6.6" }] }), pods("tenant-x/mine", true)] },
        { state: "Degraded", reason: "NoEndpoints", vips: ["10.1.2.3"] },
      ],
      [
        "does not take over what one claims where the platform's has no address",
        { there: [platforms, tenants(claiming), pods("tenant-x/mine", true)] },
        {
          state: "Unexposed",
          reason: "NotExternal",
          vips: [],
          message: "Service istio-ingress/ingress selects it, but is neither of type LoadBalancer nor has externalIPs",
        },
      ],
      [
        "does not take it over where there is no other Service either",
        { there: [tenants(claiming), pods("tenant-x/mine", true)] },
        { state: "Unexposed", reason: "NotExternal", vips: [] },
      ],
      [
        "takes over only the balancer's address of one that has both",
        { there: [tenants({ ...claiming, type: "LoadBalancer" })] },
        { state: "Pending", reason: "AddressPending", vips: [] },
      ],
      [
        "has the claimed address of one that is named",
        { there: [tenants(claiming)], named: ["tenant-x/mine"] },
        { state: "Ready", vips: ["203.0.113.66"] },
      ],
      [
        "has the claimed address of one in the AccessPoint's namespace",
        { there: [tenants({ ...claiming, namespace: "shop" })] },
        { state: "Ready", vips: ["203.0.113.66"] },
      ],
      [
        "is that of the Service with pods where none is in a namespace of the platform's or its own",
        { there: [elsewhere, pods("gateways/ingress", false), tenants(), pods("tenant-x/mine")] },
        { vips: ["10.1.2.3"] },
      ],
      [
        "is ambiguous where both have pods, and neither namespace is the platform's",
        { there: [elsewhere, pods("gateways/ingress", true), tenants(), pods("tenant-x/mine", true)] },
        { state: "Ambiguous", reason: "SeveralServices", vips: [] },
      ],
      [
        "is not exposed by one of its own namespace without pods",
        { there: [elsewhere, tenants({ namespace: "shop" }), pods("shop/mine")] },
        READY,
      ],
      [
        "is that of the Service with pods where the platform has several",
        { there: [service(), slice(true), internal, pods("istio-ingress/public")] },
        READY,
      ],
      [
        "is ambiguous where two of the platform's namespaces have pods",
        { there: [service(), slice(true), service({ namespace: "istio-system" }), pods("istio-system/ingress", true)] },
        { state: "Ambiguous", vips: [] },
      ],
    ])("%s", (_, one, expected) => {
      expect(look(one).gateways).toEqual([expect.objectContaining(expected)]);
    });

    it("is where its pods are, as far as that is known", () => {
      const namespaces = (there: readonly KubeObject[]) => {
        const exposure = exposureOf({ selector: { istio: "ingress" } }, { ...WAYS, surroundings: surroundingsOf(there) });
        return exposure.state === "Known" ? exposure.namespaces : exposure.state;
      };
      const inside = { type: "ClusterIP", ingress: [] };
      expect(namespaces([service(), tenants()])).toEqual(["istio-ingress"]);
      expect(namespaces([platforms, tenants()])).toEqual(["istio-ingress"]);
      expect(namespaces([service({ ...inside, namespace: "gateways" }), tenants(inside), pods("tenant-x/mine")])).toEqual([
        "gateways",
      ]);
      expect(namespaces([tenants(inside), pods("tenant-x/mine")])).toEqual(["tenant-x"]);
    });

    it("stays as status said until it is known behind which of them pods are", () => {
      const before = look({ there: [service()] }).gateways;
      const seen = look({ there: [service(), internal], unread: { EndpointSlice: { state: "Loading" } }, before });
      expect(seen).toMatchObject({ gateways: before, loading: true });
      expect(seen.needs).toEqual([
        { kind: "Service", covers: { istio: "ingress" } },
        { kind: "EndpointSlice", namespace: "istio-ingress", name: "ingress" },
        { kind: "EndpointSlice", namespace: "istio-ingress", name: "public" },
      ]);
    });

    it("does not look behind more than a few, however many there are", () => {
      const many = Array.from({ length: 100 }, (_, index) => tenants({ name: `s${index}` }));
      const { gateways, needs } = look({ there: many });
      expect(gateways).toMatchObject([{ state: "Ambiguous" }]);
      expect(needs).toHaveLength(17);
    });
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

  describe("and NameServices", () => {
    const fqdns = (hosts: readonly string[], more: Partial<Parameters<typeof gatewaysOf>[0]>) => {
      const bundle = [
        desired({ ...gateway().manifest, spec: { selector: { istio: "ingress" }, servers: [{ port: { number: 443 }, hosts }] } }),
      ];
      return gatewaysOf({ desired: bundle, ways: { ...WAYS, surroundings: surroundingsOf([service()]) }, before: [], ...more })
        .gateways[0]?.fqdns;
    };
    const before = look({ there: [service()] }).gateways.map((each) => ({ ...each, fqdns: ["a.example.com", "b.example.net"] }));

    it("has their names besides its own", () => {
      const names = [{ fqdn: "a.example.com" }, { fqdn: "b.example.net" }];
      expect(fqdns(["*"], { names })).toEqual(["a.example.com", "b.example.net"]);
      expect(fqdns(["c.example.com", "*.example.com"], { names })).toEqual(["c.example.com", "*.example.com", "a.example.com"]);
      expect(fqdns(["a.example.com"], { names })).toEqual(["a.example.com"]);
    });

    it("keeps the names that it had until they are known, and that it still serves", () => {
      expect(fqdns(["*"], { before })).toEqual(["a.example.com", "b.example.net"]);
      expect(fqdns(["*.example.com"], { before })).toEqual(["*.example.com", "a.example.com"]);
      expect(fqdns(["*"], { before, names: [] })).toEqual([]);
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
      { addresses: ["10.0.0.1", "lb"], externalIPs: ["192.0.2.1"], balanced: true },
    ],
    [
      "external addresses, apart from those of the balancer",
      { spec: { externalIPs: ["192.0.2.1"] } },
      { addresses: [], externalIPs: ["192.0.2.1"], balanced: false },
    ],
    ["nothing that is no text", { status: { loadBalancer: { ingress: [{ ip: 7 }, null, "x", {}] } } }, { addresses: [] }],
    ["nothing of nonsense", { spec: [], status: "x" }, { addresses: [], ports: [], selector: {}, balanced: false }],
    [
      "at most sixteen addresses",
      { spec: { externalIPs: Array.from({ length: 40 }, (_, index) => `192.0.2.${index}`) } },
      { externalIPs: Array.from({ length: 16 }, (_, index) => `192.0.2.${index}`) },
    ],
  ])("%s are kept", (_, content, expected) => {
    expect(serviceFacts({ apiVersion: "v1", kind: "Service", metadata: { name: "web" }, ...content })).toMatchObject(expected);
  });
});
