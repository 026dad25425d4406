import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/api/resource.ts";
import type { Standing } from "../../../src/domain/delivery.ts";
import type { Drift } from "../../../src/domain/drift.ts";
import type { Manifest } from "../../../src/domain/manifest.ts";
import { observe } from "../../../src/domain/observed.ts";
import { offersOf } from "../../../src/domain/traffic/offers.ts";
import { referencesOf } from "../../../src/domain/traffic/references.ts";
import { type RoutesStatus, routesOf } from "../../../src/domain/traffic/routes.ts";
import { surroundingsOf } from "../surroundings.ts";
import { desired, istio } from "./builders.ts";

const service = (name: string, namespace = "shop"): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { selector: { app: name }, ports: [{ port: 80 }] },
});
const to = (host: string, subset?: string) => ({ route: [{ destination: { host, ...(subset ? { subset } : {}) } }] });
const route = (http: readonly object[], more: object = {}, metadata: object = {}) =>
  istio("VirtualService", "web", { hosts: ["web.example.com"], http, ...more }, metadata);
const rule = (host: string, subsets: readonly string[], namespace = "shop") =>
  istio("DestinationRule", "web", { host, subsets: subsets.map((name) => ({ name })) }, { namespace });
const entry = (hosts: readonly string[], namespace = "shop") => istio("ServiceEntry", "other", { hosts }, { namespace });
const webhook = (revision: string, tag?: string): KubeObject => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: { name: `injector-${revision}`, labels: { "istio.io/rev": revision, ...(tag ? { "istio.io/tag": tag } : {}) } },
});

interface Case {
  readonly bundle: readonly object[];
  readonly around?: readonly object[];
  readonly unread?: Parameters<typeof surroundingsOf>[1];
  /** Services that the bundle has in other clusters of the zone. */
  readonly beside?: readonly Manifest[];
  readonly standing?: Standing;
  readonly drift?: Drift;
  readonly status?: object;
  readonly before?: RoutesStatus;
}

function look({ bundle, around = [], unread, beside, standing = { state: "Ready" }, drift, status, before }: Case) {
  const objects = bundle.map(desired);
  return routesOf({
    judged: objects.map((object) => ({ object, standing, drift })),
    holdings: {
      get: (key) => {
        const found = objects.find((object) => object.key === key)!;
        const live = { ...found.manifest, metadata: { ...found.manifest.metadata, generation: 2 }, ...(status ? { status } : {}) };
        return { object: observe(live as unknown as KubeObject), resource: found.resource, version: "1", confirmed: true };
      },
      own: () => [],
      accepted: () => undefined,
    },
    ground: {
      own: offersOf(objects.map(({ manifest }) => manifest)),
      ...(beside ? { beside: offersOf(beside) } : {}),
      surroundings: surroundingsOf(around as readonly KubeObject[], unread),
    },
    before,
  });
}

const CONFIGURED: RoutesStatus = { state: "Configured" };
const pending = (...messages: readonly string[]): RoutesStatus => ({ state: "Pending", messages: [...messages] });
const forbidden = { state: "Forbidden", message: "may not" } as const;

describe("routes", () => {
  it.each<[string, Case, RoutesStatus]>([
    ["to a Service of the bundle, by its short name", { bundle: [route([to("web")]), service("web")] }, CONFIGURED],
    ["by its whole name", { bundle: [route([to("web.shop.svc.cluster.local")]), service("web")] }, CONFIGURED],
    ["to a Service beside the bundle", { bundle: [route([to("web")])], around: [service("web")] }, CONFIGURED],
    [
      "to a Service of another namespace",
      { bundle: [route([to("pay.money.svc.cluster.local")])], around: [service("pay", "money")] },
      CONFIGURED,
    ],
    [
      "to a Service that nobody has",
      { bundle: [route([to("web")])], around: [service("web", "other")] },
      pending("VirtualService/web: host web.shop.svc.cluster.local is no Service and in no ServiceEntry of this cluster (IST0101)"),
    ],
    [
      "to name.namespace, which Istio takes for a whole host name",
      { bundle: [route([to("web.shop")]), service("web")] },
      pending("VirtualService/web: host web.shop is no Service and in no ServiceEntry of this cluster (IST0101)"),
    ],
    ["to a host of a ServiceEntry of the bundle", { bundle: [route([to("a.example.com")]), entry(["a.example.com"])] }, CONFIGURED],
    ["to one under its wildcard", { bundle: [route([to("a.b.example.com")]), entry(["*.example.com"])] }, CONFIGURED],
    ["to a host of a ServiceEntry elsewhere", { bundle: [route([to("a.b.c")])], around: [entry(["*.b.c"], "mesh")] }, CONFIGURED],
    [
      "to a host of nobody",
      { bundle: [route([to("a.b.c")])], around: [entry(["*.x.c"])] },
      pending("VirtualService/web: host a.b.c is no Service and in no ServiceEntry of this cluster (IST0101)"),
    ],
    [
      "a mirror, a TCP and a TLS route to nobody",
      {
        bundle: [
          route([{ ...to("web"), mirror: { host: "m" }, mirrors: [{ destination: { host: "n" } }] }], {
            tcp: [to("t")],
            tls: [to("s")],
          }),
          service("web"),
        ],
      },
      pending(
        ...["t", "s", "n", "m"].map(
          (name) =>
            `VirtualService/web: host ${name}.shop.svc.cluster.local is no Service and in no ServiceEntry of this cluster (IST0101)`,
        ),
      ),
    ],
    ["to a subset of the bundle", { bundle: [route([to("web", "v1")]), service("web"), rule("web", ["v1"])] }, CONFIGURED],
    [
      "to a subset that somebody else's rule has",
      { bundle: [route([to("web", "v1")]), service("web")], around: [rule("*.shop.svc.cluster.local", ["v1"], "mesh")] },
      CONFIGURED,
    ],
    [
      "to a subset that no rule has",
      { bundle: [route([to("web", "v2")]), service("web"), rule("web", ["v1"])] },
      pending("VirtualService/web: no DestinationRule in this cluster has subset v2 of host web.shop.svc.cluster.local (IST0101)"),
    ],
    [
      "a rule for a host that nobody has",
      { bundle: [rule("gone", ["v1"])] },
      pending(
        "DestinationRule/web: host gone.shop.svc.cluster.local is no Service and in no ServiceEntry of this cluster (IST0101)",
      ),
    ],
    [
      "through the mesh and a Gateway of the bundle",
      { bundle: [route([], { gateways: ["mesh", "web"] }), istio("Gateway", "web", {})] },
      CONFIGURED,
    ],
    [
      "through a shared Gateway",
      {
        bundle: [route([], { gateways: ["edge/shared"] })],
        around: [istio("Gateway", "shared", {}, { namespace: "edge" })],
      },
      CONFIGURED,
    ],
    [
      "through a Gateway that is not there",
      { bundle: [route([], { gateways: ["edge/shared"] })] },
      pending("VirtualService/web: there is no Gateway edge/shared in this cluster (IST0101)"),
    ],
    [
      "a delegate that is not there",
      { bundle: [route([{ delegate: { name: "part", namespace: "pay" } }])] },
      pending("VirtualService/web: there is no VirtualService pay/part in this cluster (IST0101)"),
    ],
    [
      "for an istiod that the cluster has, by its tag",
      {
        bundle: [route([], {}, { labels: { "istio.io/rev": "canary" } })],
        around: [webhook("1-31", "canary")],
      },
      CONFIGURED,
    ],
    [
      "for an istiod that it does not have",
      { bundle: [route([], {}, { labels: { "istio.io/rev": "old" } })], around: [webhook("1-31", "canary")] },
      pending("VirtualService/web: label istio.io/rev is old, but the cluster's istiods are 1-31, canary: they ignore it"),
    ],
    [
      "for some istiod, where nothing tells which there are",
      { bundle: [route([], {}, { labels: { "istio.io/rev": "old" } })] },
      CONFIGURED,
    ],
    [
      "to a Service that the bundle has in another cluster of the zone",
      { bundle: [route([to("web")])], beside: [service("web")] },
      CONFIGURED,
    ],
    [
      "to a Service that only a Remote of the zone may have",
      { bundle: [route([to("web")])], beside: [] },
      {
        state: "Configured",
        messages: [
          "VirtualService/web: host web.shop.svc.cluster.local is not in this cluster; whether a Remote of its zone has it is not looked at",
        ],
      },
    ],
    [
      "whose surroundings may not be read",
      { bundle: [route([to("web")])], unread: { Service: forbidden } },
      { state: "Unknown", messages: ["may not"] },
    ],
    [
      "whose surroundings were not read yet stay as they were",
      { bundle: [route([to("web")])], unread: { Service: { state: "Loading" } }, before: CONFIGURED },
      CONFIGURED,
    ],
    [
      "that were changed by somebody",
      {
        bundle: [route([to("web")]), service("web")],
        standing: { state: "Drifted" },
        drift: { fields: [{ path: "spec.hosts[0]", manager: "kubectl-edit" }], omitted: 0 },
      },
      pending("VirtualService/web was changed by kubectl-edit"),
    ],
    [
      "that are being written",
      { bundle: [route([to("web")]), service("web")], standing: { state: "Absent" } },
      { state: "Pending" },
    ],
    [
      "that Istio's analysis calls wrong",
      {
        bundle: [route([to("web")]), service("web")],
        status: { validationMessages: [{ level: "ERROR", type: { code: "IST0106", name: "SchemaValidationError" } }] },
      },
      expect.objectContaining({ state: "Invalid", messages: [expect.stringContaining("IST0106")] }),
    ],
    [
      "of which the analysis knows an earlier generation",
      {
        bundle: [route([to("web")]), service("web")],
        status: { observedGeneration: "1", validationMessages: [{ level: "ERROR", type: { code: "IST0106" } }] },
      },
      CONFIGURED,
    ],
  ])("%s", (_, one, expected) => {
    expect(look(one).routes).toEqual(expected);
  });

  it("what the bundle has itself is not looked for around it", () => {
    expect(look({ bundle: [route([to("web", "v1")]), service("web"), rule("web", ["v1"])] }).needs).toEqual([]);
  });

  it("ServiceEntries are looked at only where no Service answers", () => {
    expect(look({ bundle: [route([to("web")])], around: [service("web")] }).needs).toEqual([
      { kind: "Service", namespace: "shop", name: "web" },
    ]);
  });

  it("only what leads nowhere keeps a cluster from being verified", () => {
    const bundle = [route([to("web")])];
    expect(look({ bundle }).unresolved).toContain("web.shop.svc.cluster.local");
    expect(look({ bundle, unread: { Service: forbidden } }).unresolved).toBeUndefined();
    expect(look({ bundle, beside: [] }).unresolved).toBeUndefined();
  });

  it("nonsense names nothing", () => {
    for (const spec of [null, [], { http: "x" }, { http: [null, { route: [7], delegate: [] }], gateways: [7] }])
      expect(referencesOf({ ...istio("VirtualService", "web", {}), spec } as Manifest)).toEqual([]);
  });
});
