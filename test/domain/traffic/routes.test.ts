import { describe, expect, it } from "vitest";
import type { CertificateStatus } from "../../../src/api/accesspoint.ts";
import type { KubeObject } from "../../../src/api/resource.ts";
import type { Standing } from "../../../src/domain/delivery.ts";
import type { Drift } from "../../../src/domain/drift.ts";
import type { Manifest } from "../../../src/domain/manifest.ts";
import { observe } from "../../../src/domain/observed.ts";
import { exposureOf } from "../../../src/domain/traffic/exposure.ts";
import { offersOf } from "../../../src/domain/traffic/offers.ts";
import { referencesIn } from "../../../src/domain/traffic/references.ts";
import { type RoutesStatus, routesOf } from "../../../src/domain/traffic/routes.ts";
import { surroundingsOf } from "../surroundings.ts";
import { desired, istio, WAYS } from "./builders.ts";

const service = (name: string, namespace = "shop", ports: readonly number[] = [80], annotations: object = {}): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace, annotations: annotations as Record<string, string> },
  spec: { selector: { app: name }, ports: ports.map((port) => ({ port })) },
});
const exportedTo = (...namespaces: readonly string[]) => ({ "networking.istio.io/exportTo": namespaces.join(", ") });
const to = (host: string, subset?: string, number?: number) => ({
  route: [{ destination: { host, ...(subset ? { subset } : {}), ...(number ? { port: { number } } : {}) } }],
});
const route = (http: readonly object[], more: object = {}, metadata: object = {}) =>
  istio("VirtualService", "web", { hosts: ["web.example.com"], http, ...more }, metadata);
const rule = (host: string, subsets: readonly string[], namespace = "shop", more: object = {}, name = "web") =>
  istio("DestinationRule", name, { host, subsets: subsets.map((name) => ({ name })), ...more }, { namespace });
const entry = (hosts: readonly string[], namespace = "shop", more: object = {}) =>
  istio("ServiceEntry", "other", { hosts, ...more }, { namespace });
/** The Service in front of the pods that Gateways with the selector `istio: ingress` configure. */
const ingress = (namespace = "istio-ingress"): Manifest => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "ingress", namespace },
  spec: { type: "LoadBalancer", selector: { istio: "ingress" }, ports: [{ port: 443 }] },
});
const gateway = (servers: readonly object[] = [], namespace = "shop") =>
  istio("Gateway", "web", { selector: { istio: "ingress" }, servers }, { namespace });
const secured = gateway([
  { port: { number: 443, protocol: "HTTPS" }, hosts: ["web.example.com"], tls: { mode: "SIMPLE", credentialName: "web-tls" } },
]);
const certificate = (state: CertificateStatus["state"], installed = false): CertificateStatus => ({
  host: "web.example.com",
  secretName: "web-tls",
  namespace: "istio-ingress",
  installed,
  state,
  reason: "SecretNotFound",
  message: "Secret istio-ingress/web-tls does not exist",
});
const secret = (name: string, namespace: string): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
});
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
  /** Of the objects of a kind, or of all. */
  readonly status?: object;
  readonly statusOf?: string;
  readonly certificates?: readonly CertificateStatus[];
  readonly before?: RoutesStatus;
}

function look({
  bundle,
  around = [],
  unread,
  beside,
  standing = { state: "Ready" },
  drift,
  status,
  statusOf,
  certificates = [],
  before,
}: Case) {
  const objects = bundle.map(desired);
  const surroundings = surroundingsOf(around as readonly KubeObject[], unread);
  return routesOf({
    judged: objects.map((object) => ({ object, standing, drift })),
    holdings: {
      get: (key) => {
        const found = objects.find((object) => object.key === key)!;
        const told = status && (statusOf === undefined || statusOf === found.manifest.kind) ? { status } : {};
        const live = { ...found.manifest, metadata: { ...found.manifest.metadata, generation: 2 }, ...told };
        return { object: observe(live as unknown as KubeObject), resource: found.resource, version: "1", confirmed: true };
      },
      own: () => [],
      accepted: () => undefined,
    },
    ground: {
      own: offersOf(objects.map(({ manifest }) => manifest)),
      ...(beside ? { beside: offersOf(beside) } : {}),
      exposure: (view) => exposureOf(view, { ...WAYS, surroundings }),
      surroundings,
    },
    certificates,
    before,
  });
}

const CONFIGURED: RoutesStatus = { state: "Configured" };
const pending = (...messages: readonly string[]): RoutesStatus => ({ state: "Pending", messages: [...messages] });
const forbidden = { state: "Forbidden", message: "may not" } as const;
/** Subset v2 is in none of the rules that count. */
const lacks = (rule = "shop/web", client = "shop", host = "web.shop.svc.cluster.local") =>
  pending(
    `VirtualService/web: subset v2 of host ${host}: DestinationRule ${rule} counts for pods in namespace ${client}, and does not have it (IST0101)`,
  );

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
        ...["n", "m", "t", "s"].map(
          (name) =>
            `VirtualService/web: host ${name}.shop.svc.cluster.local is no Service and in no ServiceEntry of this cluster (IST0101)`,
        ),
      ),
    ],
    ["to a subset of the bundle", { bundle: [route([to("web", "v1")]), service("web"), rule("web", ["v1"])] }, CONFIGURED],
    [
      "to a subset that somebody else's rule has",
      { bundle: [route([to("web", "v1")]), service("web")], around: [rule("*.shop.svc.cluster.local", ["v1"])] },
      CONFIGURED,
    ],
    [
      "to a subset that no rule has",
      { bundle: [route([to("web", "v2")]), service("web")] },
      pending(
        "VirtualService/web: no DestinationRule that pods in namespace shop see has subset v2 of host web.shop.svc.cluster.local (IST0101)",
      ),
    ],
    [
      "to a subset that the rule for its host lacks",
      { bundle: [route([to("web", "v2")]), service("web"), rule("web", ["v1"])] },
      lacks(),
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
        statusOf: "VirtualService",
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

  describe("and which DestinationRule counts", () => {
    const v2 = [route([to("web", "v2")]), service("web")];
    const foreign = [route([to("pay.money.svc.cluster.local", "v2")])];
    const pay = (namespace: string, subsets: readonly string[], more: object = {}) =>
      rule("pay.money.svc.cluster.local", subsets, namespace, more, "pay");
    const PAY = "pay.money.svc.cluster.local";
    const atGateway = [route([to("web", "v2")], { gateways: ["web"] }), service("web"), gateway()];

    it.each<[string, Case, RoutesStatus]>([
      [
        "a wildcard's subset is none where a rule names the host itself",
        { bundle: [...v2, rule("*.shop.svc.cluster.local", ["v2"], "shop", {}, "wild"), rule("web", ["v1"])] },
        lacks(),
      ],
      [
        "the narrower of two wildcards counts",
        {
          bundle: [...v2, rule("*.local", ["v2"], "shop", {}, "all"), rule("*.shop.svc.cluster.local", ["v1"], "shop", {}, "wild")],
        },
        lacks("shop/wild"),
      ],
      [
        "rules for one host in one namespace are one",
        { bundle: [...v2, rule("web", ["v1"])], around: [rule("web", ["v2"], "shop", {}, "more")] },
        CONFIGURED,
      ],
      [
        "what a rule of the bundle had before does not count",
        { bundle: [...v2, rule("web", ["v1"])], around: [rule("web", ["v1", "v2"])] },
        lacks(),
      ],
      [
        "a rule of an unrelated namespace does not count",
        { bundle: v2, around: [rule("web.shop.svc.cluster.local", ["v2"], "other")] },
        pending(
          "VirtualService/web: no DestinationRule that pods in namespace shop see has subset v2 of host web.shop.svc.cluster.local (IST0101)",
        ),
      ],
      ["that of the Service's namespace", { bundle: foreign, around: [service("pay", "money"), pay("money", ["v2"])] }, CONFIGURED],
      [
        "not where it is for its own namespace alone",
        { bundle: foreign, around: [service("pay", "money"), pay("money", ["v2"], { exportTo: ["."] })] },
        pending(`VirtualService/web: no DestinationRule that pods in namespace shop see has subset v2 of host ${PAY} (IST0101)`),
      ],
      [
        "where it is exported to the client's",
        { bundle: foreign, around: [service("pay", "money"), pay("money", ["v2"], { exportTo: ["shop"] })] },
        CONFIGURED,
      ],
      [
        "one of the Service's namespace for itself does not hide one for all",
        {
          bundle: foreign,
          around: [
            service("pay", "money"),
            pay("money", [], { exportTo: ["."] }),
            rule("*.money.svc.cluster.local", ["v2"], "money", {}, "wild"),
          ],
        },
        CONFIGURED,
      ],
      [
        "that of the client's namespace goes before it",
        { bundle: foreign, around: [service("pay", "money"), pay("money", ["v2"]), pay("shop", ["v1"])] },
        lacks("shop/pay", "shop", PAY),
      ],
      [
        "that of the root namespace comes last",
        { bundle: foreign, around: [service("pay", "money"), pay("istio-system", ["v2"])] },
        CONFIGURED,
      ],
      [
        "that of the namespace of a ServiceEntry",
        { bundle: [route([to("a.b.c", "v2")])], around: [entry(["a.b.c"], "egress"), rule("a.b.c", ["v2"], "egress")] },
        CONFIGURED,
      ],
      [
        "at a gateway its own namespace is that of its pods",
        { bundle: [...atGateway, rule("web", ["v2"])], around: [ingress(), rule("*.local", ["v1"], "istio-ingress", {}, "tls")] },
        lacks("istio-ingress/tls", "istio-ingress"),
      ],
      ["which see what is exported to them", { bundle: [...atGateway, rule("web", ["v2"])], around: [ingress()] }, CONFIGURED],
      [
        "and nothing else",
        { bundle: [...atGateway, rule("web", ["v2"], "shop", { exportTo: ["."] })], around: [ingress()] },
        pending(
          "VirtualService/web: no DestinationRule that pods in namespace istio-ingress see has subset v2 of host web.shop.svc.cluster.local (IST0101)",
        ),
      ],
      [
        "the pods of a shared Gateway are looked for, too",
        {
          bundle: [
            route([to("web", "v2")], { gateways: ["edge/web"] }),
            service("web"),
            rule("web", ["v2"], "shop", { exportTo: ["."] }),
          ],
          around: [gateway([], "edge"), ingress()],
        },
        pending(
          "VirtualService/web: no DestinationRule that pods in namespace istio-ingress see has subset v2 of host web.shop.svc.cluster.local (IST0101)",
        ),
      ],
    ])("%s", (_, one, expected) => {
      expect(look(one).routes).toEqual(expected);
    });
  });

  describe("and what their pods see", () => {
    const bound = (more: object = {}) => route([to("web")], { gateways: ["web"], ...more });
    it.each<[string, Case, RoutesStatus]>([
      [
        "a Service that is exported to other namespaces",
        { bundle: [route([to("pay.money.svc.cluster.local")])], around: [service("pay", "money", [80], exportedTo("a", "b"))] },
        pending("VirtualService/web: host pay.money.svc.cluster.local is not exported to namespace shop (IST0101)"),
      ],
      [
        "a Service that is exported to theirs",
        { bundle: [route([to("pay.money.svc.cluster.local")])], around: [service("pay", "money", [80], exportedTo("a", "shop"))] },
        CONFIGURED,
      ],
      [
        "a ServiceEntry of another namespace for itself",
        { bundle: [route([to("a.b.c")])], around: [entry(["a.b.c"], "mesh", { exportTo: ["."] })] },
        pending("VirtualService/web: host a.b.c is not exported to namespace shop (IST0101)"),
      ],
      [
        "a ServiceEntry for nobody",
        { bundle: [route([to("a.b.c")]), entry(["a.b.c"], "shop", { exportTo: ["~"] })] },
        pending("VirtualService/web: host a.b.c is not exported to namespace shop (IST0101)"),
      ],
      [
        "a Service that the gateway's namespace does not see",
        { bundle: [bound(), service("web", "shop", [80], exportedTo(".")), gateway()], around: [ingress()] },
        pending("VirtualService/web: host web.shop.svc.cluster.local is not exported to namespace istio-ingress (IST0101)"),
      ],
      [
        "a VirtualService that the gateway's namespace does not see",
        { bundle: [bound({ exportTo: ["."] }), service("web"), gateway()], around: [ingress()] },
        pending("VirtualService/web: exportTo keeps it from Gateway shop/web, whose pods are in namespace istio-ingress"),
      ],
      [
        "one that it does, among others",
        { bundle: [bound({ exportTo: [".", "istio-ingress"] }), service("web"), gateway()], around: [ingress()] },
        CONFIGURED,
      ],
      [
        "one for a Gateway of which nobody knows where its pods are",
        { bundle: [bound({ exportTo: ["."] }), service("web"), gateway()] },
        CONFIGURED,
      ],
      [
        "a delegate for its own namespace alone",
        {
          bundle: [route([{ delegate: { name: "part", namespace: "pay" } }])],
          around: [istio("VirtualService", "part", { exportTo: ["."] }, { namespace: "pay" })],
        },
        pending("VirtualService/web: VirtualService pay/part is not exported to namespace shop"),
      ],
    ])("%s", (_, one, expected) => {
      expect(look(one).routes).toEqual(expected);
    });
  });

  it.each<[string, Case, RoutesStatus]>([
    ["that the Service has", { bundle: [route([to("web", undefined, 8080)]), service("web", "shop", [80, 8080])] }, CONFIGURED],
    [
      "that it does not have",
      { bundle: [route([to("web", undefined, 9090)]), service("web")] },
      pending("VirtualService/web: host web.shop.svc.cluster.local has no port 9090 (IST0101)"),
    ],
    [
      "that a Service beside the bundle does not have",
      { bundle: [route([to("web", undefined, 9090)])], around: [service("web")] },
      pending("VirtualService/web: host web.shop.svc.cluster.local has no port 9090 (IST0101)"),
    ],
    [
      "that a ServiceEntry does not have",
      { bundle: [route([to("a.b.c", undefined, 443)]), entry(["a.b.c"], "shop", { ports: [{ number: 80 }] })] },
      pending("VirtualService/web: host a.b.c has no port 443 (IST0101)"),
    ],
    [
      "that is not named, of several",
      { bundle: [route([to("web")]), service("web", "shop", [80, 8080])] },
      pending("VirtualService/web: host web.shop.svc.cluster.local has ports 80, 8080: destination.port has to name one (IST0112)"),
    ],
    [
      "of a Service in another cluster of the zone, which may be another one there",
      { bundle: [route([to("web", undefined, 9090)])], beside: [service("web")] },
      CONFIGURED,
    ],
    ["does not matter to a DestinationRule", { bundle: [rule("web", []), service("web", "shop", [80, 8080])] }, CONFIGURED],
  ])("a port %s", (_, one, expected) => {
    expect(look(one).routes).toEqual(expected);
  });

  it.each(["http", "tcp", "tls"])("Gateways that only a match of %s names count", (section) => {
    const matched = route([], { [section]: [{ match: [{ gateways: ["mesh", "edge/none"] }], ...to("web") }] });
    expect(look({ bundle: [matched, service("web")] }).routes).toEqual(
      pending("VirtualService/web: there is no Gateway edge/none in this cluster (IST0101)"),
    );
  });

  it.each<[string, Case, RoutesStatus]>([
    ["a Service, by its host", { bundle: [route([to("web.shop.svc.corp.internal")]), service("web")] }, CONFIGURED],
    ["one beside the bundle", { bundle: [route([to("web.shop.svc.corp.internal")])], around: [service("web")] }, CONFIGURED],
    [
      "subsets, whichever way the rule names the host",
      { bundle: [route([to("web", "v2")]), service("web"), rule("web.shop.svc.corp.internal", ["v2"])] },
      CONFIGURED,
    ],
    [
      "those of rules around",
      { bundle: [route([to("web.shop.svc.corp.internal", "v2")]), service("web")], around: [rule("web", ["v2"])] },
      CONFIGURED,
    ],
    [
      "no Service that is not there",
      { bundle: [route([to("web.shop.svc.corp.internal")])] },
      pending("VirtualService/web: host web.shop.svc.corp.internal is no Service and in no ServiceEntry of this cluster (IST0101)"),
    ],
  ])("in a mesh with a domain of its own are found: %s", (_, one, expected) => {
    expect(look(one).routes).toEqual(expected);
  });

  describe("and credentials", () => {
    const bound = route([to("web")], { gateways: ["web"] });
    const missing = pending("certificate web-tls for web.example.com: Secret istio-ingress/web-tls does not exist");
    const mutual = (mode: string, more: object = {}) =>
      istio("DestinationRule", "web", { host: "web", trafficPolicy: { tls: { mode, credentialName: "client" } }, ...more });
    const noClient = (namespace: string) =>
      pending(`DestinationRule/web: there is no Secret ${namespace}/client, which tls.credentialName names (IST0101)`);
    const atGateway = [bound, service("web"), gateway()];

    it.each<[string, Case, RoutesStatus]>([
      [
        "that a Gateway of theirs lacks",
        { bundle: [bound, service("web"), secured], certificates: [certificate("Missing")] },
        missing,
      ],
      ["that are being issued", { bundle: [bound, service("web"), secured], certificates: [certificate("Pending")] }, missing],
      [
        "that are there and expired",
        { bundle: [bound, service("web"), secured], certificates: [certificate("Expired", true)] },
        CONFIGURED,
      ],
      ["that cannot be read", { bundle: [bound, service("web"), secured], certificates: [certificate("Unknown")] }, CONFIGURED],
      [
        "of a Gateway that none of them leads through",
        { bundle: [route([to("web")]), service("web"), secured], certificates: [certificate("Missing")] },
        CONFIGURED,
      ],
      [
        "for a destination that the gateway lacks",
        { bundle: [...atGateway, mutual("MUTUAL")], around: [ingress()] },
        noClient("istio-ingress"),
      ],
      [
        "for a destination that it has",
        { bundle: [...atGateway, mutual("MUTUAL")], around: [ingress(), secret("client", "istio-ingress")] },
        CONFIGURED,
      ],
      [
        "for a destination, of which it has the CA alone",
        { bundle: [...atGateway, mutual("MUTUAL")], around: [ingress(), secret("client-cacert", "istio-ingress")] },
        noClient("istio-ingress"),
      ],
      [
        "for a destination that is to show a certificate, but sees none",
        { bundle: [...atGateway, mutual("SIMPLE")], around: [ingress(), secret("client-cacert", "istio-ingress")] },
        CONFIGURED,
      ],
      [
        "of a subset's port",
        {
          bundle: [
            ...atGateway,
            istio("DestinationRule", "web", {
              host: "*.shop.svc.cluster.local",
              subsets: [
                {
                  name: "v1",
                  trafficPolicy: {
                    portLevelSettings: [{ port: { number: 443 }, tls: { mode: "SIMPLE", credentialName: "client" } }],
                  },
                },
              ],
            }),
          ],
          around: [ingress()],
        },
        noClient("istio-ingress"),
      ],
      ["that sidecars do not look for", { bundle: [route([to("web")]), service("web"), mutual("MUTUAL")] }, CONFIGURED],
      [
        "that selected sidecars look for in their namespace",
        { bundle: [route([to("web")]), service("web"), mutual("MUTUAL", { workloadSelector: { matchLabels: { app: "a" } } })] },
        noClient("shop"),
      ],
      ["of the mesh itself", { bundle: [...atGateway, mutual("ISTIO_MUTUAL")], around: [ingress()] }, CONFIGURED],
      [
        "that may not be read",
        { bundle: [...atGateway, mutual("MUTUAL")], around: [ingress()], unread: { Secret: forbidden } },
        { state: "Unknown", messages: ["may not"] },
      ],
      ["of a gateway of which nobody knows where it is", { bundle: [...atGateway, mutual("MUTUAL")] }, CONFIGURED],
    ])("%s", (_, one, expected) => {
      expect(look(one).routes).toEqual(expected);
    });

    it("those of a Gateway's servers hold no rollout: that is for verify: [Certificates] to say", () => {
      const one = { bundle: [bound, service("web"), secured], certificates: [certificate("Missing")] };
      expect(look(one).unresolved).toBeUndefined();
      expect(look({ bundle: [...atGateway, mutual("MUTUAL")], around: [ingress()] }).unresolved).toContain("istio-ingress/client");
    });
  });

  it.each(["Gateway", "ServiceEntry"])("what Istio's analysis says against a %s is told, too", (statusOf) => {
    const status = { validationMessages: [{ level: "ERROR", type: { code: "IST0145", name: "ConflictingGateways" } }] };
    const bundle = [gateway(), entry(["a.b.c"])];
    expect(look({ bundle }).routes).toBeUndefined();
    expect(look({ bundle, status, statusOf }).routes).toMatchObject({
      state: "Invalid",
      messages: [expect.stringContaining(`${statusOf}/${statusOf === "Gateway" ? "web" : "other"}: IST0145 ConflictingGateways`)],
    });
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
    for (const spec of [
      null,
      [],
      { http: "x", tcp: [{ match: "x" }] },
      { host: 7, trafficPolicy: [] },
      { http: [null, { route: [7], delegate: [] }], gateways: [7] },
    ])
      for (const kind of ["VirtualService", "DestinationRule"])
        expect(referencesIn([{ ...istio(kind, "web", {}), spec } as Manifest])).toEqual([]);
  });
});
